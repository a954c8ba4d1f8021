"""The setting `split` of an experiment's data: by which rule the rows are split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from nnrun.experiment.window_section import read_window

SplitKind = Literal["random", "stratified", "last", "group", "order", "column"]

# Rules that are written as a word alone, and those that name a column.
WORDS = ("random", "stratified", "last")
WITH_COLUMN = ("stratified", "group", "order", "column")


@dataclass(frozen=True)
class SplitRule:
    """How rows are split into a training, a validation and a test set.

    Args:
        kind: `random`: shuffled; `stratified`: shuffled, with the same share of every class in each part; `last`: the
            last rows; `group`: shuffled, with the rows of a group in one part; `order`: sorted, the last rows;
            `column`: as a column says.
        column: the column with the classes, the groups, the order or the part; None for the classes of the target.
        windows: whether windows are cut from the rows, whose inputs may be the targets of earlier rows alone.
        series: the column that tells the series of windows apart; None where it is the one above or an input of theirs.
    """

    kind: SplitKind = "random"
    column: str | None = None
    windows: bool = False
    series: str | None = None

    @property
    def sets_aside(self) -> tuple[str, ...]:
        """The columns that are neither inputs nor targets unless the generator's arguments say so."""
        named = (None if self.kind == "stratified" else self.column, self.series)
        return tuple(name for name in named if name is not None)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that are needed to split the rows, whether or not they are inputs or targets."""
        return tuple(dict.fromkeys(name for name in (self.column, self.series) if name is not None))

    @property
    def in_time(self) -> bool:
        """Whether the validation and test rows are those that follow the training rows."""
        return self.kind in ("last", "order")


RANDOM = SplitRule()


def read_split(data: Mapping[str, Any]) -> SplitRule:
    """The rule as it is written: a word, or a mapping from a word to a column.

    Args:
        data: the data settings as plain values, valid by the schema; the default is `random`, for windows `last`.
    """
    written, window = data.get("split"), read_window(data)
    series = window.group if window and window.group not in (window.inputs or ()) else None
    if isinstance(written, dict):
        (kind, column) = next(iter(written.items()))
        return SplitRule(cast(SplitKind, kind), str(column), windows=window is not None, series=series)
    kind = written or ("last" if window else "random")
    return SplitRule(cast(SplitKind, kind), windows=window is not None, series=series)
