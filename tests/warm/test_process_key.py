"""The key of a worker: other as soon as anything changes that a command could depend on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import nnrun
from nnrun.warm.process_key import process_key


def test_it_is_the_same_as_long_as_nothing_changes() -> None:
    assert process_key(2) == process_key(2)
    assert process_key(2) != process_key(3)
    assert len(process_key()) == 24


@pytest.mark.parametrize(
    "name", ["KERAS_HOME", "TF_ENABLE_ONEDNN_OPTS", "XLA_FLAGS", "OMP_NUM_THREADS", "PYTHONPATH", "LC_ALL", "HOME"]
)
def test_variables_that_are_read_once_change_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = process_key(2)
    monkeypatch.setenv(name, "other")
    assert process_key(2) != before


@pytest.mark.parametrize("name", ["NNRUN_RUNS_DIR", "COLUMNS", "PWD", "NO_COLOR"])
def test_those_that_every_command_reads_do_not(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = process_key(2)
    monkeypatch.setenv(name, "other")
    assert process_key(2) == before


def key_in(packages: Path, before: str = "", python: str = sys.executable) -> str:
    """The key of a process that imports nnrun from a folder, after some statements."""
    folders = os.pathsep.join([str(packages), *filter(os.path.isabs, sys.path)])
    environment = {**os.environ, "PYTHONPATH": folders, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [python, "-P", "-c", f"{before}\nfrom nnrun.warm.process_key import process_key; print(process_key(2))"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_changed_file_of_nnrun_changes_it(tmp_path: Path) -> None:
    shutil.copytree(Path(nnrun.__file__).parent, tmp_path / "nnrun", ignore=shutil.ignore_patterns("__pycache__"))
    before = key_in(tmp_path)
    (tmp_path / "nnrun" / "__pycache__").mkdir(exist_ok=True)
    assert key_in(tmp_path) == before
    with (tmp_path / "nnrun" / "cli" / "words.py").open("a") as stream:
        stream.write("\n")
    assert key_in(tmp_path) != before


def test_limits_change_it() -> None:
    packages = Path(nnrun.__file__).parent.parent
    fewer = "import resource as r; soft, hard = r.getrlimit(r.RLIMIT_NOFILE); "
    fewer += "r.setrlimit(r.RLIMIT_NOFILE, (soft - 1, hard))"
    assert key_in(packages, fewer) != key_in(packages)


def test_another_virtual_environment_changes_it(tmp_path: Path) -> None:
    packages = Path(nnrun.__file__).parent.parent
    venv.create(tmp_path / "other")
    programs = tmp_path / "other" / ("Scripts" if os.name == "nt" else "bin")
    assert key_in(packages, python=str(programs / "python")) != key_in(packages)
