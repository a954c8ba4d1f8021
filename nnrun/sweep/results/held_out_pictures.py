"""The pictures of a cross-validation: confusion matrix or residuals of all rows, each predicted by another fold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from nnrun.experiment.folds import FOLD_PATH
from nnrun.plots.confusion import confusion_matrix
from nnrun.plots.picture import Picture
from nnrun.runs import layout
from nnrun.runs.predictions_file import read_predictions
from nnrun.sweep.results.labels import as_number
from nnrun.sweep.results.results import Results

_PREDICTED = "predicted_"
_MOST_ROWS = 200_000
_MOST_TARGETS = 4
_MOST_CLASSES = 100


def held_out_pictures(results: Results) -> Iterator[Picture]:
    """A picture for each target of a cross-validation, of its predictions for the rows that a fold did not see.

    Args:
        results: the results of a sweep; there is no picture where its trials are no folds.

    Raises:
        StorageError: the predictions cannot be read.
    """
    path = results.folder / layout.PREDICTIONS
    if results.record.columns != (FOLD_PATH,) or not path.is_file():
        return
    columns = _columns(path)
    targets = [name for name in columns if f"{_PREDICTED}{name}" in columns][:_MOST_TARGETS]
    for number, target in enumerate(targets, 1):
        true, predicted = columns[target], columns[f"{_PREDICTED}{target}"]
        title = f"{results.record.name}: {target}, all folds"
        of = str(number) if len(targets) > 1 else ""
        if {"error", f"error_{target}"} & columns.keys():
            yield _residuals(true, predicted, target, title, of)
            continue
        labels = _labels(target, list(columns), {*true, *predicted})
        if labels:
            numbers = {label: i for i, label in enumerate(labels)}
            true_classes, classes = (np.array([numbers[text] for text in texts]) for texts in (true, predicted))
            matrix = confusion_matrix(true_classes, classes, len(labels))
            yield Picture("confusion", {"matrix": matrix, "labels": labels, "title": title}, of=of)


def _columns(path: Path) -> Mapping[str, Sequence[str]]:
    header, rows, _ = read_predictions(path, _MOST_ROWS)
    return dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else {}


def _residuals(true: Sequence[str], predicted: Sequence[str], target: str, title: str, of: str) -> Picture:
    values = (np.array([float(text) for text in texts]) for texts in (true, predicted))
    arguments = dict(zip(("true", "predicted"), values, strict=True))
    return Picture("residuals", {**arguments, "target": target, "title": title}, of=of)


def _labels(target: str, header: Sequence[str], found: set[str]) -> list[str]:
    """The classes of a target in their order; none where it has no classes, or very many."""
    start = f"p({target}="
    named = [name.removeprefix(start).removesuffix(")") for name in header if name.startswith(start)]
    if not named:
        return []
    if found <= set(named):
        return named if len(named) <= _MOST_CLASSES else []
    others = sorted(found - set(named), key=lambda text: (as_number(text) is None, as_number(text) or 0, text))
    return [*others, *named] if len(found) <= _MOST_CLASSES else []
