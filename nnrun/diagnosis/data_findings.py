"""Findings in the data: large inputs and targets, classes of unlike sizes, validation rows that are training rows."""

from __future__ import annotations

import numpy as np

from nnrun.data.dataset import Array
from nnrun.diagnosis.evidence import Evidence
from nnrun.diagnosis.layer_findings import exploding_gradient
from nnrun.diagnosis.training_findings import LEARNED
from nnrun.runs.finding import Finding

# The largest input or target that needs no scaling, and how much wider one input may spread than another.
LARGE = 100.0
UNLIKE = 1000.0
# Losses that grow with the targets' unit and bear targets of any sign.
DIFFERENCES = frozenset({"MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh"})
# How many times as many rows the largest class may have as the smallest.
IMBALANCED = 10.0
# The share of the validation rows that may stand among the training rows.
REPEATED = 0.05
# How many times as many as chance brings they must be: numbers of few digits are often the same.
BEYOND_CHANCE = 3.0


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


def large_targets(evidence: Evidence) -> bool:
    """Whether a loss of differences meets targets far from the answers of about 1 that a network begins with."""
    outcome = evidence.outcome
    if outcome is None or outcome.task != "values" or evidence.targets_scaled or evidence.loss not in DIFFERENCES:
        return False
    return bool(_size(outcome.targets) > LARGE)


def _size(targets: Array) -> float:
    """The root mean square of the largest of several targets; mean² + standard deviation² is its square."""
    return float(np.sqrt((targets.astype(np.float64) ** 2).mean(axis=0)).max())


def unscaled_targets(evidence: Evidence) -> Finding | None:
    """From answers of about 1 to targets in the thousands is a long way, with gradients as large as the targets."""
    outcome = evidence.outcome
    if outcome is None or evidence.diverged or not large_targets(evidence):
        return None
    skill = outcome.skill()
    if not (skill < LEARNED or exploding_gradient(evidence)):
        return None
    which = int((outcome.targets**2).mean(axis=0).argmax())
    mean, deviation = float(outcome.targets[:, which].mean()), float(outcome.targets[:, which].std())
    message = (
        f"The targets have the mean {_plain(mean)} and the standard deviation {_plain(deviation)}, where a network "
        f"begins with answers of about 1; the squared error is {1 - skill:.3g} times that of answering the mean to "
        "every row."
    )
    evidenced = {"mean of the targets": mean, "standard deviation": deviation, "skill": skill}
    return Finding("unscaled targets", message, evidenced, f"Scale them: {scaled_targets(evidence)}.")


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def scaled_targets(evidence: Evidence) -> str:
    """The setting that scales the targets to what the last layer can answer."""
    bounded = any(layer.last and layer.activation not in ("", "linear") for layer in evidence.layers)
    return f"--set data.scale_targets={'minmax' if bounded else 'standard'}"


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
    if repeated <= max(REPEATED * rows, BEYOND_CHANCE * evidence.repeated_by_chance):
        return None
    message = (
        f"{repeated} of {rows} validation rows stand among the training rows too; on them validation measures memory."
    )
    remedy = "Remove the rows that the data hold more than once, or bring validation rows of your own."
    evidenced = {"validation rows": rows, "repeated": repeated, "by chance": evidence.repeated_by_chance}
    return Finding("repeated rows", message, evidenced, remedy)
