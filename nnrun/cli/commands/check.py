"""`nnrun check`: validates experiment files without TensorFlow."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from nnrun.cli.options import FILE, set_option
from nnrun.cli.settings import code_access, data_folders, runs_folder
from nnrun.cli.workflow_annotation import annotation
from nnrun.errors import ExperimentError, Problem
from nnrun.machine import LARGE_MACHINE, free_memory, machine_memory

if TYPE_CHECKING:
    from nnrun.experiment.experiment import Experiment


# The name of what `-` reads, in places.
_STANDARD_INPUT = Path("standard input")


class CheckResult(NamedTuple):
    """The problems of one file.

    Args:
        file: the file as the user named it.
        problems: its problems in file order; empty for a valid file.
        warnings: what is probably not meant in a valid file.
        note: what is added to the line of a valid file.
    """

    file: Path
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
    note: str = ""


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@set_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="text to read, a JSON array, or annotations for a GitHub workflow.",
)
def check(files: tuple[Path, ...], overrides: tuple[str, ...], form: str) -> int:
    """Check experiment files without training them.

    Prints one line per valid file. For other files it prints every problem with its line, the allowed values and a
    hint. A warning about what is probably not meant leaves a file valid. Of a section sweep: the trials are checked as
    nnrun sweep does before it trains: all, or of more than 2,000 each value and the ends of all. - reads standard
    input, whose paths are relative to the current folder. Works without TensorFlow.

    \b
    nnrun check experiments/*.yaml

    \b
    Exit status: 0 all files are valid, 2 otherwise.
    """
    results = [_check(file, overrides) for file in files]
    _FORMATS[form](results)
    return ExperimentError.exit_status if any(result.problems for result in results) else 0


def _check(file: Path, overrides: Sequence[str]) -> CheckResult:
    from nnrun.experiment.text.yaml_text import MAX_BYTES, read_source

    if str(file) == "-":
        return _check_source(_STANDARD_INPUT, sys.stdin.buffer.read(MAX_BYTES + 1), overrides)
    try:
        return _check_source(file, read_source(file), overrides)
    except ExperimentError as error:
        return CheckResult(file, error.problems)


def _check_source(file: Path, source: bytes, overrides: Sequence[str]) -> CheckResult:
    from nnrun.data.stream.rule import stream_if_large
    from nnrun.load import load_experiment
    from nnrun.runs.recorded_files import data_files_of

    problems: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()
    streamed = ""
    files = data_files_of(file, data_folders(), code_access(), in_part=True)
    sizes = partial(_judge_size, machine_memory() or LARGE_MACHINE)
    try:
        experiment = load_experiment(file, overrides, files=files, swept=True, source=source)
        _find_start(experiment, file.parent)
        experiment = stream_if_large(experiment, free_memory())
        streamed = _streamed(experiment) if experiment.data.stream else ""
        problem, warning = sizes(experiment)
        problems, warnings = [problem] if problem else [], [*experiment.warnings, *([warning] if warning else [])]
    except ExperimentError as error:
        problems = error.problems
    if not _may_sweep(source, overrides):
        return CheckResult(file, tuple(problems), tuple(warnings), streamed)

    from nnrun.experiment.schema.validation import in_file_order
    from nnrun.sweep.plan.plan import request_sweep
    from nnrun.sweep.plan.sweep_check import check_sweep

    request = request_sweep(file, overrides, (), data_folders(), runs_folder(), code_access(), source=source)
    swept = check_sweep(request, problems, sizes, files)
    problems = in_file_order(dict.fromkeys([*problems, *swept.problems]))
    warnings = in_file_order(dict.fromkeys([*warnings, *swept.warnings])) if not problems else ()
    few = f" ({swept.checked:,} of {swept.count:,} configurations of its sweep checked)"
    return CheckResult(file, tuple(problems), tuple(warnings), streamed + few * (swept.checked < swept.count))


def _find_start(experiment: Experiment, folder: Path) -> None:
    """Looks for the run that an experiment starts from."""
    if experiment.start is not None:
        from nnrun.store.start_run import pin_start  # which few files need

        pin_start(experiment, folder, runs_folder())


def _judge_size(memory: int, experiment: Experiment) -> tuple[Problem | None, Problem | None]:
    """More memory than a large machine has as a problem, or more than this one's as a warning."""
    from nnrun.network.sizes import size_problem

    warning = size_problem(experiment, memory, "this machine")
    if warning is None or memory >= LARGE_MACHINE:
        return warning, None
    problem = size_problem(experiment, LARGE_MACHINE, "a large machine")
    return problem, None if problem else warning


def _streamed(experiment: Experiment) -> str:
    from rich.filesize import decimal  # which few files need

    from nnrun.data.stream.rule import data_bytes

    return f" (streams {decimal(data_bytes(experiment))} of data)"


def _may_sweep(source: bytes, overrides: Sequence[str]) -> bool:
    """Whether a file can have a section `sweep:` or ranges of seeds, for which more must be imported."""
    from nnrun.experiment.grid_section import SECTION
    from nnrun.experiment.seeds import SEEDS

    written = re.search(rf"\b(?:{SECTION}|{SEEDS})[\"']?\s*:".encode(), source)
    return bool(written) or any(override.startswith((SECTION, SEEDS)) for override in overrides)


def _as_text(results: Sequence[CheckResult]) -> None:
    for file, problems, warnings, note in results:
        for warning in warnings:
            click.echo(warning.as_warning(), err=True)
        if problems:
            click.echo("\n".join(map(str, problems)), err=True)
        else:
            click.echo(f"{file}: ok{note}")


def _as_json(results: Sequence[CheckResult]) -> None:
    records = [record for result in results for record in _records(result)]
    click.echo(json.dumps(records, indent=2))


def _records(result: CheckResult) -> list[dict[str, Any]]:
    kinds = {"error": result.problems, "warning": result.warnings}
    return [_record(result.file, problem, kind) for kind, problems in kinds.items() for problem in problems]


def _record(file: Path, problem: Problem, severity: str) -> dict[str, Any]:
    """A problem as plain values, None for what does not apply; `option` is the option with the problem, as typed."""
    place = problem.place
    in_file = place is not None and place.line > 0
    return {
        "file": str(file),
        "line": place.line if place and in_file else None,
        "column": place.column if place and in_file else None,
        "option": f"{place.source} {place.text}" if place and not in_file else None,
        "severity": severity,
        "message": problem.message,
        "hint": problem.hint,
    }


def _as_annotations(results: Sequence[CheckResult]) -> None:
    for result in results:
        for record in _records(result):
            click.echo(_annotation(record))


def _annotation(record: dict[str, Any]) -> str:
    """A problem as a command of GitHub's workflows."""
    option = f"{record['option']}: " if record["option"] else ""
    hint = f"\n{record['hint']}" if record["hint"] else ""
    message = option + record["message"] + hint
    place = {key: record[key] for key in ("file", "line", "column")}
    return annotation(record["severity"], message, title="nnrun check", **place)


_FORMATS: dict[str, Callable[[Sequence[CheckResult]], None]] = {
    "text": _as_text,
    "json": _as_json,
    "github": _as_annotations,
}
