"""Texts that people read as numbers and no computer does: 1'200, −3, １２, 5 %, (4.50), 1.2M."""

from __future__ import annotations

import re
import unicodedata

from nnrun.data.files.cell_text import is_number

_MINUS = str.maketrans(dict.fromkeys("−–—‒﹣", "-"))
_GROUPED = r"\d{1,3}(?P<mark>[ '’_.,])\d{3}(?:(?P=mark)\d{3})*(?:[.,]\d+)?"
_PLAIN = r"\d+(?:[.,]\d+)?"
_POWER = r"(?: ?[×x*·] ?10\^?[+-]?\d+)"  # also of 10³, whose digit becomes a plain one
_FORTRAN = r"(?:\d+\.\d*|\.\d+)[dD][+-]?\d+"  # without a point it may be a code, such as 3D2
_NUMERAL = re.compile(rf"[+-]?(?:{_GROUPED}|{_PLAIN}{_POWER}?|{_FORTRAN})")
_MONEY = r"(?:[$€£¥₹₩₽₺฿]|US\$|R\$|EUR|USD|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|CZK|BRL|Rs\.?|kr\.?)"
# Units that stand without a blank; others may be the letter of a code, such as 12a.
_UNITS = "(?:[kM]|K|bn|Mio|kg|mg|[ckm]m|ml|ms|min|[kKMGT]B|[kMG]?Hz|kWh?|px|lbs?|oz|mph|rpm|hp|[cC]{2}|USD|EUR)"
_QUANTITY = re.compile(
    rf"(?P<before>(?:[<>≤≥~≈±] ?)?\(?[+-]?{_MONEY}?) ?"
    rf"(?P<number>[+-]?(?:{_GROUPED.replace('mark', 'sign')}|{_PLAIN}))"
    rf"(?P<behind>[-+)]| ?[%‰°$€£¥₹]\D*| [^\W\d]\D*|{_UNITS})?"
)
_TIME = re.compile(r"\d{1,3}:\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?", re.IGNORECASE)
_TIMES = frozenset({"k", "m", "bn", "mio", "mrd"})  # what a number is multiplied by, in small letters


def plain_text(text: str) -> str:
    """The text with the digits 0 to 9, usual blanks and a hyphen for minus, as it is meant."""
    known = unicodedata.normalize("NFKC", text).translate(_MINUS)
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in known)


def is_numeral(text: str) -> bool:
    """Whether a text is no number for a computer, and nothing but one for people, as `1'200`, `−3` or `１２` are."""
    return not is_number(text) and (is_number(plain := plain_text(text)) or _NUMERAL.fullmatch(plain) is not None)


def unit_of(text: str) -> tuple[str, str] | None:
    """What stands before and behind the digits of a quantity, such as 5 %, $5, <0.1 or (3.50); None for another text.

    Quantities with the same unit are of one kind. All that are written with a time or a multiplier are, too.
    """
    plain = plain_text(text)
    if _TIME.fullmatch(plain):
        return ":", ""
    found = _QUANTITY.fullmatch(plain)
    if found is None:
        return None
    before, behind = found["before"].strip(), (found["behind"] or "").strip()
    if not before and behind.casefold() in _TIMES:
        return "", "k"
    return (before, behind) if before or behind else None


def is_quantity(text: str) -> bool:
    """Whether a text among numbers is one of them, written with a sign or a unit."""
    return is_numeral(text) or unit_of(text) is not None
