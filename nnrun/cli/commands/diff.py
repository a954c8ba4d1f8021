"""`nnrun diff`: the settings of two runs as a diff."""

from __future__ import annotations

from pathlib import Path

import click

from nnrun.cli.options import format_option
from nnrun.cli.run_argument import RUN, takes_runs


@click.command()
@click.argument("first", type=RUN, metavar="RUN")
@click.argument("second", type=RUN, metavar="RUN")
@format_option(("text", "json"), "A unified diff, or the differing settings by path.")
@takes_runs
def diff(first: Path, second: Path, form: str) -> int:
    """Show the settings in which two runs differ.

    Prints a unified diff of their resolved.yaml.

    \b
    nnrun diff latest best:val_loss

    \b
    Exit status: 0 if the files are the same, 1 if they differ.
    """
    import difflib
    import json

    from nnrun.errors import printable
    from nnrun.experiment.text.yaml_text import decode, read_source
    from nnrun.runs import layout
    from nnrun.store.collection import read_run
    from nnrun.store.differences import differing_values

    paths = [folder / layout.RESOLVED for folder in (first, second)]
    texts = [decode(read_source(path), str(path)).splitlines() for path in paths]
    if form == "json":
        found = differing_values([read_run(first), read_run(second)])
        click.echo(json.dumps({"runs": [str(first), str(second)], "settings": found}))
    else:
        lines = difflib.unified_diff(texts[0], texts[1], str(paths[0]), str(paths[1]), lineterm="")
        click.echo("".join(f"{printable(line)}\n" for line in lines), nl=False)
    return int(texts[0] != texts[1])
