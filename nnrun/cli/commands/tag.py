"""`nnrun tag`: tags of a run."""

from __future__ import annotations

from pathlib import Path

import click

from nnrun.cli.run_argument import RUN, takes_runs


@click.command()
@click.argument("run", type=RUN)
@click.argument("tags", nargs=-1, metavar="[TAG]…")
@click.option("--remove", "removed", multiple=True, metavar="TAG", help="Remove this tag; may be repeated.")
@takes_runs
def tag(run: Path, tags: tuple[str, ...], removed: tuple[str, ...]) -> None:
    """Add tags to a run, or remove them; print its tags.

    Tags and notes are kept in annotations.json beside run.json, which holds only what happened.

    \b
    nnrun tag latest baseline paper
    nnrun tag latest --remove paper
    nnrun list --tag baseline
    """
    from nnrun.runs.record import read_record
    from nnrun.store.annotations import change_tags, read_annotations

    read_record(run)  # no file is written into a folder that is no run
    annotations = change_tags(run, tags, removed) if tags or removed else read_annotations(run)
    for name in annotations.tags:
        click.echo(name)
