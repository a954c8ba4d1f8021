"""How commands write golden files: with progress, and with what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli.temporary_folder import temporary_folder
from nnrun.cli.terminal import table, terminal_width
from nnrun.number_text import short

if TYPE_CHECKING:
    from nnrun.golden.freeze import FreezeOptions
    from nnrun.golden.golden_file import FrozenMetric, GoldenFile
    from nnrun.testing.case_options import CaseOptions


def write_frozen(file: Path, path: Path, options: FreezeOptions, quiet: bool) -> int:
    """Freezes an experiment, and prints what is in its band and the path of its golden file; the exit status.

    Args:
        file: the experiment file.
        path: the golden file.
        options: how it is frozen.
        quiet: whether only the path is printed.
    """
    from nnrun.cli.freeze_progress import make_listeners
    from nnrun.golden.freeze import freeze

    listener, alone = make_listeners(file, quiet)
    with temporary_folder() as scratch, listener:
        golden = freeze(file, path, options, listener, alone, scratch)
    if not quiet:
        click.echo(render_golden(golden, terminal_width()), err=True)
    click.echo(str(path))
    return 0


def update_golden(golden: Mapping[Path, GoldenFile], options: CaseOptions, quiet: bool) -> None:
    """Writes golden files anew, with as many seeds, the same level and the same number of threads.

    Args:
        golden: the golden files by experiment file.
        options: how the experiments are tested.
        quiet: whether only the paths are printed.
    """
    from dataclasses import replace

    from nnrun.golden.freeze import FreezeOptions
    from nnrun.golden.golden_file import golden_path

    for file, before in golden.items():
        run = replace(options.run, threads=options.run.threads or before.environment.threads)
        seeds = len(before.runs) + len(before.diverged)
        write_frozen(file, golden_path(file), FreezeOptions(run, seeds, before.level, options.jobs), quiet)


def render_golden(golden: GoldenFile, width: int | None) -> str:
    """The prediction intervals of the metrics at three epochs, without a line end.

    Args:
        golden: the golden file.
        width: the maximum length of a line, or None for any length.
    """
    places = sorted({0, len(golden.epochs) // 2, len(golden.epochs) - 1})
    heading = ["metric", *(f"epoch {golden.epochs[place]}" for place in places)]
    rows = [[name, *(_cell(metric, place) for place in places)] for name, metric in golden.metrics.items()]
    diverged = f", {len(golden.diverged)} diverged" if golden.diverged else ""
    facts = f"{len(golden.runs):,} seeds{diverged}, median and {golden.coverage:.1%} prediction interval:"
    return "\n".join([facts, *table([heading, *rows], width)])


def _cell(metric: FrozenMetric, place: int) -> str:
    values = (numbers[place] for numbers in (metric.low, metric.median, metric.high))
    low, median, high = ("–" if value is None else short(value, 3) for value in values)
    return f"{median} [{low}, {high}]"
