"""What the pictures of a run show, kept in its folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnrun.errors import ExperimentError, StorageError
from nnrun.plots.picture import KINDS, Picture
from nnrun.plots.style import DARK
from nnrun.report.redraw import redraw
from nnrun.report.scene import has_scene, history_picture, read_scene, weights_picture, write_scene
from nnrun.runs.arrays import read_arrays, write_arrays
from nnrun.runs.metrics_file import MetricsFile
from nnrun.runs.record import RunRecord, write_record

MATRIX = np.array([[3, 1], [0, 4]])
TRACE = {"neuron/kernel": np.zeros((3, 1, 1), np.float32)}
WEIGHTS = {"neuron/kernel": np.ones((1, 1), np.float32)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a run, without a scene."""
    write_record(
        tmp_path,
        RunRecord(name="xor", experiment_sha256="0" * 64, status="completed", started=datetime.now(UTC), seed=0),
    )
    with MetricsFile(tmp_path / "metrics.csv") as metrics:
        metrics.append({"loss": [0.5, 0.25], "learning_rate": [0.1, 0.1], "seconds": [1.0, 1.0]})
    write_arrays(tmp_path / "trace.npz", TRACE)
    write_arrays(tmp_path / "weights.npz", WEIGHTS | {"best/neuron/kernel": np.zeros((1, 1))})
    return tmp_path


def scene() -> list[Picture]:
    confusion = {"matrix": MATRIX, "labels": ["no", "yes"], "title": "xor"}
    layers = [{"name": "x", "kind": "Input", "inputs": [], "shape": "(1)", "parameters": 0, "activation": ""}]
    network = {"layers": layers, "outputs": {}, "weights": WEIGHTS, "title": "xor"}
    return [
        history_picture("xor", {"loss": [0.5, 0.25]}),
        weights_picture("xor", TRACE),
        Picture("confusion", confusion),
        Picture("classes", confusion, of="digit"),
        Picture("network", network, {"weights": "weights.npz"}),
    ]


def test_what_is_read_is_what_was_written(folder: Path) -> None:
    write_scene(folder, scene())
    read = read_scene(folder)
    assert [picture.name for picture in read] == ["history", "weights", "confusion", "classes-digit", "network"]
    assert read[0].arguments["history"]["loss"] == [0.5, 0.25]
    np.testing.assert_array_equal(read[2].arguments["matrix"], MATRIX)
    assert read[2].arguments["labels"] == ["no", "yes"]
    assert read[3].of == "digit"
    assert set(read[4].arguments["weights"]) == {"neuron/kernel"}  # not those of the best epoch
    assert read[4].arguments["layers"] == scene()[4].arguments["layers"]


def test_an_array_of_several_pictures_and_what_other_files_hold_is_kept_once(folder: Path) -> None:
    write_scene(folder, scene())
    assert set(read_arrays(folder / "plots" / "scene.npz")) == {"confusion/matrix"}


def test_predictions_that_are_not_finite_are_kept(folder: Path) -> None:
    write_scene(folder, [Picture("residuals", {"true": np.array([1.0]), "predicted": np.array([np.inf])})])
    assert read_scene(folder)[0].arguments["predicted"] == [np.inf]


def test_a_run_without_a_scene_has_its_history_and_its_weights(folder: Path) -> None:
    assert not has_scene(folder)
    assert [picture.name for picture in read_scene(folder)] == ["history", "weights"]
    (folder / "trace.npz").unlink()
    assert [picture.arguments["title"] for picture in read_scene(folder)] == ["xor"]


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"run\.json"):
        read_scene(tmp_path)


def change(entry: dict[str, Any], **values: Any) -> None:
    entry.update(values)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda content: content.update(format=9), "its format is 9"),
        (lambda content: content.pop("pictures"), "pictures"),
        (lambda content: change(content["pictures"][0], kind="os.system"), "no pictures of the kind 'os.system'"),
        (lambda content: change(content["pictures"][0], of="../../x"), "cannot be part of a file's name"),
        (lambda content: change(content["pictures"][0], held={"history": "/etc/passwd"}), "/etc/passwd"),
        (lambda content: change(content["pictures"][2], arrays={"matrix": "other"}), "other"),
        (lambda content: change(content["pictures"][2], values=7), "does not describe pictures"),
    ],
)
def test_a_scene_that_is_none_is_refused_with_a_reason(folder: Path, damage: Any, reason: str) -> None:
    write_scene(folder, scene())
    path = folder / "plots" / "scene.json"
    content = json.loads(path.read_text())
    damage(content)
    path.write_text(json.dumps(content))
    with pytest.raises(StorageError, match=reason.replace(".", r"\.")):
        read_scene(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_any_text_is_refused(folder: Path, text: str) -> None:
    write_scene(folder, scene())
    (folder / "plots" / "scene.json").write_text(text)
    with pytest.raises(StorageError, match="does not describe pictures"):
        read_scene(folder)


def test_drawing_writes_every_file_and_the_same_ones_again(folder: Path) -> None:
    write_scene(folder, scene())
    paths = list(redraw(folder))
    assert [path.name for path in paths] == [
        *("history.png", "weights.png", "confusion.png", "classes-digit.png", "network.svg", "network.png")
    ]
    before = {path: path.read_bytes() for path in paths}
    assert {path: path.read_bytes() for path in redraw(folder)} == before
    assert all(before[path] != path.read_bytes() for path in redraw(folder, theme=DARK))


def test_some_pictures_alone_can_be_drawn(folder: Path) -> None:
    write_scene(folder, scene())
    assert [path.name for path in redraw(folder, ["classes", "history"], form="svg")] == [
        *("history.svg", "classes-digit.svg")
    ]


def test_a_picture_that_is_not_there_is_named_with_the_nearest(folder: Path) -> None:
    with pytest.raises(ExperimentError, match=r'has no picture "histroy"\.\n.*history'):
        list(redraw(folder, ["histroy"]))


def test_a_picture_that_cannot_be_drawn_does_not_keep_the_others(folder: Path) -> None:
    write_scene(folder, [Picture("confusion", {"nonsense": 1}), *scene()[:1]])
    with pytest.raises(StorageError, match=r"confusion\.png could not be drawn: TypeError"):
        list(redraw(folder))
    assert (folder / "plots" / "history.png").exists()


def test_every_kind_can_be_kept(folder: Path) -> None:
    write_scene(folder, [Picture(kind, {"title": kind}) for kind in KINDS])
    assert [picture.kind for picture in read_scene(folder)] == list(KINDS)


def test_a_picture_with_more_numbers_than_can_be_drawn_is_left_out(folder: Path) -> None:
    large = np.zeros((5_000, 5_000), np.int8)
    write_scene(folder, [*scene(), Picture("confusion", {"matrix": large, "labels": [], "title": ""}, of="large")])
    assert [picture.name for picture in read_scene(folder)] == [picture.name for picture in scene()]
    column = np.zeros((17_000_000, 1), np.int8)
    write_scene(folder, [Picture("residuals", {"true": column, "predicted": column, "target": "y", "title": ""})])
    assert [picture.name for picture in read_scene(folder)] == ["residuals"]
