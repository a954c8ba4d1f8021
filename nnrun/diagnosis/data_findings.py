"""Findings in the data: unscaled inputs and targets, imbalanced classes, validation rows that are training rows."""

from __future__ import annotations

import numpy as np

from nnrun.diagnosis.evidence import Evidence
from nnrun.diagnosis.layer_findings import exploding_gradient
from nnrun.diagnosis.remedies import any_of, scale_inputs, scale_targets
from nnrun.diagnosis.training_findings import LEARNED
from nnrun.number_text import short
from nnrun.runs.finding import Finding

# The largest input or target that needs no scaling, and by what factor the spreads of two inputs may differ.
LARGE = 100.0
UNLIKE = 1000.0
# Losses that grow with the unit of the targets and take targets of any sign.
DIFFERENCES = frozenset({"MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh"})
# How many times as many samples the largest class may have as the smallest.
IMBALANCED = 10.0
# The share of the validation rows that may be in the training set.
REPEATED = 0.05
# How many times as many as expected they must be: numbers of few digits often repeat.
MORE_THAN_EXPECTED = 3.0


def unscaled_inputs(evidence: Evidence) -> Finding | None:
    """Large inputs, or inputs of very different sizes, make a loss that is steep one way and flat the other."""
    if evidence.inputs_scaled or not len(evidence.inputs):
        return None
    sizes = np.abs(evidence.inputs).max(axis=0)  # (numbers,)
    spreads = evidence.inputs.std(axis=0)  # (numbers,)
    varying = spreads[spreads > 0]
    most = int(sizes.argmax())
    factor = float(varying.max() / varying.min()) if varying.size else 1.0
    if sizes[most] <= LARGE and factor <= UNLIKE:
        return None
    name = f" ({evidence.input_names[most]})" if evidence.input_names else ""
    spread = f" The standard deviations of the inputs differ by a factor of {short(factor, 3)}." * (factor > UNLIKE)
    message = f"The largest absolute input is {short(sizes[most])}{name}.{spread}"
    evidenced = {"largest input": float(sizes[most]), "widest spread over narrowest": factor}
    return Finding("unscaled inputs", message, evidenced, any_of(scale_inputs(evidence)))


def has_large_targets(evidence: Evidence) -> bool:
    """Whether the targets of a loss of differences are far from the outputs of about 1 of an untrained network."""
    found = evidence.predictions
    if found is None or found.task != "values" or evidence.targets_scaled or evidence.loss not in DIFFERENCES:
        return False
    return bool(np.sqrt((found.targets**2).mean(axis=0)).max() > LARGE)


def unscaled_targets(evidence: Evidence) -> Finding | None:
    """From outputs of about 1 to targets in the thousands is a long way, with gradients as large as the targets."""
    found = evidence.predictions
    if found is None or evidence.diverged or not has_large_targets(evidence):
        return None
    skill = found.skill()
    if not (skill < LEARNED or exploding_gradient(evidence)):
        return None
    largest = found.targets[:, (found.targets**2).mean(axis=0).argmax()]  # (samples,)
    mean, deviation = float(largest.mean()), float(largest.std())
    message = (
        f"The targets have a mean of {short(mean)} and a standard deviation of {short(deviation)}, but the outputs "
        f"of an untrained network are about 1. The squared error is {short(1 - skill, 3)} × that of a mean-prediction "
        "baseline."
    )
    evidenced = {"mean of the targets": mean, "standard deviation": deviation, "skill": skill}
    return Finding("unscaled targets", message, evidenced, any_of(scale_targets(evidence)))


def imbalanced_classes(evidence: Evidence) -> Finding | None:
    """A class with few samples contributes little to the loss and is easily never predicted."""
    counts = evidence.class_counts
    if len(counts) == 1:
        (only,) = counts
        message = f"All {counts[only]} training samples are of class {only}, so there is nothing to tell apart."
        remedy = "Add samples of other classes, or split the data otherwise (--set data.split=stratified)."
        return Finding("imbalanced classes", message, {"largest class": counts[only], "smallest class": 0}, remedy)
    if len(counts) < 2 or evidence.class_weighted:
        return None
    most, least = max(counts, key=lambda name: counts[name]), min(counts, key=lambda name: counts[name])
    if counts[most] < IMBALANCED * counts[least]:
        return None
    message = f"Class {most} has {counts[most]} training samples, class {least} only {counts[least]}."
    evidenced = {"largest class": counts[most], "smallest class": counts[least]}
    remedy = "Weight the classes (--set class_weight=balanced). Judge the model by its confusion matrix, not accuracy."
    return Finding("imbalanced classes", message, evidenced, remedy)


def duplicate_rows(evidence: Evidence) -> Finding | None:
    """A validation row that is a training row too measures memorization, not generalization."""
    rows, duplicates, expected = evidence.validation_rows, evidence.duplicate_rows, evidence.expected_duplicates
    if duplicates <= max(REPEATED * rows, MORE_THAN_EXPECTED * expected):
        return None
    message = (
        f"{duplicates} of {rows} validation rows are in the training set too, so the validation metrics overestimate "
        "how well the model generalizes."
    )
    remedy = "Remove the duplicate rows from the data."
    evidenced = {"validation rows": rows, "duplicates": duplicates, "expected by chance": expected}
    return Finding("duplicate rows", message, evidenced, remedy)
