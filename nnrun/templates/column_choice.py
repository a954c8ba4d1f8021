"""Which columns of a data file an experiment learns, from which others, and why."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from nnrun.data.files.table_column import MAX_INPUT_CATEGORIES
from nnrun.data.profile.column_profile import ColumnProfile, profile_column
from nnrun.data.profile.raw_table import Kind, RawColumn, RawTable
from nnrun.data.profile.suspicions import MOST_MISSING, copy_of, is_constant, is_identifier, tells_nothing
from nnrun.experiment.word_encoding import DEFAULT_BUCKETS
from nnrun.templates.comment import quoted

# Names that say that a column is the target, the clearest first.
TARGET_NAMES = ("target", "label", "class", "y")
_MOST_CLASSES = 20  # of a target of whole numbers, or of texts that hardly repeat
_FEWEST_TO_SPLIT = 20  # rows
_MOST_WORDS = 40  # different texts that are all encoded
KEPT_WORDS = 20  # of more texts
_MOST_UNLIKE = 0.5  # of the rows, the different texts that are hashed or are classes
_CHANNELS, _SMALLEST_IMAGE = (1, 3), 8  # of an image: numbers of a pixel, pixels of a side


@dataclass(frozen=True, eq=False)
class ColumnChoice:
    """Which columns play which role.

    Args:
        table: the columns as they are read.
        profiles: what each holds, by name.
        target: the target.
        why: why it is the target.
        inputs: the inputs.
        left_out: the others, each with the reason.
    """

    table: Mapping[str, RawColumn]
    profiles: Mapping[str, ColumnProfile]
    target: str
    why: str
    inputs: tuple[str, ...]
    left_out: Mapping[str, str]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.table[self.target].values)

    @property
    def gaps(self) -> dict[str, int]:
        """The columns with missing cells that are used, and how many they have."""
        used = [*self.inputs, self.target]
        return {name: self.profiles[name].missing for name in used if self.profiles[name].missing}

    @property
    def many_words(self) -> list[str]:
        """The inputs of which only the most frequent texts are encoded."""
        return [name for name in self.inputs if _MOST_WORDS < self._words(name) <= MAX_INPUT_CATEGORIES]

    @property
    def hashed(self) -> list[str]:
        """The inputs of so many texts that these share buckets."""
        return [name for name in self.inputs if self._words(name) > MAX_INPUT_CATEGORIES]

    def _words(self, name: str) -> int:
        """How many different texts a column has; 0 for numbers."""
        return (self.profiles[name].distinct or 0) if self.table[name].kind == "text" else 0

    @property
    def classes(self) -> int | None:
        """The classes to learn; None for a regression."""
        if self.table[self.target].kind == "text":
            return len(self.table[self.target].categories)
        count = self.profiles[self.target].distinct or 0
        few = 1 < count <= _MOST_CLASSES and set(self.class_rows) == set(map(str, range(count)))
        return count if few else None

    @property
    def class_rows(self) -> dict[str, int]:
        """The rows of each different value of the target."""
        column = replace(self.table[self.target], kind="class")
        return dict(profile_column(column, most=None).frequent)

    @property
    def largest_share(self) -> float:
        """The share of the rows that the most frequent class has."""
        counts = self.class_rows.values()
        return max(counts) / sum(counts)

    def in_roles(self, table: RawTable) -> RawTable:
        """A table of these columns with the columns in their roles, the target last."""
        kind: Kind = "class" if self.classes else "number"
        columns = {column.name: column for column in table.columns}
        target = replace(columns.pop(self.target), role="target", kind=kind)
        return replace(table, columns=(*columns.values(), target))

    def is_uneven(self, times: float) -> bool:
        """Whether a class has that many times as many rows as another."""
        counts = self.class_rows.values() if self.classes else ()
        return bool(counts) and max(counts) >= times * min(counts)

    @property
    def is_split(self) -> bool:
        """Whether there are enough rows for a validation set."""
        return self.rows >= _FEWEST_TO_SPLIT

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of what the network takes: the rows of the only input, or all numbers as a vector."""
        rows = [self.table[name].values.shape[1:] for name in self.inputs]
        return rows[0] if len(rows) == 1 and len(rows[0]) > 1 else (sum(map(self.numbers_of, self.inputs)),)

    @property
    def brightest(self) -> float | None:
        """The largest number of a pixel, 1 or 255, where the only input has images."""
        column = self.table[self.inputs[0]]
        has_channels = len(self.shape) == 3 and self.shape[2] in _CHANNELS and min(self.shape[:2]) >= _SMALLEST_IMAGE
        if len(self.inputs) > 1 or not (column.image or has_channels):
            return None
        return 255.0 if 1 < (self.profiles[column.name].maximum or 0.0) <= 255 else 1.0

    def numbers_of(self, name: str) -> int:
        """How many numbers an input becomes."""
        column = self.table[name]
        if column.kind != "text":
            return math.prod(column.values.shape[1:])
        words = KEPT_WORDS + 1 if name in self.many_words else len(column.categories)
        return (DEFAULT_BUCKETS if name in self.hashed else words) + (name in self.gaps)


