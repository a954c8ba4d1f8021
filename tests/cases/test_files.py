"""Files are read only where they should be: no link out of a run folder, no pipe, nothing without end."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from run_folder import PIXEL, make_run_folder

from nnrun.cli.main import run
from nnrun.runs.arrays import to_bytes

SECRET = "s3cr3t-token"
REPORT = ("report",)
PLOT = ("plot", "--format", "png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outside" / "plots").mkdir(parents=True)
    for name in ("experiment.yaml", "predictions.csv", "metrics.csv", "run.json", "trace.npz", "plots/mine.svg"):
        (tmp_path / "outside" / name).write_text(SECRET)
    return make_run_folder(tmp_path / "run")


def refused(capsys: pytest.CaptureFixture[str], command: tuple[str, ...], folder: Path) -> str:
    status = run([command[0], str(folder), *command[1:]])
    output = capsys.readouterr()
    assert (status, output.out) == (4, "")
    assert SECRET not in output.err
    return output.err


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("experiment.yaml", REPORT),
        ("predictions.csv", REPORT),
        ("metrics.csv", REPORT),
        ("metrics.csv", PLOT),
        ("run.json", REPORT),
        ("trace.npz", REPORT),
        ("trace.npz", PLOT),
        ("plots", REPORT),
        ("plots", PLOT),
        ("plots/mine.svg", REPORT),
    ],
)
def test_no_link_out_of_a_run_folder_is_followed(folder, name, command, capsys):
    path = folder / name
    path.rename(folder / "was") if path.exists() else None
    path.symlink_to(folder.parent / "outside" / name)
    before = sorted(os.walk(folder.parent / "outside"))
    assert f"{folder / name}" in (text := refused(capsys, command, folder))
    assert "it is a link that leads out of " in text
    assert sorted(os.walk(folder.parent / "outside")) == before


@pytest.mark.parametrize("command", [REPORT, PLOT])
@pytest.mark.parametrize("name", ["run.json", "metrics.csv", "trace.npz"])
@pytest.mark.parametrize("kind", ["pipe", "kernel", "device", "endless"])
def test_what_is_no_file_of_a_run_is_refused_at_once(folder, name, command, kind, capsys):
    (folder / name).unlink()
    if kind == "pipe":
        os.mkfifo(folder / name)
    elif kind == "endless":
        with (folder / name).open("wb") as stream:
            stream.truncate(2**42)
    else:
        (folder / name).symlink_to({"kernel": "/proc/self/environ", "device": "/dev/zero"}[kind])
    if name == "run.json" or command == PLOT:
        refused(capsys, command, folder)
    else:  # a report leaves out what is not there
        assert run(["report", str(folder)]) in (0, 4)


def test_the_folder_of_a_run_may_be_a_link_itself(folder, capsys):
    (folder.parent / "latest").symlink_to(folder)
    (folder / "plots" / "same.png").symlink_to("prediction.png")
    assert run(["report", str(folder.parent / "latest")]) == 0


@pytest.mark.parametrize("shape", [(), (0,), (401,), (401, 3), (401, 1, 1, 2), (3,)])
def test_arrays_of_other_shapes_are_left_out_of_a_report(folder, shape, capsys):
    arrays = {"neuron/kernel": np.ones(shape), "neuron/bias": np.zeros((401, 1))}
    (folder / "trace.npz").write_bytes(to_bytes(arrays))
    assert run(["report", str(folder)]) == 0


def test_metrics_that_no_training_reaches_are_drawn(folder):
    (folder / "metrics.csv").write_text("epoch,loss\n1,1e308\n2,-1e308\n3,1\n")
    assert run(["report", str(folder)]) == 0


def test_a_matrix_larger_than_can_be_drawn_is_refused(folder, capsys):
    arrays = {"confusion/matrix": np.zeros((5_000, 5_000), np.int8)}
    entry = {"kind": "confusion", "of": "", "held": {}, "values": {"labels": [], "title": ""}}
    entry["arrays"] = {"matrix": "confusion/matrix"}
    (folder / "plots" / "scene.json").write_text(json.dumps({"format": 1, "pictures": [entry]}))
    (folder / "plots" / "scene.npz").write_bytes(to_bytes(arrays))
    assert "the array confusion/matrix has more numbers than can be drawn" in refused(capsys, PLOT, folder)


def test_pictures_of_a_run_are_bounded(folder, capsys):
    with (folder / "plots" / "prediction.png").open("wb") as stream:
        stream.write(PIXEL)
        stream.truncate(2**40)
    assert "it has 1,048,576 MB" in refused(capsys, REPORT, folder)
