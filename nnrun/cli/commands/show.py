"""`nnrun show`: everything about a run in short."""

from __future__ import annotations

import json
from pathlib import Path

import click

from nnrun.cli.run_argument import RUN, takes_runs


@click.command()
@click.argument("run", type=RUN)
@click.option("--json", "as_json", is_flag=True, help="Print the record, the tags and the note as one line of JSON.")
@takes_runs
def show(run: Path, as_json: bool) -> None:
    """Show the status, settings and metrics of a run.

    It also shows tags and note, expectations, training diagnostics, and how the columns were prepared.

    RUN is the folder of a run, the beginning of its name, latest, latest:NAME, best:METRIC or SWEEP/INDEX.

    \b
    nnrun show latest
    nnrun show best:val_loss
    nnrun show 20261123-142233-xor-sweep/3 --json
    """
    from nnrun.runs.record import read_record, to_json
    from nnrun.store.collection import stored_run

    record = read_record(run)
    stored = stored_run(run, record)
    if as_json:
        content = {"folder": str(run), **json.loads(to_json(record)), "status": stored.status}
        click.echo(json.dumps({**content, "tags": stored.annotations.tags, "note": stored.annotations.note}))
        return
    from nnrun.cli.run_page import run_page
    from nnrun.runs.data_record import read_data_record

    click.echo(run_page(stored, record, read_data_record(run)))
