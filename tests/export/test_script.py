"""A script is a plain Keras program that ends with the weights of the run, bit for bit, without nnrun."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import shutil
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from experiments import FLOWERS, SHIPPED, data_of, shipped, written
from nnrun.data.predict_settings import fitted_samples
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.export.column_code import NoDataCode
from nnrun.export.model_code import CALLED_WITH_SEVERAL
from nnrun.export.script import RepeatableTraining, program_variables, repeatable_training, script_text
from nnrun.export.stored_parts import stored_parts
from nnrun.model.compat import reset_names
from nnrun.model.deploy import with_scaling
from nnrun.model.runtime import Runtime
from nnrun.predict.predictor import Predictor
from nnrun.runs.arrays import write_arrays
from nnrun.runs.data_record import data_record
from nnrun.runs.record import SettingChange
from nnrun.training.experiment_training import plan_training
from nnrun.training.setup import build_setup
from nnrun.training.train import Training

pytestmark = pytest.mark.keras

# Enough of each experiment to have several epochs and batches.
SHORT = {
    "mnist-functional": ("data.generator.mnist.samples=300",),
    "mnist-sequential": ("data.generator.mnist.samples=300",),
    **dict.fromkeys(("rounding", "rounding-seeds", "rounding-validation"), ("data.generator.function.samples=300",)),
}
TAIL = "optimizer: {Adam: {learning_rate: 0.01}}\nloss: mse\nepochs: 3\n"
WRITTEN = {
    "two inputs, two outputs, noise, scaling, weights": """
data:
  generator:
    function:
      samples: 90
      a: "uniform(0, 1)"
      b: "normal(0, 1)"
      c: "choice(0, 1, 2)"
      w: "1 + a"
      sum: "a + 2 * b ** 2 - sin(pi * c) / max(a, b, 0.5)"
      larger: "a >= b and not c > 1"
      target: [sum, larger]
      sample_weight: w
      noise: 0.1
  validation_split: 0.2
  test_split: 0.1
  scale: minmax
  scale_targets: standard
layers:
  - Input: {name: left, columns: [a, b]}
  - Input: {name: right, columns: [c]}
  - Dense: {units: 8, activation: relu, inputs: left, name: l}
  - Dropout: {rate: 0.2}
  - Dense: {units: 8, inputs: right, activation: {leaky_relu: {negative_slope: 0.1}}, name: r}
  - Add: {inputs: [dropout, r]}
  - BatchNormalization: {name: body}
  - Dense: {units: 1, inputs: body, name: total}
  - Dense: {units: 1, activation: sigmoid, inputs: body, name: verdict}
outputs:
  total: {loss: mse, metrics: [mae], target: sum}
  verdict: {loss: binary_crossentropy, target: larger, loss_weight: 0.5}
optimizer: {SGD: {learning_rate: 0.05, momentum: 0.9}}
callbacks: [{ReduceLROnPlateau: {patience: 1}}]
epochs: 4
predict: [[0.1, 0.2, 1], [0.5, 0.5, 0]]
""",
    "a CSV file, texts, a constant column, class weights, the best epoch": """
data: {generator: {csv: {path: flowers.csv, target: species}}, scale: standard, validation_split: 0.3}
layers:
  - Dense: {units: 8, activation: relu}
  - Dense: {units: 3, activation: softmax}
optimizer: {Adam: {learning_rate: {ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 9, decay_rate: 0.9}}}}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
class_weight: balanced
epochs: 12
batch_size: 4
keep: best
callbacks: [{EarlyStopping: {patience: 3}}]
""",
    "batches of one size that is no power of two, whose mean is subtracted": """
data:
  generator: {function: {samples: 60, a: "normal(0, 1)", b: "normal(0, 1)", w: 1 + a ** 2, s: a + b, sample_weight: w}}
  validation_split: 0.2
layers:
  - Input: {name: left, columns: [a]}
  - Input: {name: right, columns: [b]}
  - Concatenate: {inputs: [left, right]}
  - Dense: {units: 6, activation: tanh}
  - BatchNormalization
  - Dense: {units: 1}
optimizer: adam
loss: mse
epochs: 5
batch_size: 12
""",
    "one-hot labels, class weights by label, a schedule": """
