"""The verdicts on a run as a table of text."""

from __future__ import annotations

from collections.abc import Sequence

from nnrun.cli.run_tables import in_words
from nnrun.cli.terminal import table
from nnrun.runs.verdict import Verdict, written


def expectation_table(verdicts: Sequence[Verdict], width: int | None) -> list[str]:
    """A line per verdict, below a header: value, bound, margin, and the first epoch at which it was met.

    Args:
        verdicts: the verdicts.
        width: the most columns; None for any.

    Returns:
        The lines, none without verdicts; columns that would be empty are left out.
    """
    rows = [_cells(verdict) for verdict in verdicts]
    kept = [i for i, title in enumerate(_TITLES) if not title or any(row[i] for row in rows)]
    return table([[row[i] for i in kept] for row in (_TITLES, *rows)], width) if rows else []


_TITLES = ("expectation", "", "value", "bound", "margin", "first met", "")


def _cells(verdict: Verdict) -> tuple[str, ...]:
    absent = "" if verdict.reason or verdict.met else "not measured"
    return (
        verdict.expectation,
        "passed" if verdict.met else "FAILED",
        written(verdict.value, in_words) or absent,
        written(verdict.shown_bound, in_words) or "",
        "" if verdict.margin is None else in_words(verdict.margin),
        f"epoch {verdict.since}" if verdict.since else "",
        verdict.reason or "",
    )
