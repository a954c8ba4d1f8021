import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from nnrun.experiment.schema.catalog import Argument, Entry, load_catalog
from tools import catalog_overlay as overlay
from tools import generate_catalog as generate
from tools.compare_catalogs import compare

CATALOG = load_catalog()
KERAS_KINDS = tuple(overlay.REFUSED)
KINDS = pytest.mark.parametrize("kind", KERAS_KINDS)

# Values for the arguments that must be given, so small that every layer of the list below can be built with them.
REQUIRED: dict[str, Any] = {
    "activation": "relu",
    "decay_rate": 0.5,
    "decay_steps": 10,
    "dims": [2, 1],
    "equation": "ab,bc->ac",
    "factor": 0.5,
    "filters": 2,
    "first_decay_steps": 10,
    "head_dim": 2,
    "height": 4,
    "height_factor": 0.1,
    "initial_learning_rate": 0.1,
    "input_dim": 5,
    "kernel_size": 3,
    "key_dim": 2,
    "n": 2,
    "num_bins": 4,
    "num_classes": 2,
    "num_heads": 2,
    "num_key_value_heads": 1,
    "num_query_heads": 2,
    "num_tokens": 3,
    "output_dim": 3,
    "output_shape": 3,
    "output_size": 2,
    "pool_size": 2,
    "precision": 0.5,
    "rate": 0.5,
    "recall": 0.5,
    "scale": 2,
    "sensitivity": 0.5,
    "specificity": 0.5,
    "stddev": 0.1,
    "target_class_ids": [0],
    "target_shape": [2, -1],
    "units": 3,
    "values": [0.1, 0.2, 0.3],
    "width": 4,
    "width_factor": 0.1,
    "axes": 1,
    "boundaries": [1, 2],
}
NEEDS_MORE: dict[tuple[str, str], dict[str, Any]] = {
    ("layers", "Discretization"): {"num_bins": 3},
    ("layers", "Input"): {"shape": [3]},
    ("layers", "RandomPosterization"): {"factor": 4},
}
# What an experiment cannot say, since the run decides it.
GIVEN_BY_THE_RUN = {"CSVLogger": {"filename": "log.csv"}}

# The shape of one sample of each input, for layers of every sort.
SHAPES: dict[str, list[tuple[int, ...]]] = {
    "Activation": [(4,)],
    "Add": [(4,), (4,)],
    "Attention": [(5, 4), (5, 4)],
    "AveragePooling2D": [(8, 8, 3)],
    "BatchNormalization": [(4,)],
    "Bidirectional": [(5, 4)],
    "CategoryEncoding": [(4,)],
    "Concatenate": [(4,), (5,)],
    "Conv1D": [(8, 3)],
    "Conv2D": [(8, 8, 3)],
    "Conv2DTranspose": [(8, 8, 3)],
    "ConvLSTM1D": [(5, 8, 3)],
    "Cropping2D": [(8, 8, 3)],
    "Dense": [(4,)],
    "DepthwiseConv2D": [(8, 8, 3)],
    "Dot": [(4,), (4,)],
    "Dropout": [(4,)],
    "EinsumDense": [(4,)],
    "Embedding": [(4,)],
    "Flatten": [(4, 3)],
    "GRU": [(5, 4)],
    "GaussianNoise": [(4,)],
    "GlobalMaxPooling1D": [(8, 3)],
    "LSTM": [(5, 4)],
    "LayerNormalization": [(4,)],
    "LeakyReLU": [(4,)],
    "Masking": [(5, 4)],
    "MaxPooling2D": [(8, 8, 3)],
    "MultiHeadAttention": [(5, 4), (5, 4)],
    "Multiply": [(4,), (4,)],
    "PReLU": [(4,)],
    "Permute": [(4, 3)],
    "RNN": [(5, 4)],
    "RandomFlip": [(8, 8, 3)],
    "RandomRotation": [(8, 8, 3)],
    "ReLU": [(4,)],
    "RepeatVector": [(4,)],
    "Rescaling": [(4,)],
    "Reshape": [(4,)],
    "Resizing": [(8, 8, 3)],
    "SeparableConv2D": [(8, 8, 3)],
    "SimpleRNN": [(5, 4)],
    "Softmax": [(4,)],
    "SpatialDropout1D": [(5, 4)],
    "SpectralNormalization": [(4,)],
    "StackedRNNCells": [(5, 4)],
    "TimeDistributed": [(5, 4)],
    "UnitNormalization": [(4,)],
    "UpSampling2D": [(8, 8, 3)],
    "ZeroPadding2D": [(8, 8, 3)],
}
TAKE_A_LIST = {"Add", "Attention", "Concatenate", "Dot", "Multiply"}


