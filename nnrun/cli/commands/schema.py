"""`nnrun schema`: the JSON Schema of experiment files, for editors and other tools."""

from __future__ import annotations

import click

from nnrun.cli.options import debug_option


@click.command()
@debug_option
def schema() -> None:
    """Print the JSON Schema of experiment files.

    It is of draft-07, the one that editors read: nnrun schema > experiment.schema.json
    """
    from nnrun.experiment.schema.schema import schema_text

    click.echo(schema_text(), nl=False)
