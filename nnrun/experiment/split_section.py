"""The setting `split` of an experiment's data: by which rule the rows are split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from nnrun.experiment.window_section import WINDOW

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
    """

    kind: SplitKind = "random"
    column: str | None = None
    windows: bool = False

    @property
    def sets_aside(self) -> str | None:
        """The column that is neither input nor target unless the generator's arguments say so."""
        return None if self.kind == "stratified" else self.column

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that are needed to split the rows, whether or not they are inputs or targets."""
        return () if self.column is None else (self.column,)

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
    written, windows = data.get("split"), data.get(WINDOW) is not None
    if isinstance(written, dict):
        (kind, column) = next(iter(written.items()))
        return SplitRule(cast(SplitKind, kind), str(column), windows)
    return SplitRule(cast(SplitKind, written or ("last" if windows else "random")), windows=windows)
