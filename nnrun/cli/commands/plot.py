"""`nnrun plot`: the plots of a run or a sweep, drawn again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nnrun.cli.run_argument import RUN_OR_SWEEP, takes_runs
from nnrun.cli.terminal import terminal_width


@click.command()
@click.argument("run", type=RUN_OR_SWEEP)
@click.option("--only", multiple=True, metavar="NAME", help="Draw only this plot, as history; may be repeated.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["png", "svg", "pdf"]),
    help="The file format; by default PNG, for a network also SVG, for a sweep SVG. Animations are always GIF.",
)
@click.option(
    "--style",
    "theme",
    type=click.Choice(["light", "dark", "paper"]),
    default="light",
    show_default=True,
    help="The colors; paper is black on white.",
)
@click.option("--x", metavar="PATH", help="The setting from left to right in the map of a sweep.")
@click.option("--y", metavar="PATH", help="The setting from below to above in the map of a sweep.")
@click.option("--metric", metavar="NAME", help="The final metric that the map of a sweep shows, or reached.")
@click.option("--terminal", is_flag=True, help="Show loss and metrics in the terminal; no file is written.")
@takes_runs
def plot(run: Path, only: tuple[str, ...], form: Any, theme: str, terminal: bool, **mapped: str | None) -> None:
    """Draw the plots of a run or sweep again.

    RUN is a run or sweep: its folder, the beginning of its name, latest, latest:NAME, best:METRIC or SWEEP/INDEX. The
    plots are drawn from its files, without TensorFlow, into its folder plots. Their paths go to standard output.

    \b
    nnrun plot RUN --style dark
    nnrun plot RUN --only history --only network --format pdf
    nnrun plot RUN --terminal
    nnrun plot SWEEP --only distribution --format png
    nnrun plot SWEEP --only map --x learning_rate --y stddev --metric loss
    """
    from nnrun.runs.record import read_record
    from nnrun.sweep.sweep_record import is_sweep

    swept = is_sweep(run)
    requested = any(mapped.values())
    if requested and not swept:
        raise click.UsageError("--x, --y and --metric choose the map of a sweep.")
    if requested and set(only) != {"map"}:
        raise click.UsageError("--x, --y and --metric choose the map: add --only map.")
    if terminal and swept:
        raise click.UsageError("--terminal shows one run, such as one in the folder trials.")
    if not swept:
        read_record(run)
    if terminal:
        from nnrun.cli.braille import history
        from nnrun.runs import layout
        from nnrun.runs.metrics_file import read_metrics

        for line in history(read_metrics(run / layout.METRICS), terminal_width() or 80):
            click.echo(line)
        return
    from nnrun.cli.stage_line import shown_stages

    with shown_stages(f"reading {run}") as stages:
        from nnrun.plots.style import THEMES
        from nnrun.report.redraw import redraw
        from nnrun.sweep.results.map_picture import MapRequest
        from nnrun.sweep.results.sweep_report import redraw_sweep

        arguments = run, only, THEMES[theme], form, stages.show
        request = MapRequest(**mapped) if only == ("map",) else None
        for path in redraw_sweep(*arguments, request) if swept else redraw(*arguments):
            click.echo(str(path))
    from nnrun.report.scene import has_scene

    if not swept and not has_scene(run):
        click.echo(f"{run} does not contain the data for more plots; train it again to get them.", err=True)
