"""`nnrun schema`: the JSON Schema of experiment files, for editors and other tools."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of experiment files.

    Editors use it to complete and validate experiment files. It is JSON Schema draft-07.

    \b
    nnrun schema > experiment.schema.json
    """
    from nnrun.experiment.schema.schema import schema_text

    click.echo(schema_text(), nl=False)
