"""The predictions as a table: classes that are words in the data go by their words."""

from __future__ import annotations

import numpy as np
import pytest

from experiments import FLOWERS, written
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
    return prediction_table(experiment, ["petal"], 5 + np.arange(len(points)), points, [np.float32(answers)], known)


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