def entries(kind: str) -> dict[str, Entry]:
    """The entries that stand for a class or function of Keras, by name."""
    written = overlay.CHOSEN_BY_SHAPE.get(kind, {})
    found = {name: CATALOG.entry(kind, name) for name in CATALOG.names(kind)}
    return {name: entry for name, entry in found.items() if entry and entry.name == name and name not in written}


def keras_module(kind: str) -> Any:
    import keras

    return keras.optimizers.schedules if kind == "schedules" else getattr(keras, kind)


def value_of(entry: Entry, name: str, argument: Argument) -> Any:
    """The default as it comes out of the file, or a value that suits the argument; numbers are floats."""
    import keras

    if name == "schedule":
        return keras.optimizers.schedules.CosineDecay(0.1, 50)
    if name in ("layer", "cell", "cells", "inner_optimizer"):
        cell = keras.layers.LSTMCell(2)
        layer = keras.layers.LSTM(2) if entry.name == "Bidirectional" else keras.layers.Dense(2)
        return {"layer": layer, "cell": cell, "cells": [cell], "inner_optimizer": keras.optimizers.SGD()}[name]
    more = NEEDS_MORE.get((entry.kind, entry.name), {})
    value = more.get(name, REQUIRED[name] if argument.required else argument.default)
    assert argument.component or Draft7Validator(argument.schema).is_valid(value)
    is_number = "number" in argument.schema.get("type", []) and type(value) is int
    return float(value) if is_number else value


def build(entry: Entry, only_required: bool = False) -> Any:
    more = NEEDS_MORE.get((entry.kind, entry.name), {})
    chosen = {n: a for n, a in entry.arguments.items() if a.required or n in more or not only_required}
    make = getattr(keras_module(entry.kind), entry.name)
    given = {name: value_of(entry, name, argument) for name, argument in chosen.items()}
    return make(**given, **GIVEN_BY_THE_RUN.get(entry.name, {}))


def test_the_arguments_of_a_docstring_are_read_with_their_continuation_lines() -> None:
    docstring = """A layer.

    Args:
        units: Positive integer, dimensionality
            of the output space.
        `rate` (optional): Float between 0 and 1.

    Returns:
        nothing: at all.
    """
    assert generate.descriptions(docstring) == {
        "units": "Positive integer, dimensionality of the output space.",
        "rate": "Float between 0 and 1.",
    }


@pytest.mark.parametrize(
    ("default", "description", "fragment"),
    [
        (None, "Positive integer, dimensionality of the output space.", {"type": ["integer", "null"], "minimum": 1}),
        (0.5, "Float between 0 and 1. Fraction to drop.", {"type": "number", "minimum": 0, "maximum": 1}),
        (0.0, "Float >= 0. Negative slope coefficient.", {"type": "number", "minimum": 0}),
        (1, "int or tuple/list of 2 integers, …", {"type": ["integer", "array"], "items": {"type": "integer"}}),
        (True, "Whether to scale.", {"type": "boolean"}),
        (0, "Factor, of which nothing more is said.", {"type": "number"}),
        ("a", "Any text.", {"type": "string"}),
        ("rows", 'String, one of `{"rows", "columns"}`.', {"enum": ["rows", "columns"]}),
        ("valid", 'string, either `"valid"` or `"same"`.', {"enum": ["valid", "same"]}),
        (None, 'Can be `"density`", `"spectrum`", or None.', {"enum": ["density", "spectrum", None]}),
        ("other", 'One of `"a"`, `"b"`.', {"type": "string"}),
        (None, "Anything.", {}),
    ],
)
def test_the_type_of_an_argument_comes_from_its_description_or_its_default(
    default: object, description: str, fragment: dict[str, Any]
) -> None:
    target: Callable[..., Any] = type("Target", (), {"__doc__": f"A thing.\n\nArgs:\n    thing: {description}\n"})
    parameter = inspect.Parameter("thing", inspect.Parameter.KEYWORD_ONLY, default=default)
    assert generate._argument("layers", "Target", target, parameter) == {**fragment, "default": default}


