"""What stands in the comments of an experiment file; no name from outside can end a comment or spoil the file."""

from __future__ import annotations

import textwrap

_WIDTH = 110
_LONGEST = 40  # characters of a name


def comment(text: str) -> str:
    """A text as lines of a comment."""
    lines = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"# {line}" for line in lines)


def clean(text: str) -> str:
    """A text on one line, with what no YAML file may hold replaced."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def quoted(name: str) -> str:
    """A name in quotes, shortened."""
    return f'"{clean(name) if len(name) <= _LONGEST else clean(name[: _LONGEST - 1]) + "…"}"'
