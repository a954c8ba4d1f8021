"""An array as a column: what it is by its header, and its values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nnrun.data.dataset import Array
from nnrun.data.files.array_header import ArrayHeader
from nnrun.data.files.cell_text import is_number
from nnrun.data.files.table_column import MAX_CATEGORIES, MAX_INPUT_CATEGORIES, Stray, TableColumn
from nnrun.data.files.table_problems import Role as FileRole
from nnrun.data.files.table_problems import find_problem, how_to_bound
from nnrun.data.generators.generator import GeneratorArguments
from nnrun.data.generators.roles import Roles
from nnrun.data.generators.text_limits import most_texts
from nnrun.errors import Problem
from nnrun.experiment.columns import Column

# A key only splits the rows.
Role = Literal["column", "weight", "key"]

_NUMBERS = "biuf"
_PLAIN = 'Save plain numbers or texts, as in numpy.savez(file, x=x.astype("float32")).'
_SMALLEST_IMAGE = 8  # pixels of a side

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


@dataclass(frozen=True, eq=False)
class CodedTexts:
    """The texts of a column.

    Args:
        categories: the different texts in sorted order.
        codes: of each set of rows the position of every row's text, −1 for a missing one, (rows,).
    """

    categories: tuple[str, ...]
    codes: tuple[Array, ...]


def array_column(name: str, header: ArrayHeader, categories: tuple[str, ...] = ()) -> Column:
    """The column that an array of numbers or texts is.

    Bytes without a sign, (rows, height, width) or (rows, height, width, 1), are taken for grey images.

    Args:
        name: the column's name.
        header: the array's header.
        categories: the texts of a text column.
    """
    shape = header.shape[1:]
    grey = shape[:2] if len(shape) == 2 or (len(shape) == 3 and shape[2] == 1) else ()
    is_image = header.kind == "u" and header.size == 1 and len(grey) == 2 and min(grey) >= _SMALLEST_IMAGE
    dimensions = shape if len(shape) > 1 else ()
    return Column(name, math.prod(shape), dimensions, categories, image=grey if is_image else ())


def find_unusable(array: str, header: ArrayHeader, role: Role) -> tuple[str, str | None] | None:
    """What keeps an array from being a column, and the remedy; None where nothing does.

    Args:
        array: its name.
        header: its header.
        role: what it is used as.
    """
    if header.kind == "O":
        return f'The array "{array}" holds Python objects, which are not read, as they could run code.', _PLAIN
    if header.kind not in _NUMBERS and not header.is_text:
        return f'The array "{array}" has the type {header.type_name}, and a column has numbers or texts.', _PLAIN
    if not math.prod(header.shape) or not header.shape:
        return f'The array "{array}" has no rows. Received: the shape {header.shape}', None
    if header.is_text and math.prod(header.shape[1:]) > 1:
        return f'The array "{array}" of texts must have one text per row. Received: the shape {header.shape}', None
    if role == "weight" and (header.is_text or math.prod(header.shape[1:]) > 1):
        return f'The array "{array}" must have one number per row, the weight. Received: the shape {header.shape}', None
    if role == "key" and math.prod(header.shape[1:]) > 1:
        return f'The array "{array}" splits the rows, so it must have one cell per row. Received: {header.shape}', None
    return None


def code_texts(given: GeneratorArguments, roles: Roles, column: str, arrays: Sequence[Array]) -> CodedTexts:
    """The texts of a column; what is wrong with them is added to `given`.

    Blanks around a text do not count; bytes are taken as UTF-8. An empty text is a missing one.

    Args:
        given: takes the problems.
        roles: what the columns are for.
        column: the column's name.
        arrays: of each set of rows the texts, (rows,) or (rows, 1).
    """
    import numpy as np

    texts = [_decoded(array.reshape(-1)) for array in arrays]  # each (rows,)
    known = np.unique(np.concatenate(texts))
    categories = known[known != ""]
    codes = [np.where(text == "", -1, np.searchsorted(categories, text)) for text in texts]
    missing = [int(row) + 1 for code in codes for row in np.flatnonzero(code < 0)]
    if missing and not given.allowed.missing(column, target=column in roles.targets):
        others = f", {len(missing):,} such rows in all" if len(missing) > 1 else ""
        message = f'Row {missing[0]} has no text in the column "{column}"{others}.'
        given.add("path", message, "Fill it, or remove the row.")
    most = most_texts(given, roles, column)
    if len(categories) <= MAX_CATEGORIES and (problem := _find_numbers(roles, column, categories, codes)):
        given.add("path", problem.message, problem.hint)
    elif len(categories) > most:
        message = f'The column "{column}" has {len(categories):,} different texts; at most {most:,} are possible.'
        given.add("path", message, how_to_bound(column) if most == MAX_INPUT_CATEGORIES else None)
    return CodedTexts(tuple(categories.tolist()), tuple(codes))


def _find_numbers(roles: Roles, column: str, categories: Array, codes: Sequence[Array]) -> Problem | None:
    """A message for texts that are meant as numbers, as those of a file of rows get."""
    import numpy as np

    cells = np.concatenate(codes)  # (rows,)
    filled = np.flatnonzero(cells >= 0)
    known, first, counts = np.unique(cells[filled], return_index=True, return_counts=True)
    texts = categories[known].tolist()
    strays = {
        text: Stray(int(row) + 1, int(count), unit="row")
        for text, row, count in zip(texts, filled[first], counts, strict=True)
        if not is_number(text)
    }
    role: FileRole = "target" if column in roles.targets else "key" if column in roles.keys else "input"
    return find_problem(TableColumn(column, None, tuple(texts), None, strays, len(cells)), role, MAX_CATEGORIES)


def _decoded(texts: Array) -> Array:
    import numpy as np

    return np.char.strip(np.char.decode(texts, "utf-8", "replace") if texts.dtype.kind == "S" else texts)


def numbers_of(values: Array, column: Column, dtype: DTypeLike = "float32") -> Array:
    """An array of numbers as the values of its column, (rows, …); what is too large for the type becomes infinite."""
    import numpy as np

    with np.errstate(all="ignore"):
        return values.astype(dtype).reshape(len(values), *column.shape)
