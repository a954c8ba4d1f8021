"""New rows from Parquet and JSON lines are those of the same CSV file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from experiments import FLOWERS, written
from nnrun.data.generators.registry import all_generators
from nnrun.data.predict_settings import date_kinds
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Component
from nnrun.predict.new_rows.new_rows import NewRows
from nnrun.predict.new_rows.read_rows import parse_rows

FLOWER = written(
    f"data: {{generator: {{csv: {{path: {FLOWERS}, target: species}}}}}}\n"
    "layers: [{Dense: {units: 3, activation: softmax}}]\n"
    "optimizer: sgd\nloss: sparse_categorical_crossentropy\nepochs: 1\n",
    FLOWERS.parent,
)
Rows = dict[str, list[Any]]


def parquet(rows: Rows) -> bytes:
    stream = io.BytesIO()
    pl.DataFrame(rows).write_parquet(stream)
    return stream.getvalue()


def json_lines(rows: Rows) -> bytes:
    return "\n".join(json.dumps(dict(zip(rows, row, strict=True))) for row in zip(*rows.values(), strict=True)).encode()


EVERY = pytest.mark.parametrize("content", [parquet, json_lines])
Content = Callable[[Rows], bytes]


def flowers() -> Rows:
    with FLOWERS.open() as stream:
        rows = list(csv.DictReader(stream))
    return {name: [_cell(row[name]) for row in rows] for name in rows[0]}


def _cell(text: str) -> float | str:
    return float(text) if text[:1].isdigit() else text


def read(content: bytes, *, targets: bool = False) -> NewRows:
    return parse_rows(content, "new", FLOWER, targets=targets)


@EVERY
def test_the_rows_are_those_of_the_csv_file_in_any_order_of_columns(content: Content) -> None:
    rows = {"id": [*range(len(flowers()["petal"]))], **dict(reversed(flowers().items()))}
    found, expected = read(content(rows), targets=True), read(FLOWERS.read_bytes(), targets=True)
    for name, values in (expected.part.inputs | expected.part.targets).items():
        np.testing.assert_array_equal((found.part.inputs | found.part.targets)[name], values)
    assert found.ignored == ("id",)


@EVERY
def test_a_column_that_is_not_there_gets_the_nearest_name(content: Content) -> None:
    rows = {"petals" if name == "petal" else name: values for name, values in flowers().items()}
    with pytest.raises(ExperimentError, match=r'new has no column "petal"\.\n  Did you mean "petals"\?'):
        read(content(rows))


@EVERY
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("petal", None, 'new, row 2: The column "petal" takes a finite number'),
        ("place", "desert", 'new, row 2: The column "place" has no text "desert"'),
    ],
)
def test_a_cell_that_cannot_be_used_is_refused_with_its_row(
    content: Content, name: str, value: Any, message: str
) -> None:
    rows = flowers()
    rows[name][1] = value
    with pytest.raises(ExperimentError, match=message):
        read(content(rows))


def test_a_column_of_another_type_is_refused_by_name() -> None:
    with pytest.raises(ExperimentError, match=r'The column "petal" of new has the type List'):
        read(parquet({**flowers(), "petal": [[1.0]] * len(flowers()["petal"])}))


def test_a_damaged_file_is_refused_by_name() -> None:
    with pytest.raises(ExperimentError, match="new is not a Parquet file, or it is damaged"):
        read(parquet(flowers())[:-9])
    with pytest.raises(ExperimentError, match="Line 2 of new is no object in JSON"):
        read(b'{"petal": 1}\n{"petal"')


def test_every_generator_with_dates_is_known_to_have_them() -> None:
    for name, generator in all_generators().items():
        kinds = date_kinds(Component("generators", name, {"dates": {"day": "parts"}}))
        assert kinds == ({"day": "parts"} if "dates" in generator.arguments else {})
