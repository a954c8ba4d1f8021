"""`nnrun export`: a trained run as a file of another format, or as a program without nnrun."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli.options import FILE, WEIGHTS, quiet_option
from nnrun.cli.run_argument import RUN, takes_runs
from nnrun.cli.settings import code_access
from nnrun.machine import data_folders, keras_home

if TYPE_CHECKING:
    from nnrun.runs.stored_weights import WhichWeights

_FORMATS = ("keras", "savedmodel", "onnx", "tflite", "script", "python")


@click.command()
@click.argument("run", type=RUN)
@click.option("--format", "form", type=click.Choice(_FORMATS), required=True, help="What to write.")
@click.option("--out", type=FILE, metavar="PATH", help="The file or folder to write, by default in the current folder.")
@click.option("--weights", **WEIGHTS)
@click.option("--no-check", is_flag=True, help="Do not run a script, which trains again.")
@quiet_option("Print only the path.")
@takes_runs
def export(run: Path, form: str, out: Path | None, weights: WhichWeights, no_check: bool, quiet: bool) -> None:
    """Export a trained run for use without nnrun.

    RUN is the folder of a run, the beginning of its name, latest, latest:NAME, best:METRIC or SWEEP/INDEX.

    What is written is loaded again and compared with the run before the command succeeds. Inputs and outputs are in the
    units of the data. An existing file is not overwritten; the path is the last line of standard output.

    \b
    keras       the model with its scaling layers, for keras.models.load_model
    savedmodel  a folder for TensorFlow Serving
    onnx        for ONNX Runtime and others: pip install 'nnrun[onnx]'
    tflite      for TensorFlow Lite
    python      a module that predicts with NumPy alone
    script      a plain Keras program that trains to the same weights

    \b
    nnrun export latest --format script
    nnrun export best:val_loss --format onnx --out model.onnx
    """
    if no_check and form != "script":
        raise click.UsageError("--no-check is for --format script; the others are compared in a second.")
    from nnrun.cli.stage_line import shown_stages

    with shown_stages(f"reading {run}", quiet=quiet) as stages:
        from nnrun.export.export import export_run

        exported = export_run(
            run,
            form,
            out,
            weights,
            keras_home=keras_home(),
            data_folders=data_folders(),
            code=code_access(),
            check=not no_check,
            on_stage=stages.show,
        )
    if not quiet:
        from nnrun.errors import printable

        for line in exported.said:
            click.echo(printable(line), err=True)
    click.echo(str(exported.path))
