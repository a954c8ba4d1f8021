"""The rule behind `engine: auto` looks at the experiment alone."""

import pytest

from experiments import shipped, written
from nnrun.errors import ExperimentError
from nnrun.training.rule import WORTH_COMPILING, choose_engine

DROPOUT = """
data: {generator: moons}
layers: [{Dense: {units: 4}}, {Dropout: {rate: 0.5}}, {Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 100000
"""


def test_few_steps_are_not_worth_compiling():
    assert choose_engine(shipped("xor"), 4) == "graph"


def test_many_steps_of_a_dense_network_are():
    enough = 2 * WORTH_COMPILING  # two layers
    assert choose_engine(shipped("xor", f"epochs={enough - 1}"), 4) == "graph"
    assert choose_engine(shipped("xor", f"epochs={enough}"), 4) == "xla"
    assert choose_engine(shipped("rounding", "epochs=10"), 10_000) == "graph"
    assert choose_engine(shipped("rounding", "epochs=100"), 10_000) == "xla"


def test_random_layers_stay_with_the_graph():
    assert choose_engine(written(DROPOUT), 500) == "graph"


@pytest.mark.parametrize("engine", ["graph", "xla", "keras"])
def test_an_engine_that_is_asked_for_is_taken(engine):
    assert choose_engine(shipped("xor", f"engine={engine}"), 4) == engine


def test_several_devices_train_with_plain_fit():
    assert choose_engine(shipped("xor", f"epochs={2 * WORTH_COMPILING}"), 4, several_devices=True) == "keras"
    with pytest.raises(ExperimentError, match="The engine xla takes one device"):
        choose_engine(shipped("xor", "engine=xla"), 4, several_devices=True)