data: {generator: {moons: {samples: 80}}, one_hot: true, validation_split: 0.25}
layers:
  - Dense: {units: 8, activation: relu, kernel_regularizer: {L2: {l2: 0.001}}}
  - Dense: {units: 2, activation: softmax}
optimizer: adam
loss: categorical_crossentropy
class_weight: {0: 1.0, 1: 3.0}
epochs: 4
callbacks: [{LearningRateScheduler: {schedule: {CosineDecay: {initial_learning_rate: 0.01, decay_steps: 4}}}}]
""",
    "a convolution in mixed precision, in the order of the rows": """
data: {generator: {digits: {shape: [8, 8, 1], samples: 100}}, validation_split: 0.2}
layers:
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - MaxPooling2D
  - Flatten
  - Dropout: {rate: 0.3}
  - Dense: {units: 10, activation: softmax}
optimizer: adam
loss: sparse_categorical_crossentropy
shuffle: false
precision: mixed_float16
epochs: 2
""",
    "a grid, names that Python and the script use, averaged weights": """
data:
  generator:
    function:
      x: "grid(-1, 1, 9)"
      np: "grid(0, 2, 7)"
      flag: "np > 1"
      k: "3"
      z: "hypot(x, np) * flag + 2 ** 3 / 4 + k + (-x) ** 2 - 1 / 3"
      inputs: [x, np, flag, k]
  scale: standard
layers:
  - Dense: {units: 8, activation: tanh, name: model}
  - Dense: {units: 1}
optimizer: {Adam: {use_ema: true}}
loss: mae
epochs: 3
""",
    "attention and recurrence": """
data:
  generator: {function: {samples: 40, a: "uniform(0,1)", b: "uniform(0,1)", y: "a > b"}}
layers:
  - Reshape: {target_shape: [2, 1]}
  - Dense: {units: 4}
  - MultiHeadAttention: {num_heads: 2, key_dim: 3, inputs: [dense, dense], dropout: 0.1}
  - Bidirectional: {layer: {GRU: {units: 3}}}
  - Dense: {units: 1, activation: sigmoid}
optimizer: nadam
loss: {BinaryCrossentropy: {label_smoothing: 0.1}}
metrics: [AUC]
epochs: 2
""",
    "circles": f"""
data: {{generator: {{circles: {{samples: 40, factor: 0.3}}}}}}
layers: [{{Dense: {{units: 1}}}}]
{TAIL}""",
    "blobs": f"""
data: {{generator: {{blobs: {{samples: 40, features: 3, spread: 2.0}}}}}}
layers: [{{Dense: {{units: 1}}}}]
{TAIL}""",
    "prepared columns of a CSV file with missing cells, oversampled, points": f"""
data:
  generator: {{csv: {{path: gaps.csv, target: kind}}}}
  validation_split: 0.2
  test_split: 0.1
  prepare:
    missing: indicator
    scale: robust
    max_words: 2
    balance: oversample
    columns:
      size: {{clip: [0.5, 20], log: true, missing: median}}
      kind: {{missing: drop}}
layers: [{{Dense: {{units: 4, activation: relu}}}}, {{Dense: {{units: 3, activation: softmax}}}}]
predict: [[1, 2, red], [null, null, blue]]
{TAIL.replace("loss: mse", "loss: sparse_categorical_crossentropy")}""",
    "prepared columns of a function with missing inputs, in order, several inputs": f"""
data:
  generator:
    function: {{samples: 60, a: "normal(2, 1)", b: "uniform(1, 2)", w: "b", y: "exp(b)", z: "2 * b",
      missing_inputs: {{a: 0.2, b: 0.1}}, inputs: [a, b], target: [y, z], sample_weight: w}}
  split: last
  validation_split: 0.2
  prepare:
    scale: standard
    columns: {{a: {{missing: mean}}, b: {{missing: {{constant: 1.5}}, log: true}}, y: {{log: true, scale: minmax}}}}
layers:
  - Input: {{name: left, columns: [a]}}
  - Input: {{name: right, columns: [b]}}
  - Concatenate: {{inputs: [left, right]}}
  - Dense: {{units: 2}}
predict: [[1, 2]]
{TAIL}""",
    "a table with missing cells, hashed and numbered texts, classes of equal weight": f"""
