"""Every layer with a NumPy form gives what Keras gives."""

from __future__ import annotations

import inspect
import re
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as L  # noqa: N812

from nnrun.export import numpy_functions
from nnrun.export.numpy_layers import _WRITERS, FUNCTIONS, NoNumpyError, numpy_layer, sources

pytestmark = pytest.mark.keras

LINE, STEPS, IMAGE = (6,), (7, 3), (8, 9, 2)
RANDOM = keras.initializers.RandomNormal(stddev=0.7, seed=1)
CASES: list[tuple[tuple[int, ...], Any]] = [
    *((LINE, L.Dense(4, activation=name, bias_initializer=RANDOM)) for name in FUNCTIONS if name != "windows"),
    (LINE, L.Dense(4, use_bias=False)),
    (LINE, L.Dense(4, activation=L.LeakyReLU(0.3))),
    (STEPS, L.Dense(4)),
    *((LINE, layer) for layer in (L.ReLU(), L.ReLU(negative_slope=0.2), L.LeakyReLU(0.1), L.ELU(0.5), L.Softmax())),
    (LINE, L.PReLU(alpha_initializer=RANDOM)),
    (LINE, L.Activation("silu")),
    *((LINE, layer) for layer in (L.Rescaling(2.0, 1.0), L.Rescaling([1.0, 2, 3, 4, 5, 6]), L.RepeatVector(3))),
    *((LINE, layer) for layer in (L.Dropout(0.5), L.GaussianNoise(0.5), L.Identity())),
    (IMAGE, L.Flatten()),
    (IMAGE, L.Reshape((9, 16))),
    (IMAGE, L.Permute((3, 1, 2))),
    (IMAGE, L.BatchNormalization(beta_initializer=RANDOM, moving_mean_initializer=RANDOM)),
    (LINE, L.BatchNormalization(scale=False, center=False)),
    (STEPS, L.Conv1D(4, 3, activation="relu", bias_initializer=RANDOM)),
    (STEPS, L.Conv1D(4, 2, strides=2, padding="same", use_bias=False)),
    (IMAGE, L.Conv2D(4, 3)),
    (IMAGE, L.Conv2D(4, (2, 3), strides=(2, 1), padding="same", activation="tanh")),
    *((IMAGE, layer) for layer in (L.MaxPooling2D(), L.AveragePooling2D((2, 3)), L.MaxPooling2D(3, 2, padding="same"))),
    *((STEPS, layer) for layer in (L.MaxPooling1D(), L.AveragePooling1D(3, 1), L.GlobalAveragePooling1D())),
    *((IMAGE, layer) for layer in (L.GlobalMaxPooling2D(), L.GlobalAveragePooling2D(keepdims=True))),
    (STEPS, L.GlobalMaxPooling1D()),
]


def computed(layer: Any, arrays: list[np.ndarray]) -> np.ndarray:
    """What the expression of a layer gives."""
    names = [f"v{i}" for i in range(len(arrays))]
    written = numpy_layer(layer, names)
    space: dict[str, Any] = {"np": np, "W": {w.path: w.numpy() for w in layer.weights}}
    exec("\n".join(sources(written.functions)), space)
    return np.asarray(eval(written.code, {**space, **dict(zip(names, arrays, strict=True))}))


@pytest.mark.parametrize(("shape", "layer"), CASES, ids=lambda value: getattr(value, "name", str(value)))
def test_a_layer_gives_what_keras_gives(shape: tuple[int, ...], layer: Any) -> None:
    x = np.random.default_rng(0).normal(size=(5, *shape)).astype("float32")
    model = keras.Sequential([keras.Input(shape), layer])
    np.testing.assert_allclose(computed(layer, [x]), model(x).numpy(), rtol=2e-5, atol=2e-5)


def test_an_embedding_gives_what_keras_gives() -> None:
    layer, x = L.Embedding(9, 4), np.random.default_rng(0).integers(0, 9, (5, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layer])
    np.testing.assert_array_equal(computed(layer, [x]), model(x).numpy())


@pytest.mark.parametrize("kind", [L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Concatenate])
def test_a_merge_gives_what_keras_gives(kind: Any) -> None:
    arrays = list(np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32"))
    layer = kind()
    expected = layer(arrays).numpy()
    np.testing.assert_allclose(computed(layer, arrays), expected, rtol=1e-6)


def test_every_writer_is_tested() -> None:
    assert {*_WRITERS} - {type(layer).__name__ for _, layer in CASES} == {"Embedding"}


@pytest.mark.parametrize(
    ("shape", "layer"),
    [
        (STEPS, L.LSTM(3)),
        (IMAGE, L.Conv2D(2, 3, dilation_rate=2)),
        (IMAGE, L.Conv2D(2, 3, activation="mish")),
        (IMAGE, L.BatchNormalization(axis=1)),
        (IMAGE, L.Softmax(axis=1)),
        (LINE, L.ReLU(max_value=3.0)),
        (IMAGE, L.AveragePooling2D(2, padding="same")),
        (STEPS, L.Conv1D(2, 3, padding="causal")),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_what_has_no_numpy_form_is_refused(shape: tuple[int, ...], layer: Any) -> None:
    keras.Sequential([keras.Input(shape), layer])
    with pytest.raises(NoNumpyError, match="no NumPy form"):
        numpy_layer(layer, ["x"])


def test_a_function_brings_those_that_it_calls() -> None:
    for name, function in FUNCTIONS.items():
        text = "\n".join(sources([name]))
        called = {other for other in FUNCTIONS if re.search(rf"(?<![.\w]){other}\(", inspect.getsource(function))}
        assert all(f"def {other}(" in text for other in called)
    assert FUNCTIONS["relu"] is numpy_functions.relu
