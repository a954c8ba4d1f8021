"""`nnrun compare`: runs side by side, or the configurations of a sweep and whether they differ significantly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli.options import format_option, refuse_options
from nnrun.cli.run_argument import RUN, RUN_OR_SWEEP, takes_runs
from nnrun.errors import Problem, RunError, printable

if TYPE_CHECKING:
    from nnrun.store.differences import RunGroup

_PICTURES = (".png", ".svg", ".pdf")


def _picture(context: click.Context, option: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.suffix not in _PICTURES:
        raise click.BadParameter(f"the name ends with {', '.join(_PICTURES)}. Received: {value}", context, option)
    return value


def _page(context: click.Context, option: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.suffix != ".html":
        raise click.BadParameter(f"the name ends with .html. Received: {value}", context, option)
    return value


@click.command()
@click.argument("first", type=RUN_OR_SWEEP, metavar="RUN|SWEEP")
@click.argument("others", nargs=-1, metavar="[RUN]…|[CONFIGURATION CONFIGURATION]", shell_complete=RUN.shell_complete)
@click.option(
    "--measure",
    metavar="NAME",
    help="The metric of a sweep to compare, as final_loss; by default the one that the report compares.",
)
@format_option(("text", "json"), "Output format.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_picture,
    metavar="FILE",
    help="Draw the losses of the runs into this file: .png, .svg or .pdf.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_page,
    metavar="FILE",
    help="Write settings, metrics and curves of the runs into one page: .html.",
)
@takes_runs
def compare(first: Path, others: tuple[str, ...], measure: str | None, form: str, **files: Path | None) -> int:
    """Compare runs, or the configurations of a sweep.

    RUN is the folder of a run, the beginning of its name, latest, latest:NAME, best:METRIC or SWEEP/INDEX. Prints the
    settings in which the runs differ, and their final metrics. Runs that differ in the seed alone are put together:
    mean ± standard deviation and the number of runs n.

    SWEEP is a sweep, by its folder or name. A configuration is all trials that differ only in their seeds; its name is
    its settings or its variant. Prints the median of each with its 95 % confidence interval. For two configurations,
    or for each pair of at most five, it prints which is better, and whether that is statistically significant: by
    the Wilcoxon signed-rank test of the trials paired by seed where both have the same seeds, else by the Mann-Whitney
    U test.

    \b
    nnrun compare latest best:val_loss --plot losses.png
    nnrun compare 20261123-142233 20261123-142240 --format json
    nnrun compare latest best:val_loss --report comparison.html
    nnrun compare runs/20261123-142233-xor-sweep
    nnrun compare runs/20261123-142233-xor-sweep units=16 units=32
    """
    from nnrun.runs import layout
    from nnrun.sweep.sweep_record import is_sweep

    if is_sweep(first) or not (others or (first / layout.RECORD).is_file()):
        refuse_options(("plot", "report"), f"{first} is a sweep; nnrun report and nnrun plot show its curves.")
        return _compare_configurations(first, others, measure, form)
    refuse_options(("measure",), f"{first} is not the folder of a sweep.")
    context = click.get_current_context()
    return _compare_runs([first, *(RUN.convert(other, None, context) for other in others)], form, **files)


def _compare_configurations(sweep: Path, configurations: tuple[str, ...], measure: str | None, form: str) -> int:
    if len(configurations) not in (0, 2):
        raise click.UsageError("Name two configurations, or none to compare each pair.")
    from nnrun.sweep.results.comparison import compare_configurations, compared_as_json

    if form == "json":
        click.echo(json.dumps(compared_as_json(sweep, configurations, measure), indent=2, allow_nan=False))
        return 0
    click.echo(printable("\n".join(compare_configurations(sweep, configurations, measure))))
    return 0


def _compare_runs(folders: Sequence[Path], form: str, plot: Path | None, report: Path | None) -> int:
    from nnrun.cli.comparison_page import comparison_json, comparison_page
    from nnrun.runs.atomic import write_bytes
    from nnrun.runs.record import read_record
    from nnrun.store.collection import read_run
    from nnrun.store.differences import grouped_by_settings

    named = len(folders)
    folders = list({folder.resolve(): folder for folder in folders}.values())
    if len(folders) < 2 <= named:
        raise RunError(
            Problem(f"All names mean the same run, {folders[0]}.", hint="Name another run to compare it with.")
        )
    if len(folders) < 2:
        raise click.UsageError("Name at least two runs to compare.")
    runs = [read_run(folder) for folder in folders]
    for run in runs:
        if run.damage:
            read_record(run.folder)  # says in the words of all commands what is wrong with it
    groups = grouped_by_settings(runs)
    if plot is not None:
        from nnrun.store.loss_picture import draw_losses

        write_bytes(plot, draw_losses(groups, plot.suffix.removeprefix(".")))  # type: ignore[arg-type]
    if report is not None:
        write_bytes(report, _report(groups).encode())
    click.echo(comparison_json(groups) if form == "json" else comparison_page(groups))
    return 0


def _report(groups: Sequence[RunGroup]) -> str:
    """The page of a comparison."""
    from nnrun.cli.comparison_page import comparison_tables
    from nnrun.report.page.runs_page import runs_page
    from nnrun.store.loss_picture import draw_shared

    runs = [run.name for group in groups for run in group.runs]
    names, command = [group.name for group in groups], ["nnrun", "compare", *runs]
    return runs_page(f"{len(runs)} runs", names, comparison_tables(groups), draw_shared(groups), command)
