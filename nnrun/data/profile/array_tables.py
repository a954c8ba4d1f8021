"""The arrays of files as tables: a column for each array, or for each number of a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.files.array_file import open_arrays
from nnrun.data.files.array_header import ArrayHeader
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.npy_files import open_npy
from nnrun.data.generators.array_columns import array_column, code_texts, find_unusable, numbers_of
from nnrun.data.generators.array_table import usual_arrays
from nnrun.data.generators.generator import GeneratorArguments
from nnrun.data.generators.roles import Roles
from nnrun.data.profile.raw_table import Kind, RawColumn, RawTable
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.columns import Column, feature_names
from nnrun.experiment.experiment import Component

_ANY = AllowedCells({"prepare": {"missing": "drop", "words": "integer"}})
_MOST_COLUMNS = 1_000


@dataclass(frozen=True, eq=False)
class ArrayTables:
    """The arrays of an npz file.

    Args:
        rows: a column for each array that can be one.
        test: those of the test set, if the file has one.
        left_out: the other arrays, each with the reason.
        are_usual: whether they have the names that `keras.datasets` and many others give them.
    """

    rows: RawTable
    test: RawTable | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    are_usual: bool = False


def npz_tables(file: Path) -> ArrayTables:
    """The arrays of an npz file, without what they are for.

    Args:
        file: its absolute path.

    Raises:
        ExperimentError: it cannot be read, or has no array that can be a column.
    """
    arrays = open_arrays(DataFiles(), file)
    sets, left_out = usual_arrays(arrays.headers), dict[str, str]()
    are_usual = bool(sets)
    if not are_usual:
        left_out = _left_out(arrays.headers)
        sets = [{name: name for name in arrays.headers if name not in left_out}]
    given = GeneratorArguments(Component("generators", "npz", {"path": str(file)}), allowed=_ANY)
    unusable = [find_unusable(array, arrays.headers[array], "column") for names in sets for array in names.values()]
    for problem in filter(None, unusable):
        given.add("path", *problem)
    if not sets[0]:
        given.add("path", f"{file.name} has no array of numbers or texts with a row for each sample.")
    given.finish()
    read = {name: [arrays.array(names[name]) for names in sets] for name in sets[0]}
    columns = {name: _column(given, name, arrays.headers[sets[0][name]], read[name]) for name in read}
    given.finish()
    tables = [_table([found[i] for found in columns.values()]) for i in range(len(sets))]
    return ArrayTables(tables[0], tables[1] if len(tables) > 1 else None, left_out, are_usual)


def _left_out(headers: Mapping[str, ArrayHeader]) -> dict[str, str]:
    """The arrays that are no columns beside the others."""
    found = {
        name: "of another kind or shape" for name, header in headers.items() if find_unusable(name, header, "column")
    }
    rows = Counter(header.shape[0] for name, header in headers.items() if name not in found)
    usual = rows.most_common(1)[0][0] if rows else 0
    others = {name: header.shape[0] for name, header in headers.items() if name not in found}
    return found | {name: f"{count:,} rows" for name, count in others.items() if count != usual}


def _column(given: GeneratorArguments, name: str, header: ArrayHeader, arrays: list[Array]) -> list[RawColumn]:
    """A column in each set of rows."""
    column = array_column(name, header)
    if header.is_text:
        texts = code_texts(given, Roles((), (), None), name, arrays)
        return [RawColumn(name, "input", "text", codes.reshape(-1, 1), texts.categories) for codes in texts.codes]
    return [_of_numbers(column, array) for array in arrays]


def _of_numbers(column: Column, array: Array) -> RawColumn:
    kind: Kind = "image" if column.image else "number" if column.shape == (1,) else "vector"
    return RawColumn(column.name, "input", kind, numbers_of(array, column), image=column.image)


def _table(columns: list[RawColumn]) -> RawTable:
    return RawTable(tuple(columns), 1 + np.arange(len(columns[0].values)))


def npy_table(file: Path) -> RawTable:
    """The array of an npy file: a column for each number of a row, or a single one of many numbers or of images.

    Args:
        file: its absolute path.

    Raises:
        ExperimentError: it cannot be read, or has neither numbers nor texts.
    """
    opened, name = open_npy(DataFiles(), file), file.stem
    problem = find_unusable(name, opened.header, "column")
    if problem:
        raise ExperimentError(Problem(problem[0], hint=problem[1]))
    given = GeneratorArguments(Component("generators", "npy", {}), allowed=_ANY)
    (column,) = _column(given, name, opened.header, [opened.array])
    given.finish()
    width = column.values.shape[1]
    if column.kind != "vector" or column.values.ndim > 2 or width > _MOST_COLUMNS:
        return _table([column])
    names = feature_names([Column(name, width)])
    return _table([RawColumn(each, "input", "number", column.values[:, i : i + 1]) for i, each in enumerate(names)])
