"""Layers, losses, metrics, activations and callbacks of the user's own: trained, stored, and used from the run."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import nnrun
from nnrun.cli.main import run
from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError, ResumeError
from nnrun.load import load_experiment
from nnrun.machine import code_access

pytestmark = pytest.mark.keras

CODE = """\
import keras

mine = keras.saving.register_keras_serializable(package="mine")


@mine
class Doubled(keras.layers.Dense):
    def __init__(self, units: int, factor: float = 2.0, **kwargs):
        super().__init__(units, **kwargs)
        self.factor = factor

    def call(self, x):
        return self.factor * super().call(x)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@mine
def bent(x):
    return keras.ops.tanh(x)


@mine
def cubed(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** 3, axis=-1)


@mine
class Worst(keras.metrics.MeanMetricWrapper):
    def __init__(self, name="worst", **kwargs):
        super().__init__(cubed, name=name, **kwargs)


class Stopping(keras.callbacks.Callback):
    def __init__(self, after: int):
        super().__init__()
        self.after, self.batches = after, 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1

    def on_epoch_end(self, epoch, logs=None):
        assert self.batches == 2 * (epoch + 1)
        self.model.stop_training = epoch + 1 == self.after
"""
EXPERIMENT = """\
data: {generator: {function: {samples: 32, x: "uniform(-1, 1)", y: "x ** 2"}}}
custom: parts.py
layers:
  - Doubled: {units: 4, activation: bent}
  - Dense: {units: 1, activation: bent}
optimizer: Adam
loss: cubed
metrics: [Worst]
epochs: 6
batch_size: 16
expect: [worst < 100]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    (folder / "own.yaml").write_text(EXPERIMENT)
    (folder / "parts.py").write_text(CODE)
    return folder


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    own = nnrun.train(folder / "own.yaml", runs_dir=folder / "runs", plots=False, report=False, allow_code=True)
    return own.path


def test_the_network_is_that_of_keras_with_the_same_parts(folder: Path, trained: Path) -> None:
    plain = folder / "plain.yaml"
    text = EXPERIMENT.replace(
        "Doubled: {units: 4, activation: bent}", "Doubled: {units: 4, factor: 1, activation: bent}"
    )
    plain.write_text(text)
    keras_only = folder / "keras.yaml"
    keras_only.write_text(
        text.replace("Doubled: {units: 4, factor: 1, activation: bent}", "Dense: {units: 4, activation: tanh}")
    )
    first, second = (
        nnrun.train(path, runs_dir=folder / "runs", plots=False, report=False, allow_code=True)
        for path in (plain, keras_only)
    )
    assert first.record.engine == second.record.engine == "graph"
    assert first.metrics == second.metrics
    assert first.metrics["worst"] == first.metrics["loss"]


