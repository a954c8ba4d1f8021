"""`nnrun plot`: the pictures of a run or a sweep, drawn once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nnrun.cli.layout import terminal_width
from nnrun.cli.options import FOLDER, debug_option


@click.command()
@click.argument("run", type=FOLDER)
@click.option("--only", multiple=True, metavar="NAME", help="The picture to draw, as history; may stand several times.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["png", "svg", "pdf"]),
    help="The format; by default PNG, of a network SVG too, of a sweep SVG. An animation is always a GIF.",
)
@click.option(
    "--style",
    "theme",
    type=click.Choice(["light", "dark", "paper"]),
    default="light",
    show_default=True,
    help="The colours; paper is black on white.",
)
@click.option("--terminal", is_flag=True, help="Show loss and metrics as text instead; no file is written.")
@debug_option
def plot(run: Path, only: tuple[str, ...], form: Any, theme: str, terminal: bool) -> None:
    """Draw the pictures of the run or sweep in the folder RUN once more, into its folder plots.

    All comes from the files of the run, without TensorFlow. The paths go to standard output.

    \b
    nnrun plot RUN --style dark
    nnrun plot RUN --only history --only network --format pdf
    nnrun plot RUN --terminal
    nnrun plot SWEEP --only distribution --format png
    """
    from nnrun.sweep.sweep_folder import is_sweep

    swept = is_sweep(run)
    if terminal:
        if swept:
            raise click.UsageError("--terminal shows a single run, as one of the folder trials.")
        from nnrun.cli.braille import history
        from nnrun.runs.metrics_file import read_metrics

        for line in history(read_metrics(run / "metrics.csv"), terminal_width() or 80):
            click.echo(line)
        return
    from nnrun.plots.style import THEMES

    if swept:
        from nnrun.sweep.results.sweep_report import redraw_sweep

        for path in redraw_sweep(run, only, THEMES[theme], form):
            click.echo(str(path))
        return
    from nnrun.report.redraw import redraw
    from nnrun.report.scene import has_scene

    for path in redraw(run, only, THEMES[theme], form):
        click.echo(str(path))
    if not has_scene(run):
        click.echo(f"{run} has not kept what more pictures would need; train it again to have them.", err=True)
