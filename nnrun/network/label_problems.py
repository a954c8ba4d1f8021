"""Class labels that a sparse loss cannot take: numbers that are not whole, and labels without a unit."""

from __future__ import annotations

from nnrun.errors import Problem
from nnrun.experiment.experiment import Output
from nnrun.network.target_values import TargetValues

TWO_WAYS = (
    "For two classes write units: 2, activation: softmax, "
    "or units: 1, activation: sigmoid and loss: binary_crossentropy."
)


def whole_number_problem(output: Output, example: str) -> Problem:
    """Labels that are no whole numbers.

    Args:
        output: the output that is compared with them.
        example: one of them, in words.
    """
    message = f"{output.loss.name} takes whole numbers as labels. Received: {example}"
    return Problem(message, output.loss.place, "Number the classes from 0. For values write loss: mse.")


def label_problem(output: Output, labels: TargetValues, units: int) -> Problem:
    """Labels for which there is no unit.

    Args:
        output: the output that is compared with them.
        labels: the labels, which are whole numbers.
        units: the number of units.
    """
    classes = int(labels.high) + 1
    subject = f"The label {', '.join(output.targets)} {labels.predicate(plural=False)}"
    if not labels.example:
        counted = f", which are {classes} classes" if labels.low == 0 else ""
        subject = f"The labels go from {labels.low:.0f} to {labels.high:.0f}{counted}"
    message = f'{subject}; the output "{output.layer}" has {units} unit{"s" * (units != 1)}.'
    hint = _as_classes(output, classes) if labels.low >= 0 else "Labels are numbered from 0."
    if not labels.example and labels.low > 0 and labels.high - labels.low < units:
        hint = f"Number the labels from 0. Or {hint[0].lower()}{hint[1:]}"
    return Problem(message, output.loss.place, hint)


def _as_classes(output: Output, classes: int) -> str:
    """How a layer gives a probability for each class, or a logit where the loss takes those."""
    if output.loss.arguments.get("from_logits"):
        return f"Write units: {classes}."
    return TWO_WAYS if classes == 2 else f"Write units: {classes}, activation: softmax."
