"""Findings in the data: inputs of unlike sizes, classes of unlike sizes, validation rows that are training rows."""

from __future__ import annotations

import numpy as np

from nnrun.explain.diagnosis.evidence import Evidence
from nnrun.store.finding import Finding

# The largest input that needs no scaling, and how much wider one input may spread than another.
LARGE = 100.0
UNLIKE = 1000.0
# How many times as many rows the largest class may have as the smallest.
IMBALANCED = 10.0
# The share of the validation rows that may stand among the training rows.
REPEATED = 0.05


def unscaled_inputs(evidence: Evidence) -> Finding | None:
    """Large inputs, or inputs of very unlike sizes, make a loss that is steep one way and flat the other."""
    if evidence.prepared or not len(evidence.inputs):
        return None
    sizes = np.abs(evidence.inputs).max(axis=0)  # (numbers,)
    spreads = evidence.inputs.std(axis=0)  # (numbers,)
    varying = spreads > 0
    most = int(sizes.argmax())
    unlike = float(spreads[varying].max() / spreads[varying].min()) if varying.any() else 1.0
    if sizes[most] <= LARGE and unlike <= UNLIKE:
        return None
    name = f" ({evidence.input_names[most]})" if evidence.input_names else ""
    message = f"The inputs reach {sizes[most]:.4g}{name}"
    message += f", and one spreads {unlike:.3g} times as wide as another." if unlike > UNLIKE else "."
    evidenced = {"largest input": float(sizes[most]), "widest spread over narrowest": unlike}
    return Finding("unscaled inputs", message, evidenced, "Scale them: --set data.scale=standard.")


def imbalanced_classes(evidence: Evidence) -> Finding | None:
    """A class with few rows counts for little in the loss, and is easily never answered."""
    rows = evidence.class_rows
    if len(rows) < 2 or evidence.balanced:
        return None
    most, least = max(rows, key=lambda name: rows[name]), min(rows, key=lambda name: rows[name])
    if rows[most] < IMBALANCED * rows[least]:
        return None
    message = f"Class {most} has {rows[most]} training rows, class {least} {rows[least]}."
    evidenced = {"largest class": rows[most], "smallest class": rows[least]}
    remedy = "Let every class count the same (--set class_weight=balanced); look at the confusion matrix, not accuracy."
    return Finding("imbalanced classes", message, evidenced, remedy)


def repeated_rows(evidence: Evidence) -> Finding | None:
    """A validation row that stands among the training rows measures memory."""
    rows, repeated = evidence.validation_rows, evidence.repeated_rows
    if repeated <= REPEATED * rows:
        return None
    message = (
        f"{repeated} of {rows} validation rows stand among the training rows too; on them validation measures memory."
    )
    remedy = "Remove the rows that the data hold more than once, or bring validation rows of your own."
    return Finding("repeated rows", message, {"validation rows": rows, "repeated": repeated}, remedy)
