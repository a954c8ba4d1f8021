"""What shapes go through a network, and which layers cannot take theirs; `test_shapes_keras` holds it against Keras."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.text.yaml_text import parse_document
from nnrun.load import load_experiment
from nnrun.network.axes import Shape
from nnrun.network.shape_rules import _MERGES, _RULES
from nnrun.network.shapes import walk
from nnrun.network.wiring import read_graph

IMAGE = (28, 28, 1)
SEQUENCE = (10, 3)


def walked(layers: str, *shape: int) -> tuple[dict[str, Shape | None], list[Problem]]:
    """The walk through layers in YAML for samples of a shape; without one the data are not known."""
    width = 1
    for size in shape:
        width *= size
    columns = Columns((Column("x", width, shape),) if shape else ())
    return walk(read_graph(parse_document(f"layers: {layers}\n", "x.yaml"), columns), columns)


def last(layers: str, *shape: int) -> Shape | None:
    """What the last layer of a network gives that is not refused."""
    shapes, problems = walked(layers, *shape)
    assert problems == []
    return list(shapes.values())[-1]


def told(layers: str, *shape: int) -> tuple[str, str | None]:
    """Message and hint of the only problem."""
    _, (problem,) = walked(layers, *shape)
    return problem.message, problem.hint


@pytest.mark.parametrize(
    ("layer", "received", "given"),
    [
        ("Dense: {units: 4}", (3,), (4,)),
        ("Dense: {units: 4}", IMAGE, (28, 28, 4)),
        ("Flatten: {}", IMAGE, (784,)),
        ("Reshape: {target_shape: [2, -1]}", (6,), (2, 3)),
        ("Permute: {dims: [2, 1]}", SEQUENCE, (3, 10)),
        ("RepeatVector: {n: 5}", (3,), (5, 3)),
        ("Embedding: {input_dim: 9, output_dim: 2}", (7,), (7, 2)),
        ("Dropout: {rate: 0.5}", IMAGE, IMAGE),
        ("BatchNormalization: {}", IMAGE, IMAGE),
        ("GroupNormalization: {groups: 3}", SEQUENCE, SEQUENCE),
        ("LayerNormalization: {axis: [1, 2]}", SEQUENCE, SEQUENCE),
        ("PReLU: {shared_axes: [1]}", SEQUENCE, SEQUENCE),
        ("Conv1D: {filters: 4, kernel_size: 3, padding: causal}", SEQUENCE, (10, 4)),
        ("Conv1D: {filters: 4, kernel_size: 3, dilation_rate: 4}", SEQUENCE, (2, 4)),
        ("Conv2D: {filters: 4, kernel_size: 3}", IMAGE, (26, 26, 4)),
        ("Conv2D: {filters: 4, kernel_size: [3, 5], strides: [2, 1]}", IMAGE, (13, 24, 4)),
        ("Conv2D: {filters: 4, kernel_size: 3, strides: 3, padding: same}", IMAGE, (10, 10, 4)),
        ("Conv2D: {filters: 4, kernel_size: 2, data_format: channels_first}", (3, 8, 9), (4, 7, 8)),
        ("Convolution2D: {filters: 4, kernel_size: 3}", IMAGE, (26, 26, 4)),
        ("Conv3D: {filters: 2, kernel_size: 2}", (4, 5, 6, 1), (3, 4, 5, 2)),
        ("SeparableConv2D: {filters: 5, kernel_size: 3}", (8, 8, 2), (6, 6, 5)),
        ("DepthwiseConv2D: {kernel_size: 3, depth_multiplier: 3}", (8, 8, 2), (6, 6, 6)),
        ("Conv2DTranspose: {filters: 2, kernel_size: 3, strides: 2}", (4, 4, 1), (9, 9, 2)),
        ("Conv2DTranspose: {filters: 2, kernel_size: 3, strides: 2, padding: same}", (4, 4, 1), (8, 8, 2)),
        ("Conv1DTranspose: {filters: 2, kernel_size: 3, strides: 2, output_padding: 1}", (4, 1), (10, 2)),
        ("MaxPooling2D: {}", (9, 8, 2), (4, 4, 2)),
        ("AveragePooling1D: {pool_size: 3, strides: 1, padding: same}", SEQUENCE, SEQUENCE),
        ("GlobalAveragePooling2D: {}", (8, 8, 5), (5,)),
        ("GlobalMaxPooling1D: {keepdims: true}", SEQUENCE, (1, 3)),
        ("ZeroPadding1D: {padding: [1, 2]}", SEQUENCE, (13, 3)),
        ("ZeroPadding2D: {padding: [1, [0, 3]]}", (4, 4, 1), (6, 7, 1)),
        ("Cropping2D: {cropping: 1}", (4, 5, 1), (2, 3, 1)),
        ("UpSampling2D: {size: [2, 3]}", (4, 5, 1), (8, 15, 1)),
        ("LSTM: {units: 4}", SEQUENCE, (4,)),
        ("GRU: {units: 4, return_sequences: true}", SEQUENCE, (10, 4)),
        ("Bidirectional: {layer: {SimpleRNN: {units: 4}}}", SEQUENCE, (8,)),
        ("Bidirectional: {layer: {LSTM: {units: 4}}, merge_mode: sum}", SEQUENCE, (4,)),
        ("TimeDistributed: {layer: {Dense: {units: 2}}}", SEQUENCE, (10, 2)),
        ("TimeDistributed: {layer: {Conv2D: {filters: 2, kernel_size: 3}}}", (5, 8, 8, 1), (5, 6, 6, 2)),
    ],
)
def test_a_layer_gives_the_shape_that_keras_documents(layer: str, received: Shape, given: Shape) -> None:
    assert last(f"[{{{layer}}}]", *(size or 0 for size in received)) == given


@pytest.mark.parametrize(
    ("layer", "given"),
    [
        ("Add: {inputs: [a, b]}", (4, 3)),
        ("Subtract: {inputs: [b, c]}", (4, 3)),
        ("Multiply: {inputs: [a, b, c]}", (4, 3)),
        ("Concatenate: {inputs: [b, b]}", (4, 6)),
        ("Concatenate: {inputs: [b, b, b], axis: 1}", (12, 3)),
        ("Dot: {inputs: [b, b], axes: 2}", (4, 4)),
        ("Dot: {inputs: [a, b], axes: [1, 2]}", (4,)),
        ("Dot: {inputs: [a, a], axes: -1}", (1,)),
    ],
)
def test_merges_bring_shapes_together(layer: str, given: Shape) -> None:
    forks = "{Dense: {units: 3, name: a}}, {RepeatVector: {n: 4, name: b}}, {Dense: {units: 1, name: c}}"
    assert last(f"[{forks}, {{{layer}}}]", 5) == given


def test_every_rule_is_for_a_layer_of_the_catalogue() -> None:
    entries = {name: load_catalog().entry("layers", name) for name in (*_RULES, *_MERGES)}
    assert [name for name, entry in entries.items() if entry is None or entry.name != name] == []


def test_the_walk_names_every_input_and_layer_with_its_shape() -> None:
    layers = "[{Dense: {units: 3, name: a}}, {Dense: {units: 2, name: b, inputs: input}}, {Add: {inputs: [a, a]}}]"
    assert walked(layers, 5) == ({"input": (5,), "a": (3,), "b": (2,), "add": (3,)}, [])


def test_a_column_of_several_dimensions_is_not_put_beside_another_one() -> None:
    columns = Columns((Column("signal", 40, (20, 2)), Column("age")))
    document = parse_document("layers: [Flatten, {Dense: {units: 1}}]\n", "x.yaml")
    _, (problem,) = walk(read_graph(document, columns), columns)
    message = 'The input "input" takes several columns, each of which must be a vector.'
    assert problem.message == f"{message} Received: signal [20, 2], age [1]"
    assert problem.hint == "Give signal an input of its own: Input: {name: signal_input, columns: [signal]}"
    assert problem.place is not None


def test_columns_of_an_input_lie_side_by_side() -> None:
    columns = Columns((Column("a"), Column("b", 3), Column("c", 4, (2, 2))))
    for names, given in (("a, b", (4,)), ("c", (2, 2)), ("a, c", None)):
        text = f"layers: [{{Input: {{columns: [{names}], name: i}}}}, ReLU]\n"
        assert walk(read_graph(parse_document(text, "x.yaml"), columns), columns)[0]["i"] == given


@pytest.mark.parametrize(
    ("layers", "message", "hint"),
    [
        (
            "[{Conv2D: {filters: 2, kernel_size: 3}}]",
            'The layer "conv2d" (Conv2D) needs inputs of the shape (height, width, channels). Received: (64)',
            "Add a layer before it: Reshape: {target_shape: [8, 8, 1]}",
        ),
        (
            "[{MaxPooling2D: {data_format: channels_first, name: pool}}]",
            'The layer "pool" (MaxPooling2D) needs inputs of the shape (channels, height, width). Received: (64)',
            "Add a layer before it: Reshape: {target_shape: [1, 8, 8]}",
        ),
        (
            "[{LSTM: {units: 2}}]",
            'The layer "lstm" (LSTM) needs inputs of the shape (steps, features). Received: (64)',
            "Add a layer before it: Reshape: {target_shape: [64, 1]}",
        ),
        (
            "[{Reshape: {target_shape: [4, 4, 4]}}, {GRU: {units: 2}}]",
            'The layer "gru" (GRU) needs inputs of the shape (steps, features). Received: (4, 4, 4)',
            "Add a layer before it: Reshape: {target_shape: [4, 16]}",
        ),
        (
            "[{Dense: {units: 3}}, {Conv2D: {filters: 2, kernel_size: 3}}]",
            'The layer "conv2d" (Conv2D) needs inputs of the shape (height, width, channels). Received: (3)',
            "Add a layer before it: Reshape: {target_shape: [height, width, channels]}",
        ),
        (
            "[{Reshape: {target_shape: [8, 8, 1]}}, {Conv2D: {filters: 2, kernel_size: 9}}]",
            'The layer "conv2d" (Conv2D) has a window of 9 × 9, larger than its input of 8 × 8. Received: (8, 8, 1)',
            "Use a smaller window, or padding: same.",
        ),
        (
            "[{Reshape: {target_shape: [32, 2]}}, {Conv1D: {filters: 2, kernel_size: 5, dilation_rate: 8}}]",
            'The layer "conv1d" (Conv1D) has a window of 33, larger than its input of 32. Received: (32, 2)',
            "Use a smaller window, or padding: same.",
        ),
        (
            "[{Reshape: {target_shape: [8, 4, 2]}}, {MaxPooling2D: {pool_size: 5}}]",
            'The layer "max_pooling2d" (MaxPooling2D) has a window of 5 × 5, larger than its input of 8 × 4. '
            "Received: (8, 4, 2)",
            "Use a smaller window, or padding: same.",
        ),
        (
            "[{Reshape: {target_shape: [3, 3]}}]",
            'The layer "reshape" (Reshape) needs 9 numbers for target_shape: [3, 3] and receives 64. Received: (64)',
            None,
        ),
        (
            "[{Reshape: {target_shape: [3, -1]}}]",
            'The layer "reshape" (Reshape) needs a multiple of 3 numbers for target_shape: [3, -1] and receives 64. '
            "Received: (64)",
            None,
        ),
        (
            "[{Permute: {dims: [2, 1]}}]",
            'The layer "permute" (Permute) needs inputs with 2 axes, as in dims: [2, 1]. Received: (64)',
            None,
        ),
        (
            "[{Reshape: {target_shape: [8, 8]}}, {RepeatVector: {n: 2}}]",
            'The layer "repeat_vector" (RepeatVector) needs inputs of the shape (features). Received: (8, 8)',
            "Add Flatten before it.",
        ),
        (
            "[{Reshape: {target_shape: [8, 8]}}, {Cropping1D: {cropping: 4}}]",
            'The layer "cropping1d" (Cropping1D) crops 8 from 8, which leaves nothing. Received: (8, 8)',
            None,
        ),
        (
            "[{Reshape: {target_shape: [4, 4, 4]}}, {Conv2D: {filters: 2, kernel_size: 1, groups: 2}},"
            " {Conv2D: {filters: 4, kernel_size: 1, groups: 4}}]",
            'The layer "conv2d_1" (Conv2D) divides 2 channels into 4 groups, which is impossible. Received: (4, 4, 2)',
            None,
        ),
        (
            "[{GroupNormalization: {groups: 5}}]",
            'The layer "group_normalization" (GroupNormalization) divides 64 channels into 5 groups, which is '
            "impossible. Received: (64)",
            "Use groups: 32.",
        ),
        (
            "[{BatchNormalization: {axis: 2}}]",
            'The layer "batch_normalization" (BatchNormalization) has axis: 2, an axis that its input does not have. '
            "Received: (64)",
            None,
        ),
        (
            "[{TimeDistributed: {layer: {Dense: {units: 2}}}}]",
            'The layer "time_distributed" (TimeDistributed) needs inputs of the shape (steps, …). Received: (64)',
            "Add a layer before it: Reshape: {target_shape: [64, 1]}",
        ),
        (
            "[{Dense: {units: 3, name: a}}, {Add: {inputs: [a, input]}}]",
            'The layer "add" (Add) needs inputs of the same shape. Received: "a" (3), "input" (64)',
            "Give them the same number of units, or join them with Concatenate.",
        ),
        (
            "[{Reshape: {target_shape: [8, 8], name: a}}, {Concatenate: {inputs: [a, input]}}]",
            'The layer "concatenate" (Concatenate) needs inputs with the same number of axes. '
            'Received: "a" (8, 8), "input" (64)',
            "Add Flatten before those with more axes.",
        ),
    ],
)
def test_what_cannot_fit_names_the_layer_what_it_receives_and_what_it_needs(
    layers: str, message: str, hint: str | None
) -> None:
    assert told(layers, 64) == (message, hint)


def test_nothing_after_an_unknown_or_refused_layer_is_refused() -> None:
    wrong = "{Conv2D: {filters: 1, kernel_size: 3}}"
    assert walked(f"[{wrong}, ReLU]")[1] == []
    shapes, problems = walked(f"[{{Resizing: {{height: 2, width: 2}}}}, {wrong}, {{Dense: {{units: 1}}}}]", 8)
    assert (problems, shapes["dense"]) == ([], None)
    shapes, problems = walked(f"[{wrong}, {wrong}, {{Dense: {{units: 1}}}}]", 8)
    assert (len(problems), shapes["dense"]) == (1, None)


@pytest.mark.parametrize("layer", ["{LSTM: {units: 2, return_state: true}}", "{Dense: {units: 4, activation: glu}}"])
def test_a_layer_that_gives_what_cannot_be_told_is_unknown(layer: str) -> None:
    assert last(f"[{layer}]", *SEQUENCE) is None


def test_immense_sizes_are_not_followed() -> None:
    immense = "9" * 300
    layers = f"[{{Reshape: {{target_shape: [{', '.join([immense] * 20)}]}}}}, {{Dense: {{units: {immense}}}}}, Flatten]"
    assert last(layers, 4) is None
    wide = ", ".join(["{Embedding: {input_dim: 2, output_dim: 999999999}}"] * 600)
    assert last(f"[{wide}, {{LSTM: {{units: 1}}}}]", 4) is None


def test_a_size_that_is_left_open_stays_open() -> None:
    layers = "[{Input: {shape: [null, 3], name: x}}, {Conv1D: {filters: 2, kernel_size: 9}}, {LSTM: {units: 4}}]"
    shapes, problems = walked(layers)
    assert (list(shapes.values()), problems) == ([(None, 3), (None, 2), (4,)], [])
    assert last("[{Input: {shape: [null, 3], name: x}}, Flatten]", *SEQUENCE) == (None,)


def test_a_written_input_shape_is_held_against_the_data() -> None:
    layers = "[{{Input: {{shape: {}, name: x}}}}, {{Dense: {{units: 1}}}}]"
    assert told(layers.format("[7]"), 64) == ('The input "x" is written with the shape [7], the data have [64].', None)
    assert told(layers.format("[8, 8, 1]"), 64) == (
        'The input "x" is written with the shape [8, 8, 1], the data have [64].',
        "Leave the shape out, and begin with Reshape: {target_shape: [8, 8, 1]}.",
    )
    assert last(layers.format("[8, null]"), 8, 8) is None
    assert last(layers.format("[null, 8]"), 8, 8) == (None, 1)


def test_all_problems_of_an_experiment_are_told_in_file_order(experiment_file: Callable[..., Path]) -> None:
    text = """\
data: {generator: {blobs: {samples: 30, centers: 3, features: 4}}}
layers:
  - Dense: {units: 6, name: a}
  - Add: {inputs: [a, input], name: sum}
  - LSTM: {units: 3, inputs: a, name: memory}
  - Dense: {units: 2, inputs: a, name: b}
outputs: {sum: {target: class}, memory: {target: class}, b: {target: class}}
optimizer: adam
loss: sparse_categorical_crossentropy
epochs: 1
expect: [a]
predict: [[1, 2]]
"""
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        load_experiment(experiment_file(text))
    places = [(p.place.line, p.place.column) for p in caught.value.problems if p.place]
    assert places == [(4, 5), (5, 5), (9, 7), (11, 10), (12, 11)]
    assert caught.value.exit_status == 2
