"""`nnrun doctor`: whether this machine is ready to train, and why not."""

import importlib.metadata
import os
import subprocess
import sys

import pytest

from nnrun.cli.commands import doctor as room
from nnrun.cli.main import run
from nnrun.errors import ExperimentError, StorageError


@pytest.fixture
def no_tensorflow(monkeypatch):
    """The devices are told without TensorFlow, which takes seconds to load."""
    monkeypatch.setattr(room, "_devices", lambda: "Devices: cpu")


@pytest.mark.keras
def test_a_whole_installation_is_well(tmp_path):
    process = subprocess.run(
        [sys.executable, "-m", "nnrun", "doctor"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    assert process.stderr == f"loading TensorFlow {importlib.metadata.version('tensorflow')} …\n"
    for package in ("keras", "tensorflow", "numpy"):
        assert f"{package} {importlib.metadata.version(package)}" in process.stdout.splitlines()
    assert "Devices: cpu" in process.stdout
    assert f"{len(os.sched_getaffinity(0))} threads" in process.stdout
    assert process.stdout.splitlines()[-1] == "Ready to train."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_tensorflow")
def test_a_runs_folder_that_cannot_be_written_is_status_4(tmp_path, capsys):
    file = tmp_path / "file"
    file.touch()
    assert run(["doctor", "--runs-dir", str(file)]) == StorageError.exit_status
    output = capsys.readouterr()
    assert output.err.startswith(f"Could not write to {file}: a part of this path is a file, not a folder.")
    assert "Ready to train." not in output.out


@pytest.mark.usefixtures("no_tensorflow")
def test_a_runs_folder_that_is_there_or_can_be_made_is_well_and_stays_as_it_was(tmp_path, capsys):
    assert run(["doctor", "--runs-dir", str(tmp_path)]) == 0
    assert f"Runs folder: {tmp_path}\n" in capsys.readouterr().out
    assert run(["doctor", "--runs-dir", str(tmp_path / "a" / "b")]) == 0
    assert f"Runs folder: {tmp_path}/a/b, which the first run creates\n" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_tensorflow")
def test_a_missing_package_is_status_2_and_does_not_hide_the_rest(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(room, "_PACKAGES", ("keras", "no-such-package", "numpy"))
    assert run(["doctor", "--runs-dir", str(tmp_path)]) == ExperimentError.exit_status
    output = capsys.readouterr()
    assert output.err == "no-such-package is missing.\n  pip install no-such-package\n"
    assert f"numpy {importlib.metadata.version('numpy')}" in output.out


def test_a_tensorflow_that_does_not_work_is_status_2(tmp_path, monkeypatch, capsys):
    from nnrun.model import runtime

    def fail() -> None:
        raise ImportError("libcudart.so: cannot open shared object file")

    monkeypatch.setattr(runtime, "start_tensorflow", fail)
    assert run(["doctor", "--runs-dir", str(tmp_path)]) == 2
    assert "\nTensorFlow does not work: ImportError: libcudart.so" in capsys.readouterr().err


@pytest.mark.usefixtures("no_tensorflow")
def test_a_catalogue_of_another_keras_is_told_and_no_failure(tmp_path, monkeypatch, capsys):
    installed = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "9.9" if name == "keras" else installed(name))
    assert run(["doctor", "--runs-dir", str(tmp_path)]) == 0
    assert ", not 9.9: some new arguments are unknown to nnrun" in capsys.readouterr().out
