"""`nnrun note`: the note of a run."""

from __future__ import annotations

from pathlib import Path

import click

from nnrun.cli.run_argument import RUN, takes_runs


@click.command()
@click.argument("run", type=RUN)
@click.argument("text", required=False)
@takes_runs
def note(run: Path, text: str | None) -> None:
    """Write the note of a run, or print it.

    TEXT replaces the note; an empty one removes it. Without TEXT the note is printed.

    \b
    nnrun note latest "learning rate too high"
    nnrun note latest
    """
    from nnrun.errors import printable
    from nnrun.runs.record import read_record
    from nnrun.store.annotations import change_note, read_annotations

    read_record(run)  # no file is written into a folder that is no run
    if text is not None:
        change_note(run, text)
    elif found := read_annotations(run).note:
        click.echo(printable(found))
