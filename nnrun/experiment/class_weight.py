"""The weight of each class in the loss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nnrun.errors import Problem, did_you_mean, listed, shown
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import ClassWeight, Output
from nnrun.experiment.text.yaml_text import Document

_FORM = 'A class weight is "balanced", or a mapping from class labels 0, 1, … to weights, as in {0: 1.0, 1: 5.0}.'

_WEIGHTS = "Leave class_weight out. A file may have a column of weights for its rows: sample_weight."


def read_class_weight(
    document: Document, columns: Columns, outputs: tuple[Output, ...], problems: list[Problem]
) -> ClassWeight | None:
    """The class weights of a document that is valid by the schema; a class that is not listed has the weight 1.

    Args:
        document: the document.
        columns: the columns of the data; without target columns where they are not known.
        outputs: the experiment's outputs, as far as they are known.
        problems: the problems are added here.
    """
    written: Any = document.at(("class_weight",))
    if written is None:
        return None
    place = document.place(("class_weight",))
    if len(outputs) > 1:
        problems.append(Problem("Classes can be weighted where there is one output only.", place, _WEIGHTS))
    elif problem := _no_classes(columns):
        problems.append(replace(problem, place=place))
    if isinstance(written, str):
        if written != "balanced":
            problems.append(Problem(f"{_FORM} Received: {shown(written)}", place, did_you_mean(written, ["balanced"])))
        return "balanced"
    weights = {}
    most = _most_classes(columns)
    for label, weight in written.items():
        if label.isascii() and label.isdigit() and len(label) < 10:
            weights[int(label)] = float(weight)
            if most is not None and int(label) >= most:
                message = f"There is no class {int(label)}. The labels go up to {most - 1}."
                hint = f"Write labels from 0 to {most - 1}, or leave this one out."
                problems.append(Problem(message, document.key_place(("class_weight", label)), hint))
        else:
            key = document.key_place(("class_weight", label))
            problems.append(Problem(f"{_FORM} Received: {shown(label)}", key, _by_number(label, columns)))
    if most is not None and not any(weights.get(label, 1.0) for label in range(most)):
        problems.append(
            Problem("The weights of all classes are 0, so nothing is learned.", place, "Raise one of them.")
        )
    return weights


def _by_number(label: str, columns: Columns) -> str | None:
    """The number of a class that is named, or those of all classes; None where they have no names."""
    names = columns.targets[0].categories if len(columns.targets) == 1 else ()
    if label in names:
        return f'The class "{label}" has the label {names.index(label)}: write {{{names.index(label)}: …}}.'
    return f"The labels are: {listed([f'{i} ({name})' for i, name in enumerate(names)])}." if names else None


def _no_classes(columns: Columns) -> Problem | None:
    """Targets that certainly are no class labels."""
    names = listed([column.name for column in columns.targets])
    if len(columns.targets) > 1:
        return Problem(f"Classes can be weighted where there is one target. The targets are: {names}.", None, _WEIGHTS)
    ends = [end for column in columns.targets for end in column.extent or ()]
    return None if all(float(end).is_integer() for end in ends) else not_labels(names)


def not_labels(name: str) -> Problem:
    """Class weights for a target whose numbers are not whole."""
    return Problem(f'The target "{name}" has numbers that are not whole, so it is no class label.', None, _WEIGHTS)


def _most_classes(columns: Columns) -> int | None:
    """The number of labels from 0 on, where that is known."""
    if columns.classes is not None or len(columns.targets) != 1:
        return columns.classes
    target = columns.targets[0]
    return int(target.extent[1]) + 1 if target.extent else None
