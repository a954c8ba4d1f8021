"""Texts of a user's file as cells of a CSV file that a spreadsheet or a terminal may show.

A spreadsheet computes a cell that begins like a formula. As OWASP advises
(https://owasp.org/www-community/attacks/CSV_Injection), such a text gets a single quote before it. A lone sign is no
formula, nor is a number. Control characters are replaced.
"""

from __future__ import annotations

from typing import Any

from nnrun.data.files.cell_text import is_number
from nnrun.errors import printable

_QUOTE = "'"
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # the wide ones count as well


def to_cell(value: Any) -> Any:
    """The value as a cell: a text without control characters and not as a formula; anything else as it is."""
    if not isinstance(value, str):
        return value
    text = printable(value)
    return _QUOTE + text if _is_formula(text.removeprefix(_QUOTE)) else text


def from_cell(cell: str) -> str:
    """The text of which `to_cell` made the cell, but for control characters."""
    text = cell.removeprefix(_QUOTE)
    return text if _is_formula(text.removeprefix(_QUOTE)) else cell


def _is_formula(text: str) -> bool:
    return len(text) > 1 and text[0] in _FORMULA and not is_number(text)
