"""What looks wrong in data: columns that tell nothing or too much, torn groups, repeated rows, rare classes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.profile.column_profile import ColumnProfile, count_distinct
from nnrun.data.profile.raw_table import RawColumn, RawTable
from nnrun.data.rows import flat_rows
from nnrun.errors import listed

IDENTIFIER_NAMES = re.compile(r"(?i:(?:^|[\W_])(?:id|index|key|nr|no|number|uuid))$|[a-z]I[dD]$")
# The absolute correlation with the target from which a column is taken for a copy of it.
COPY = 0.999
# How many times as many rows the largest class may have as the smallest.
IMBALANCED = 10.0
# The share of the validation or test rows that may be training rows too.
SHARED = 0.05
# The share of the cells of an input that may be missing.
MOST_MISSING = 0.5
_FEWEST = 3  # rows that running numbers or unlike texts need to be noticed


@dataclass(frozen=True)
class Suspicion:
    """Something that should be looked at before training.

    Args:
        kind: what it is, such as `index` or `copy of the target`.
        column: the column, or None where it concerns the rows.
        message: a sentence or two about it, with its numbers.
        remedy: what to do.
    """

    kind: str
    column: str | None
    message: str
    remedy: str


def is_index(column: RawColumn, profile: ColumnProfile) -> bool:
    """Whether a column of whole numbers has every number from its least to its greatest once, in whatever order."""
    return (
        _has_unlike_whole_numbers(column, profile)
        and profile.maximum is not None
        and profile.minimum is not None
        and profile.maximum - profile.minimum == len(column.values) - 1
    )


def is_identifier(column: RawColumn, profile: ColumnProfile) -> bool:
    """Whether every row has a value of its own without meaning: a text, a running number, or one that is named so."""
    if column.kind == "text":
        return not column.is_free and len(column.values) >= _FEWEST and profile.distinct == len(column.values)
    named = IDENTIFIER_NAMES.search(column.name) is not None
    return is_index(column, profile) or (named and _has_unlike_whole_numbers(column, profile))


def _has_unlike_whole_numbers(column: RawColumn, profile: ColumnProfile) -> bool:
    rows = len(column.values)
    unlike = column.kind == "number" and rows >= _FEWEST and profile.distinct == rows
    return unlike and _is_whole(column.values)


def _is_whole(numbers: Array) -> bool:
    return bool((numbers == np.floor(numbers)).all())


def is_constant(profile: ColumnProfile) -> bool:
    """Whether all rows that have a value have the same."""
    return profile.distinct == 1


def tells_nothing(profile: ColumnProfile) -> bool:
    """Whether an input is the same in every row; a text that several rows do not have tells these from the others."""
    return is_constant(profile) and not (profile.kind == "text" and profile.missing > 1)


def copy_of(column: RawColumn, target: RawColumn) -> str | None:
    """How a column determines the target, in words; None where it does not.

    Args:
        column: an input.
        target: the target, of the same rows.

    Returns:
        Pearson's r where |r| > 0.999, or that values of both stand in a one-to-one relation, and repeat.
    """
    both = ~(column.missing | target.missing)  # (rows,)
    a, b = (flat_rows(c.values)[both].astype(np.float64) for c in (column, target))
    if a.shape != b.shape or a.shape[1:] != (1,) or len(a) < _FEWEST or (a == a[0]).all() or (b == b[0]).all():
        return None
    if not column.categories and not target.categories:
        with np.errstate(all="ignore"):  # of the squares of huge and of tiny numbers
            r = float(np.corrcoef(a[:, 0], b[:, 0])[0, 1])
        if abs(r) > COPY:
            return f"the correlation is {r:.5g}"
    return "each value stands with one value of it" if _are_one_to_one(a, b) else None


def _are_one_to_one(a: Array, b: Array) -> bool:
    pairs = count_distinct(np.concatenate([a, b], axis=1), axis=0)
    return pairs == count_distinct(a) == count_distinct(b) and len(a) >= 2 * pairs


def suspicious_columns(table: RawTable, profiles: Sequence[ColumnProfile]) -> Iterator[Suspicion]:
    """What looks wrong in the columns of all rows.

    Args:
        table: all rows.
        profiles: of its columns.
    """
    targets = [column for column in table.columns if column.role == "target"]
    inputs = sum(column.role == "input" for column in table.columns)
    for column, profile in zip(table.columns, profiles, strict=True):
        if column.role == "target" and is_constant(profile):
            message = f'The target "{column.name}" has the same value in every row.'
            yield Suspicion("constant", column.name, message, "There is nothing to learn: predict another column.")
        if column.role != "input":
            continue
        yield from _useless(column, profile, alone=inputs == 1)
        for target in targets if inputs > 1 else ():
            how = copy_of(column, target)
            if how is not None:
                yield _copy(column, target, how)


def _useless(column: RawColumn, profile: ColumnProfile, *, alone: bool) -> Iterator[Suspicion]:
    name = column.name
    leave_out, rows = "Leave it out of the inputs.", len(column.values)
    if profile.missing > MOST_MISSING * rows:
        message = f'"{name}" has no value in {profile.missing:,} of {rows:,} rows.'
        yield Suspicion("missing cells", name, message, leave_out)
    if tells_nothing(profile):
        yield Suspicion("constant", name, f'"{name}" has the same value in every row.', leave_out)
    elif column.kind == "text" and is_identifier(column, profile):
        message = f'"{name}" has a text of its own in every row, as an identifier has.'
        yield Suspicion("identifier", name, message, leave_out)
    elif is_index(column, profile) and not alone:
        message = f'"{name}" holds each whole number from {profile.minimum:.0f} to {profile.maximum:.0f} once, as an '
        yield Suspicion("index", name, f"{message}index does.", leave_out)
    elif is_identifier(column, profile) and not alone:
        message = f'"{name}" has a whole number of its own in every row, and the name of an identifier.'
        yield Suspicion("identifier", name, message, leave_out)


def _copy(column: RawColumn, target: RawColumn, how: str) -> Suspicion:
    message = f'"{column.name}" determines the target "{target.name}": {how}.'
    remedy = "If it is computed from the target, or known only after it, leave it out of the inputs."
    return Suspicion("copy of the target", column.name, message, remedy)


def torn_groups(tables: Mapping[str, RawTable]) -> Iterator[Suspicion]:
    """Columns named as identifiers, or of texts that repeat, whose groups of rows stand in several parts."""
    parts = list(tables.values())
    if len(parts) < 2:
        return
    for i, column in enumerate(parts[0].columns):
        if not IDENTIFIER_NAMES.search(column.name) or column.kind not in ("number", "text"):
            continue
        groups = [np.unique(part.columns[i].known) for part in parts]
        if column.kind == "number" and not all(map(_is_whole, groups)):
            continue  # a measure, such as a stringency_index
        values, counts = np.unique(np.concatenate(groups), return_counts=True)
        torn, rows = int((counts > 1).sum()), sum(part.rows for part in parts)
        if torn and len(values) < rows:
            message = (
                f'{torn:,} of {len(values):,} groups of rows with the same "{column.name}" stand in several parts.'
            )
            remedy = f"If they belong together, split by group: split: {{group: {column.name}}}"
            yield Suspicion("torn groups", column.name, message, remedy)


def imbalanced(target: str, counts: Mapping[str, int]) -> Iterator[Suspicion]:
    """Whether the largest class has ten times as many rows as the smallest.

    Args:
        target: the target.
        counts: the rows of each class.
    """
    if len(counts) < 2:
        return
    most, least = max(counts, key=lambda name: counts[name]), min(counts, key=lambda name: counts[name])
    if counts[most] >= IMBALANCED * counts[least]:
        message = f'Class {most} of "{target}" has {counts[most]:,} rows, class {least} only {counts[least]:,}.'
        remedy = "Split by class (split: stratified), weight the classes (class_weight: balanced), and do not judge by "
        yield Suspicion("imbalanced classes", target, message, f"{remedy}accuracy.")


def untrained(target: str, counts: Mapping[str, int]) -> Iterator[Suspicion]:
    """Whether classes have held-out rows alone, so that nothing is learned of them.

    Args:
        target: the target.
        counts: the training rows of each class that has rows.
    """
    names = [name for name, count in counts.items() if not count]
    if names:
        message = f'{listed(names, 3)} of "{target}" {"has" if len(names) == 1 else "have"} no training row.'
        noun = "Class" if len(names) == 1 else "Classes"
        remedy = "Split by class (split: stratified), or leave their rows out."
        yield Suspicion("untrained classes", target, f"{noun} {message}", remedy)


def shared_rows(shared: Mapping[str, int], rows: Mapping[str, int]) -> Iterator[Suspicion]:
    """Whether many validation or test rows are training rows too.

    Args:
        shared: of each such part the rows that are in the training set.
        rows: the rows of each part.
    """
    many = [name for name, count in shared.items() if count > SHARED * rows[name]]
    if many:
        counts = listed([f"{shared[name]:,} of {rows[name]:,} {name} rows" for name in many])
        message = f"{counts} are in the training set too."
        yield Suspicion("rows in two parts", None, message, "Remove the repeated rows, or keep them in one part.")
