"""The predictions as a table: classes that are words in the data go by their words."""

from __future__ import annotations

import numpy as np
import pytest

from experiments import FLOWERS, written
from nnrun.experiment.experiment import Experiment
from nnrun.predict.prediction_rows import PredictionTable, prediction_table

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
    return prediction_table(experiment, ["petal"], points, [np.float32(answers)], known)


def test_a_class_goes_by_its_word() -> None:
    species = flower("species", 3, "sparse_categorical_crossentropy")
    assert table(species, [[0.5, 0.25, 0.25], [0, 0, 1]], [[0], [1]]) == PredictionTable(
        ("petal", "true species", "p(species=setosa)", "p(species=versicolor)", "p(species=virginica)", "species"),
        ((1.5, "setosa", 0.5, 0.25, 0.25, "setosa"), (1.5, "versicolor", 0.0, 0.0, 1.0, "virginica")),
    )


def test_one_hot_targets_go_by_their_words_too() -> None:
    species = flower("species", 3, "categorical_crossentropy", "true")
    assert table(species, [[0, 0, 1]], [[0, 1, 0]]).rows == ((1.5, "versicolor", 0.0, 0.0, 1.0, "virginica"),)


def test_yes_or_no_goes_by_two_words(tmp_path) -> None:
    (tmp_path / "flowers.csv").write_text("petal,wild\n1,no\n2,yes\n")
    text = FLOWER.format(target="wild", units=1, activation="sigmoid", loss="binary_crossentropy", one_hot="false")
    assert table(written(text, tmp_path), [[0.25], [0.75]], [[0], [0]]) == PredictionTable(
        ("petal", "true wild", "p(wild=yes)", "wild"), ((1.5, "no", 0.25, "no"), (1.5, "no", 0.75, "yes"))
    )


def test_numbers_stay_numbers() -> None:
    sepal = flower("sepal", 1, "mse")
    assert table(sepal, [[3.5]]) == PredictionTable(("petal", "sepal"), ((1.5, 3.5),))


@pytest.mark.parametrize("loss", ["crossentropy", "ce"])
def test_the_crossentropy_that_suits_labels_has_classes(loss: str) -> None:
    species = table(flower("species", 3, loss), [[0, 0, 1]], [[1]])
    assert (species.header[1], species.header[-1]) == ("true species", "species")
    assert species.rows == ((1.5, "versicolor", 0.0, 0.0, 1.0, "virginica"),)


def test_answers_that_are_compared_otherwise_than_number_by_number_stand_beside_the_truth() -> None:
    embedded = table(flower("sepal", 2, "Circle"), [[0.5, 0.25]], [[1]])
    assert embedded == PredictionTable(("petal", "true sepal", "sepal[0]", "sepal[1]"), ((1.5, 1, 0.5, 0.25),))
