"""Annotations of a file's lines, as commands of GitHub's workflows.

The form and its escapes are those of `@actions/core`:
https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
"""

from __future__ import annotations

from nnrun.errors import printable


def annotation(
    severity: str,
    message: str,
    *,
    title: str,
    file: str,
    line: int | None = None,
    column: int | None = None,
) -> str:
    """A line of output that GitHub shows at a line of a file.

    Args:
        severity: `error` or `warning`.
        message: what it says; any number of lines.
        title: its title.
        file: the file.
        line: the line, from 1; None for the whole file.
        column: the column, from 1.
    """
    properties = {"file": file, "line": line, "col": column, "title": title}
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value is not None)
    return f"::{severity} {written}::{_data(message)}"


def _data(text: str) -> str:
    return printable(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(value: str | int) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")
