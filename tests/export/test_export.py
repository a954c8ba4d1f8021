"""A run is written in a format, loaded again, compared with the run, and only then takes its place."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from training_runs import run_of

from experiments import FLOWERS
from nnrun.errors import ExperimentError, StorageError, TrainingError
from nnrun.export import model_file, script_file
from nnrun.export.deployed import FileFormat
from nnrun.export.export import SUFFIXES, default_name, export_run
from nnrun.export.exported import Exported

pytestmark = pytest.mark.keras

HAS_ONNX = all(importlib.util.find_spec(name) for name in ("onnx", "onnxruntime", "tf2onnx"))
FORMATS = [
    "keras",
    "savedmodel",
    "tflite",
    "python",
    pytest.param("onnx", marks=pytest.mark.skipif(not HAS_ONNX, reason="no onnx")),
]
EXPERIMENT = f"""
name: flowers-2.0
data: {{generator: {{csv: {{path: {FLOWERS}, target: [species, petal], inputs: [sepal, place]}}}}, scale: standard,
  scale_targets: standard, validation_split: 0.25}}
layers:
  - Input: {{name: size, columns: [sepal]}}
  - Input: {{name: where-it-grows, columns: [place]}}
  - Dense: {{units: 8, activation: relu, inputs: size, name: a}}
  - Dense: {{units: 8, activation: tanh, inputs: where-it-grows, name: b}}
  - Concatenate: {{inputs: [a, b], name: both}}
  - Dense: {{units: 3, activation: softmax, inputs: both, name: kind}}
  - Dense: {{units: 1, inputs: both, name: length}}
outputs:
  kind: {{loss: sparse_categorical_crossentropy, target: species}}
  length: {{loss: mse, target: petal}}
optimizer: {{Adam: {{learning_rate: 0.05}}}}
epochs: 6
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with two inputs, texts, scaling, two outputs and class names."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "flowers.csv").write_bytes(FLOWERS.read_bytes())
    (folder / "it.yaml").write_text(EXPERIMENT.replace(str(FLOWERS), "flowers.csv"), encoding="utf-8")
    return run_of(str(folder / "it.yaml"), folder, bare=True).folder


@pytest.fixture
def export(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Exported]:
    """Exports the run into an empty folder."""
    monkeypatch.chdir(tmp_path)

    def export(form: str, **more: Any) -> Exported:
        return export_run(run, form, **{"keras_home": tmp_path / "keras", **more})

    return export


@pytest.fixture(scope="module")
def exported_as(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Exported]:
    """The run in a format, alone in a folder, exported once for all that look at it."""

    @functools.cache
    def export(form: str) -> Exported:
        with contextlib.chdir(tmp_path_factory.mktemp(form)):
            exported = export_run(run, form, keras_home=Path("keras"))
            return dataclasses.replace(exported, path=exported.path.absolute())

    return export


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_loaded_again_and_predicts_what_the_run_predicts(
    form: str, exported_as: Callable[[str], Exported]
) -> None:
    exported = exported_as(form)
    assert exported.path.name == default_name("flowers-2.0", form)
    assert exported.said[:4] == (
        "input size (samples, 1): sepal",
        "input where-it-grows (samples, 3): place=garden, place=meadow, place=woods",
        "output kind (samples, 3): species, classes setosa, versicolor, virginica",
        "output length (samples, 1): petal",
    )
    assert exported.said[4] == "Not part of the model: the encoding of texts (place). nnrun predict does it."
    assert exported.said[5].startswith("Loaded again, it predicts for 3 samples of the validation set what the run")
    assert {path.name for path in exported.path.parent.iterdir()} == {exported.path.name}


