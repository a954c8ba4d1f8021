"""`nnrun report`: the folder of a run or a sweep as one page."""

from __future__ import annotations

from pathlib import Path

import click

from nnrun.cli.options import FOLDER, debug_option


@click.command()
@click.argument("run", type=FOLDER)
@click.option("--open", "opened", is_flag=True, help="Open the page in the web browser.")
@debug_option
def report(run: Path, opened: bool) -> None:
    """Write report.html into the folder RUN, of a run or a sweep, anew from the files that are there.

    The page holds all there is to see of a run: what was asked, the verdicts, the diagnosis, curves, pictures,
    predictions, how to repeat it and with what it was computed. It needs no network and no script, is made for light
    and dark, phones and paper, and never grows beyond 2 MB. Every run writes it at its end. Its path is the last line
    of standard output.

    Of a sweep it tells what was asked, how many trials came to their end, each point with its interval and how points
    compare, in words and pictures.
    """
    from nnrun.sweep.sweep_record import is_sweep

    path = _sweep_report(run) if is_sweep(run) else _run_report(run)
    click.echo(str(path))
    if opened:
        import webbrowser

        if not webbrowser.open(path.resolve().as_uri()):
            click.echo("No web browser could be started here.", err=True)


def _run_report(folder: Path) -> Path:
    from nnrun.report.page.write import write_report

    return write_report(folder)


def _sweep_report(folder: Path) -> Path:
    from nnrun.sweep.results.sweep_report import write_sweep_report

    return write_sweep_report(folder)
