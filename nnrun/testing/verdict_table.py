"""The result of a test as a table of what was checked, and what it was trained to."""

from __future__ import annotations

from collections.abc import Iterator

from nnrun.errors import printable
from nnrun.testing.case_result import CaseResult

_MARKS = {True: "passed", False: "FAILED"}


def verdict_table(result: CaseResult) -> Iterator[str]:
    """The lines: why it could not be trained, a row for every check, the last epochs, and where the run is."""
    for problem in result.problems:
        yield from printable(str(problem)).splitlines()
    rows = [(_MARKS[check.met], check.text, check.detail) for check in result.checks]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield printable("  ".join(cells).rstrip())
    yield from map(printable, result.log)
    if result.folder:
        yield f"run: {result.folder}"
