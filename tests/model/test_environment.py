"""What the environment says to Keras and TensorFlow is pinned and said, or recorded and compared."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nnrun.cli.main import run
from nnrun.model.environment import (
    OWN_XLA_FLAGS,
    deciding_variables,
    ignored_settings,
    pin_keras,
    prepare_environment,
)
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.identity import Identity, differences

keras = pytest.mark.keras


@pytest.fixture
def chosen_backend(monkeypatch, tmp_path):
    """A function that sets the two places where a user chooses Keras's backend."""

    def choose(variable: str | None, config: str | None) -> Path:
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        monkeypatch.setenv("KERAS_BACKEND", variable) if variable is not None else monkeypatch.delenv(
            "KERAS_BACKEND", raising=False
        )
        if config is not None:
            (tmp_path / "keras.json").write_text(config)
        return tmp_path / "keras.json"

    return choose


@pytest.mark.parametrize("variable", [None, "", "tensorflow"])
@pytest.mark.parametrize("config", [None, "{}", '{"backend": "tensorflow"}', "[]", "no JSON"])
def test_a_user_who_chose_no_other_backend_is_not_warned(variable, config, chosen_backend):
    chosen_backend(variable, config)
    assert ignored_settings() is None


def test_another_backend_is_named_with_the_place_where_it_was_chosen(chosen_backend):
    config = chosen_backend(None, '{"backend": "torch"}')
    end = "nnrun ignores it and trains with TensorFlow."
    assert ignored_settings() == f'The backend in {config} is "torch". {end}'
    chosen_backend("tensorflow", None)  # which Keras prefers to its file
    assert ignored_settings() is None
    chosen_backend("jax", None)
    assert ignored_settings() == f'KERAS_BACKEND is "jax". {end}'


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("floatx", "float64", 'is "float64". nnrun ignores it and trains with float32.'),
        ("floatx", "float16", 'is "float16". nnrun ignores it and trains with float32.'),
        ("image_data_format", "channels_first", 'is "channels_first". nnrun ignores it and trains with channels_last.'),
        ("epsilon", 1e-3, "is 0.001. nnrun ignores it and trains with 1e-07."),
    ],
)
@pytest.mark.parametrize("variable", [None, "tensorflow"])
def test_what_nnrun_ignores_of_keras_json_is_said(chosen_backend, name, value, words, variable):
    config = chosen_backend(variable, json.dumps({"backend": "tensorflow", name: value}))
    assert ignored_settings() == f"The {name} in {config} {words}"


def test_the_file_that_keras_itself_writes_is_not_worth_a_word(chosen_backend):
    written = {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}
    chosen_backend(None, json.dumps(written))
    assert ignored_settings() is None


@pytest.mark.parametrize("name", ["KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"])
def test_limits_for_debugging_are_ignored_and_said(monkeypatch, chosen_backend, name):
    chosen_backend(None, None)
    monkeypatch.setenv(name, "2")
    assert str(ignored_settings()).startswith(f"{name} is 2. nnrun ignores it and trains all ")


@pytest.fixture
def clean(monkeypatch):
    for name in deciding_variables():
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TF_XLA_FLAGS", "--tf_xla_auto_jit=2"),
        ("XLA_FLAGS", "--xla_cpu_enable_fast_math=true"),
        ("TF_ENABLE_ONEDNN_OPTS", "0"),
        ("ONEDNN_MAX_CPU_ISA", "SSE41"),
        ("DNNL_MAX_CPU_ISA", "SSE41"),
        ("TF_DETERMINISTIC_OPS", "1"),
        ("NVIDIA_TF32_OVERRIDE", "0"),
    ],
)
def test_a_variable_that_changes_how_tensorflow_computes_decides(clean, name, value):
    clean.setenv(name, value)
    assert deciding_variables() == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TF_CPP_MIN_LOG_LEVEL", "3"),
        ("TF_CPP_MAX_VLOG_LEVEL", "1"),
        ("TF_FORCE_GPU_ALLOW_GROWTH", "true"),
        ("ONEDNN_VERBOSE", "1"),
        ("XLA_FLAGS", "--xla_gpu_cuda_data_dir=/usr/lib/cuda"),
        ("XLA_FLAGS", " ".join(OWN_XLA_FLAGS)),
        ("OMP_NUM_THREADS", "1"),
        ("TF_VAR_password", "s3cr3t"),
        ("TF_TOKEN_app_terraform_io", "s3cr3t"),
        ("TF_LOG", "trace"),
        ("KERAS_HOME", "/tmp"),
    ],
)
def test_a_variable_that_changes_no_number_does_not(clean, name, value):
    clean.setenv(name, value)
    assert deciding_variables() == {}


