"""Rows that a trained model has not seen, as columns, and where each cell was written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from nnrun.data.dataset import Array, Part
from nnrun.data.preparation.texts import encode_texts
from nnrun.errors import ExperimentError, Place, Problem, first_problems
from nnrun.experiment.columns import Column

# What a column is for: the network, its loss, or to put the rows of windows in order and into series.
Role = Literal["input", "target", "order", "series"]


@dataclass(frozen=True)
class WantedColumn:
    """A column that new rows must have.

    Args:
        column: the column as the model was trained with it.
        role: what it is for.
    """

    column: Column
    role: Role = "input"

    @property
    def is_target(self) -> bool:
        """Whether it is a target, whose texts are class labels."""
        return self.role == "target"

    @property
    def is_key(self) -> bool:
        """Whether it only says where its row stands."""
        return self.role in ("order", "series")

    @property
    def use(self) -> str:
        """What a key is for, as a relative clause."""
        return "which orders the rows" if self.role == "order" else "which names the series of each row"


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell.

    Args:
        row: the position of its row, from 0.
        column: the name of its column.
        message: a sentence.
        hint: the remedy, if there is one.
    """

    row: int
    column: str
    message: str
    hint: str | None = None


@dataclass(frozen=True, eq=False)
class NewRows:
    """New rows, not scaled.

    Args:
        part: the rows; targets only where they were wanted.
        source: the file as the user named it, or the option.
        ignored: the columns that were not used.
        locate: the place of the cell of a row and column; None where there is no text.
        notes: what was left out, each a sentence.
    """

    part: Part
    source: str
    ignored: tuple[str, ...] = ()
    locate: Callable[[int, str], Place | None] = lambda row, column: None
    notes: tuple[str, ...] = ()

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Raises ExperimentError with the place of every fault, if there are any."""
        refuse_faults(faults, self.source, self.locate)


def refuse_faults(faults: Iterable[Fault], source: str, locate: Callable[[int, str], Place | None]) -> None:
    """Refuses cells that cannot be used.

    Args:
        faults: what is wrong, cell by cell.
        source: the file as the user named it, or the option.
        locate: as for `NewRows`.

    Raises:
        ExperimentError: there are faults.
    """

    def problem(fault: Fault) -> Problem:
        place = locate(fault.row, fault.column)
        message = fault.message if place else f"{source}, row {fault.row + 1}: {fault.message}"
        return Problem(message, place, fault.hint)

    problems = first_problems(map(problem, sorted(faults, key=lambda fault: fault.row)))
    if problems:
        raise ExperimentError(*problems)


def part_of_columns(wanted: Iterable[WantedColumn], values: Iterable[Array], weights: Array | None = None) -> Part:
    """The part that columns make.

    Args:
        wanted: what each column is.
        values: of each column, (rows, …); free texts as objects, (rows, 1), and keys as objects or numbers, (rows, 1).
        weights: the sample weights, (rows,).
    """
    groups: dict[str, dict[str, Array]] = {"input": {}, "target": {}}
    texts: dict[str, Array] = {}
    keys: dict[str, Array] = {}
    for each, array in zip(wanted, values, strict=True):
        found = array
        if each.is_key:
            keys[each.column.name] = found
            continue
        if each.column.text and found.dtype == object:
            texts[each.column.name] = found
            found = encode_texts(each.column.text, found[:, 0].tolist())
        groups[each.role][each.column.name] = found
    return Part(groups["input"], groups["target"], weights, keys=keys, texts=texts)