data:
  generator:
    table:
      columns: [word, tag, x, y]
      rows: [[a, u, 1, 0], [b, null, 2, 0], [c, v, null, 1], [a, v, 4, 0], [null, u, 5, 1], [b, u, 2.5, 0]]
  prepare:
    missing: indicator
    balance: weights
    columns:
      word: {{words: {{hash: 3}}, scale: standard}}
      tag: {{words: integer}}
      x: {{missing: drop, clip: [1, 4]}}
layers: [{{Dense: {{units: 1, activation: sigmoid}}}}]
{TAIL.replace("mse", "binary_crossentropy")}""",
    "undersampled images": f"""
data: {{generator: {{digits: {{samples: 120}}}}, prepare: {{balance: undersample, clip: [0, 0.9]}}, one_hot: true,
  test_split: 0.1}}
layers: [{{Dense: {{units: 10, activation: softmax}}}}]
{TAIL.replace("mse", "categorical_crossentropy")}""",
    "a table with weights": f"""
data:
  generator:
    table: {{columns: [w, a, y], rows: [[1, 0.5, 2], [2, 1, 3], [0.5, 2, 5]], target: y, sample_weight: w}}
  scale_targets: minmax
layers: [{{Dense: {{units: 1}}}}]
predict: [1]
{TAIL}""",
}


GAPS = "size,age,color,kind\n" + "".join(
    f"{'' if i % 7 == 0 else i * i % 31 / 4 + 0.1},{'' if i % 5 == 2 else i % 11},"
    f"{('red', 'blue', 'red', 'green', '')[i % 5]},{('a', 'b', 'a', 'c', 'a', 'a', '')[i % 7]}\n"
    for i in range(90)
)


def trained(experiment: Experiment, folder: Path) -> tuple[RepeatableTraining, list[np.ndarray], dict[str, Any]]:
    """A training as the script is to repeat it, its final weights, and its last metrics."""
    dataset = data_of(experiment, folder)
    setup = build_setup(experiment, dataset, Runtime("cpu", 2))
    training = Training(setup.model, setup.training, setup.validation, plan_training(experiment, setup.engine, folder))
    training.run()
    training.finish()
    repeatable = RepeatableTraining(
        setup.experiment, data_record(experiment, dataset), setup.engine, None, experiment.keep == "best"
    )
    return repeatable, setup.model.get_weights(), training.history


def run_script(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[np.ndarray], str]:
    """The weights that a script ends with, and what it prints; `keras.datasets` reads its files unchecked."""
    (folder / "it.py").write_text(text, encoding="utf-8")
    with (
        np.load(folder / "datasets" / "mnist.npz") if (folder / "datasets").exists() else contextlib.nullcontext() as m
    ):
        images = m and ((m["x_train"], m["y_train"]), (m["x_test"], m["y_test"]))
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: images)
    monkeypatch.chdir(folder)
    printed = io.StringIO()
    reset_names()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The structure of `inputs`", category=UserWarning)
        model = runpy.run_path(str(folder / "it.py"))["model"]
    keras.config.set_dtype_policy("float32")
    return model.get_weights(), printed.getvalue()


@pytest.fixture
def experiment(request: pytest.FixtureRequest, tmp_path: Path) -> Experiment:
    name = request.param
    if name in WRITTEN:
        shutil.copy(FLOWERS, tmp_path)
        (tmp_path / "gaps.csv").write_text(GAPS)
        return written(WRITTEN[name], tmp_path)
    # Keras compiles nothing with XLA in this process, whose operations are deterministic.
    return shipped(name, "epochs=2", "engine=graph", *SHORT.get(name, ()))


# Together these have every kind of line that a script may have; the others have none of their own.
ALWAYS = (
    *("bilinear", "mnist-sequential"),
    *(name for name in WRITTEN if name not in ("attention and recurrence", "circles", "blobs")),
)
CODED = [name for name in SHIPPED if name != "sine-forecast"]  # no code makes its windows
EVERY = [name if name in ALWAYS else pytest.param(name, marks=pytest.mark.slow) for name in (*CODED, *WRITTEN)]


@pytest.mark.parametrize("experiment", EVERY, indirect=True)
def test_a_script_ends_with_the_weights_of_the_run_bit_for_bit(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training, own, history = trained(experiment, tmp_path)
    text = script_text(training, tmp_path, "It.")
    found, printed = run_script(text, tmp_path, monkeypatch)
    assert len(found) == len(own)
    for a, b in zip(found, own, strict=True):
        np.testing.assert_array_equal(a, b)
    assert "nnrun" not in text
    if experiment.keep == "last":
        assert f"loss: {history['loss'][-1]:.6g}\n" in printed
    assert (tmp_path / f"{experiment.name}.keras").is_file()


def test_a_script_is_what_one_would_write_by_hand(tmp_path: Path) -> None:
    experiment = shipped("xor")
    text = script_text(_untrained(experiment, tmp_path), tmp_path, "XOR.")
    assert '    layers.Dense(16, activation="relu"),\n    layers.Dense(1, activation="sigmoid"),\n' in text
    assert "table = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]], float)" in text
    assert "optimizer=keras.optimizers.Adam()" not in text
    assert re.search(r'optimizer="adam"', text) or "keras.optimizers.Adam(" in text
    assert len(text.splitlines()) < 60


# What no code of a script makes or prepares; a file beside it has the arrays.
STORED = {
    "windows of a series, seeds of their own": """
