"""What a check of a large file can say, of which it has read the first rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nnrun.errors import Problem
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component


def doubted(columns: Columns, problems: Sequence[Problem], *, is_wired: bool) -> bool:
    """Whether more rows might remove problems of a network: those with texts that the first rows do not have.

    Args:
        columns: the columns, as far as they are known.
        problems: what is wrong with the network by these.
        is_wired: whether its layers are.
    """
    has_texts = any(column.categories for column in (*columns.inputs, *columns.targets))
    return bool(problems) and is_wired and has_texts


def part_warnings(columns: Columns, generator: Component, problems: Sequence[Problem]) -> list[Problem]:
    """The warning that only the first rows are checked, and problems that more rows might remove as warnings.

    Args:
        columns: the columns, as far as they are known.
        generator: it names the file.
        problems: what is wrong by the first rows.
    """
    if columns.looked_at is None:
        return []
    first = f"the first {columns.looked_at:,} rows"
    message = f"The data file is large, and {first} of it were checked. nnrun train reads and checks all."
    doubts = [replace(problem, message=f"{problem.message} This is known from {first} alone.") for problem in problems]
    return [Problem(message, generator.place_of("path")), *doubts]
