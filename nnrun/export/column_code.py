"""The columns of an experiment's data as variables of a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnrun.data.generators.roles import Roles
from nnrun.errors import ExperimentError

Arguments = Mapping[str, Any]
# The expression of columns side by side: their names, and whether they are class labels.
ColumnArray = Callable[[Sequence[str], bool], str]


class NoDataCode(ExperimentError):
    """No code makes or prepares these data as nnrun does."""


@dataclass(frozen=True)
class DataCode:
    """The code that makes the columns.

    Args:
        lines: its lines.
        array: the expression of some columns.
        test_array: the same for the test set that comes with the data, if there is one.
        weights: the expression of the weights of the rows, if they have weights.
        imports: the lines that import what it needs besides Keras and NumPy.
        raw: of data that are prepared, the expression of a column as it is, NaN or an empty text for a missing cell;
            None where `array` gives it.
    """

    lines: list[str]
    array: ColumnArray
    test_array: ColumnArray | None = None
    weights: str | None = None
    imports: tuple[str, ...] = field(default=())
    raw: Callable[[str], str] | None = None


def cast(*, label: bool) -> str:
    """The conversion to the type of a label or of a number."""
    return '.astype("int32")' if label else '.astype("float32")'


def weight_code(roles: Roles, code: Callable[[str], str]) -> str | None:
    """The expression of the weights of the rows, if they have weights, from that of a column."""
    return None if roles.weight is None else code(roles.weight) + cast(label=False)


def index_code(found: list[int]) -> str:
    """Positions of columns as an index: a range where they follow one another."""
    first, last = found[0], found[-1]
    if len(found) > 1 and found == list(range(first, last + 1)):
        return f"{first or ''}:{last + 1}"
    return f"[{', '.join(map(str, found))}]"


def point_array(wanted: Sequence[str], label: bool) -> str:
    """Columns x1, x2, … of `points`, or the column class, which is `classes`."""
    if list(wanted) == ["class"]:
        return "classes.reshape(-1, 1)" + cast(label=label)
    return f"points[:, {index_code([int(name[1:]) - 1 for name in wanted])}]" + cast(label=label)