data:
  generator: {sine: {samples: 90}}
  window: {length: 6, horizon: 1}
  validation_split: 0.2
  test_split: 0.1
  scale: standard
  scale_targets: standard
seeds: {data: 3, weights: 4}
layers: [Flatten, {Dense: {units: 4}}, {Dense: {units: 1}}]
"""
    + TAIL,
    "dates, groups, weights, logarithms, an output that is scaled in part": f"""
data:
  generator: {{csv: {{path: sales.csv, target: [price, sold, large], sample_weight: w, dates: {{day: cyclic}}}}}}
  split: {{group: place}}
  validation_split: 0.3
  scale: minmax
  prepare: {{columns: {{price: {{log: true, scale: standard}}}}}}
layers:
  - Input: {{name: when, columns: [day.yearday_sin, day.yearday_cos, day.weekday_sin, day.weekday_cos]}}
  - Input: {{name: what, columns: [size]}}
  - Concatenate: {{inputs: [when, what], name: both}}
  - Dense: {{units: 2, inputs: both, name: numbers}}
  - Dense: {{units: 1, activation: sigmoid, inputs: both, name: verdict}}
outputs:
  numbers: {{loss: mse, target: [price, sold]}}
  verdict: {{loss: binary_crossentropy, target: large}}
predict: [["2024-03-01", 4], ["2024-07-01", 2.5]]
{TAIL.replace("loss: mse", "")}""",
    "a fold, class weights": f"""