def test_the_file_has_one_entry_per_line() -> None:
    entry = {"summary": "A thing.", "aliases": [], "arguments": {}}
    kinds = {"layers": {"A": entry, "B": entry}, "losses": {}}
    content = {"keras": "3.0", "kinds": kinds, "refused": {"layers": {"C": "why"}}, "refusedArguments": {}}
    text = generate.render(content)
    assert json.loads(text) == content
    assert [line.split(":")[0] for line in text.splitlines() if "summary" in line] == [' "A"', ' "B"']


def shipped() -> dict[str, Any]:
    """The shipped catalog, to be changed as another Keras would change it."""
    written: dict[str, Any] = json.loads(generate.CATALOG.read_text(encoding="utf-8"))
    return written


def test_a_patch_release_with_the_same_content_is_no_difference() -> None:
    other = shipped() | {"keras": "3.99.1"}
    assert compare(shipped(), other) == ([], [], [])


def test_a_component_or_argument_of_a_newer_keras_is_new() -> None:
    other = shipped() | {"keras": "3.99.1"}
    other["kinds"]["layers"]["Denser"] = other["kinds"]["layers"]["Dense"]
    other["kinds"]["layers"]["Dense"]["arguments"]["heat"] = {"type": "number", "default": 0.5}
    other["kinds"]["losses"]["MeanSquaredError"]["aliases"].append("squares")
    assert compare(shipped(), other) == (
        [],
        [
            "New in Keras 3.99.1: layers Dense argument heat",
            "New in Keras 3.99.1: layers Denser",
            "New in Keras 3.99.1: losses MeanSquaredError alias squares",
        ],
        [],
    )


def test_what_was_removed_or_changed_is_a_change() -> None:
    other = shipped() | {"keras": "3.99.1"}
    del other["kinds"]["layers"]["Dropout"]
    del other["kinds"]["layers"]["Dense"]["arguments"]["use_bias"]
    other["kinds"]["layers"]["Dense"]["arguments"]["units"]["minimum"] = 2
    other["kinds"]["layers"]["Dense"]["arguments"]["depth"] = {"type": "integer", "required": True}
    other["kinds"]["losses"]["MeanSquaredError"]["aliases"].remove("mse")
    comparison = compare(shipped(), other)
    assert comparison.changed == [
        "Changed in Keras 3.99.1: layers Dense argument units: "
        "{'type': 'integer', 'minimum': 1, 'required': True} is now "
        "{'type': 'integer', 'minimum': 2, 'required': True}",
        "Removed in Keras 3.99.1: layers Dense argument use_bias",
        "New in Keras 3.99.1: layers Dense argument depth",
        "Removed in Keras 3.99.1: layers Dropout",
        "Removed in Keras 3.99.1: losses MeanSquaredError alias mse",
    ]
    assert (comparison.new, comparison.described) == ([], [])


def test_another_description_is_a_change_only_in_the_same_version() -> None:
    other = shipped()
    other["kinds"]["layers"]["Dense"]["summary"] = "A dense layer."
    assert [len(part) for part in compare(shipped(), other)] == [1, 0, 0]
    assert [len(part) for part in compare(shipped(), other | {"keras": "3.99.1"})] == [0, 0, 1]


def test_the_status_says_whether_the_file_matches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shipped() | {"keras": "3.99.1"}
    monkeypatch.setattr(generate, "make_catalog", lambda: other)
    assert generate.main(["--check"]) == 0
    other["kinds"]["layers"]["Denser"] = other["kinds"]["layers"]["Dense"]
    assert generate.main(["--check"]) == 1
    assert "does not match Keras 3.99.1; run python -m tools.generate_catalog" in capsys.readouterr().err
    assert generate.main(["--check", "--allow-new"]) == 0
    assert capsys.readouterr().err == "New in Keras 3.99.1: layers Denser\n"
    del other["kinds"]["layers"]["Dropout"]
    assert generate.main(["--check", "--allow-new"]) == 1


@pytest.mark.keras
def test_the_catalog_matches_the_installed_keras() -> None:
    assert generate.main(["--check"]) == 0


@pytest.mark.keras
def test_the_file_is_written_from_the_installed_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = generate.CATALOG.read_text(encoding="utf-8")
    monkeypatch.setattr(generate, "CATALOG", tmp_path / "catalog.json")
    assert generate.main([]) == 0
    assert (tmp_path / "catalog.json").read_text(encoding="utf-8") == text