def test_the_report_says_that_it_runs_no_code(trained: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(trained, copy)
    assert run(["report", str(copy)]) == 0
    note = "The prediction at each epoch is not drawn: this run has Python code of its own, which no report runs."
    assert note in (copy / "report.html").read_text()
    shutil.rmtree(copy / "code")
    assert run(["report", str(copy)]) == 0
    assert note not in (copy / "report.html").read_text()


def test_the_run_keeps_the_source_and_its_digest(folder: Path, trained: Path) -> None:
    assert (trained / "code" / "parts.py").read_text() == CODE
    digest = nnrun.load(trained).settings["custom.0.sha256"]
    assert digest in (trained / "resolved.yaml").read_text()


@pytest.mark.parametrize(
    "command", [["predict", "--rows", "[[0.5]]"], ["evaluate"], ["reproduce"], ["export", "--format", "keras"]]
)
def test_a_run_of_a_stranger_runs_no_code_without_the_option(
    command: list[str], trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = tmp_path / "run"
    shutil.copytree(trained, stranger)
    code = stranger / "code" / "parts.py"
    code.write_text(f"import pathlib\npathlib.Path({str(tmp_path / 'imported')!r}).touch()\n{CODE}")
    assert run([command[0], str(stranger), *command[1:]]) == 2
    assert "This experiment runs Python code of its own: parts.py." in capsys.readouterr().err
    assert run([command[0], str(stranger), *command[1:], "--allow-code"]) == 2  # not the code of the run
    assert "is not the code that this experiment was trained with" in capsys.readouterr().err
    assert not (tmp_path / "imported").exists()


def test_the_commands_use_the_copy_in_the_run(
    trained: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    moved = tmp_path / "moved"
    shutil.copytree(trained, moved)
    assert run(["predict", str(moved), "--rows", "[[0.5]]", "--format", "csv", "--allow-code"]) == 0
    predicted = np.float32(capsys.readouterr().out.splitlines()[1].split(",")[-1])
    assert predicted == nnrun.predict(trained, [[0.5]], allow_code=True).ravel()[0]
    assert run(["evaluate", str(moved), "--allow-code"]) == 0
    assert run(["reproduce", str(moved), "--no-plots", "--no-report", "--allow-code"]) == 0
    assert "identical, bit for bit" in " ".join(capsys.readouterr().out.split())  # a long path breaks the line
    assert run(["export", str(moved), "--format", "keras", "--allow-code"]) == 0
    assert run(["export", str(moved), "--format", "script", "--allow-code"]) == 2


def test_a_changed_file_is_not_resumed(folder: Path, tmp_path: Path) -> None:
    for name in ("own.yaml", "parts.py"):
        shutil.copy(folder / name, tmp_path)
    part = nnrun.train(
        tmp_path / "own.yaml", {"epochs": 3}, runs_dir=tmp_path / "runs", plots=False, report=False, allow_code=True
    )
    with pytest.raises(ExperimentError, match="runs Python code of its own"):
        nnrun.resume(part, {"epochs": 6}, plots=False, report=False)
    whole = nnrun.resume(part, {"epochs": 6}, plots=False, report=False, allow_code=True)
    assert len(whole.history["loss"]) == 6
    with (part.path / "code" / "parts.py").open("a") as file:
        file.write("# changed\n")
    with pytest.raises(ResumeError, match="is not the code that"):
        nnrun.resume(part, {"epochs": 9}, plots=False, report=False, allow_code=True)


def test_the_trials_of_a_sweep_are_those_of_runs(folder: Path, trained: Path) -> None:
    swept = nnrun.sweep(folder / "own.yaml", {"seed": [0, 1]}, runs_dir=folder / "runs", allow_code=True)
    assert [trial["status"] for trial in swept.trials] == ["completed", "completed"]
    trial = Path(str(swept.trials[0]["path"]))
    assert (trial / "code" / "parts.py").read_text() == CODE
    assert np.isclose(float(str(swept.trials[0]["final_loss"])), nnrun.load(trained).metrics["loss"], rtol=1e-5)


def test_a_callback_sees_every_batch_and_ends_the_training(folder: Path) -> None:
    path = folder / "stopping.yaml"
    path.write_text(EXPERIMENT + "callbacks: [Stopping: {after: 4}]\n")
    with pytest.warns(UserWarning, match="The engine is keras: the callback Stopping is of your own"):
        stopped = nnrun.train(path, runs_dir=folder / "runs", plots=False, report=False, allow_code=True)
    assert stopped.record.epochs == 4
    assert stopped.record.engine == "keras"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("units: 4,", "units: x,", '"units" must be a whole number. Received: "x"'),
        ("units: 4,", "unit: 4,", 'The layer Doubled has no argument "unit".'),
        ("[Worst]", "[Worse]", 'Unknown metric "Worse".'),
        ("[Worst]", "[Worst]\nengine: xla\ncallbacks: [Stopping: {after: 4}]", "takes the engine keras"),
        ("{units: 4, activation: bent}", "{activation: bent}", 'The layer Doubled needs the argument "units".'),
    ],
)
def test_the_arguments_are_checked_by_the_signature(before: str, after: str, message: str, folder: Path) -> None:
    path = folder / "wrong.yaml"
    path.write_text(EXPERIMENT.replace(before, after))
    with pytest.raises(ExperimentError) as caught:
        load_experiment(path, files=DataFiles(code=code_access(allowed=True)))
    problem = next(problem for problem in caught.value.problems if message in problem.message)
    assert problem.place is not None
    assert problem.place.line > 2


def test_the_example_of_the_documentation_is_trained(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "data.md").read_text(encoding="utf-8")
    section = page[page.index("### Layers, losses, metrics, callbacks") :]
    (tmp_path / "layers.py").write_text(section.split("```python\n")[1].split("```")[0])
    block = section.split("```yaml\n")[1].split("```")[0]
    text = f"{EXPERIMENT.partition('custom')[0]}{block}optimizer: SGD\nloss: mse\nepochs: 1\n"
    (tmp_path / "own.yaml").write_text(text)
    nnrun.train(tmp_path / "own.yaml", runs_dir=tmp_path / "runs", plots=False, report=False, allow_code=True)


def test_a_name_of_keras_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(
        CODE.replace("Doubled", "Dense").replace("(keras.layers.Dense)", "(keras.layers.Layer)")
    )
    (tmp_path / "own.yaml").write_text(EXPERIMENT)
    with pytest.raises(ExperimentError, match=r'parts\.py defines "Dense" among the layers, and so does Keras'):
        load_experiment(tmp_path / "own.yaml", files=DataFiles(code=code_access(allowed=True)))
