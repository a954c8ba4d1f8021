"""`nnrun data`: what an experiment trains on, or a data file holds, without TensorFlow."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli.completion import DataOrExperiment
from nnrun.cli.options import format_option, out_option, refuse_options, set_option
from nnrun.cli.settings import code_access, data_folders
from nnrun.cli.terminal import terminal_width
from nnrun.errors import listed, printable, shown
from nnrun.machine import keras_home

if TYPE_CHECKING:
    from nnrun.cli.data_page import DataPage
    from nnrun.data.profile.tables import DataTables


@click.command()
@click.argument("file", type=DataOrExperiment(path_type=Path, readable=False))
@set_option
@click.option(
    "--rows", type=click.IntRange(min=0), default=5, show_default=True, metavar="N", help="Rows of each part."
)
@click.option("--plot", is_flag=True, help="Draw the data into the file NAME-data.png in the current folder.")
@out_option("Write all rows into this file: .csv in the data's own units, .npz as the network receives them.")
@format_option(("table", "json"), "Output format.", default="table")
def data(file: Path, overrides: tuple[str, ...], rows: int, plot: bool, out: Path | None, form: str) -> None:
    """Show the data of an experiment, and check them.

    FILE is an experiment file, or a file of rows: CSV, Parquet (.parquet), JSON lines (.jsonl) or arrays (.npz, .npy).
    Prints the rows of each part, a profile of every column (type, range, missing and distinct values), the classes, the
    first rows in the data's units and as the network receives them, and what should be checked before training: an
    index, a copy of the target, a constant, identifiers, torn groups, repeated rows, rare classes. Works without
    TensorFlow.

    \b
    nnrun data moons.yaml
    nnrun data houses.yaml --rows 20 --plot
    nnrun data houses.csv
    nnrun data houses.yaml --out rows.csv
    """
    from nnrun.cli.stage_line import shown_stages
    from nnrun.runs.storage_errors import refuse_missing_folder
    from nnrun.templates.template import is_data_file

    bare = is_data_file(str(file))
    if bare:
        refuse_options(["overrides"], f"{file} is a data file, not an experiment.")
    if bare and out is not None and out.suffix != ".csv":
        raise click.UsageError("The rows of a data file alone can be written as .csv.")
    if out is not None:
        refuse_missing_folder(out)
    picture = Path(f"{file.stem}-data.png") if plot else None
    with shown_stages(f"reading {file}") as stages:
        tables = _file_tables(file) if bare else _experiment_tables(file, overrides)
        page = _page(file, tables, rows)
        if out is not None:
            stages.show(f"writing {out}")
            _write(tables, out)
        if picture is not None:
            stages.show(f"drawing {picture}")
            _draw(tables, file.name, picture)
    if form == "json":
        from nnrun.cli.data_json import data_json

        click.echo(data_json(page, picture, out))
        return
    from nnrun.cli.data_page import data_page

    click.echo(data_page(page, terminal_width()))
    for path in (picture, out):
        if path is not None:
            click.echo(f"Written: {printable(str(path))}")


def _experiment_tables(file: Path, overrides: Sequence[str]) -> DataTables:
    from nnrun.data.files.data_files import cell_room
    from nnrun.data.profile.tables import experiment_tables
    from nnrun.load import load_experiment
    from nnrun.runs.recorded_files import data_files_of

    files = data_files_of(file, data_folders(), code_access(), cell_room(keras_home()))
    return experiment_tables(load_experiment(file, overrides, files=files), keras_home(), files)


def _page(file: Path, tables: DataTables, rows: int) -> DataPage:
    from nnrun.cli.data_page import DataPage, FirstRows
    from nnrun.data.profile.data_profile import profile_data
    from nnrun.data.profile.row_cells import prepared_cells, raw_cells

    first = []
    for name, table in tables.raw.items():
        raw = raw_cells(table, rows)
        part = tables.prepared.get(name)
        prepared = prepared_cells(part, table.numbers, tables.columns, rows) if part else raw
        first.append(FirstRows(name, table.rows, raw, prepared if prepared != raw else None))
    return DataPage(str(file), profile_data(tables.raw), first, tables.notes)


def _write(tables: DataTables, out: Path) -> None:
    from nnrun.data.profile.all_rows import all_rows, part_arrays
    from nnrun.runs.arrays import to_bytes
    from nnrun.runs.atomic import write_bytes, write_text
    from nnrun.runs.predictions_file import predictions_csv

    if out.suffix == ".npz":
        write_bytes(out, to_bytes(part_arrays(tables.prepared, tables.raw)))
    else:
        write_text(out, predictions_csv(*all_rows(tables.raw)))


def _draw(tables: DataTables, name: str, path: Path) -> None:
    from nnrun.errors import Problem, StorageError
    from nnrun.plots.picture import Drawing, draw
    from nnrun.report.data_picture import data_picture
    from nnrun.runs.atomic import write_bytes

    drawn = draw(Drawing(data_picture(tables.raw, name, ordered=tables.ordered)))
    if drawn.data is None:
        raise StorageError(Problem(f"{path} could not be drawn: {drawn.failure}"))
    write_bytes(path, drawn.data)


def _file_tables(file: Path) -> DataTables:
    from nnrun.data.profile.array_tables import npy_table
    from nnrun.data.profile.data_profile import TRAINING, WHOLE
    from nnrun.data.profile.tables import DataTables
    from nnrun.templates.column_choice import choose_columns
    from nnrun.templates.file_columns import read_file_rows

    if file.suffix.lower() == ".npy":
        return DataTables({WHOLE: npy_table(file.absolute())})
    rows = read_file_rows(file.absolute())
    choice = choose_columns(rows.table, rows.left_out)
    notes = [f'"{name}" is not shown: {reason}.' for name, reason in rows.left_out.items()]
    if arguments := rows.form.arguments():
        notes.append(f"Read with {listed([f'{name}: {shown(value)}' for name, value in arguments.items()])}.")
    if choice is not None:
        notes.append(f'"{choice.target}" is taken for the target: it is {choice.why}.')
    notes.append(f"nnrun new {shlex.quote(str(file))} writes an experiment.")
    tables = {TRAINING: rows.table, "test": rows.test} if rows.test else {WHOLE: rows.table}
    parts = {name: choice.in_roles(table) if choice else table for name, table in tables.items()}
    return DataTables(parts, notes=tuple(notes))
