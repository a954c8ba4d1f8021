"""`nnrun new`: a first experiment file, from a template or for a CSV file."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from nnrun.cli.completion import complete_templates
from nnrun.cli.options import FILE

_STANDARD_OUTPUT = Path("-")


@click.command()
@click.argument("template", shell_complete=complete_templates)
@click.argument("file", type=FILE, required=False)
@click.option("-q", "--quiet", is_flag=True, help="Print only the path.")
def new(template: str, file: Path | None, quiet: bool) -> None:
    """Write a first experiment file, also for your own CSV file.

    TEMPLATE is regression, classification, images, sequence, graph, or a CSV file. The named templates are commented
    experiments that train in seconds. For a CSV file, nnrun writes an experiment for its columns: the target is the
    last column, or the one named target, label, class or y; comments explain each choice.

    FILE is by default the name of the template or CSV file with .yaml, in the current folder; - writes to standard
    output. An existing file is not overwritten. The path is the last line of standard output.

    \b
    nnrun new regression              writes regression.yaml
    nnrun new images digits.yaml      writes digits.yaml
    nnrun new data/flowers.csv        writes flowers.yaml for data/flowers.csv
    nnrun new graph -                 prints the text
    """
    from nnrun.errors import printable
    from nnrun.runs.atomic import write_new_text
    from nnrun.templates.template import default_file, option_for, text_of

    path = file if file and file != _STANDARD_OUTPUT else default_file(template)
    text = text_of(template, path)
    if file == _STANDARD_OUTPUT:
        click.echo(text, nl=False)
        return
    write_new_text(path, text)
    click.echo(str(path))
    if not quiet and sys.stderr.isatty():
        command = f"nnrun train {shlex.quote(printable(str(path)))}{printable(option_for(template, path))}"
        click.echo(f"Train it: {command}", err=True)
