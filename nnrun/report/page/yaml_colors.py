"""YAML with its comments, keys, texts and numbers told apart."""

from __future__ import annotations

import re

from nnrun.html.frame import escaped

# Every branch takes what it has looked at, so that no line is looked at twice.
_TOKEN = re.compile(
    r"""(?P<comment>(?:^|(?<=\s))\#.*)
    |(?P<text>"(?:[^"\\]|\\.)*(?:"|\\?$)|'[^']*(?:'|$))
    |(?P<word>[^\s,{}\[\]"']+)
    |(?P<other>\s+|.)""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def colored_yaml(text: str) -> str:
    """The text as HTML, a span per line; nothing of it is lost or added."""
    return "".join(f'<span class="row">{_line(line)}\n</span>' for line in text.splitlines())


def _line(line: str) -> str:
    return "".join(_token(str(match.lastgroup), match.group()) for match in _TOKEN.finditer(line))


def _token(kind: str, text: str) -> str:
    if kind == "word" and text.endswith(":"):
        return f"<b>{escaped(text[:-1])}</b>:"
    if kind == "word" and _NUMBER.fullmatch(text):
        kind = "number"
    return f'<i class="{kind}">{escaped(text)}</i>' if kind in ("comment", "text", "number") else escaped(text)
