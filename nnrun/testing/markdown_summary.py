"""The results of tests as Markdown, such as GitHub shows below a workflow."""

from __future__ import annotations

from collections.abc import Iterator

from nnrun.html.markdown import code_block, escaped, table
from nnrun.testing.case_result import CaseResult
from nnrun.testing.case_results import CaseResults

_MARKS = {"passed": "✔ passed", "failed": "✘ failed", "error": "✘ error", "skipped": "– skipped"}


def markdown_summary(done: CaseResults) -> str:
    """The text: a table of all experiments, and what failed in each."""
    rows = [(str(r.file), _MARKS[r.status], f"{r.seconds:.1f}", expectations_in_short(r)) for r in done.results]
    lines = [
        f"## nnrun test: {in_short(done)}",
        "",
        *table(("experiment", "result", "seconds", "expectations"), rows, codes=1, numbers=False),
    ]
    for result in done.with_status("failed", "error"):
        lines += ["", f"### {escaped(str(result.file))}", "", *_details(result)]
    return "\n".join(lines) + "\n"


def in_short(done: CaseResults) -> str:
    """How many experiments have each status, such as `17 passed, 1 failed in 9.6 s`."""
    counts = {status: len(done.with_status(status)) for status in _MARKS}
    words = {"error": "errors" if counts["error"] > 1 else "error"}
    found = [f"{count} {words.get(status, status)}" for status, count in counts.items() if count]
    return f"{', '.join(found) or 'no experiment'} in {done.seconds:.1f} s"


def expectations_in_short(result: CaseResult) -> str:
    """How many of its expectations an experiment met, such as `2 of 3`; empty where nothing was judged."""
    met = len(result.checks) - len(result.failed_checks)
    return f"{met} of {len(result.checks)}" if result.checks else ""


def _details(result: CaseResult) -> Iterator[str]:
    if result.checks:
        marks = {True: "✔", False: "✘"}
        rows = [(check.text, marks[check.met], check.detail) for check in result.checks]
        yield from table(("expectation", "", "found"), rows, codes=1, numbers=False)
    for problem in result.problems:
        yield from code_block(str(problem))
    if result.log:
        yield ""
        yield from code_block("\n".join(result.log))
    if result.folder:
        yield ""
        yield f"Run: {escaped(str(result.folder))}"