@pytest.mark.keras
@KINDS
def test_every_public_class_of_keras_is_listed_or_refused(kind: str) -> None:
    wanted = inspect.isfunction if kind == "activations" else inspect.isclass
    public = {name for name, target in vars(keras_module(kind)).items() if wanted(target)}
    public -= {"deserialize", "get", "serialize"}
    refused = set(overlay.REFUSED[kind])
    assert len(public) > 3
    assert public <= set(CATALOG.names(kind)) | refused
    assert refused <= public | set(generate.identifiers(kind))


@pytest.mark.keras
@KINDS
def test_every_identifier_of_keras_is_known(kind: str) -> None:
    table, module = generate.identifiers(kind), keras_module(kind)
    refused = {getattr(module, name, table.get(name)) for name in overlay.REFUSED[kind]}
    assert {name for name, target in table.items() if target not in refused} <= set(CATALOG.names(kind))


@pytest.mark.keras
@KINDS
def test_an_entry_has_the_name_under_which_keras_exports_it(kind: str) -> None:
    module = keras_module(kind)
    for name, entry in entries(kind).items():
        others = [getattr(module, alias) for alias in entry.aliases if inspect.isclass(getattr(module, alias, None))]
        assert name == "Input" or all(other is getattr(module, name) for other in others)


@pytest.mark.keras
@KINDS
def test_every_default_is_that_of_keras(kind: str) -> None:
    for name, entry in entries(kind).items():
        target = getattr(keras_module(kind), name)
        signature = {p.name: p for p in generate.parameters(kind, name, target)}
        assert set(entry.arguments) == set(signature)
        for key, argument in entry.arguments.items():
            default = signature[key].default
            if argument.has_default:
                assert argument.default == json.loads(json.dumps(default)), f"{name}.{key}"
            else:
                assert default is inspect.Parameter.empty or (name, key) == ("CategoryEncoding", "num_tokens")


@pytest.mark.keras
def test_an_identifier_of_a_loss_computes_what_its_class_computes() -> None:
    import keras
    import numpy as np

    rng = np.random.default_rng(0)
    targets = np.eye(3, dtype="float32")[[0, 2, 1, 0]]
    predictions = rng.dirichlet([1, 1, 1], 4).astype("float32")
    for name, entry in entries("losses").items():
        if name in ("CTC", "Circle", "SparseCategoricalCrossentropy"):
            continue  # They take other targets than the rest.
        for alias in entry.aliases:
            expected = getattr(keras.losses, name)()(targets, predictions)
            wrapped = keras.losses.get(alias)(targets, predictions)
            assert float(keras.ops.mean(wrapped)) == pytest.approx(float(expected), rel=1e-5), alias


@pytest.mark.keras
@pytest.mark.parametrize("kind", [kind for kind in KERAS_KINDS if kind != "activations"])
def test_keras_takes_every_argument_with_its_default_as_the_file_gives_it(kind: str) -> None:
    for entry in entries(kind).values():
        build(entry)


@pytest.mark.keras
@pytest.mark.parametrize("name", SHAPES)
def test_a_layer_can_be_built_from_its_required_arguments(name: str) -> None:
    import keras

    entry = CATALOG.entry("layers", name)
    assert entry is not None
    layer = build(entry, only_required=True)
    if name == "StackedRNNCells":
        layer = keras.layers.RNN(layer)
    inputs = [keras.Input(shape) for shape in SHAPES[name]]
    output = layer(inputs) if name in TAKE_A_LIST else layer(*inputs)
    assert output.shape[0] is None


@pytest.mark.keras
def test_equalization_is_refused_as_long_as_keras_takes_its_output_for_its_input() -> None:
    import keras

    image = keras.Input((8, 8, 3))
    assert keras.layers.Equalization()(image) is image
    assert CATALOG.refusal("layers", "Equalization")


@pytest.mark.keras
def test_an_activation_with_arguments_is_a_layer_of_keras_that_takes_them() -> None:
    import keras

    layers = {"elu": "ELU", "leaky_relu": "LeakyReLU", "relu": "ReLU", "softmax": "Softmax"}
    with_arguments = {name: entry for name, entry in entries("activations").items() if entry.arguments}
    assert set(with_arguments) == set(layers)
    for name, entry in with_arguments.items():
        arguments = {key: argument.default for key, argument in entry.arguments.items()}
        activation = getattr(keras.layers, layers[name])(**arguments)
        assert (
            keras.layers.Dense(2, activation=activation).get_config()["activation"]["config"].items()
            >= arguments.items()
        )
