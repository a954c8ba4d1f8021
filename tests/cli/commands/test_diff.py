"""`nnrun diff` as a whole command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from stored_runs import add_run, seeded

from nnrun.cli.main import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs in the folder `runs` of the current one; `a` and `b` have the same settings."""
    monkeypatch.chdir(tmp_path)
    add_run(Path("runs"), "a")
    add_run(Path("runs"), "b", minute=1)
    add_run(Path("runs"), "c", seeded(7), ("optimizer: sgd", "optimizer: {SGD: {learning_rate: 0.5}}"), minute=2)
    return Path("runs")


def test_the_same_settings_have_no_diff(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "a", "b"]) == 0
    assert capsys.readouterr().out == ""
    assert run(["diff", "a", "b", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["settings"] == {}


def test_different_settings_are_a_unified_diff(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "a", "latest"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["--- runs/a/resolved.yaml", "+++ runs/c/resolved.yaml"]
    assert "-seed: 0" in lines
    assert "+seed: 7" in lines
    assert any(line.startswith("+") and "learning_rate: 0.5" in line for line in lines)


def test_as_json_they_are_settings_by_path(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "a", "c", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "runs": ["runs/a", "runs/c"],
        "settings": {"seed": [0, 7], "optimizer.learning_rate": [0.01, 0.5]},
    }


def test_a_run_without_a_resolved_file_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a" / "resolved.yaml").unlink()
    assert run(["diff", "a", "b"]) in (2, 4)
    assert "resolved.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "status"), [(("a",), 64), (("a", "b", "c"), 64), (("a", "nothing"), 2)])
def test_a_diff_is_of_two_runs(
    folder: Path, arguments: tuple[str, ...], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diff", *arguments]) == status
    assert capsys.readouterr().err
