"""The samples that an experiment predicts after training, as numbers."""

from __future__ import annotations

from collections.abc import Sequence

from nnrun.errors import Place, Problem, did_you_mean, first_problems, listed, shown
from nnrun.experiment.columns import Column, Columns, feature_names
from nnrun.experiment.text.yaml_text import Document

Sample = tuple[float, ...]


def read_samples(document: Document, columns: Columns, problems: list[Problem]) -> tuple[Sample, ...]:
    """The samples of the setting `predict`.

    A sample has a number for every number that the network takes, or a cell for every column: the text of a text
    column, which is one-hot encoded, and the number of any other.

    Args:
        document: the experiment, valid by its schema.
        columns: the columns of the data; without input columns where those are not known.
        problems: takes what is wrong with the samples.

    Returns:
        Each as many numbers as the input columns have together.
    """
    samples: list[Sample] = []
    wrong: list[Problem] = []
    for i, written in enumerate(document.at(("predict",)) or () if columns.inputs else ()):
        cells = written if isinstance(written, list) else [written]
        path = ("predict", i)
        places = [document.place((*path, k) if isinstance(written, list) else path) for k in range(len(cells))]
        samples.append(_sample(cells, columns.inputs, [document.place(path), *places], wrong))
    problems += first_problems(wrong)
    return tuple(samples)


def _sample(
    cells: Sequence[float | str], columns: Sequence[Column], places: Sequence[Place | None], wrong: list[Problem]
) -> Sample:
    if any(isinstance(cell, str) for cell in cells) and len(cells) == len(columns):
        each = zip(columns, cells, places[1:], strict=True)
        return tuple(number for column, cell, place in each for number in _cell(column, cell, place, wrong))
    width = sum(column.width for column in columns)
    if len(cells) == width and not any(isinstance(cell, str) for cell in cells):
        return tuple(map(float, cells))
    needed = f"{width} number{'s' * (width != 1)} ({listed(feature_names(columns))})"
    if any(column.categories for column in columns):
        needed += f", or a number or text for each column ({listed([column.name for column in columns])})"
    wrong.append(Problem(f"A sample to predict has {needed}. Received: {len(cells)}", places[0]))
    return ()


def _cell(column: Column, cell: float | str, place: Place | None, wrong: list[Problem]) -> Sample:
    """The numbers of one cell."""
    if not column.categories:
        if isinstance(cell, str) or column.width != 1:
            wrong.append(Problem(f'The column "{column.name}" takes a number. Received: {shown(cell)}', place))
            return ()
        return (float(cell),)
    text = cell if isinstance(cell, str) else f"{cell:g}"
    if text not in column.categories:
        hint = did_you_mean(text, column.categories) or f"The texts are: {listed(column.categories)}."
        wrong.append(Problem(f'The column "{column.name}" has no text {shown(text)}.', place, hint))
    return tuple(float(category == text) for category in column.categories)
