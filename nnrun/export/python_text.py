"""Python code as text: names, and calls that break over lines where they are long."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nnrun.errors import printable

WIDTH = 100
_STEP = "    "


@dataclass(frozen=True)
class Bracket:
    """A call, a list or a tuple: what opens it, its items, what closes it."""

    opening: str
    items: tuple[Code, ...]
    closing: str


@dataclass(frozen=True)
class Keyword:
    """An argument by its name."""

    name: str
    value: Code


Code = str | Bracket | Keyword


def call(function: str, *positional: Code, **named: Code) -> Bracket:
    """A call."""
    return Bracket(f"{function}(", (*positional, *(Keyword(name, value) for name, value in named.items())), ")")


def many(items: Sequence[Code]) -> Code:
    """The only item, or a tuple."""
    return items[0] if len(items) == 1 else Bracket("(", tuple(items), ")")


def listed_code(items: Iterable[Code]) -> Bracket:
    """A list."""
    return Bracket("[", tuple(items), "]")


def statement(before: str, code: Code, indent: str = "") -> list[str]:
    """The lines of a statement that ends with `code`, such as `model = keras.Sequential([…])`."""
    flat = f"{indent}{before}{_flat(code)}"
    return [flat] if len(flat) <= WIDTH else f"{indent}{before}{_broken(code, indent)}".splitlines()


def _flat(code: Code) -> str:
    match code:
        case Bracket(opening, items, closing):
            return f"{opening}{', '.join(map(_flat, items))}{closing}"
        case Keyword(name, value):
            return f"{name}={_flat(value)}"
    return code


def _broken(code: Code, indent: str) -> str:
    match code:
        case Bracket(opening, items, closing) if items:
            lone = items[0]
            if len(items) == 1 and isinstance(lone, Bracket):  # two brackets at once, such as ([ and ])
                return f"{opening}{_broken(lone, indent)}{closing}"
            inner = indent + _STEP
            lines = [f"{inner}{_fitted(item, inner)},\n" for item in items]
            return f"{opening}\n{''.join(lines)}{indent}{closing}"
        case Keyword(name, value):
            return f"{name}={_broken(value, indent)}"
    return _flat(code)


def _fitted(code: Code, indent: str) -> str:
    flat = _flat(code)
    return flat if len(indent) + len(flat) < WIDTH else _broken(code, indent)


class Variables:
    """The names of a program's variables, each once.

    Args:
        reserved: names that the program uses for something else.
    """

    def __init__(self, reserved: Iterable[str]) -> None:
        self.taken = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *reserved}

    def take(self, wanted: str) -> str:
        """A name like `wanted` that is a Python identifier and not taken."""
        name = re.sub(r"\W", "_", unicodedata.normalize("NFKC", wanted))
        name = name if name.isidentifier() else f"v_{re.sub(r'[^A-Za-z0-9_]', '_', name)}"
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name


def number(value: float) -> str:
    """A number as Python reads it back; whole numbers without a point, what is not finite as `float("nan")`."""
    if value != value or value in (float("inf"), float("-inf")):
        return f'float("{value}")'
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def text(value: str) -> str:
    """A text in double quotes, in printable characters."""
    quoted = ascii(value)[1:-1] if '"' not in value and "'" not in value else ascii(value)
    return f'"{quoted}"' if '"' not in value and "'" not in value else quoted


def comment(words: str) -> str:
    """A comment, which no word can end: on one line, in printable characters."""
    return f"# {printable(words.replace(chr(10), ' '))}"


def docstring(words: str) -> str:
    """A docstring, which no word can end: without double quotes and backslashes, of printable lines."""
    return f'"""{printable(words.replace(chr(34), chr(39)).replace(chr(92), "/"))}"""'
