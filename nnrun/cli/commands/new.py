"""`nnrun new`: a first experiment file, from a template, for a data file or for a model of Keras."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from nnrun.cli.completion import complete_templates
from nnrun.cli.options import FILE, quiet_option

_STANDARD_OUTPUT = Path("-")


@click.command()
@click.argument("template", shell_complete=complete_templates)
@click.argument("file", type=FILE, required=False)
@quiet_option("Print only the path.")
def new(template: str, file: Path | None, quiet: bool) -> None:
    """Write an experiment file, also for your data or model.

    TEMPLATE is regression, classification, images, sequence, graph, a data file (CSV, Parquet, JSON lines or .npz) or a
    .keras file. The named templates are commented experiments that train in seconds. For a data file, nnrun writes an
    experiment for its columns: the target is the last column, or the one named target, label, class or y; how the file
    is written, missing cells, texts and dates are found by a look at it; comments explain each choice. For a model that
    Keras saved, nnrun writes its layers, optimizer, loss and metrics, without running any code of the file, and names
    what an experiment cannot hold.

    FILE is by default the name of the template, data file or model with .yaml, in the current folder; - writes to
    standard output. An existing file is not overwritten. The path is the last line of standard output.

    \b
    nnrun new regression              writes regression.yaml
    nnrun new images digits.yaml      writes digits.yaml
    nnrun new data/flowers.csv        writes flowers.yaml for data/flowers.csv
    nnrun new model.keras             writes model.yaml
    nnrun new graph -                 prints the text
    """
    from nnrun.cli.one_threaded_numpy import load_one_threaded_numpy
    from nnrun.errors import Problem, printable
    from nnrun.runs.atomic import write_new_text
    from nnrun.templates.template import default_file, is_data_file, is_model, option_for, read_template

    if is_data_file(template) and not is_model(template):
        load_one_threaded_numpy()
    path = file if file and file != _STANDARD_OUTPUT else default_file(template)
    written = read_template(template, path)
    for note in written.notes:
        click.echo(Problem(note).as_warning(), err=True)
    if file == _STANDARD_OUTPUT:
        click.echo(written.text, nl=False)
        return
    write_new_text(path, written.text)
    click.echo(str(path))
    if not quiet and sys.stderr.isatty():
        command = f"nnrun train {shlex.quote(printable(str(path)))}{printable(option_for(template, path))}"
        click.echo(f"Train it: {command}", err=True)
