"""`nnrun plot` as a whole command: the paths that it prints and how it ends."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nnrun.cli.main import nnrun, run
from nnrun.report.scene import history_picture, weights_picture, write_scene
from nnrun.runs.metrics_file import MetricsFile
from nnrun.runs.record import RunRecord, write_record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a run, without a scene."""
    write_record(
        tmp_path,
        RunRecord(name="xor", experiment_sha256="0" * 64, status="completed", started=datetime.now(UTC), seed=0),
    )
    with MetricsFile(tmp_path / "metrics.csv") as metrics:
        metrics.append({"loss": [0.5, 0.25], "seconds": [1.0, 1.0]})
    return tmp_path


def plot(*arguments: object) -> Result:
    return CliRunner().invoke(nnrun, ["plot", *map(str, arguments)], catch_exceptions=False)


def test_the_path_of_every_picture_is_printed(folder: Path) -> None:
    write_scene(folder, [history_picture("xor", {})])
    result = plot(folder, "--format", "svg", "--style", "paper", "--only", "history")
    assert result.stdout == f"{folder / 'plots' / 'history.svg'}\n"
    assert result.stderr == f"reading {folder} …\ndrawing 1 picture …\n"
    assert (folder / "plots" / "history.svg").read_bytes().startswith(b"<?xml")


def test_a_run_without_a_scene_is_drawn_as_far_as_it_goes_and_that_is_told(folder: Path) -> None:
    result = plot(folder)
    assert result.exit_code == 0
    assert result.stdout == f"{folder / 'plots' / 'history.png'}\n"
    *stages, missing = result.stderr.splitlines()
    assert stages[-1] == "drawing 1 picture …"
    assert missing == f"{folder} does not contain the data for more plots; train it again to get them."


def test_a_name_that_is_none_and_a_folder_that_is_none_have_their_status(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plot", str(folder), "--only", "confusion"]) == 2
    assert 'has no picture "confusion"' in capsys.readouterr().err
    assert run(["plot", str(tmp_path / "nothing")]) == 2
    assert "there is no such file or folder" in capsys.readouterr().err


@pytest.mark.parametrize("record", ['{"format": 99}', '{"format": 1, "sta'])
@pytest.mark.parametrize("options", [[], ["--terminal"]])
def test_a_damaged_record_or_one_of_a_newer_version_is_refused(
    record: str, options: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "run.json").write_text(record)
    assert run(["plot", str(folder), *options]) == 2
    assert "run.json is not a run record" in capsys.readouterr().err
    assert not (folder / "plots").exists()


def test_a_picture_that_cannot_be_drawn_is_status_4(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_scene(folder, [weights_picture("xor", {})])
    assert run(["plot", str(folder)]) == 4  # there is no trace
    assert "trace.npz" in capsys.readouterr().err
    assert "Traceback" not in capsys.readouterr().err
    assert sys.exc_info() == (None, None, None)


def test_the_terminal_sees_the_history_and_no_file_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = plot(folder, "--terminal").output.splitlines()
    assert lines[0] == "loss"
    assert max(map(len, lines)) <= 60
    assert "\x1b" not in "".join(lines)
    assert not (folder / "plots").exists()
