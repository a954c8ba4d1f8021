"""The record of a run's data: what is written is what is read, and what no training writes is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import data_of, written
from nnrun.errors import StorageError
from nnrun.runs.data_record import (
    ColumnRecord,
    DataRecord,
    ScaleRecord,
    WordRecord,
    data_json,
    data_record,
    read_data_record,
)

IRIS = """
data: {{generator: {{csv: {{path: {path}, target: species}}}}, scale: standard, one_hot: {one_hot}}}
layers: [{{Dense: {{units: 3, activation: softmax}}}}]
optimizer: sgd
loss: {loss}categorical_crossentropy
epochs: 1
"""
FLOWERS = Path(__file__).parents[1] / "flowers.csv"

numbers = st.floats(allow_nan=False, allow_infinity=False)
scales = st.builds(
    ScaleRecord,
    offset=st.tuples(numbers),
    factor=st.tuples(numbers.filter(bool)),
    low=st.just(()) | st.tuples(st.none() | numbers),
    log=st.just(()) | st.tuples(st.booleans()),
    fill=st.just(()) | st.tuples(numbers),
)
words = st.lists(st.text(max_size=9), min_size=1, unique=True, max_size=3).map(
    lambda texts: WordRecord("integer", len(texts), tuple(texts), other=True)
)
columns = st.builds(
    ColumnRecord,
    name=st.text(max_size=9),
    categories=st.lists(st.text(max_size=9), unique=True, max_size=3).map(tuple),
    is_label=st.booleans(),
    extent=st.none() | st.tuples(numbers, numbers),
    classes=st.none() | st.integers(1, 9),
    scale=st.none() | scales,
    words=st.none() | words,
    missing=st.sampled_from(["refuse", "drop", "mean"]),
)
groups = st.lists(columns, min_size=1, max_size=3, unique_by=lambda column: column.name).map(tuple)


@given(st.builds(DataRecord, inputs=groups, targets=groups, samples=st.none() | st.integers(1, 9)))
def test_a_record_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, record: DataRecord) -> None:
    folder = tmp_path_factory.mktemp("run")
    (folder / "data.json").write_text(data_json(record), encoding="utf-8")
    assert read_data_record(folder) == record


def test_a_run_of_an_older_version_has_none(tmp_path: Path) -> None:
    assert read_data_record(tmp_path) is None


@pytest.mark.parametrize(("one_hot", "loss"), [("false", "sparse_"), ("true", "")])
def test_it_has_the_columns_with_their_words_and_scales(one_hot: str, loss: str, tmp_path: Path) -> None:
    experiment = written(IRIS.format(path=FLOWERS, one_hot=one_hot, loss=loss), FLOWERS.parent)
    dataset = data_of(experiment, tmp_path)
    record = data_record(experiment, dataset)
    assert record.columns(experiment.columns.files) == experiment.columns.generated
    assert tuple(each.column for each in record.inputs) == experiment.columns.inputs
    assert record.encoded == ({"species": 3} if loss == "" else {})
    assert record.target_scaling == {}
    assert [*record.input_scaling] == ["petal", "sepal", "place"]
    for name, scale in record.input_scaling.items():
        np.testing.assert_array_equal(scale.offset, dataset.input_scaling[name].offset)
        np.testing.assert_array_equal(scale.factor, dataset.input_scaling[name].factor)


def test_an_image_keeps_its_shape(tmp_path: Path) -> None:
    experiment = written(
        "data: {generator: {digits: {samples: 9, shape: [8, 8, 1]}}, scale: minmax}\n"
        "layers: [Flatten, {Dense: {units: 10, activation: softmax}}]\n"
        "optimizer: sgd\nloss: sparse_categorical_crossentropy\nepochs: 1\n"
    )
    dataset = data_of(experiment, tmp_path)
    record = data_record(experiment, dataset)
    assert record.columns() == experiment.columns
    assert record.input_scaling["pixels"].factor.shape == (8, 8, 1)


def change(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def apply(record: dict[str, Any]) -> None:
        for step in path[:-1]:
            record = record[step]
        record[path[-1]] = value

    return apply


SCALED = {"name": "x", "width": 2, "scale": {"offset": [1, 2], "factor": [0.5, 0.25]}}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (change("format", value=2), "its format is 2, and this version of nnrun reads format 1"),
        (change("inputs", value=[]), "is damaged: it has no inputs or no targets"),
        (change("inputs", 0, "width", value="two"), r"Expected `int`, got `str` - at `\$.inputs\[0\].width`"),
        (change("inputs", 0, "width", value=0), "`int` >= 1"),
        (change("inputs", 0, "width", value=3), 'the column "x" has 3 numbers, and scales for 2 and 2'),
        (change("inputs", 0, "dimensions", value=[3, 3]), r"has 2 numbers and the shape \[3, 3\]"),
        (change("inputs", 0, "scale", "factor", value=[0, 1]), "has a scale that is 0 or not finite"),
        (change("inputs", 0, "scale", "offset", 0, value=float("inf")), "has a scale that is 0 or not finite"),
        (change("inputs", 0, "categories", value=["a", "a"]), 'the column "x" names a category twice'),
        (change("inputs", value=[{"name": "x"}, {"name": "x"}]), "two columns of one name"),
    ],
)
def test_what_no_training_writes_is_refused(damage: Callable[[dict[str, Any]], None], message: str, tmp_path) -> None:
    record = {"format": 1, "inputs": [json.loads(json.dumps(SCALED))], "targets": [{"name": "y"}]}
    damage(record)
    (tmp_path / "data.json").write_text(json.dumps(record))
    with pytest.raises(StorageError, match=message):
        read_data_record(tmp_path)
