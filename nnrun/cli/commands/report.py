"""`nnrun report`: a run or a sweep as one HTML page."""

from __future__ import annotations

from pathlib import Path

import click

from nnrun.cli.run_argument import RUN_OR_SWEEP, takes_runs
from nnrun.cli.signals import raise_if_interrupted


@click.command()
@click.argument("run", type=RUN_OR_SWEEP)
@click.option("--open", "opened", is_flag=True, help="Open the report in the web browser.")
@takes_runs
def report(run: Path, opened: bool) -> None:
    """Write the report of a run or sweep again, as one HTML page.

    RUN is a run or sweep: its folder, the beginning of its name, latest, latest:NAME, best:METRIC or SWEEP/INDEX. Its
    files are read, and report.html is written into it, as every run and sweep does at its end; of a run also report.md,
    a model card in Markdown. The path of report.html goes to standard output.

    The report of a run shows its configuration, expectations, diagnostics, curves, plots, predictions, how to reproduce
    it, and the environment. That of a sweep shows its configuration, how many trials completed, each configuration's
    confidence interval, and comparisons. The page needs no network and no scripts, supports light and dark themes,
    phones and paper, and is at most 2 MB.
    """
    from nnrun.cli.stage_line import shown_stages
    from nnrun.runs import layout
    from nnrun.sweep.sweep_record import is_sweep

    with shown_stages(f"writing {run / layout.REPORT}"):
        path = _sweep_report(run) if is_sweep(run) else _run_report(run)
    click.echo(str(path))
    if opened:
        import webbrowser

        if not webbrowser.open(path.resolve().as_uri()):
            click.echo("No web browser could be started.", err=True)


def _run_report(folder: Path) -> Path:
    from nnrun.report.page.write import write_report

    return write_report(folder)


def _sweep_report(folder: Path) -> Path:
    from nnrun.sweep.results.sweep_report import write_sweep_report

    return write_sweep_report(folder, meanwhile=raise_if_interrupted)