data: {{generator: {{moons: {{samples: 60}}}}, folds: 3, fold: 2}}
layers: [{{Dense: {{units: 4}}}}, {{Dense: {{units: 1, activation: sigmoid}}}}]
class_weight: balanced
predict: [[0.5, 0.5]]
{TAIL.replace("mse", "binary_crossentropy")}""",
}
SALES = "day,place,size,w,price,sold,large\n" + "".join(
    f"2024-{1 + i % 12:02}-{1 + i % 28:02},{'abcde'[i % 5]},{i % 7},{1 + i % 2},{1.5 + i % 9},{i % 4},{i % 7 > 3:d}\n"
    for i in range(60)
)


@pytest.mark.parametrize("name", STORED)
def test_a_script_reads_the_data_that_it_cannot_make(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sales.csv").write_text(SALES)
    experiment = written(STORED[name], tmp_path)
    training, own, history = trained(experiment, tmp_path)
    with pytest.raises(NoDataCode, match=r"A script has no code for data\.(window|fold|split)"):
        script_text(training, tmp_path, "It.")
    dataset = data_of(experiment, tmp_path)
    stored = stored_parts(training.experiment, training.data, dataset, "it-data.npz", program_variables())
    write_arrays(tmp_path / "it-data.npz", stored.arrays)
    found, printed = run_script(script_text(training, tmp_path, "It.", stored), tmp_path, monkeypatch)
    for a, b in zip(found, own, strict=True):
        np.testing.assert_array_equal(a, b)
    assert f"loss: {history['loss'][-1]:.6g}\n" in printed
    if experiment.predict:
        network = build_setup(experiment, dataset, Runtime("cpu", 2)).model
        network.set_weights(own)
        fitted, scales = training.experiment, (dataset.input_scaling, dataset.target_scaling)
        predictor = Predictor(with_scaling(network, fitted, *scales), fitted)
        expected = predictor.predict_points(fitted_samples(fitted).predict, dataset).outputs
        last = [line.rpartition("] [")[2].rstrip("]") for line in printed.splitlines()[-len(experiment.predict) :]]
        np.testing.assert_allclose([float(line.split(", ")[-1]) for line in last], expected[-1].ravel(), rtol=1e-5)


def _untrained(experiment: Experiment, folder: Path, engine: str = "graph") -> RepeatableTraining:
    data = data_record(experiment, data_of(experiment, folder))
    return RepeatableTraining(experiment, data, engine, 3, best=False)


def test_a_run_with_xla_is_compiled_with_xla_and_one_without_is_not(tmp_path: Path) -> None:
    assert "jit_compile=True" in script_text(_untrained(shipped("xor"), tmp_path, "xla"), tmp_path, "")
    assert "jit_compile=False" in script_text(_untrained(shipped("xor"), tmp_path), tmp_path, "")


def test_threads_are_set_where_they_decide_bits(tmp_path: Path) -> None:
    convolution = written(WRITTEN["a convolution in mixed precision, in the order of the rows"], tmp_path)
    line = "tf.config.threading.set_intra_op_parallelism_threads(3)"
    assert line in script_text(_untrained(convolution, tmp_path), tmp_path, "")
    assert line not in script_text(_untrained(shipped("xor"), tmp_path), tmp_path, "")


def test_an_output_of_which_only_some_targets_are_scaled_is_refused(tmp_path: Path) -> None:
    experiment = written(
        """
data:
  generator: {function: {samples: 20, a: "uniform(0, 1)", y: "a", big: "a > 0.5", target: [y, big]}}
  scale_targets: standard
layers: [{Dense: {units: 2}}]
"""
        + TAIL,
        tmp_path,
    )
    with pytest.raises(ExperimentError, match="only some are scaled"):
        script_text(_untrained(experiment, tmp_path), tmp_path, "")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"device": "gpu:0,gpu:1"}, r"several devices \(gpu:0,gpu:1\)"),
        (
            {"changes": (SettingChange("optimizer.learning_rate", 0.1, 3),)},
            "resumed with another optimizer.learning_rate",
        ),
        ({"start": True}, "starts from the weights of another run"),
    ],
)
def test_a_training_that_no_script_repeats_is_refused(facts: dict[str, Any], reason: str) -> None:
    known = {"device": "cpu", "changes": (), "engine": "graph", "threads": 2, "start": None, **facts}
    experiment = SimpleNamespace(start=known.pop("start"))
    files: Any = SimpleNamespace(record=SimpleNamespace(**known), experiment=experiment, data=None)
    with pytest.raises(ExperimentError, match=reason):
        repeatable_training(files, best=False)


def test_hostile_names_stay_texts(tmp_path: Path) -> None:
    name = '"]); import os; os.abort() #'
    lines = [f'"{name.replace(chr(34), chr(34) * 2)}",y', "1,2", "2,3", "4,4"]
    (tmp_path / "d.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    experiment = written(
        f"data: {{generator: {{csv: {{path: d.csv, target: y}}}}}}\nlayers: [{{Dense: {{units: 1}}}}]\n{TAIL}", tmp_path
    )
    assert experiment.columns.inputs[0].name == name
    text = script_text(_untrained(experiment, tmp_path), tmp_path, "")
    compile(text, "it.py", "exec")
    assert f"x = numbers({name!r})" in text


def test_the_layers_that_are_called_with_several_arguments_are_those_of_keras() -> None:
    from nnrun.model.build import _takes_several_arguments

    found = []
    for name in load_catalog().names("layers"):
        kind = getattr(keras.layers, name, None)
        if kind is not None and name not in ("Input", "InputLayer") and not name.endswith(("Cell", "Cells")):
            layer = kind.__new__(kind)
            if _takes_several_arguments(layer):
                found.append(load_catalog().own_name("layers", name))
    assert {*found} == {*CALLED_WITH_SEVERAL}
