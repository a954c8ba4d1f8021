"""What an output predicts, and the class of each row."""

from pathlib import Path

import numpy as np
import pytest

from nnrun.load import load_experiment
from nnrun.predict.task import classes_from, task_of


@pytest.mark.parametrize("task", ["binary", "classes"])
@pytest.mark.parametrize("width", [1, 3])
def test_a_part_without_rows_has_no_classes(task, width):
    assert classes_from(task, np.zeros((0, width), np.float32)).shape == (0,)


def test_a_row_of_several_steps_has_a_class_per_step():
    values = np.float32([[[0.1, 0.9], [0.8, 0.2]]])  # (rows, steps, units)
    assert classes_from("classes", values, steps=2).tolist() == [1, 0]


def task_under(loss: str, folder: Path, metrics: str = "[]") -> str:
    file = folder / "exp.yaml"
    file.write_text(
        "data: {generator: moons}\nlayers: [{Dense: {units: 1, activation: sigmoid}}]\n"
        f"optimizer: adam\nloss: {loss}\nmetrics: {metrics}\nepochs: 1\n"
    )
    experiment = load_experiment(file)
    return task_of(experiment, experiment.outputs[0], (1,))


@pytest.mark.parametrize("name", ["bce", "BCE", "binary_crossentropy", "BinaryCrossentropy", "ce", "crossentropy"])
def test_the_task_is_the_same_by_each_of_keras_names_for_a_loss(name, tmp_path):
    assert task_under(name, tmp_path) == "binary"


@pytest.mark.parametrize("name", ["mse", "MSE", "kld", "KLDivergence"])
def test_other_losses_of_one_unit_are_for_values(name, tmp_path):
    assert task_under(name, tmp_path) == "values"


def test_a_hinge_separates_classes_elsewhere_than_a_probability(tmp_path):
    assert task_under("mse", tmp_path, "[binary_accuracy]") == "binary"
    for loss in ("hinge", "SquaredHinge"):
        assert task_under(loss, tmp_path, "[BinaryAccuracy: {threshold: 0}]") == "values"
