"""The weight of each class in the loss."""

from __future__ import annotations

from typing import Any

from nnrun.errors import Problem, did_you_mean, shown
from nnrun.experiment.experiment import ClassWeight, Output
from nnrun.experiment.text.yaml_text import Document

_FORM = 'A class weight is "balanced", or a mapping from class labels 0, 1, … to weights, as in {0: 1.0, 1: 5.0}.'


def read_class_weight(document: Document, outputs: tuple[Output, ...], problems: list[Problem]) -> ClassWeight | None:
    """The class weights of a document that is valid by the schema; a class that is not listed has the weight 1.

    Args:
        document: the document.
        outputs: the experiment's outputs, as far as they are known.
        problems: the problems are added here.
    """
    written: Any = document.at(("class_weight",))
    if written is None:
        return None
    place = document.place(("class_weight",))
    if len(outputs) > 1:
        problems.append(Problem("Classes can be weighted where there is one output only.", place))
    if isinstance(written, str):
        if written != "balanced":
            problems.append(Problem(f"{_FORM} Received: {shown(written)}", place, did_you_mean(written, ["balanced"])))
        return "balanced"
    weights = {}
    for label, weight in written.items():
        if label.isascii() and label.isdigit():
            weights[int(label)] = float(weight)
        else:
            problems.append(Problem(f"{_FORM} Received: {shown(label)}", document.keys.get(("class_weight", label))))
    return weights
