"""`nnrun evaluate`: the loss and the metrics of a trained run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli.options import WEIGHTS, format_option, set_option
from nnrun.cli.rows_file import name_of_rows, rows_of_file
from nnrun.cli.run_argument import RUN, takes_runs
from nnrun.cli.settings import code_access
from nnrun.errors import listed, printable
from nnrun.machine import data_folders, keras_home

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nnrun.predict.new_rows.evaluation_rows import EvaluationRows
    from nnrun.predict.trained_run import TrainedRun
    from nnrun.runs.stored_weights import WhichWeights
    from nnrun.runs.trained_files import TrainedFiles


@click.command()
@click.argument("run", type=RUN)
@click.argument("file", type=click.Path(path_type=Path, readable=False), required=False, metavar="[FILE|-]")
@set_option
@click.option("--weights", **WEIGHTS)
@format_option(("text", "json"), "Output format.")
@takes_runs
def evaluate(run: Path, file: Path | None, overrides: tuple[str, ...], weights: WhichWeights, form: str) -> None:
    """Compute the loss and metrics of a trained run.

    RUN is the folder of a run, the beginning of its name, latest, latest:NAME, best:METRIC or SWEEP/INDEX. Without
    FILE, the run's test set is generated again; the validation set if it has no test set, the training set if it has
    neither. FILE has the columns of the inputs and targets: CSV, Parquet, .npz, .npy (the targets behind the inputs),
    JSON lines, or - for CSV or JSON lines from standard input; --set changes settings of data, as
    data.generator.moons.noise=0.3. Scaling, texts and classes are those of the training.

    The numbers are those of Keras's evaluate with the run's batch size.

    \b
    nnrun evaluate latest
    nnrun evaluate best:val_loss new-flowers.csv --format json
    nnrun evaluate latest --set data.generator.moons.noise=0.3
    """
    if file is not None and overrides:
        raise click.UsageError("Name a FILE or change the data with --set, not both.")
    from nnrun.cli.stage_line import shown_stages

    with shown_stages(f"reading {run}") as stages:
        from nnrun.data.generators.registry import weight_column
        from nnrun.runs.provenance import loading_stage
        from nnrun.runs.trained_files import read_trained

        files = read_trained(run, weights, keras_home=keras_home(), data_folders=data_folders(), code=code_access())
        rows = _rows(files, file, overrides)
        if stage := loading_stage():
            stages.show(stage)
        from nnrun.predict.trained_run import load_network

        trained = load_network(files, compiled=True)
        stages.show("evaluating")
        metrics = _evaluated(trained, rows)
    for note in files.notes:
        click.echo(printable(note), err=True)
    weight = weight_column(files.experiment.data.generator)
    if weight is not None and rows.part.weights is None:
        click.echo(printable(f'There is no column "{weight}": every row has the sample weight 1.'), err=True)
    if rows.ignored:
        click.echo(printable(f"Columns that are not used: {listed(rows.ignored)}."), err=True)
    click.echo(_json(files, rows, metrics) if form == "json" else _text(files, rows, metrics))


def _evaluated(trained: TrainedRun, rows: EvaluationRows) -> dict[str, float]:
    """The loss and the metrics; what is wrong with the targets is said of these rows, not of the run's loss."""
    from nnrun.errors import ExperimentError, Problem

    try:
        return trained.evaluate(rows.part)
    except ExperimentError as error:
        hint = "The targets are those of the training: the same classes, or values of the same kind."
        raise ExperimentError(*(Problem(f"{rows.name}: {one.message}", hint=hint) for one in error.problems)) from error


def _rows(files: TrainedFiles, file: Path | None, overrides: tuple[str, ...]) -> EvaluationRows:
    from nnrun.predict.new_rows.evaluation_rows import own_rows, prepared

    if file is None:
        return own_rows(files, keras_home(), data_folders(), overrides, code_access())
    return prepared(rows_of_file(file, files.experiment, targets=True), files, name_of_rows(file))


def _json(files: TrainedFiles, rows: EvaluationRows, metrics: Mapping[str, float]) -> str:
    from nnrun.runs.record_file import finite

    facts = {"folder": str(files.folder), "epoch": files.weights.epoch, "data": rows.name, "rows": rows.part.rows}
    return json.dumps({**facts, "metrics": {name: finite(value) for name, value in metrics.items()}}, indent=2)


def _text(files: TrainedFiles, rows: EvaluationRows, metrics: Mapping[str, float]) -> str:
    from nnrun.cli.terminal import table, terminal_width
    from nnrun.number_text import short
    from nnrun.predict.units import units_of_metrics

    count = f"{rows.part.rows:,} row{'s' * (rows.part.rows != 1)}"
    lines = [f"{rows.name}, {count}, weights of epoch {files.weights.epoch}"]
    numbers = table([(name, short(value)) for name, value in metrics.items()], terminal_width())
    lines += [f"  {line}" for line in numbers]
    units = units_of_metrics(files.record.target_units)
    return printable("\n".join([*lines, *([units] if units else [])]))
