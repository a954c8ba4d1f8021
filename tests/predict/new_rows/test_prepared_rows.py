"""New rows become what the training saw: missing cells, rare and new words, whatever form the rows have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import data_of, written
from nnrun.data.dataset import Dataset
from nnrun.data.preparation.scaling import apply_scales
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.predict.new_rows.array_rows import array_rows
from nnrun.predict.new_rows.read_rows import parse_rows, refuse_unknown_indices, wanted_columns

TEXT = """
data:
  generator: {{npz: {{path: {path}, inputs: [age, city], target: y}}}}
  prepare: {prepare}
layers: [{{Dense: {{units: 1}}}}]
optimizer: sgd
loss: mse
epochs: 1
"""
AGES, CITIES = [1.0, np.nan, 4.0, 9.0, 2.0], ["Rome", "Oslo", "Rome", "", "Bern"]


def trained(folder: Path, prepare: str) -> tuple[Experiment, Dataset]:
    """An experiment whose columns are fitted, as a trained run has it, and its data."""
    path = folder / "rows.npz"
    np.savez(path, age=np.array(AGES), city=np.array(CITIES), y=np.arange(5.0))
    experiment = written(TEXT.format(path=path, prepare=prepare), folder)
    dataset = data_of(experiment, folder)
    assert dataset.columns is not None
    return replace(experiment, columns=dataset.columns), dataset


SETTINGS = st.sampled_from(["mean", "median", "{constant: 2}", "indicator"]).flatmap(
    lambda missing: st.sampled_from(["onehot", "integer", "{hash: 5}"]).flatmap(
        lambda words: st.sampled_from(["none", "standard", "robust"]).map(
            lambda scale: f"{{missing: {missing}, words: {words}, scale: {scale}, clip: [1, 8]}}"
        )
    )
)


@given(SETTINGS)
def test_the_rows_of_the_training_become_again_what_the_training_saw(
    tmp_path_factory: pytest.TempPathFactory, prepare: str
) -> None:
    experiment, dataset = trained(tmp_path_factory.mktemp("run"), prepare)
    wanted = wanted_columns(experiment, targets=False)
    arrays = array_rows({"age": np.array(AGES), "city": np.array(CITIES)}, "rows", experiment, wanted)
    cells = "\n".join(f"{'' if np.isnan(age) else age},{city}" for age, city in zip(AGES, CITIES, strict=True))
    text = parse_rows(f"age,city\n{cells}\n".encode(), "rows.csv", experiment)
    for given_rows in (arrays, text):
        seen = apply_scales(given_rows.part.inputs, dataset.input_scaling)
        for name, values in dataset.training.inputs.items():
            np.testing.assert_array_equal(seen[name], values)


def first(prepare: str, folder: Path, age: Any, city: str) -> list[float]:
    """The numbers of one new row, the city's first."""
    experiment, _ = trained(folder, prepare)
    inputs = parse_rows(f"age,city\n{age},{city}\n".encode(), "rows.csv", experiment).part.inputs
    return [*inputs["city"][0].tolist(), *inputs["age"][0].tolist()]


def test_a_new_word_is_one_of_the_others_where_these_share_a_number(tmp_path: Path) -> None:
    assert first("{missing: mean, max_words: 1}", tmp_path, 3, "Paris") == [0, 1, 0, 3]


def test_a_new_word_has_a_hash(tmp_path: Path) -> None:
    numbers = first("{missing: mean, words: {hash: 4}}", tmp_path, 3, "Paris")
    assert sum(numbers[:4]) == 1


def test_a_new_word_is_refused_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match='The column "city" has no text "Paris"'):
        first("{missing: mean}", tmp_path, 3, "Paris")


def test_a_missing_cell_is_refused_where_the_training_left_out_such_rows(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match='The column "age" takes a finite number'):
        first("{missing: drop}", tmp_path, "", "Rome")


def test_a_number_without_a_logarithm_is_refused_with_its_place(tmp_path: Path) -> None:
    experiment, dataset = trained(tmp_path, "{missing: drop, columns: {age: {log: true}}}")
    rows = parse_rows(b"age,city\n1,Rome\n-1,Rome\n", "rows.csv", experiment)
    with pytest.raises(ExperimentError, match="takes numbers above 0") as caught:
        refuse_unknown_indices(rows, experiment, dataset.input_scaling)
    place = caught.value.problems[0].place
    assert place is not None
    assert place.line == 3
