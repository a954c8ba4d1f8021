"""`nnrun note` as a whole command."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from stored_runs import add_run

from nnrun.cli.main import nnrun, run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run in the folder `runs` of the current one."""
    monkeypatch.chdir(tmp_path)
    return add_run(Path("runs"), "20261123-142233-xor")


def note(*arguments: str) -> str:
    result = CliRunner().invoke(nnrun, ["note", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_note_is_written_replaced_printed_and_removed(folder: Path) -> None:
    assert note("latest") == ""
    assert note("latest", "learning rate too high") == ""
    assert note("latest") == "learning rate too high\n"
    note("latest", "«größer» – 日本")
    assert note("latest") == "«größer» – 日本\n"
    note("latest", "")
    assert note("latest") == ""


def test_escape_codes_of_a_note_do_not_reach_the_terminal(folder: Path) -> None:
    note("latest", "\x1b[31mred")
    assert "\x1b" not in note("latest")


@pytest.mark.parametrize(("name", "message"), [("nothing", "There is no run"), ("runs", "run.json")])
def test_what_is_no_run_gets_no_note(folder: Path, name: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["note", name, "text"]) == 2
    assert message in capsys.readouterr().err
    assert not list(Path("runs").rglob("annotations.json"))
