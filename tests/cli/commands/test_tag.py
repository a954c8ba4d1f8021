"""`nnrun tag` as a whole command."""

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


def tag(*arguments: str) -> list[str]:
    result = CliRunner().invoke(nnrun, ["tag", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_tags_are_added_removed_and_printed_and_the_record_stays(folder: Path) -> None:
    record = (folder / "run.json").read_bytes()
    assert tag("latest") == []
    assert tag("latest", "paper", "baseline") == ["paper", "baseline"]
    assert tag("20261123", "v1", "--remove", "paper") == ["baseline", "v1"]
    assert tag("latest") == ["baseline", "v1"]
    assert (folder / "run.json").read_bytes() == record
    listed = CliRunner().invoke(nnrun, ["list", "--tag", "v1", "--columns", "name,tags"]).stdout
    assert listed.splitlines()[1] == "20261123-142233-xor  baseline, v1"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("latest", "two words"), 2, "cannot be a tag"),
        (("latest", "--remove", "paper"), 2, "does not have the tag"),
        (("nothing", "paper"), 2, "There is no run"),
        (("runs", "paper"), 2, "run.json"),
    ],
)
def test_a_mistake_is_refused_and_nothing_written(
    folder: Path, arguments: tuple[str, ...], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tag", *arguments]) == status
    assert message in capsys.readouterr().err
    assert not list(Path("runs").rglob("annotations.json"))
