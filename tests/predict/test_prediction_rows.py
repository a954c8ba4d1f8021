"""The predictions as a table: classes that are words in the data go by their words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments import FLOWERS, data_of, written
from nnrun.experiment.experiment import Experiment
from nnrun.predict.prediction_rows import PredictionTable, prediction_table

SPECIES = ("setosa", "versicolor", "virginica")
FLOWER = """
data: {{generator: {{csv: {{path: flowers.csv, target: {target}, inputs: petal}}}}, one_hot: {one_hot}}}
layers: [{{Dense: {{units: {units}, activation: {activation}}}}}]
optimizer: adam
loss: {loss}
epochs: 1
"""


def flower(target: str, units: int, loss: str, one_hot: str = "false") -> Experiment:
    activation = "softmax" if units > 1 else "sigmoid"
    text = FLOWER.format(target=target, units=units, activation=activation, loss=loss, one_hot=one_hot)
    return written(text, FLOWERS.parent)


def table(
    experiment: Experiment, answers: list[list[float]], truth: list[list[float]] | None = None
) -> PredictionTable:
    points = np.float32([[1.5]] * len(answers))
    known = None if truth is None else [np.array(truth)]
    return prediction_table(experiment, 5 + np.arange(len(points)), points, [np.float32(answers)], known)


def test_a_class_goes_by_its_word() -> None:
    species = flower("species", 3, "sparse_categorical_crossentropy")
    assert table(species, [[0.5, 0.25, 0.25], [0, 0, 1]], [[0], [1]]) == PredictionTable(
        ("row", "petal", "species", "predicted_species", *(f"p(species={name})" for name in SPECIES)),
        ((5, 1.5, "setosa", "setosa", 0.5, 0.25, 0.25), (6, 1.5, "versicolor", "virginica", 0.0, 0.0, 1.0)),
        inputs=1,
    )


def test_one_hot_targets_go_by_their_words_too() -> None:
    species = flower("species", 3, "categorical_crossentropy", "true")
    assert table(species, [[0, 0, 1]], [[0, 1, 0]]).rows == ((5, 1.5, "versicolor", "virginica", 0.0, 0.0, 1.0),)


def test_yes_or_no_goes_by_two_words(tmp_path) -> None:
    (tmp_path / "flowers.csv").write_text("petal,wild\n1,no\n2,yes\n")
    text = FLOWER.format(target="wild", units=1, activation="sigmoid", loss="binary_crossentropy", one_hot="false")
    assert table(written(text, tmp_path), [[0.25], [0.75]], [[0], [0]]) == PredictionTable(
        ("row", "petal", "wild", "predicted_wild", "p(wild=yes)"),
        ((5, 1.5, "no", "no", 0.25), (6, 1.5, "no", "yes", 0.75)),
        inputs=1,
    )


def binary(tmp_path, rows: str, loss: str = "binary_crossentropy") -> Experiment:
    (tmp_path / "flowers.csv").write_text(f"petal,wild\n{rows}")
    return written(FLOWER.format(target="wild", units=1, activation="sigmoid", loss=loss, one_hot="false"), tmp_path)


@pytest.mark.parametrize("loss", ["binary_crossentropy", "crossentropy"])
def test_a_class_without_a_word_goes_by_its_number_beside_its_probability(tmp_path, loss: str) -> None:
    experiment = binary(tmp_path, "1,0\n2,1\n", loss)
    assert table(experiment, [[0.25], [0.75]], [[0], [0]]) == PredictionTable(
        ("row", "petal", "wild", "predicted_wild", "p(wild=1)"), ((5, 1.5, 0, 0, 0.25), (6, 1.5, 0, 1, 0.75)), inputs=1
    )
    assert table(experiment, [[0.75]]).rows == ((5, 1.5, 1, 0.75),)


def test_probabilities_as_targets_stay_numbers(tmp_path) -> None:
    experiment = binary(tmp_path, "1,0.25\n2,0.75\n")
    assert table(experiment, [[0.5]], [[0.25]]).rows == ((5, 1.5, 0.25, 0.5),)
    assert table(experiment, [[0.5]]).rows == ((5, 1.5, 0.5),)


def test_a_loss_for_values_beside_a_binary_metric_has_values(tmp_path) -> None:
    (tmp_path / "flowers.csv").write_text("petal,wild\n1,0\n2,1\n")
    text = FLOWER.format(target="wild", units=1, activation="sigmoid", loss="mse", one_hot="false")
    experiment = written(f"{text}metrics: [binary_accuracy]\n", tmp_path)
    assert table(experiment, [[0.75]]).rows == ((5, 1.5, 0.75),)


def test_numbers_stay_numbers() -> None:
    sepal = flower("sepal", 1, "mse")
    header = ("row", "petal", "predicted_sepal")
    assert table(sepal, [[3.5]]) == PredictionTable(header, ((5, 1.5, 3.5),), inputs=1)


def test_the_error_is_predicted_minus_true() -> None:
    header = ("row", "petal", "sepal", "predicted_sepal", "error")
    found = table(flower("sepal", 1, "mse"), [[3.5]], [[3.75]])
    assert found == PredictionTable(header, ((5, 1.5, 3.75, 3.5, -0.25),), inputs=1)


def test_several_values_have_an_error_each(tmp_path) -> None:
    (tmp_path / "flowers.csv").write_text("petal,a,b\n1,2,3\n2,3,4.5\n")
    experiment = written(
        FLOWER.format(target="[a, b]", units=2, activation="linear", loss="mse", one_hot="false"), tmp_path
    )
    found = table(experiment, [[1, 2]], [[1.5, 1]])
    assert found.header == ("row", "petal", "a", "predicted_a", "error_a", "b", "predicted_b", "error_b")
    assert found.rows == ((5, 1.5, 1.5, 1.0, -0.5, 1.0, 2.0, 1.0),)


def test_an_output_that_is_compared_by_its_sign_has_no_error(tmp_path) -> None:
    (tmp_path / "flowers.csv").write_text("petal,label\n1,0\n2,1\n")
    text = FLOWER.format(target="label", units=1, activation="tanh", loss="hinge", one_hot="false")
    found = table(written(text, tmp_path), [[-0.99]], [[0]])
    assert found.header == ("row", "petal", "label", "predicted_label")


def test_no_two_columns_have_the_same_name(tmp_path) -> None:
    (tmp_path / "flowers.csv").write_text("petal,error\n1,2.5\n2,3\n")
    text = FLOWER.format(target="error", units=1, activation="linear", loss="mse", one_hot="false")
    found = table(written(text, tmp_path), [[1]], [[2]])
    assert found.header == ("row", "petal", "error", "predicted_error", "error_2")


@pytest.mark.parametrize("loss", ["crossentropy", "ce"])
def test_the_crossentropy_that_suits_labels_has_classes(loss: str) -> None:
    species = table(flower("species", 3, loss), [[0, 0, 1]], [[1]])
    assert species.header[2:4] == ("species", "predicted_species")
    assert species.rows == ((5, 1.5, "versicolor", "virginica", 0.0, 0.0, 1.0),)


def test_answers_that_are_compared_otherwise_than_number_by_number_stand_beside_the_truth() -> None:
    embedded = table(flower("sepal", 2, "Circle"), [[0.5, 0.25]], [[1]])
    header = ("row", "petal", "sepal", "predicted_sepal[0]", "predicted_sepal[1]")
    assert embedded == PredictionTable(header, ((5, 1.5, 1, 0.5, 0.25),), inputs=1)


PREPARED = """
data: {{generator: {{csv: {{path: people.csv, target: y, missing: ["?"]}}}}, prepare: {prepare}}}
layers: [{{Dense: {{units: 1}}}}]
optimizer: sgd
loss: mse
epochs: 1
"""


def people(prepare: str, folder: Path) -> Experiment:
    """An experiment on ages and cities, with what is fitted to its rows."""
    (folder / "people.csv").write_text("age,city,y\n10,Rome,1\n?,Oslo,2\n30,Rome,3\n20,Bern,4\n")
    experiment = written(PREPARED.format(prepare=prepare), folder)
    dataset = data_of(experiment, folder)
    assert dataset.columns is not None
    return replace(experiment, columns=dataset.columns)


def inputs_of(experiment: Experiment, numbers: list[list[float]]) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    found = prediction_table(experiment, np.arange(len(numbers)), np.float32(numbers), [np.zeros((len(numbers), 1))])
    return found.header[1:-1], [row[1:-1] for row in found.rows]


def test_texts_and_missing_numbers_stand_as_in_the_data(tmp_path: Path) -> None:
    experiment = people("{missing: indicator, max_words: 1}", tmp_path)
    rows = [[10, 0, 1, 0, 0], [20, 1, 0, 1, 0], [30, 0, 0, 0, 1]]
    assert inputs_of(experiment, rows) == (
        ("age", "city"),
        [(10.0, "Rome"), (None, "(other)"), (30.0, "(missing)")],
    )


def test_numbers_that_are_those_of_no_text_stay_numbers(tmp_path: Path) -> None:
    experiment = people("{missing: mean, max_words: 1}", tmp_path)
    assert inputs_of(experiment, [[10, 0.5, 0.5, 0]])[0] == ("age", "city=Rome", "city=(other)", "city=(missing)")
    experiment = people("{missing: mean, words: integer, max_words: 1}", tmp_path)
    assert inputs_of(experiment, [[10, 1], [10, 0]]) == (("age", "city"), [(10.0, "(other)"), (10.0, "Rome")])
    assert inputs_of(experiment, [[10, 7]]) == (("age", "city"), [(10.0, 7.0)])
