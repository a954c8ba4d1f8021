"""How TensorFlow is started: what is hidden and postponed meanwhile is there again afterwards."""

import os
import subprocess
import sys

import pytest

from nnrun.errors import ExperimentError
from nnrun.model.processors import available_threads
from nnrun.model.runtime import (
    hidden,
    identity_here,
    import_quietly,
    silent_stderr,
    start_tensorflow,
)

pytestmark = pytest.mark.keras


def test_a_hidden_package_cannot_be_imported_and_then_can():
    sys.modules.pop("colorsys", None)
    with hidden("colorsys"), pytest.raises(ImportError, match="colorsys"):
        import colorsys
    import colorsys

    assert colorsys.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)


def test_a_package_that_is_loaded_already_stays():
    import math

    with hidden("math"):
        assert sys.modules["math"] is math


def test_keras_is_whole_after_the_quiet_start():
    program = """
from nnrun.model.runtime import start_tensorflow
start_tensorflow()
import tensorflow as tf
assert tf.compat.v1.placeholder and tf.compat.v1.Session and tf.lite.TFLiteConverter
assert issubclass(tf.nn.RNNCellDropoutWrapper, tf.Module)
assert issubclass(tf.test.TestCase, __import__("unittest").TestCase)
assert tf.feature_column.numeric_column and tf.distribute.experimental.ParameterServerStrategy
assert tf.raw_ops.Add(x=1, y=2) == 3
from tensorflow.profiler.experimental import Profile
import sklearn.datasets, matplotlib.figure, IPython.display
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""


def test_what_is_said_to_standard_error_is_shown_only_when_something_fails(capfd):
    with silent_stderr():
        os.write(2, b"chatter")
    assert capfd.readouterr().err == ""
    with pytest.raises(ImportError, match="broken"), silent_stderr():  # noqa: PT012
        os.write(2, b"the reason")
        raise ImportError("broken")
    assert capfd.readouterr().err == "the reason"


@pytest.mark.parametrize("device", ["cuda", "tpu", "gpu:", "gpu:0;cpu", ""])
def test_what_is_no_device_anywhere_is_refused_before_tensorflow_is_loaded(device, monkeypatch):
    monkeypatch.setattr("nnrun.model.runtime.import_quietly", lambda: pytest.fail("TensorFlow was loaded"))
    with pytest.raises(ExperimentError, match=r"There is no device.*\n  Write auto, cpu, gpu, gpu:0 or all\."):
        start_tensorflow(device)


@pytest.mark.parametrize("device", ["gpu:9", "cpu:1"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(device):
    with pytest.raises(ExperimentError, match=r"There is no device.*\n  Devices here: cpu"):
        start_tensorflow(device)


def test_the_runtime_says_where_it_is():
    runtime = start_tensorflow("cpu")
    assert runtime.device == "cpu"
    assert runtime.threads >= 1


def test_the_threads_of_a_training_to_come_are_those_that_tensorflow_has_started_with():
    runtime = start_tensorflow("cpu")
    import tensorflow as tf

    tf.add(1, 2)  # starts it
    assert identity_here("cpu", runtime.threads + 1).threads == runtime.threads


def test_threads_that_nobody_has_set_before_tensorflow_started_are_those_of_its_variable():
    program = """
import tensorflow as tf
tf.add(1, 2)  # starts it
from nnrun.model.runtime import start_tensorflow
print(start_tensorflow("cpu").threads)
"""
    threads = str(available_threads() + 1)  # not those by default
    environment = {**os.environ, "TF_NUM_INTRAOP_THREADS": threads}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.stdout == f"{threads}\n", done.stderr


def test_keras_that_was_imported_with_another_backend_is_refused(monkeypatch):
    monkeypatch.setattr("keras.config.backend", lambda: "jax")
    with pytest.raises(ExperimentError, match=r"already imported with the backend jax\.\n  Set KERAS_BACKEND="):
        import_quietly()


SMALL = """
data: {generator: {blobs: {samples: 20, centers: 2}}}
layers: [{Dense: {units: 2, activation: softmax}}]
optimizer: adam
loss: sparse_categorical_crossentropy
epochs: 1
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "variable", "config"),
    [
        (["train", "--no-animation"], {"KERAS_BACKEND": "jax"}, "{}"),
        (["sweep", "--grid", "seed=[1, 2]", "--jobs", "2"], {}, '{"backend": "torch"}'),
    ],
)
def test_another_backend_is_ignored_with_one_warning_that_only_the_log_records(arguments, variable, config, tmp_path):
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "keras.json").write_text(config)
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    result = subprocess.run(
        [sys.executable, "-m", "nnrun", arguments[0], "small.yaml", *arguments[1:]],
        env={**environment, "KERAS_HOME": str(tmp_path), **variable},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("nnrun ignores it and trains with TensorFlow.") == 1
    assert "ignores it" not in result.stdout
    files = [path.read_bytes() for path in (tmp_path / "runs").rglob("*") if path.is_file() and path.name != "run.log"]
    assert files
    assert not any(b"ignores it" in content for content in files)


ON_ALL = """
import sys
from pathlib import Path
from nnrun.model.runtime import import_quietly
import_quietly()
import tensorflow as tf
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from nnrun.run import train_file
from nnrun.run_options import RunOptions
from nnrun.runs.metrics_file import read_metrics
from nnrun.run_listener import RunListener
for device in ("all", "cpu"):
    options = RunOptions(Path("keras"), device, plotted=False, reported=False)
    run = train_file(Path(sys.argv[1]), options, RunListener(), runs_dir=Path(device))
    print(run.record.device, run.record.engine, *read_metrics(run.folder / "metrics.csv")["val_loss"])
"""
# Parts of one size: Keras averages the losses of the parts of a batch as if all were.
EVEN = """
data:
  generator: {moons: {samples: 160, noise: 0.2}}
  validation_split: 0.2
layers:
  - Dense: {units: 8, activation: tanh}
  - Dense: {units: 1, activation: sigmoid}
optimizer: adam
loss: binary_crossentropy
epochs: 2
batch_size: 32
"""


def test_training_on_all_devices_gives_the_losses_of_one(tmp_path):
    (tmp_path / "even.yaml").write_text(EVEN)
    program = [sys.executable, "-c", ON_ALL, "even.yaml"]
    result = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    (device, engine, *losses), (other, _, *expected) = (line.split() for line in result.stdout.splitlines())
    assert (device, engine, other) == ("cpu:0,cpu:1", "keras", "cpu:0")
    assert [float(loss) for loss in losses] == pytest.approx([float(loss) for loss in expected], abs=1e-6)
