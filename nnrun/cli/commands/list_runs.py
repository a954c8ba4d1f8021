"""`nnrun list`: the runs of a folder as a table."""

from __future__ import annotations

from pathlib import Path

import click

from nnrun.cli.options import format_option, refuse_options, runs_dir_option
from nnrun.cli.run_tables import FORMATS, fitting_columns, formatted
from nnrun.cli.terminal import paragraph, terminal_width
from nnrun.store.states import STATES

_SHOWN = 20
_OF_RUNS = ("where", "sort", "columns", "status", "tags")


@click.command(name="list")
@click.argument("sweep", required=False, metavar="[SWEEP]")
@click.option("--where", metavar="CONDITION", help="Only runs that fulfill it, as 'val_loss < 0.1 and epochs > 100'.")
@click.option("--sort", metavar="NAME", help="Sort by a metric, best first, or by another column.")
@click.option("--columns", metavar="NAME,…", help="Show these columns: facts, metrics, best.METRIC, settings by path.")
@click.option(
    "--last", type=click.IntRange(min=0), metavar="N", help="Only the N newest; by default 20, without limit if 0."
)
@click.option("--status", multiple=True, type=click.Choice(STATES), help="Only runs in this state; may be repeated.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only runs with this tag; may be repeated.")
@click.option("--sweep", "sweeps", is_flag=True, help="List the sweeps instead of the runs.")
@format_option(FORMATS, "Output format.", default="table")
@runs_dir_option
def list_runs(
    sweep: str | None,
    where: str | None,
    sort: str | None,
    columns: str | None,
    last: int | None,
    status: tuple[str, ...],
    tags: tuple[str, ...],
    sweeps: bool,
    form: str,
    runs_dir: Path,
) -> None:
    """List the runs of a folder.

    Shows the newest 20 runs with their status, age, epochs, the metrics that they share and the settings in which they
    differ. A run whose process has ended without a record of it is shown as died. SWEEP lists the trials of a sweep.

    \b
    nnrun list
    nnrun list --where 'val_loss < 0.1 and optimizer == adam' --sort val_loss
    nnrun list --columns name,val_loss,optimizer.learning_rate --format csv
    nnrun list latest:xor-sweep --sort loss --last 0
    """
    from nnrun.errors import listed, printable
    from nnrun.runs.record import now
    from nnrun.store.listing import Selection, all_columns, default_columns, known_columns, select_runs, value_of

    if sweeps:
        refuse_options(_OF_RUNS, "--sweep lists sweeps.")
        if sweep is not None:
            raise click.UsageError(f"{sweep} does not apply: --sweep lists all sweeps.")
        from nnrun.store.sweeps import sweep_rows

        header, swept = sweep_rows(runs_dir, now())
        click.echo(formatted(header, swept[: _limit(last)], form), nl=False)
        if not swept:
            click.echo(f"No sweeps in {runs_dir}.", err=True)
        return
    folder = runs_dir
    if sweep is not None:
        from nnrun.store.references import find_trials

        folder = find_trials(sweep, runs_dir)
    found, older = select_runs(folder, Selection(where, sort, _limit(last), status, tags))
    if columns:
        shown = known_columns([name.strip() for name in columns.split(",")], found)
    else:
        shown = all_columns(found) if form == "json" else default_columns(found)
    moment = now()
    rows = [[value_of(row, column, moment) for column in shown] for row in found]
    fitting = fitting_columns(shown, rows) if form == "table" and not columns else len(shown)
    click.echo(formatted(shown[:fitting], [row[:fitting] for row in rows], form), nl=False)
    if shown[fitting:]:
        hidden = f"Not shown for lack of room: {listed(shown[fitting:], 6)}. --columns shows them."
        for line in paragraph(hidden, terminal_width()):
            click.echo(line, err=True)
    for row in found:
        if row.run.damage:
            click.echo(printable(f"{row.run.folder} is damaged: {row.run.damage}"), err=True)
    if older:
        click.echo(f"{older:,} older run{'s' if older > 1 else ''} not shown; --last 0 shows all.", err=True)
    elif not found:
        click.echo(f"No runs in {folder} match.", err=True)


def _limit(last: int | None) -> int | None:
    return _SHOWN if last is None else last or None
