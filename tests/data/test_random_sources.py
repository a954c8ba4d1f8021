"""Data are made again for another seed only where they depend on it."""

from pathlib import Path

import numpy as np
import pytest

from experiments import written
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.data.random_sources import random_sources
from nnrun.experiment.text.dump import dump

XOR = {"table": {"columns": ["a", "b", "y"], "rows": [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]], "target": "y"}}
MOONS = {"moons": {"samples": 12}}


def experiment_of(generator: object, seed: int = 0, **data: object):
    layers = [{"Dense": {"units": 1, "activation": "sigmoid"}}]
    settings = {"data": {"generator": generator, **data}, "layers": layers, "optimizer": "adam", "epochs": 1}
    return written(dump({**settings, "loss": "binary_crossentropy", "seed": seed}))


@pytest.mark.parametrize(
    ("generator", "data", "sources"),
    [
        (XOR, {}, set()),
        (XOR, {"validation_split": 1}, {"split"}),
        (MOONS, {}, {"data"}),
        (MOONS, {"test_split": 0.25}, {"data", "split"}),
        (XOR, {"prepare": {"balance": "oversample"}}, {"split"}),
        ({"breast_cancer": {}}, {}, set()),
    ],
)
def test_the_seeds_that_the_data_depend_on(generator, data, sources, tmp_path):
    assert random_sources(experiment_of(generator, **data), tmp_path, DataFiles()) == sources


@pytest.mark.parametrize("generator", [XOR, {"breast_cancer": {}}])
def test_data_that_depend_on_no_seed_are_the_same_for_all(generator, tmp_path: Path):
    first, second = (generate(experiment_of(generator, seed), tmp_path).training for seed in (0, 1))
    for name, values in first.inputs.items():
        np.testing.assert_array_equal(values, second.inputs[name])
