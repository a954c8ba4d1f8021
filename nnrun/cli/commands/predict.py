"""`nnrun predict`: the predictions of a trained run for new rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli.options import WEIGHTS, format_option, out_option
from nnrun.cli.rows_file import rows_of_file
from nnrun.cli.run_argument import RUN, takes_runs
from nnrun.cli.settings import code_access
from nnrun.cli.terminal import is_styled
from nnrun.errors import listed, printable
from nnrun.machine import data_folders, keras_home

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nnrun.data.dataset import Array
    from nnrun.predict.new_rows.new_rows import NewRows
    from nnrun.predict.prediction_rows import PredictionTable
    from nnrun.predict.trained_run import TrainedRun
    from nnrun.runs.stored_weights import WhichWeights
    from nnrun.runs.trained_files import TrainedFiles


@click.command()
@click.argument("run", type=RUN)
@click.argument("file", type=click.Path(path_type=Path, readable=False), required=False, metavar="[FILE|-]")
@click.option("--rows", metavar="ROWS", help="Rows written here, as '[[0.3, red], [0.5, blue]]'.")
@out_option("Write the predictions into this file, .csv or .npz; an existing one is replaced.")
@click.option("--weights", **WEIGHTS)
@click.option("--proba", is_flag=True, help="Add the probability of each class.")
@format_option(
    ("table", "csv", "json"), "Output format; by default a table on a terminal, CSV elsewhere.", default=None
)
@takes_runs
def predict(
    run: Path,
    file: Path | None,
    rows: str | None,
    out: Path | None,
    weights: WhichWeights,
    proba: bool,
    form: str | None,
) -> None:
    """Predict with a trained run.

    RUN is the folder of a run, the beginning of its name, latest, latest:NAME, best:METRIC or SWEEP/INDEX. FILE is a
    CSV, Parquet, .npz or .npy file, one of JSON lines, or - for CSV or JSON lines from standard input; for a model of
    images an image, or a folder of images.

    The columns of a file are found by their names, in any order; columns that the model does not take are ignored and
    named on standard error. Texts, scaling and class names are those of the training. An .npz file has one array per
    column or per input of the model, by its name; an .npy file has the input columns side by side. ROWS is a list of
    lists in JSON or YAML, the cells in the order of the input columns: numbers, texts, dates, or null for a missing
    cell. Of a model of windows, the rows of a file are sorted and grouped by the columns of the training; those of ROWS
    are one series, in order.

    \b
    nnrun predict latest --rows '[[0, 1], [1, 1]]'
    nnrun predict best:val_loss flowers.csv --out predictions.csv
    nnrun predict latest images.npz --proba --out predictions.npz
    """
    if (file is None) == (rows is None):
        raise click.UsageError("Name a FILE, or write rows with --rows.")
    from nnrun.cli.stage_line import shown_stages
    from nnrun.runs.storage_errors import refuse_missing_folder

    if out is not None:
        refuse_missing_folder(out)
    with shown_stages(f"reading {run}") as stages:
        from nnrun.predict.new_rows.read_rows import refuse_unknown_indices
        from nnrun.runs.provenance import loading_stage
        from nnrun.runs.trained_files import read_trained

        files = read_trained(run, weights, keras_home=keras_home(), data_folders=data_folders(), code=code_access())
        given = _rows(files, file, rows)
        refuse_unknown_indices(given, files.experiment, files.data.input_scaling)
        if stage := loading_stage():
            stages.show(stage)
        from nnrun.predict.trained_run import load_network

        trained = load_network(files)
        stages.show("predicting")
        outputs = trained.predict(given.part)
    for note in (*files.notes, *given.notes):
        click.echo(printable(note), err=True)
    _say_ignored(files, given)
    _show(trained, given, outputs, out, form, proba)


def _rows(files: TrainedFiles, file: Path | None, rows: str | None) -> NewRows:
    from nnrun.data.predict_settings import date_kinds
    from nnrun.predict.new_rows.inline_rows import inline_rows
    from nnrun.predict.new_rows.windowed_rows import windowed_rows

    if rows is not None:
        dates = date_kinds(files.experiment.data.generator)
        given = inline_rows(rows, "--rows", files.experiment.columns.of_rows, dates)
        return windowed_rows(given, files.experiment)
    assert file is not None
    return rows_of_file(file, files.experiment)


def _say_ignored(files: TrainedFiles, given: NewRows) -> None:
    if given.ignored:
        targets = {column.name for column in files.experiment.columns.targets}
        names = [f"{name} (the target)" if name in targets else name for name in given.ignored]
        click.echo(printable(f"Columns that are not used: {listed(names)}."), err=True)


def _show(
    trained: TrainedRun, given: NewRows, outputs: Sequence[Array], out: Path | None, form: str | None, proba: bool
) -> None:
    from nnrun.predict.prediction_rows import new_table
    from nnrun.runs.atomic import write_bytes, write_text
    from nnrun.runs.predictions_file import predictions_csv

    if out is not None and out.suffix == ".npz":
        from nnrun.predict.prediction_arrays import prediction_arrays
        from nnrun.runs.arrays import to_bytes

        arrays = prediction_arrays(trained.experiment, outputs, given.part.keys, probabilities=proba)
        write_bytes(out, to_bytes(arrays))
        return
    table = new_table(trained.experiment, given.part, outputs, probabilities=proba)
    if out is not None:
        write_text(out, predictions_csv(table.header, table.rows))
    elif form == "json":
        from nnrun.cli.run_tables import formatted
        from nnrun.runs.record_file import finite

        rows = [[finite(value) if isinstance(value, float) else value for value in row] for row in table.rows]
        click.echo(formatted(table.header, rows, "json"), nl=False)
    elif form == "csv" or (form is None and not sys.stdout.isatty()):
        click.echo(predictions_csv(table.header, table.rows), nl=False)
    else:
        _print_table(table, proba)


def _print_table(table: PredictionTable, proba: bool) -> None:
    from rich.console import Console

    from nnrun.cli.prediction_table import prediction_table

    console = Console(highlight=False, color_system="auto" if is_styled(sys.stdout) else None)
    shown, hidden = prediction_table(table, console.width, "(--out FILE.csv or a pipe has all)", probabilities=proba)
    console.print(shown)
    if hidden:
        console.print(hidden, highlight=False, markup=False)
