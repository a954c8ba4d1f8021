"""Arguments that name runs, in every command that takes them."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from stored_runs import add_run
from sweep_folder import make_sweep_folder

from nnrun.cli.main import nnrun
from nnrun.errors import StorageError

XOR = Path("runs/20261123-142233-xor")
SWEEP = Path("runs/20261123-150000-xor-sweep")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run and a sweep in the folder `runs` of the current one."""
    monkeypatch.chdir(tmp_path)
    add_run(Path("runs"), XOR.name)
    make_sweep_folder(SWEEP, "seed=0..1")
    return tmp_path


def argument(command: str, *words: str) -> object:
    """The value of the first argument of a command."""
    parsed: click.Command = nnrun.commands[command]
    name = next(parameter.name for parameter in parsed.params if isinstance(parameter, click.Argument))
    return parsed.make_context(command, list(words)).params[str(name)]


@pytest.mark.parametrize("command", ["show", "tag", "note", "resume", "plot", "report", "explain", "compare"])
@pytest.mark.parametrize("name", ["latest:xor", "20261123-14", str(XOR), f"{XOR}/"])
def test_a_run_is_named_in_the_same_ways_everywhere(command: str, name: str) -> None:
    assert argument(command, name) == XOR


@pytest.mark.parametrize("command", ["resume", "plot", "report", "compare"])
def test_a_sweep_is_named_as_a_run_is(command: str) -> None:
    assert argument(command, "20261123-15") == SWEEP


def test_several_runs_and_shards_are_named_so_too() -> None:
    assert argument("rm", "20261123-14", "latest") == (XOR, SWEEP)
    assert argument("merge", "20261123-15", str(SWEEP)) == (SWEEP, SWEEP)


@pytest.mark.parametrize("command", ["show", "tag", "note", "explain", "diff"])
def test_where_only_a_run_will_do_a_sweep_is_refused(command: str) -> None:
    with pytest.raises(StorageError, match="is the folder of a sweep, not of a run"):
        argument(command, "20261123-15", "20261123-14")


@pytest.mark.parametrize("name", ["latest.yaml", "plain", "missing.yaml", "missing.yml"])
def test_to_explain_a_file_stays_a_file(folder: Path, name: str) -> None:
    (folder / "latest.yaml").touch()
    (folder / "plain").touch()
    assert argument("explain", name) == Path(name)


def test_the_folder_of_runs_is_read_wherever_the_option_stands(folder: Path) -> None:
    Path("runs").rename("elsewhere")
    for words in (("latest:xor", "--runs-dir", "elsewhere"), ("--runs-dir", "elsewhere", "latest:xor")):
        assert argument("show", *words) == Path("elsewhere") / XOR.name


def test_the_option_comes_before_the_environment_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("runs").rename("elsewhere")
    monkeypatch.setenv("NNRUN_RUNS_DIR", "elsewhere")
    assert argument("show", "latest:xor") == Path("elsewhere") / XOR.name
    with pytest.raises(StorageError, match="nothing"):
        argument("show", "latest:xor", "--runs-dir", "nothing")