def choose_columns(
    table: RawTable,
    unread: Mapping[str, str] | None = None,
    mixed: Collection[str] = (),
    *,
    is_named: bool = True,
) -> ColumnChoice | None:
    """Chooses the target, which is the last column that can be one or has a telling name, and the inputs.

    Args:
        table: the rows of the file.
        unread: further columns that are no inputs, each with the reason.
        mixed: the columns of texts that are meant as numbers, which are inputs only where there are no others.
        is_named: whether the file names its columns, so that a name can tell the target.

    Returns:
        The choice, without inputs where no column is left to learn from; None where there is none to learn.
    """
    columns = {column.name: column for column in table.columns}
    profiles = {name: profile_column(column) for name, column in columns.items()}
    target, why = _choose_target(columns, profiles, mixed, is_named=is_named)
    if target is None:
        return None
    others = [name for name in columns if name != target]
    reasons = {name: _reason_to_leave_out(columns[name], profiles[name]) for name in others}
    reasons |= {name: "texts that are meant as numbers" for name in others if name in mixed}
    reasons |= _of_other_shapes(columns, [name for name in others if not reasons[name]])
    useful = [name for name in others if not reasons[name]]
    copies = {name for name in useful if copy_of(columns[name], columns[target]) is not None}
    if len(copies) < len(useful):
        reasons |= dict.fromkeys(copies, f"determines {quoted(target)}")
    inputs = [name for name in others if not reasons[name]] or [
        n for n in others if _is_usable(columns[n], profiles[n])
    ]
    left_out = {name: reason for name, reason in reasons.items() if reason and name not in inputs} | dict(unread or {})
    return ColumnChoice(columns, profiles, target, why, tuple(inputs), left_out)


def _choose_target(
    columns: Mapping[str, RawColumn],
    profiles: Mapping[str, ColumnProfile],
    mixed: Collection[str],
    *,
    is_named: bool,
) -> tuple[str | None, str]:
    folded = {name.casefold(): name for name in reversed(list(columns)) if is_named}
    for telling in TARGET_NAMES:
        if telling in folded and columns[folded[telling]].kind in ("number", "text"):
            return folded[telling], "as its name says"
    fit = [name for name, column in columns.items() if name in mixed or _is_fit_to_learn(column, profiles[name])]
    learnable = [name for name in fit if name in mixed or _is_learnable(columns[name], profiles[name])]
    best = learnable or fit
    if not best:
        return None, ""
    last = list(columns)[-1]
    return best[-1], "the last column" if best[-1] == last else "the last column that can be one"


def _is_fit_to_learn(column: RawColumn, profile: ColumnProfile) -> bool:
    known = len(column.values) - profile.missing
    fit = column.kind == "number" or (column.kind == "text" and not is_identifier(column, profile))
    return known > 0 and fit


def _is_learnable(column: RawColumn, profile: ColumnProfile) -> bool:
    """Whether a target has something to learn: it is not the same in every row, nor a text that hardly repeats."""
    rows = len(column.values)
    hardly_repeats = column.kind == "text" and (profile.distinct or 0) > max(_MOST_CLASSES, rows * _MOST_UNLIKE)
    return not is_constant(profile) and not hardly_repeats


def _of_other_shapes(columns: Mapping[str, RawColumn], names: Sequence[str]) -> dict[str, str]:
    """The columns that cannot stand beside the first one whose rows are no vectors, each with the reason."""
    deep = next((name for name in names if columns[name].values.ndim > 2 or columns[name].image), None)
    return {name: f"of another shape than {quoted(deep)}" for name in names if deep is not None and name != deep}


def _is_usable(column: RawColumn, profile: ColumnProfile) -> bool:
    """Whether a column can be an input, though it tells nothing."""
    few = (profile.distinct or 0) <= MAX_INPUT_CATEGORIES and not is_identifier(column, profile)
    return profile.missing == 0 and (column.kind == "number" or (column.kind == "text" and few))


def _reason_to_leave_out(column: RawColumn, profile: ColumnProfile) -> str | None:
    rows = len(column.values)
    if profile.missing > MOST_MISSING * rows:
        return f"{profile.missing:,} of {rows:,} cells are missing"
    if is_identifier(column, profile):
        return "different in every row"
    if tells_nothing(profile):
        return "the same in every row"
    distinct = profile.distinct or 0
    if profile.kind == "text" and distinct > max(MAX_INPUT_CATEGORIES, _MOST_UNLIKE * rows):
        return f"{distinct:,} different texts in {rows:,} rows"
    return None
