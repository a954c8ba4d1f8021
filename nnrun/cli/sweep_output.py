"""What `nnrun sweep`, `resume` and `merge` print at their end: what a sweep came to."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from nnrun.cli.fold_output import failed_means, fold_rows, read_trials
from nnrun.cli.terminal import is_ci, paragraph, table, terminal_width
from nnrun.errors import listed, printable
from nnrun.experiment.folds import FOLD_PATH
from nnrun.number_text import short

_MOST_NAMED = 5
_TWO_BEST = "The best configuration has the best {} of its trials; the best trial is the best single training."

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nnrun.sweep.results.outcome import TrialOutcome
    from nnrun.sweep.sweep_end import Sweep


def conclude(done: Sweep, quiet: bool, as_json: bool) -> int:
    """Prints the sweep's folder or record, and on standard error its result and what failed; the exit status."""
    from msgspec import to_builtins

    width = terminal_width(sys.stderr)
    failures = [line for text in _failures(done) for line in paragraph(text, width, "  ")]
    for line in (
        *(_result(done, width) if not quiet else ()),
        *failures,
        *(_next(done) if not (quiet or is_ci()) else ()),
    ):
        click.echo(printable(line), err=True)
    click.echo(json.dumps({"folder": str(done.folder), **to_builtins(done.record)}) if as_json else str(done.folder))
    return done.exit_status


def _result(done: Sweep, width: int | None) -> list[str]:
    """The best configurations, and the best trial, in lines of at most `width`."""
    from nnrun.sweep.plan.trial import written
    from nnrun.sweep.sweep_record import in_words

    best = done.record.best
    if best is None or best.objective is None:
        return ["No trial was trained to its end."] if done.record.search else []
    if done.record.columns == (FOLD_PATH,):
        from nnrun.sweep.results.cross_validation import describe_verdicts

        return [*table(fold_rows(read_trials(done)), width), *describe_verdicts(done.record.expectations)]
    measure = in_words(best.measure or "objective", done.record)
    settings = [f"  {path}: {written(value)}" for path, value in best.settings.items()]
    name = best.folder or f"{best.index}"
    lines = paragraph(f"best trial {name}: {measure} = {short(best.objective, 6)}", width, "  ")
    return [*lines, *settings] if done.record.drawn_once else [*_configurations(done, width), *lines]


def _configurations(done: Sweep, width: int | None) -> list[str]:
    """The best configurations as a table."""
    from nnrun.runs import layout
    from nnrun.sweep.results.conclusion import rank_configurations

    ranked = rank_configurations(done.folder)
    if ranked is None:
        return []
    best = paragraph(f"best configuration: {ranked.best}", width, "  ") if len(ranked.rows) > 2 else []
    others = [f"… and {ranked.others:,} more in {layout.SUMMARY}"] if ranked.others else []
    difference = paragraph(_TWO_BEST.format(ranked.center), width) if best and ranked.repeated else []
    return [*best, *table(ranked.rows, width), *others, *difference]


def _failures(done: Sweep) -> list[str]:
    """How many trials failed, and how many failed their expectations."""
    lines = []
    trials = done.record.trials
    failed = [outcome for outcome in done.judged if outcome.status == "failed"]
    if failed:
        first = min(failed, key=lambda outcome: outcome.index)
        others = _names(outcome for outcome in failed if outcome is not first)
        lines.append(f"{len(failed):,} of {trials:,} trials failed, first {_name(first)}: {first.reason}")
        lines += [f"  also {others}"] if others else []
    unmet = [outcome for outcome in done.judged if outcome.exit_status == 1]
    if unmet and done.record.search:
        lines.append("The best trial failed its expectations.")
    elif FOLD_PATH in done.record.columns:
        lines += failed_means(done)
    elif unmet:
        whose = "its" if len(unmet) == 1 else "their"
        lines.append(f"{len(unmet):,} of {trials:,} trials failed {whose} expectations: {_names(unmet)}")
    return lines


def _names(outcomes: Iterable[TrialOutcome]) -> str:
    """The folders of trials in their order, not more than a few."""
    names = [_name(outcome) for outcome in sorted(outcomes, key=lambda outcome: outcome.index)]
    return listed(names, _MOST_NAMED)


def _name(outcome: TrialOutcome) -> str:
    """The folder of a trial, or the number of one that is a row of a table."""
    return outcome.folder or str(outcome.index)


def _next(done: Sweep) -> list[str]:
    """How to continue, a command per line."""
    from nnrun.experiment.repetitions import is_repetition
    from nnrun.runs import layout

    commands = []
    if done.record.keep == "table" and done.record.best is not None:
        commands.append(f"nnrun train --trial {done.folder}/{done.record.best.index}")
    if not done.record.drawn_once and not all(map(is_repetition, done.record.columns)):
        commands.append(f"nnrun compare {done.folder}")
    failed = [outcome for outcome in done.judged if outcome.status == "failed"]
    if failed:
        lost = all(outcome.lost for outcome in failed)
        commands.append(f"nnrun resume {done.folder}{'' if lost else ' --retry-failed'}")
    if (done.folder / layout.REPORT).exists():
        commands.append(f"nnrun report {done.folder} --open")
    return [f"next: {command}" for command in commands]
