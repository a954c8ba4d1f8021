"""The image files that a column of a table names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nnrun.data.files.file_group import FileGroup, refuse_outside
from nnrun.data.files.table_file import TableFile
from nnrun.errors import ExperimentError, Problem, first_problems


def read_named_files(table: TableFile, names: Sequence[str], column: str) -> tuple[tuple[Path, ...], FileGroup]:
    """The files that a table names, in the order of its rows, and all of them as a group.

    Args:
        table: a file of rows.
        names: the paths in its rows, relative to the folder of the table, in which the files lie.
        column: their column.

    Raises:
        ExperimentError: a row names no file, or one outside that folder.
    """
    first = Path(table.digests[0].path)
    folder = first.parent
    problems = []
    for name in dict.fromkeys(names):
        try:
            refuse_outside(folder / name, folder)
            if not (folder / name).exists():
                problems.append(Problem(f"There is no file {folder / name}, which {first.name} names."))
        except ExperimentError as error:
            problems += error.problems
    if problems:
        raise ExperimentError(*first_problems(problems))
    group = FileGroup(first.with_name(f"{first.name} ({column})"), folder, tuple(sorted({*names})))
    return tuple(folder / name for name in names), group
