"""The picture of data, chosen by their columns: points, images, lines or histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.profile.raw_table import RawColumn, RawTable, joined
from nnrun.data.rows import flat_rows
from nnrun.number_text import short
from nnrun.plots.picture import Picture

# No more are drawn, and so no more are handed on.
_MOST_IMAGES, _MOST_LINES, _MOST_PANELS = 24, 6, 12
_DRAWN = ("input", "target")
_MOST_CLASSES = 8  # that have colours of their own


def data_picture(tables: Mapping[str, RawTable], name: str, *, ordered: bool = False) -> Picture:
    """The picture of some data.

    Images are drawn as images, vectors as lines, the numbers of rows in an order as lines over it, one or two inputs of
    numbers as points, and anything else as a histogram of each column.

    Args:
        tables: the parts by name, of one row or more.
        name: the name of the data, for the title.
        ordered: whether the order of the rows means something, as in a series.
    """
    first, *_ = tables.values()
    inputs = [column for column in first.columns if column.role == "input"]
    targets = [column for column in first.columns if column.role == "target"]
    rows = sum(table.rows for table in tables.values())
    title = f"{name}: {rows:,} row{'s' * (rows != 1)}"
    if len(inputs) == 1 and (images := _images(inputs[0])) is not None:
        arguments = {"images": images, "labels": _labels(targets, len(images)), "total": rows}
        return Picture("examples", {**arguments, "title": name})
    if len(inputs) == 1 and inputs[0].kind == "vector":
        return _sequences(inputs[0], targets, name)
    numbers = all(column.kind == "number" for column in inputs)
    if ordered and any(column.kind == "number" for column in (*inputs, *targets)):
        return _series(tables, title)
    single = len(targets) == 1 and targets[0].kind in ("number", "class")
    if numbers and single and len(inputs) <= 2 and len(tables) <= 3:
        return _points(tables, len(inputs), title)
    return _columns(tables, title)


def _images(column: RawColumn) -> Array | None:
    """The first images of a column, (images, height, width) or with three colours; None where it holds none."""
    values = column.values[:_MOST_IMAGES]
    if column.image:
        return values.reshape(len(values), *column.image)
    if values.ndim == 4 and values.shape[3] in (1, 3):
        return values[..., 0] if values.shape[3] == 1 else values
    return None


def _labels(targets: Sequence[RawColumn], count: int) -> list[str]:
    """The target of each of the first rows in words; of several targets the first."""
    if not targets:
        return [""] * count
    target = targets[0]
    first = flat_rows(target.values[:count])[:, 0]  # (count,)
    return [target.text_of(value) if target.kind == "class" else short(float(value)) for value in first]


def _sequences(column: RawColumn, targets: Sequence[RawColumn], title: str) -> Picture:
    values = column.values[:_MOST_LINES]
    lines = values.reshape(len(values), values.shape[1], -1)[:, :, 0]  # (rows, steps)
    names = [f"row {i}: {label}" if label else f"row {i}" for i, label in enumerate(_labels(targets, len(lines)), 1)]
    return Picture("series", {"lines": list(lines), "names": names, "x": "step", "title": f"{title}: {column.name}"})


def _series(tables: Mapping[str, RawTable], title: str) -> Picture:
    """Every column of numbers over the rows, part after part; texts and classes are no lines."""
    parts = list(tables.values())
    shown = [i for i, column in enumerate(parts[0].columns) if column.kind == "number" and column.role in _DRAWN]
    lines = [np.concatenate([part.columns[i].values[:, 0] for part in parts]) for i in shown]
    starts = np.cumsum([1, *(part.rows for part in parts[:-1])]).tolist()
    names = [parts[0].columns[i].name for i in shown]
    arguments = {"lines": lines, "names": names, "x": "row", "starts": starts, "parts": list(tables)}
    return Picture("series", {**arguments, "title": title})


def _points(tables: Mapping[str, RawTable], inputs: int, title: str) -> Picture:
    parts = list(tables.values())
    drawn = [i for i, column in enumerate(parts[0].columns) if column.role in _DRAWN]
    cells = [np.concatenate([part.columns[i].values[:, 0] for part in parts]) for i in drawn]
    part = np.repeat(np.arange(len(parts)), [table.rows for table in parts])  # (rows,)
    columns = [parts[0].columns[i] for i in drawn]
    target = columns[inputs]
    classes, numbers = _class_numbers(target, cells[inputs])
    named = target.kind == "class" and len(classes) <= _MOST_CLASSES
    if inputs == 1:
        points, values = np.stack(cells, axis=1), numbers if named else np.zeros(0)
    else:
        points, values = np.stack(cells[:2], axis=1), numbers if named else cells[2]
    known = ~(np.isnan(points).any(axis=1) | (named & (numbers < 0)))  # (rows,)
    return Picture(
        "points",
        {
            "points": points[known],  # (rows, 2)
            "values": values[known] if len(values) else values,  # (rows,)
            "part": part[known],
            "parts": list(tables),
            "names": [column.name for column in columns],
            "title": title,
            "classes": classes if named else [],
        },
    )


def _columns(tables: Mapping[str, RawTable], title: str) -> Picture:
    whole = joined(tables)
    columns = [
        column for column in whole.columns if column.kind in ("number", "text", "class") and column.role in _DRAWN
    ]
    target = next((column for column in columns if column.role == "target" and column.kind == "class"), None)
    classes, labels = _class_numbers(target, target.values[:, 0]) if target else ([], np.zeros(0))
    shown = [
        {"name": column.name, "values": _codes(column), "texts": list(column.categories) or None}
        for column in columns[:_MOST_PANELS]
    ]
    arguments = {
        "columns": shown,
        "labels": labels,
        "classes": classes,
        "total": sum(column.role in _DRAWN for column in whole.columns),
    }
    return Picture("columns", {**arguments, "title": title})


def _codes(column: RawColumn) -> Array:
    """The values as float64, not a number where one is missing, (rows,)."""
    return np.where(column.missing, np.nan, column.values[:, 0].astype(np.float64))


def _class_numbers(target: RawColumn, values: Array) -> tuple[list[str], Array]:
    """The names of the classes that occur, and the position of each row's class among them; −1 for none."""
    known = target.known
    found = np.unique(known) if known.size else np.zeros(0)
    numbers = np.searchsorted(found, values)  # (rows,)
    same = numbers < len(found)
    same[same] = found[numbers[same]] == values[same]
    return [target.text_of(value) for value in found], np.where(same, numbers, -1)
