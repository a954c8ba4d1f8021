"""Experiments as Keras models: the same seed the same weights, and Keras's refusals at their place in the file."""

import keras
import numpy as np
import pytest

from experiments import data_of, shipped, written
from nnrun.data.rows import network_rows
from nnrun.errors import ExperimentError
from nnrun.model.build import build_model

pytestmark = pytest.mark.keras

HEAD = """
data:
  generator: {blobs: {samples: 30, centers: 3, features: 4}}
optimizer: adam
loss: sparse_categorical_crossentropy
epochs: 1
layers:
"""


def built(text_or_experiment, tmp_path):
    experiment = written(text_or_experiment) if isinstance(text_or_experiment, str) else text_or_experiment
    return build_model(experiment, network_rows(experiment, data_of(experiment, tmp_path).training))


def refused(text, tmp_path) -> str:
    with pytest.raises(ExperimentError, match=r"test\.yaml:") as caught:
        built(text, tmp_path)
    return str(caught.value)


@pytest.mark.parametrize("set_name", ["digits", "mnist"])
def test_a_stack_and_a_graph_of_the_same_layers_begin_alike(set_name, tmp_path):
    stack = shipped(f"{set_name}-sequential")
    graph = shipped(f"{set_name}-functional")
    assert stack.is_stack
    models = [built(experiment, tmp_path) for experiment in (stack, graph)]
    for a, b in zip(models[0].weights, models[1].weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_a_stack_becomes_a_sequential_and_a_skip_a_functional_model(tmp_path):
    assert isinstance(built(HEAD + "  - Dense: {units: 3, activation: softmax}", tmp_path), keras.Sequential)
    skip = HEAD + "  - Dense: {units: 4}\n  - Add: {inputs: [input, dense]}\n  - Dense: {units: 3}"
    assert not isinstance(built(skip, tmp_path), keras.Sequential)


def test_the_seed_decides_the_initial_weights(tmp_path):
    one, same, other = (built(shipped("xor", f"seed={seed}"), tmp_path) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.weights[0].numpy(), same.weights[0].numpy())
    assert (one.weights[0].numpy() != other.weights[0].numpy()).any()


def test_nested_components_are_built_with_their_arguments(tmp_path):
    model = built(
        HEAD
        + """
  - Dense: {units: 5, kernel_initializer: {Constant: {value: 0.5}}, kernel_regularizer: {L2: {l2: 0.25}}, name: a}
  - Dense: {units: 3, activation: {leaky_relu: {negative_slope: 0.3}}, name: b}
""",
        tmp_path,
    )
    a, b = model.layers
    assert (a.kernel.numpy() == 0.5).all()
    assert float(a.kernel_regularizer.l2) == 0.25
    assert float(b.activation(np.float32([-1.0]))[0]) == pytest.approx(-0.3)


def test_a_schedule_is_the_learning_rate(tmp_path):
    text = HEAD.replace(
        "adam",
        "{SGD: {learning_rate: {ExponentialDecay: {initial_learning_rate: 0.5, decay_steps: 1, decay_rate: 0.1}}}}",
    )
    model = built(text + "  - Dense: {units: 3, activation: softmax}", tmp_path)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.5)


def test_a_shape_that_does_not_fit_is_reported_at_the_layer(tmp_path):
    # What nnrun's own walk over the shapes leaves to Keras.
    lines = "  - Reshape: {target_shape: [2, 2]}\n  - ConvLSTM1D: {filters: 2, kernel_size: 3}"
    message = refused(HEAD + lines, tmp_path)
    assert message.startswith("test.yaml:9:5: Keras refuses ConvLSTM1D: ")
    assert "ndim=4, found ndim=3" in message
    assert "Traceback" not in message
    assert "Arguments received" not in message


def test_an_argument_that_keras_refuses_is_reported_at_the_layer(tmp_path):
    message = refused(HEAD + "  - Dense: {units: 3, lora_rank: 2, kernel_constraint: NonNeg}", tmp_path)
    assert message.startswith("test.yaml:8:5: Keras refuses Dense: ")


def test_a_written_input_shape_is_held_against_the_data(tmp_path):
    message = refused(HEAD + "  - Input: {shape: [7]}\n  - Dense: {units: 3}", tmp_path)
    assert message.startswith("test.yaml:8:20: ")
    assert "shape [7], the data have [4]" in message


@pytest.mark.parametrize(
    ("loss", "units", "told"),
    [
        ("sparse_categorical_crossentropy", 2, "The labels go from 0 to 2"),
        ("mse", 3, "has the shape (3), its target (class) (1)"),
        ("categorical_crossentropy", 3, "sparse_categorical_crossentropy, or data: {one_hot: true}"),
        ("binary_crossentropy", 2, "has the shape (2)"),
    ],
)
def test_targets_that_do_not_fit_the_output_are_refused(loss, units, told, tmp_path):
    text = HEAD.replace("sparse_categorical_crossentropy", loss) + f"  - Dense: {{units: {units}}}"
    message = refused(text, tmp_path)
    assert told in message
    assert message.startswith("test.yaml:5:7: ")


def test_a_class_that_the_loss_ignores_needs_no_unit(tmp_path):
    ignoring = HEAD.replace("sparse_categorical_crossentropy", "{SparseCategoricalCrossentropy: {ignore_class: 2}}")
    assert built(ignoring + "  - Dense: {units: 2}", tmp_path).output_shape == (None, 2)


def test_attention_takes_its_inputs_as_separate_arguments(tmp_path):
    text = (
        HEAD
        + """
  - Reshape: {target_shape: [2, 2], name: rows}
  - MultiHeadAttention: {num_heads: 1, key_dim: 2, inputs: [rows, rows]}
  - Flatten
  - Dense: {units: 3, activation: softmax}
"""
    )
    assert built(text, tmp_path).output_shape == (None, 3)


def test_the_colours_of_a_message_of_keras_are_left_out():
    from nnrun.model.components import reason

    assert reason(ValueError("\x1b[1mThis is wrong\x1b[0m\n\nArguments received by x")) == "This is wrong."


def test_a_loss_that_cannot_take_the_targets_is_refused_where_it_stands(tmp_path):
    text = HEAD.replace("optimizer", "  one_hot: true\noptimizer", 1).replace(
        "sparse_categorical_crossentropy", "{Dice: {axis: 7}}"
    )
    message = refused(text + "  - Dense: {units: 3, activation: softmax}", tmp_path)
    assert message.splitlines()[0].endswith(
        "Keras cannot train this model: Invalid reduction dimension 7 for input with 2 dimensions."
    )
