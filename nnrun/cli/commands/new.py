"""`nnrun new`: an experiment file to begin with."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from nnrun.cli.completion import complete_templates
from nnrun.cli.options import FILE, debug_option

_STANDARD_OUTPUT = Path("-")


@click.command()
@click.argument("template", shell_complete=complete_templates)
@click.argument("file", type=FILE, required=False)
@click.option("-q", "--quiet", is_flag=True, help="Print the path alone.")
@debug_option
def new(template: str, file: Path | None, quiet: bool) -> None:
    """Write an experiment file to begin with.

    TEMPLATE is regression, classification, images, sequence, graph, or a CSV file. The named ones are experiments with
    comments that train in seconds. From a CSV file comes one for its own columns: the target is the last column, or the
    one named target, label, class or y; what was decided stands in the comments.

    FILE is by default the template's name or the CSV file's, with .yaml, in the current folder. With - the text goes to
    standard output. A file that is there already stays as it is. The path is the last line of standard output.

    \b
    nnrun new regression              writes regression.yaml
    nnrun new images digits.yaml      writes digits.yaml
    nnrun new data/flowers.csv        writes flowers.yaml, which reads data/flowers.csv
    nnrun new graph -                 shows the text
    """
    from nnrun.errors import printable
    from nnrun.runs.atomic import write_new_text
    from nnrun.templates.template import default_file, text_of

    path = file if file and file != _STANDARD_OUTPUT else default_file(template)
    text = text_of(template, path)
    if file == _STANDARD_OUTPUT:
        click.echo(text, nl=False)
        return
    write_new_text(path, text)
    click.echo(str(path))
    if not quiet and sys.stderr.isatty():
        click.echo(f"Train it: nnrun train {shlex.quote(printable(str(path)))}", err=True)
