"""What `nnrun test` prints: a line for every experiment as it ends, and at the end a table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import click

from nnrun.cli.signals import before_exit, drop_actions, raise_if_interrupted
from nnrun.cli.stage_line import StageLine, StandardError
from nnrun.cli.terminal import is_plain, is_styled, table, terminal_width
from nnrun.cli.workflow_annotation import annotation
from nnrun.errors import Place, listed, printable
from nnrun.number_text import short
from nnrun.testing.case_listener import CaseListener
from nnrun.testing.case_result import CaseResult
from nnrun.testing.case_results import CaseResults
from nnrun.testing.experiment_case import ExperimentCase
from nnrun.testing.markdown_summary import expectations_in_short, in_short
from nnrun.testing.verdict_table import verdict_table

_WORDS = {"passed": "passed", "failed": "FAILED", "error": "ERROR", "skipped": "skipped"}
_COLORS = {"passed": "green", "failed": "red", "error": "red", "skipped": "yellow"}
_WIDTH = max(map(len, _WORDS.values()))
_LOSSES = ("val_loss", "loss")


class CaseProgress(CaseListener):
    """Prints a line for every experiment as it ends; on a terminal another one says what is trained now.

    Args:
        quiet: whether nothing is printed of experiments that pass.
    """

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.shown = not quiet and not is_plain(sys.stderr)
        self.stage = StageLine(StandardError(plain=not self.shown))
        self.training: dict[int, str] = {}

    def on_safe_point(self) -> None:
        raise_if_interrupted()

    def on_emergency_save(self, save: Callable[[], str | None]) -> None:
        before_exit(save, by_signal=True)

    def on_case_begin(self, case: ExperimentCase) -> None:
        self.training[case.index] = case.name
        self._show()

    def on_result(self, result: CaseResult) -> None:
        self.training.pop(result.index, None)
        self.stage.clear()
        for line in _lines(result):
            if not self.quiet or result.status != "passed":
                click.echo(line, color=is_styled(sys.stdout))
        self._show()

    def _show(self) -> None:
        if self.shown and self.training:
            self.stage.show(f"training {listed(list(self.training.values()))}")

    def __exit__(self, *error: object) -> None:
        self.stage.clear()
        drop_actions()


def _lines(result: CaseResult) -> Iterator[str]:
    """The line of a result; of one that did not pass, also why not."""
    status = f"{_WORDS[result.status]:<{_WIDTH}}"
    if is_styled(sys.stdout):
        status = click.style(status, fg=_COLORS[result.status])
    found = "" if result.status == "error" else _measured(result)
    yield f"{status}  {printable(str(result.file))}  {result.seconds:.1f} s{found}"
    if result.status != "passed":
        yield from (f"  {line}" for line in verdict_table(result))


def _measured(result: CaseResult) -> str:
    """The final loss, on the validation set where there is one."""
    known = ((name, result.metrics.get(name)) for name in _LOSSES)
    return next((f"  {name} {short(value)}" for name, value in known if value is not None), "")


def print_results(done: CaseResults, quiet: bool) -> None:
    """Prints the table of all experiments, unless there is one alone, and how many passed."""
    if not quiet and len(done.results) > 1:
        rows = [("experiment", "result", "seconds", "expectations")]
        rows += [(str(r.file), _WORDS[r.status], f"{r.seconds:.1f}", expectations_in_short(r)) for r in done.results]
        click.echo()
        for line in table(rows, terminal_width()):
            click.echo(printable(line))
        click.echo()
    click.echo(in_short(done))
    if done.interrupted is not None:
        click.echo(str(done.interrupted), err=True)


def workflow_annotations(done: CaseResults) -> Iterator[str]:
    """What failed, at its line of the experiment file, as a GitHub workflow shows it."""
    for result in done.with_status("failed", "error"):
        for problem in result.problems:
            hint = f"\n{problem.hint}" if problem.hint else ""
            yield _at(problem.place, result, f"{problem.message}{hint}")
        for check in result.failed_checks:
            yield _at(check.place, result, f"expected {check}")


def _at(place: Place | None, result: CaseResult, message: str) -> str:
    if place is None or place.line == 0:
        return annotation("error", message, title="nnrun test", file=str(result.file))
    return annotation("error", message, title="nnrun test", file=str(result.file), line=place.line, column=place.column)
