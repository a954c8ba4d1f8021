"""The rule behind `engine: auto` looks at the experiment alone."""

import pytest

from experiments import shipped, written
from nnrun.errors import ExperimentError
from nnrun.training.rule import WORTH_COMPILING, WORTH_COMPILING_ONE, choose_engine, side_by_side

DROPOUT = """
data: {generator: moons}
layers: [{Dense: {units: 4}}, {Dropout: {rate: 0.5}}, {Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 100000
"""


WIDE = """
data: {generator: moons}
layers: [%s, {Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 1
"""


def test_few_steps_are_not_worth_compiling():
    assert choose_engine(shipped("rounding"), 10_000) == "graph"
    assert choose_engine(shipped("xor", "epochs=10"), 4) == "graph"


def test_many_steps_of_a_dense_network_are():
    enough = 2 * WORTH_COMPILING // 100  # two layers
    assert choose_engine(shipped("rounding", f"epochs={enough - 1}"), 3_200) == "graph"
    assert choose_engine(shipped("rounding", f"epochs={enough}"), 3_200) == "xla"


def test_fewer_steps_are_enough_where_all_rows_make_one_batch():
    enough = 2 * WORTH_COMPILING_ONE  # two layers
    assert choose_engine(shipped("xor", f"epochs={enough - 1}"), 32) == "graph"
    assert choose_engine(shipped("xor", f"epochs={enough}"), 32) == "xla"
    assert choose_engine(shipped("xor", f"epochs={enough}"), 33) == "graph"


def test_random_layers_stay_with_the_graph():
    assert choose_engine(written(DROPOUT), 500) == "graph"


@pytest.mark.parametrize("engine", ["graph", "xla", "keras"])
def test_an_engine_that_is_asked_for_is_taken(engine):
    assert choose_engine(shipped("xor", f"engine={engine}"), 4) == engine


@pytest.mark.parametrize(
    "layer", ["Dense: {units: 128}", "LSTM: {units: 4}", "Bidirectional: {layer: {GRU: {units: 4}}}"]
)
def test_operations_of_wide_and_recurrent_layers_are_computed_side_by_side(layer):
    inside = "{Reshape: {target_shape: [2, 1]}}, " if "Dense" not in layer else ""
    assert side_by_side(written(WIDE % (inside + "{" + layer + "}")))


@pytest.mark.parametrize("name", ["xor", "rounding", "moons", "digits-sequential"])
def test_those_of_narrow_networks_are_computed_one_after_another(name):
    assert not side_by_side(shipped(name))


def test_several_devices_train_with_plain_fit():
    assert choose_engine(shipped("xor", f"epochs={2 * WORTH_COMPILING_ONE}"), 4, several_devices=True) == "keras"
    with pytest.raises(ExperimentError, match="The engine xla takes one device"):
        choose_engine(shipped("xor", "engine=xla"), 4, several_devices=True)