def test_what_nnrun_adds_itself_is_not_the_users(clean):
    clean.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    for _ in range(3):  # a worker process inherits what its parent has set
        prepare_environment()
        assert deciding_variables() == {"XLA_FLAGS": "--xla_cpu_enable_fast_math=true"}
    assert os.environ["XLA_FLAGS"] == " ".join([*OWN_XLA_FLAGS, "--xla_cpu_enable_fast_math=true"])


def test_a_variable_is_named_where_trainings_are_compared_and_unknown_ones_are_not_compared():
    then, now = Identity(environment={"TF_XLA_FLAGS": "a"}), Identity(environment={"XLA_FLAGS": "b"})
    said = [difference.since("before") for difference in differences(then, now)]
    assert said == [
        'The environment variable TF_XLA_FLAGS was "a" before and is missing now.',
        'The environment variable XLA_FLAGS was missing before and is "b" now.',
    ]
    assert differences(Identity(), now) == []


CONVOLUTION = """name: net
data: {generator: {digits: {samples: 60, shape: [8, 8, 1]}}, test_split: 0.2}
layers:
  - Conv2D: {filters: 2, kernel_size: 3, activation: relu}
  - BatchNormalization
  - Flatten
  - Dense: {units: 10, activation: softmax}
optimizer: adam
loss: sparse_categorical_crossentropy
epochs: EPOCHS
engine: ENGINE
"""


