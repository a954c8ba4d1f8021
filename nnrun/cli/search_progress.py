"""What `nnrun sweep` tells of a search: what it will draw, and the best that it has found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from nnrun.errors import listed, printable

if TYPE_CHECKING:
    from nnrun.experiment.sweep_values import ValueDistribution
    from nnrun.sweep.search.search import Search
    from nnrun.sweep.sweep import Sweep


def describe(search: Search, as_json: bool) -> None:
    """Says what will be searched."""
    from nnrun.cli.layout import table, terminal_width
    from nnrun.sweep.search.search import BATCH

    settings = search.settings
    drawn = {part.path: _written(part.distribution) for part in settings.drawn}
    if as_json:
        told = {"trials": settings.trials, **settings.terms, "rungs": search.tracker.rungs, "search": drawn}
        click.echo(json.dumps(told))
        return
    batches = f" in batches of {BATCH}" if settings.trials > BATCH else ""
    trials = "1 trial" if settings.trials == 1 else f"{settings.trials} trials"
    click.echo(f"{trials}{batches} for {settings.objective}, sampler {settings.sampler}")
    if search.tracker.rungs:
        click.echo(f"pruner {settings.pruner}, after epochs {listed([str(rung) for rung in search.tracker.rungs])}")
    click.echo("\n".join(table([["setting", "drawn from"], *([p, d] for p, d in drawn.items())], terminal_width())))


def tell_best(done: Sweep) -> None:
    """Says on standard error which trial of a search is the best."""
    from nnrun.sweep.plan.trial import written

    best = done.record.best
    if done.record.search is None:
        return
    if best is None:
        click.echo("No trial was trained to its end.", err=True)
        return
    settings = "\n".join(f"  {path}: {written(value)}" for path, value in best.settings.items())
    objective = done.record.search.objective
    click.echo(printable(f"best trial {best.folder}: {objective} = {best.objective:.6g}\n{settings}"), err=True)


def _written(distribution: ValueDistribution) -> str:
    """A distribution as it stands in a file."""
    if distribution.name == "choice":
        return json.dumps(list(distribution.arguments), ensure_ascii=False)
    return f"{distribution.name}({', '.join(map(json.dumps, distribution.arguments))})"
