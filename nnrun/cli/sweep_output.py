"""What `nnrun sweep`, `resume` and `merge` print: the trials of a plan, and what a sweep came to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from nnrun.cli.terminal import table, terminal_width
from nnrun.errors import listed, printable
from nnrun.number_text import short

if TYPE_CHECKING:
    from nnrun.experiment.sweep_values import ValueDistribution
    from nnrun.sweep.plan.plan import SweepPlan
    from nnrun.sweep.search.search import Search
    from nnrun.sweep.sweep import Sweep


def render_plan(plan: SweepPlan, as_json: bool) -> str:
    """The trials of a plan as a table or a line of JSON; of a search what it draws them from."""
    from nnrun.sweep.plan.trial import written

    if plan.search is not None:
        return _search_json(plan.search) if as_json else _search_text(plan.search)
    if as_json:
        return json.dumps([{"index": trial.index, **trial.settings} for trial in plan.trials])
    rows = [["trial", *plan.columns]]
    rows += [[str(trial.index), *(written(trial.settings[path]) for path in plan.columns)] for trial in plan.trials]
    return printable("\n".join(table(rows, terminal_width())))


def conclude(done: Sweep, quiet: bool, as_json: bool) -> int:
    """Prints the sweep's folder or record, and on standard error what failed and the best trial; the exit status."""
    from msgspec import to_builtins

    for line in (*(_best(done) if not quiet else ()), *_failures(done)):
        click.echo(printable(line), err=True)
    click.echo(json.dumps({"folder": str(done.folder), **to_builtins(done.record)}) if as_json else str(done.folder))
    return done.exit_status


def _best(done: Sweep) -> list[str]:
    """The best trial of a search."""
    from nnrun.sweep.plan.trial import written

    if done.record.search is None:
        return []
    best = done.record.best
    if best is None or best.objective is None:
        return ["No trial was trained to its end."]
    settings = [f"  {path}: {written(value)}" for path, value in best.settings.items()]
    return [f"best trial {best.folder}: {done.record.search.objective} = {short(best.objective, 6)}", *settings]


def _failures(done: Sweep) -> list[str]:
    """How many trials failed, and how many failed their expectations."""
    lines = []
    trials = done.record.trials
    failed = [outcome for outcome in done.outcomes.values() if outcome.status == "failed"]
    if failed:
        first = min(failed, key=lambda outcome: outcome.index)
        lines.append(f"{len(failed)} of {trials} trials failed, first {first.folder}: {first.reason}")
    unmet = sum(outcome.exit_status == 1 for outcome in done.judged)
    if unmet and done.record.search:
        lines.append("The best trial failed its expectations.")
    elif unmet:
        lines.append(f"{unmet} of {trials} trials failed {'its' if unmet == 1 else 'their'} expectations.")
    return lines


def _search_text(search: Search) -> str:
    from nnrun.sweep.search.search import BATCH

    settings = search.settings
    batches = f" in batches of {BATCH}" if settings.trials > BATCH else ""
    trials = "1 trial" if settings.trials == 1 else f"{settings.trials} trials"
    lines = [f"{trials}{batches} for {settings.objective}, sampler {settings.sampler}"]
    if search.tracker.rungs:
        lines.append(f"pruner {settings.pruner}, after epochs {listed([str(rung) for rung in search.tracker.rungs])}")
    return "\n".join([*lines, *table([["setting", "drawn from"], *_drawn(search).items()], terminal_width())])


def _search_json(search: Search) -> str:
    settings = search.settings
    record: dict[str, Any] = {"trials": settings.trials, **settings.terms}
    return json.dumps({**record, "rungs": search.tracker.rungs, "search": _drawn(search)})


def _drawn(search: Search) -> dict[str, str]:
    return {part.path: _distribution(part.distribution) for part in search.settings.drawn}


def _distribution(distribution: ValueDistribution) -> str:
    """A distribution as an experiment file writes it."""
    if distribution.name == "choice":
        return json.dumps(list(distribution.arguments), ensure_ascii=False)
    return f"{distribution.name}({', '.join(map(json.dumps, distribution.arguments))})"