def command(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nnrun", *arguments],
        cwd=folder,
        env={**os.environ, "KERAS_HOME": str(folder / "home"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def trained(folder: Path, engine: str, threads: int, **environment: str) -> tuple[Path, str]:
    """The run that a process with this environment trains, and what it said."""
    (folder / "net.yaml").write_text(CONVOLUTION.replace("EPOCHS", "3").replace("ENGINE", engine))
    words = ("--threads", str(threads), "--no-plots")
    done = command(folder, "train", "net.yaml", *words, **environment)
    assert done.returncode == 0, done.stderr
    assert "nnrun ignores it" not in done.stdout
    return folder / done.stdout.splitlines()[-1], done.stderr


LIMITS = {"KERAS_MAX_EPOCHS": "1", "KERAS_MAX_STEPS_PER_EPOCH": "1", "KERAS_BACKEND": "jax"}
CONFIG = {"floatx": "float64", "image_data_format": "channels_first", "epsilon": 0.5}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of this process, whose environment says nothing of this."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "net.yaml").write_text(CONVOLUTION.replace("EPOCHS", "3").replace("ENGINE", "graph"))
    options = RunOptions(folder / "home", plotted=False, reported=False)
    return train_file(folder / "net.yaml", options, RunListener(), runs_dir=folder / "runs").folder


@keras
@pytest.mark.parametrize(
    ("engine", "environment"),
    [("keras", LIMITS), pytest.param("graph", {"KERAS_MAX_EPOCHS": "many"}, marks=pytest.mark.slow)],
)
def test_what_is_ignored_changes_no_bit_on_any_engine(tmp_path, plain, engine, environment):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "keras.json").write_text(json.dumps(CONFIG))
    threads = json.loads((plain / "run.json").read_text())["threads"]
    other, said = trained(tmp_path, engine, threads, **environment)
    for word in [*CONFIG, *environment]:
        assert said.count(f"{word} is") + said.count(f"{word} in") == 1
    files = [path for path in other.parent.rglob("*") if path.is_file() and path.name != "run.log"]
    assert {"metrics.csv", "report.html"} <= {path.name for path in files}
    assert not any(b"nnrun ignores it" in path.read_bytes() for path in files)
    for name in ("weights.npz", "predictions.csv"):
        assert (plain / name).read_bytes() == (other / name).read_bytes()
    metrics = [json.loads((folder / "run.json").read_text())["final_metrics"] for folder in (plain, other)]
    assert metrics[0] == metrics[1]


@keras
def test_every_setting_of_keras_that_changes_a_number_is_pinned():
    from keras import config

    before = (config.floatx(), config.image_data_format(), config.epsilon(), config.max_epochs())
    config.set_floatx("float16")
    config.set_image_data_format("channels_first")
    config.set_epsilon(0.5)
    config.set_max_epochs(1)
    pin_keras()
    assert (config.floatx(), config.image_data_format(), config.epsilon(), config.max_epochs()) == before
    assert before == ("float32", "channels_last", 1e-7, None)


@keras
def test_a_file_that_keras_refuses_is_named(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "keras.json").write_text('{"floatx": "float128"}')
    (tmp_path / "net.yaml").write_text(CONVOLUTION.replace("EPOCHS", "3").replace("ENGINE", "graph"))
    done = command(tmp_path, "train", "net.yaml")
    assert done.returncode == 2
    assert f"Keras refuses {tmp_path / 'home' / 'keras.json'}: Invalid `floatx` configuration." in done.stderr


# Values that are TensorFlow's own, so that other tests of this process compute as before.
TF_FLAG, XLA_FLAG = "--tf_xla_auto_jit=0", "--xla_cpu_enable_fast_math=false"


@keras
def test_a_run_is_not_resumed_under_other_variables_unless_forced(tmp_path, monkeypatch, capsys):
    bare = ("--no-plots", "--no-report", "-q")
    (tmp_path / "net.yaml").write_text(CONVOLUTION.replace("EPOCHS", "3").replace("ENGINE", "graph"))
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as set_here:
        set_here.setenv("TF_XLA_FLAGS", TF_FLAG)
        assert run(["train", "net.yaml", *bare]) == 0
    folder = tmp_path / capsys.readouterr().out.strip()
    record = json.loads((folder / "run.json").read_text())
    assert record["environment"]["TF_XLA_FLAGS"] == TF_FLAG
    longer = ["resume", str(folder), "--set", "epochs=5", *bare]
    before = (folder / "run.json").read_bytes()
    assert (run(longer), (folder / "run.json").read_bytes()) == (5, before)
    said = f'The environment variable TF_XLA_FLAGS was "{TF_FLAG}" when the run stopped and is missing now.'
    assert said in capsys.readouterr().err
    with monkeypatch.context() as set_here:
        set_here.setenv("TF_XLA_FLAGS", TF_FLAG)
        assert run(longer) == 0
    assert run(["resume", str(folder), "--set", "epochs=6", "--force", *bare]) == 0
    record = json.loads((folder / "run.json").read_text())
    assert (record["epochs"], record["forced"]) == (6, [said])


@keras
def test_a_sweep_is_not_resumed_under_other_variables(tmp_path, monkeypatch, capsys):
    (tmp_path / "net.yaml").write_text(CONVOLUTION.replace("EPOCHS", "3").replace("ENGINE", "graph"))
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as set_here:
        set_here.setenv("XLA_FLAGS", XLA_FLAG)
        assert run(["sweep", "net.yaml", "--grid", "seed=0..1", "--set", "sweep.report=false", "-q"]) == 0
    folder = tmp_path / capsys.readouterr().out.splitlines()[-1]
    record = json.loads((folder / "sweep.json").read_text())
    assert record["environment"] == {**deciding_variables(), "XLA_FLAGS": XLA_FLAG}
    shutil.rmtree(next((folder / "trials").iterdir()))
    assert run(["resume", str(folder), "-q"]) == 5
    assert "The environment variable XLA_FLAGS was" in capsys.readouterr().err
    monkeypatch.setenv("XLA_FLAGS", f" {XLA_FLAG} ")
    assert run(["resume", str(folder), "-q"]) == 0
