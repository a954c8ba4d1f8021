"""What `nnrun sweep`, `resume` and `merge` print: the trials of a plan, and what a sweep came to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from nnrun.cli.terminal import table, terminal_width
from nnrun.errors import listed, printable
from nnrun.number_text import short

_MOST_NAMED = 5

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nnrun.experiment.sweep_values import ValueDistribution
    from nnrun.sweep.plan.plan import SweepPlan
    from nnrun.sweep.results.outcome import TrialOutcome
    from nnrun.sweep.search.search import Search
    from nnrun.sweep.sweep_end import Sweep


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
    """Prints the sweep's folder or record, and on standard error its result and what failed; the exit status."""
    from msgspec import to_builtins

    for line in (*(_result(done) if not quiet else ()), *_failures(done), *(_next(done) if not quiet else ())):
        click.echo(printable(line), err=True)
    click.echo(json.dumps({"folder": str(done.folder), **to_builtins(done.record)}) if as_json else str(done.folder))
    return done.exit_status


def _result(done: Sweep) -> list[str]:
    """The best configurations, and the best trial."""
    from nnrun.sweep.plan.trial import written

    best = done.record.best
    if best is None or best.objective is None:
        return ["No trial was trained to its end."] if done.record.search else []
    measure = (best.measure or "objective").replace("final_", "final ")
    settings = [f"  {path}: {written(value)}" for path, value in best.settings.items()]
    lines = [f"best trial {best.folder}: {measure} = {short(best.objective, 6)}"]
    return [*lines, *settings] if done.record.search else [*_configurations(done), *lines]


def _configurations(done: Sweep) -> list[str]:
    """The best configurations as a table."""
    from nnrun.runs import layout
    from nnrun.sweep.results.conclusion import rank_configurations

    ranked = rank_configurations(done.folder)
    if ranked is None:
        return []
    best = [f"best configuration: {ranked.best}"] if len(ranked.rows) > 2 else []
    others = [f"… and {ranked.others:,} more in {layout.SUMMARY}"] if ranked.others else []
    return [*best, *table(ranked.rows, terminal_width()), *others]


def _failures(done: Sweep) -> list[str]:
    """How many trials failed, and how many failed their expectations."""
    lines = []
    trials = done.record.trials
    failed = [outcome for outcome in done.outcomes.values() if outcome.status == "failed"]
    if failed:
        first = min(failed, key=lambda outcome: outcome.index)
        others = _names(outcome for outcome in failed if outcome is not first)
        lines.append(f"{len(failed)} of {trials} trials failed, first {first.folder}: {first.reason}")
        lines += [f"  also {others}"] if others else []
    unmet = [outcome for outcome in done.judged if outcome.exit_status == 1]
    if unmet and done.record.search:
        lines.append("The best trial failed its expectations.")
    elif unmet:
        whose = "its" if len(unmet) == 1 else "their"
        lines.append(f"{len(unmet)} of {trials} trials failed {whose} expectations: {_names(unmet)}")
    return lines


def _names(outcomes: Iterable[TrialOutcome]) -> str:
    """The folders of trials in their order, not more than a few."""
    folders = [outcome.folder for outcome in sorted(outcomes, key=lambda outcome: outcome.index)]
    return listed(folders, _MOST_NAMED)


def _next(done: Sweep) -> list[str]:
    """How to continue, a command per line."""
    from nnrun.runs import layout

    commands = []
    if done.record.search is None and set(done.record.columns) - {"seed"}:
        commands.append(f"nnrun compare {done.folder}")
    if any(outcome.status == "failed" for outcome in done.outcomes.values()):
        commands.append(f"nnrun resume {done.folder} --retry-failed")
    if (done.folder / layout.REPORT).exists():
        commands.append(f"nnrun report {done.folder} --open")
    return [f"next: {command}" for command in commands]


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
