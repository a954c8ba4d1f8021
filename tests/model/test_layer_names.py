"""Layers without a name are called as a plain Keras script calls them."""

from __future__ import annotations

import keras
import pytest
from keras import layers as k
from keras.src.backend.common import global_state

from experiments import data_of, written
from nnrun.data.rows import training_rows
from nnrun.experiment.layer_names import MADE_BY, snake_case
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.model.build import build_model
from nnrun.model.compat import reset_names

HEAD = """
data: {generator: {function: {samples: 20, a: "normal(0, 1)", b: "normal(0, 1)", y: a * b}}}
optimizer: sgd
loss: mse
epochs: 1
layers:
"""


def ours(layers: str, tmp_path) -> keras.Model:
    experiment = written(HEAD + "".join(f"  - {line.strip()}\n" for line in layers.strip().splitlines()))
    return build_model(experiment, training_rows(experiment, data_of(experiment, tmp_path).training))


def plain(*stack) -> keras.Model:
    return keras.Sequential([keras.Input((2,)), *stack])


def names(model: keras.Model) -> list[str]:
    """The names in a saved model: of the layers, those within others among them, and of the weights."""
    paths = [weight.path.removeprefix("sequential/") for weight in model.weights]
    return [*_names_in(model.get_config()["layers"]), *paths]


def _names_in(config: object) -> list[str]:
    if isinstance(config, list):
        return [name for item in config for name in _names_in(item)]
    if not isinstance(config, dict):
        return []
    own = [config["name"]] if isinstance(config.get("name"), str) else []
    return own + [name for value in config.values() for name in _names_in(value)]


@pytest.fixture(autouse=True)
def _as_in_a_new_process():
    reset_names()


def stack_of_dense():
    return plain(k.Dense(4), k.Dense(4, name="hidden"), k.Dense(3), k.Dropout(0.1), k.Dense(2), k.Dense(1))


def stack_of_recurrent():
    return plain(
        k.Reshape((2, 1)),
        k.LSTM(3, return_sequences=True),
        k.Bidirectional(k.LSTM(2, return_sequences=True)),
        k.TimeDistributed(k.Dense(3)),
        k.RNN([k.GRUCell(2), k.GRUCell(3)]),
        k.Dense(1),
    )


def stack_with_activations():
    return plain(
        k.Dense(4, activation=k.ReLU(max_value=6.0)), k.ReLU(), k.Dense(3, activation="relu"), k.ReLU(), k.Dense(1)
    )


def graph_with_attention():
    entry = keras.Input((2,))
    steps = k.Reshape((2, 1))(entry)
    attended = k.MultiHeadAttention(num_heads=1, key_dim=2)(steps, steps)
    added = k.Add()([attended, steps])
    again = k.Add()([added, steps])
    flat = k.Flatten()(again)
    return keras.Model(entry, k.Dense(1)(k.Dropout(0.1)(flat)))


def graph_with_skips():
    entry = keras.Input((2,))
    first = k.Dense(2)(entry)
    second = k.Dense(2)(first)
    added = k.Add()([second, first])
    again = k.Add()([added, entry])
    return keras.Model(entry, k.Dense(1)(again))


def named_input():
    return keras.Sequential([keras.Input((2,), name="point"), k.Dense(1)])


@pytest.mark.keras
@pytest.mark.parametrize(
    ("layers", "script"),
    [
        (
            """Dense: {units: 4}
            Dense: {units: 4, name: hidden}
            Dense: {units: 3}
            Dropout: {rate: 0.1}
            Dense: {units: 2}
            Dense: {units: 1}""",
            stack_of_dense,
        ),
        (
            """Reshape: {target_shape: [2, 1]}
            LSTM: {units: 3, return_sequences: true}
            Bidirectional: {layer: {LSTM: {units: 2, return_sequences: true}}}
            TimeDistributed: {layer: {Dense: {units: 3}}}
            RNN: {cell: [{GRUCell: {units: 2}}, {GRUCell: {units: 3}}]}
            Dense: {units: 1}""",
            stack_of_recurrent,
        ),
        (
            """Dense: {units: 4, activation: {relu: {max_value: 6}}}
            ReLU
            Dense: {units: 3, activation: relu}
            ReLU
            Dense: {units: 1}""",
            stack_with_activations,
        ),
        (
            """Reshape: {target_shape: [2, 1]}
            MultiHeadAttention: {num_heads: 1, key_dim: 2, inputs: [reshape, reshape]}
            Add: {inputs: [multi_head_attention, reshape]}
            Add: {inputs: [add, reshape]}
            Flatten
            Dropout: {rate: 0.1}
            Dense: {units: 1}""",
            graph_with_attention,
        ),
        (
            """Dense: {units: 2}
            Dense: {units: 2}
            Add: {inputs: [dense_1, dense]}
            Add: {inputs: [add, input]}
            Dense: {units: 1}""",
            graph_with_skips,
        ),
        (
            """Input: {shape: [2], name: point}
            Dense: {units: 1}""",
            named_input,
        ),
        (
            """Input
            Dense: {units: 1}""",
            lambda: plain(k.Dense(1)),
        ),
    ],
    ids=["dense", "recurrent", "activations", "attention", "skips", "named input", "input"],
)
def test_layers_without_a_name_are_called_as_in_a_plain_script(layers, script, tmp_path):
    theirs = names(script())
    assert names(ours(layers, tmp_path)) == theirs


@pytest.mark.keras
def test_a_name_that_keras_would_give_twice_is_given_once(tmp_path):
    with pytest.raises(ValueError, match="unique names"):
        plain(k.Dense(2), k.Dense(2, name="dense"), k.Dense(1))
    model = ours("Dense: {units: 2}\nDense: {units: 2, name: dense}\nDense: {units: 1}", tmp_path)
    assert [layer.name for layer in model.layers] == ["dense_1", "dense", "dense_2"]
    model = ours("Dense: {units: 2, name: input_layer}\nDense: {units: 1, name: input_layer_1}", tmp_path)
    assert model.get_config()["layers"][0]["config"]["name"] == "input"


@pytest.mark.keras
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("MultiHeadAttention", {"num_heads": 1, "key_dim": 2}),
        ("GroupQueryAttention", {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1}),
        ("AugMix", {}),
        ("RandAugment", {}),
    ],
)
def test_the_layers_that_a_layer_makes_for_itself_are_those_that_count(name, arguments):
    layer = getattr(k, name)(**arguments)
    if "Attention" in name:
        steps = keras.Input((3, 2))
        layer(steps, steps)
    made = set(global_state.get_global_attribute("object_name_uids"))
    known = {snake_case(other) for other in load_catalog().names("layers")} | {"equalization"}
    assert made & known - {layer.name, "input_layer"} == {snake_case(other) for other in MADE_BY[name]}
