"""`nnrun check`: what is wrong with experiment files, without TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from nnrun.cli.options import FILE, debug_option, set_option
from nnrun.errors import ExperimentError, Problem, printable


class CheckResult(NamedTuple):
    """What is wrong with one file; nothing, if it is well.

    Args:
        file: the file as the user named it.
        problems: what is wrong, in file order.
    """

    file: Path
    problems: tuple[Problem, ...]


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@set_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Lines for people, one JSON array, or annotations for a GitHub workflow.",
)
@debug_option
def check(files: tuple[Path, ...], overrides: tuple[str, ...], form: str) -> int:
    """Check experiment files without training them.

    Prints a line per file that is well, and every problem of the others with its place and what to do about it.
    Exit status 0 when all are well, 2 otherwise.
    """
    verdicts = [_judge(file, overrides) for file in files]
    _FORMATS[form](verdicts)
    return ExperimentError.exit_status if any(verdict.problems for verdict in verdicts) else 0


def _judge(file: Path, overrides: Sequence[str]) -> CheckResult:
    from nnrun.load import load_experiment

    try:
        load_experiment(file, overrides)
    except ExperimentError as error:
        return CheckResult(file, error.problems)
    return CheckResult(file, ())


def _as_text(verdicts: Sequence[CheckResult]) -> None:
    for file, problems in verdicts:
        if problems:
            click.echo("\n".join(map(str, problems)), err=True)
        else:
            click.echo(f"{file}: ok")


def _as_json(verdicts: Sequence[CheckResult]) -> None:
    records = [_record(file, problem) for file, problems in verdicts for problem in problems]
    click.echo(json.dumps(records, indent=2))


def _record(file: Path, problem: Problem) -> dict[str, Any]:
    """A problem as plain values; what does not apply is None, and `option` is the option it stands in, as typed."""
    place = problem.place
    in_file = place is not None and place.line > 0
    return {
        "file": str(file),
        "line": place.line if place and in_file else None,
        "column": place.column if place and in_file else None,
        "option": f"{place.source} {place.text}" if place and not in_file else None,
        "message": problem.message,
        "hint": problem.hint,
    }


def _as_annotations(verdicts: Sequence[CheckResult]) -> None:
    for file, problems in verdicts:
        for problem in problems:
            click.echo(_annotation(_record(file, problem)))


def _annotation(record: dict[str, Any]) -> str:
    """A problem as a command of GitHub's workflows.

    The form and its escapes are those of `@actions/core`:
    https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
    """
    properties = {"file": record["file"], "line": record["line"], "col": record["column"], "title": "nnrun check"}
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value is not None)
    option = f"{record['option']}: " if record["option"] else ""
    hint = f"\n{record['hint']}" if record["hint"] else ""
    return f"::error {written}::{_data(option + record['message'] + hint)}"


def _data(text: str) -> str:
    return printable(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(value: str | int) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")


_FORMATS: dict[str, Callable[[Sequence[CheckResult]], None]] = {
    "text": _as_text,
    "json": _as_json,
    "github": _as_annotations,
}