def test_what_tensorflow_lite_lacks_is_named_without_the_lines_of_its_converter(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = keras.Sequential([keras.Input((4, 1), name="x"), keras.layers.LSTM(2, name="y")])
    deployed: Any = SimpleNamespace(model=model, inputs=("x",), outputs=("y",), description_json=lambda: b"{}")
    with pytest.raises(ExperimentError, match=r"^TensorFlow Lite cannot compute this network\. It lacks: TensorListR"):
        model_file.FILE_FORMATS["tflite"].write(deployed, tmp_path / "m.tflite")
    assert capfd.readouterr() == ("", "")
    assert os.listdir(tmp_path) == []


def test_the_description_is_in_the_file_where_the_format_has_a_place(exported_as: Callable[[str], Exported]) -> None:
    own = json.loads((exported_as("savedmodel").path / "assets.extra" / "nnrun.json").read_bytes())
    assert own["outputs"][0] == {
        **{"name": "kind", "shape": [3], "targets": ["species"]},
        "classes": ["setosa", "versicolor", "virginica"],
    }
    for form in ("keras", "tflite"):
        with zipfile.ZipFile(exported_as(form).path) as archive:
            assert json.loads(archive.read("nnrun.json")) == own


def test_a_saved_model_takes_and_gives_names(exported_as: Callable[[str], Exported]) -> None:
    signature = tf.saved_model.load(str(exported_as("savedmodel").path)).signatures["serving_default"]
    outputs = signature(size=tf.constant([[3.5]]), where_it_grows=tf.constant([[0.0, 1.0, 0.0]]))
    assert {name: tuple(tensor.shape) for name, tensor in outputs.items()} == {"kind": (1, 3), "length": (1, 1)}


def test_a_keras_file_loads_in_plain_keras(exported_as: Callable[[str], Exported]) -> None:
    model = keras.models.load_model(exported_as("keras").path, safe_mode=True)
    assert [tuple(tensor.shape) for tensor in model.outputs] == [(None, 3), (None, 1)]


def test_a_python_module_loads_neither_keras_nor_tensorflow(exported_as: Callable[[str], Exported]) -> None:
    exported = exported_as("python")
    program = (
        "import sys; sys.path.insert(0, '')\n"  # also under PYTHONSAFEPATH
        "import numpy as np, flowers_2_0_model as m\n"
        "kind, length = m.predict([[3.5]], [[0, 1, 0]])\n"
        "assert kind.shape == (1, 3) and length.shape == (1, 1)\n"
        "print(m.CLASSES, {'keras', 'tensorflow'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=exported.path.parent, capture_output=True, text=True)
    assert done.stdout == "('setosa', 'versicolor', 'virginica') set()\n", done.stderr


def test_many_weights_have_a_file_beside_the_module(
    export: Callable[..., Exported], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file, "is_small", lambda deployed: False)
    export("python", out=tmp_path / "m.py")
    assert {path.name for path in tmp_path.iterdir()} == {"m.py", "m.npz"}
    (tmp_path / "m.py").unlink()
    with pytest.raises(ExperimentError, match=r"m\.npz already exists"):
        export("python", out=tmp_path / "m.py")
    assert {path.name for path in tmp_path.iterdir()} == {"m.npz"}


@pytest.mark.parametrize("form", ["keras", "savedmodel", "script"])
def test_what_is_there_is_not_overwritten(form: str, export: Callable[..., Exported], tmp_path: Path) -> None:
    place = tmp_path / "there"
    for make in (place.mkdir, lambda: place.write_text("mine"), lambda: place.symlink_to(tmp_path / "nowhere")):
        make()
        with pytest.raises(ExperimentError, match="already exists and was not overwritten"):
            export(form, out=place)
        place.rmdir() if place.is_dir() else place.unlink()


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (lambda arrays: [np.zeros((len(arrays[0]), 3)), np.zeros((len(arrays[0]), 1))], "predicts other numbers"),
        (lambda arrays: [np.zeros(3)], "other shapes"),
        (lambda arrays: [np.full((len(arrays[0]), n), np.nan) for n in (3, 1)], "predicts other numbers"),
    ],
)
def test_a_model_that_predicts_something_else_is_not_kept(
    load: Any, reason: str, export: Callable[..., Exported], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = FileFormat(".keras", model_file.FILE_FORMATS["keras"].write, lambda deployed, path: load)
    monkeypatch.setitem(model_file.FILE_FORMATS, "keras", wrong)
    with pytest.raises(TrainingError, match=reason):
        export("keras")
    assert list(tmp_path.iterdir()) == []


def test_without_the_data_random_samples_are_compared(
    export: Callable[..., Exported], run: Path, tmp_path: Path
) -> None:
    data = run.parent.parent / "flowers.csv"
    data.rename(tmp_path / "elsewhere")
    try:
        said = export("keras", out=tmp_path / "m.keras").said[-1]
    finally:
        (tmp_path / "elsewhere").rename(data)
    assert "random samples, as the data are not here" in said


def test_a_script_is_run_and_ends_with_the_weights_of_the_run(export: Callable[..., Exported], tmp_path: Path) -> None:
    stages = []
    exported = export("script", on_stage=stages.append)
    assert exported.said == ("Run again, it ends with the run's weights, bit for bit.",)
    assert "running the script" in stages
    assert {path.name for path in tmp_path.iterdir()} == {"flowers-2.0.py"}


def test_a_script_that_ends_otherwise_is_not_kept(
    export: Callable[..., Exported], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "import numpy as np\nclass model:\n    get_weights = lambda: [%s]\n"
    for body, reason in (("np.zeros(3)", "other shapes"), ("1 / 0", "ended with status 1: ZeroDivisionError")):
        monkeypatch.setattr(script_file, "script_text", lambda *_, body=body: text % body)
        with pytest.raises(TrainingError, match=reason):
            export("script")
        assert list(tmp_path.iterdir()) == []


def test_rounding_is_said_and_more_is_refused(run: Path) -> None:
    from nnrun.runs.trained_files import read_trained

    files = read_trained(run)
    own = list(files.weights.arrays.values())
    assert "up to rounding: the largest difference is 1e-05" in script_file._compare(files, [w + 1e-5 for w in own])
    with pytest.raises(TrainingError, match=r"the largest difference is 0\.1"):
        script_file._compare(files, [w + 0.1 for w in own])


def test_a_script_may_be_written_without_being_run(export: Callable[..., Exported]) -> None:
    exported = export("script", check=False)
    assert exported.said == ("The weights were not compared: the script was not run.",)
    assert exported.path.read_text(encoding="utf-8").startswith('"""The experiment flowers-2.0 as a plain Keras')


@pytest.mark.parametrize("form", ["script", "python"])
def test_no_text_of_a_run_from_elsewhere_becomes_code(
    form: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    injected = '"""; open("injected", "w").close()#\\\n"""\nopen("injected", "w").close()\n'
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "files" / "runs" / injected.replace("/", "")
    shutil.copytree(run, folder)
    shutil.copy(FLOWERS, tmp_path / "files")
    text = (folder / "run.json").read_text(encoding="utf-8")
    record = json.loads(text)
    record["versions"] = dict.fromkeys(record["versions"], injected)
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    exported = export_run(folder, form, keras_home=tmp_path / "keras", check=False)
    description, *statements = ast.parse(exported.path.read_bytes()).body
    assert "injected" in ast.dump(description)
    assert "injected" not in "".join(map(ast.dump, statements))
    assert not (tmp_path / "injected").exists()


def test_data_that_no_code_makes_lie_beside_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "it.yaml").write_text(
        "data: {generator: {sine: {samples: 40}}, window: {length: 4}, validation_split: 0.2}\n"
        "layers: [Flatten, {Dense: {units: 1}}]\noptimizer: adam\nloss: mse\nepochs: 2\n"
    )
    run = run_of(str(tmp_path / "it.yaml"), tmp_path, bare=True).folder
    (out := tmp_path / "out").mkdir()
    monkeypatch.chdir(out)
    exported = export_run(run, "script", keras_home=tmp_path)
    assert exported.said == (
        "A script has no code for data.window. Its data are in it-data.npz, prepared for the network.",
        "Run again, it ends with the run's weights, bit for bit.",
    )
    assert {path.name for path in out.iterdir()} == {"it.py", "it-data.npz"}
    (out / "it.py").unlink()
    with pytest.raises(ExperimentError, match=r"it-data\.npz already exists"):
        export_run(run, "script", keras_home=tmp_path)
    assert {path.name for path in out.iterdir()} == {"it-data.npz"}


def test_the_best_weights_become_a_script_that_restores_them(export: Callable[..., Exported]) -> None:
    text = export("script", weights="best", check=False).path.read_text(encoding="utf-8")
    assert 'EarlyStopping(monitor="val_loss", patience=6, restore_best_weights=True)' in text or "epochs=6" in text


def test_a_folder_that_cannot_be_written_is_reported(export: Callable[..., Exported], tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        export("keras", out=tmp_path / "missing" / "m.keras")


@pytest.mark.parametrize("form", SUFFIXES)
def test_the_name_of_an_export_is_that_of_the_experiment(form: str) -> None:
    assert default_name("xor", form) == f"xor{SUFFIXES[form]}"
    assert default_name("2-xor.b", "python") == "run_2_xor_b_model.py"


def test_an_interrupted_export_leaves_nothing(export: Callable[..., Exported], tmp_path: Path) -> None:
    def stop(stage: str) -> None:
        if stage == "running the script":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export("script", on_stage=stop)
    assert os.listdir(tmp_path) == []
