"""`nnrun rm` as a whole command."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from stored_runs import add_run, owned_by_another_process
from sweep_folder import make_sweep_folder

from nnrun.cli.main import nnrun, run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs in the folder `runs` of the current one, of today, ten and forty days ago."""
    monkeypatch.chdir(tmp_path)
    now = datetime.now().astimezone()
    for name, days, loss in (("old", 40, 0.1), ("older", 50, 0.2), ("new", 0, 0.3)):
        add_run(Path("runs"), name, started=now - timedelta(days=days), final_metrics={"loss": loss})
    return Path("runs")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def test_named_runs_are_removed_and_printed(folder: Path) -> None:
    result = CliRunner().invoke(nnrun, ["rm", "new", "older", "--yes"], catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (0, "runs/new\nruns/older\n")
    assert names(folder) == {"old"}


def test_a_dry_run_removes_nothing_and_does_not_ask(folder: Path) -> None:
    result = CliRunner().invoke(nnrun, ["rm", "--older", "30d", "--dry-run"], catch_exceptions=False)
    assert result.stdout == "runs/old\nruns/older\n"
    assert names(folder) == {"old", "older", "new"}


def test_older_runs_are_removed_but_the_best(folder: Path) -> None:
    arguments = ["rm", "--older", "30d", "--keep-best", "loss", "--yes"]
    assert CliRunner().invoke(nnrun, arguments, catch_exceptions=False).stdout == "runs/older\n"
    assert names(folder) == {"old", "new"}


def test_without_a_terminal_nothing_is_removed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nnrun.cli.commands.rm._is_terminal", lambda: False)
    assert run(["rm", "new"]) == 64
    assert "add --yes" in capsys.readouterr().err
    assert names(folder) == {"old", "older", "new"}


@pytest.mark.parametrize(("typed", "left"), [("y\n", {"old", "older"}), ("n\n", {"old", "older", "new"})])
def test_in_a_terminal_it_asks(folder: Path, monkeypatch: pytest.MonkeyPatch, typed: str, left: set[str]) -> None:
    monkeypatch.setattr("nnrun.cli.commands.rm._is_terminal", lambda: True)
    result = CliRunner().invoke(nnrun, ["rm", "new"], input=typed)
    assert "Remove 1 run?" in result.stderr
    assert names(folder) == left


def test_of_the_weights_only_the_run_stays(folder: Path) -> None:
    assert run(["rm", "new", "--weights-only", "--yes"]) == 0
    assert not (folder / "new" / "trace.npz").exists()
    assert run(["show", "new"]) == 0


def test_a_sweep_is_removed_whole(folder: Path) -> None:
    make_sweep_folder(folder / "sweep", "seed=0..1")
    assert run(["rm", "sweep", "--yes"]) == 0
    assert names(folder) == {"old", "older", "new"}


def test_if_one_is_refused_none_is_removed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "link").symlink_to(folder.absolute() / "old")
    with owned_by_another_process(folder / "older"):
        assert run(["rm", "new", "older", "runs/link", "--yes"]) == 2
    message = capsys.readouterr().err
    assert "A process is training in runs/older." in message
    assert "runs/link is a link" in message
    assert names(folder) == {"old", "older", "new", "link"}


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((), 64, "Name runs to remove"),
        (("--keep-best", "loss"), 64, "Name runs to remove"),
        (("new", "--older", "30d", "--yes"), 64, "or give --older, not both"),
        (("--older", "30"), 64, "write an age as 30d"),
        (("--older", "99999999d"), 64, "write an age as 30d"),
        (("nothing", "--yes"), 2, "There is no run"),
        (("runs", "--yes"), 2, "is not the folder of a run"),
        (("..", "--yes"), 2, "is not the folder of a run"),
        (("--older", "1d", "--keep-best", "los", "--yes"), 2, 'the metric "los"'),
    ],
)
def test_a_mistake_is_refused_and_nothing_removed(
    folder: Path, arguments: tuple[str, ...], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rm", *arguments]) == status
    assert message in capsys.readouterr().err
    assert names(folder) == {"old", "older", "new"}


def test_nothing_to_remove_is_no_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rm", "--older", "52w", "--yes"]) == 0
    assert capsys.readouterr().err == "No runs to remove.\n"
