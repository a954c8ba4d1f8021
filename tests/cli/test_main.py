"""What happens around every command: exit statuses, errors in one place, no traceback."""

import os
import subprocess
import sys

import click
import pytest

import nnrun
from experiments import EXPERIMENTS
from nnrun.cli import main as room
from nnrun.cli.main import nnrun as group
from nnrun.cli.main import run
from nnrun.errors import (
    Bug,
    ExperimentError,
    Interrupted,
    NnrunError,
    OutputClosed,
    Paused,
    Reported,
    ResumeError,
    RunError,
    StorageError,
    Terminated,
    TrainingError,
    UsageError,
)


@pytest.fixture
def failing(monkeypatch):
    """A command that raises what it is given."""

    def add(error: Exception) -> None:
        @click.command(name="fail")
        def fail() -> None:
            raise error

        monkeypatch.setitem(room.nnrun.commands, "fail", fail)

    return add


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (ExperimentError, 2),
        (UsageError, 64),
        (TrainingError, 3),
        (StorageError, 4),
        (RunError, 2),
        (ResumeError, 5),
        (Bug, 70),
        (Interrupted, 130),
        (Terminated, 143),
        (OutputClosed, 141),
    ],
)
def test_every_kind_of_error_has_its_exit_status(kind, status, failing, capsys):
    failing(kind("this is why"))
    assert run(["fail"]) == status
    assert capsys.readouterr().err == "this is why\n"


def test_every_error_of_the_family_is_covered():
    def below(kind):
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    covered = {
        ExperimentError,
        UsageError,
        TrainingError,
        StorageError,
        RunError,
        ResumeError,
        Bug,
        Interrupted,
        Terminated,
        OutputClosed,
    }
    family = {kind for kind in below(Reported) if kind.__module__ == Reported.__module__}
    assert family == covered | {NnrunError, Reported, Paused}  # a paused run is resumed by the command that paused it


def test_no_code_that_catches_exceptions_catches_an_interruption():
    kinds = (Interrupted, Terminated, OutputClosed, Paused)
    assert not any(issubclass(kind, Exception) for kind in kinds)


def test_an_unforeseen_error_is_called_a_bug_and_shows_its_traceback_only_when_asked(failing, capsys):
    failing(ZeroDivisionError("oh"))
    assert run(["fail"]) == 70
    assert capsys.readouterr().err == "This is a bug in nnrun: ZeroDivisionError: oh (see nnrun --debug)\n"
    for arguments in (["--debug", "fail"], ["fail", "--debug"]):
        assert run(arguments) == 70
        assert "Traceback" in capsys.readouterr().err


def nnrun_to(stdout: object, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "nnrun", *words], stdout=stdout, stderr=subprocess.PIPE)


@pytest.mark.parametrize("word", ["schema", "--version"])  # of which one fills the pipe and one does not
def test_a_closed_output_has_its_own_status(word):
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as closed:
        ended = nnrun_to(closed, word)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_a_full_disk_below_the_output_is_exit_status_4():
    with open("/dev/full", "wb") as full:
        ended = nnrun_to(full, "schema")
    assert (ended.returncode, ended.stderr) == (4, b"The operating system refused: No space left on device\n")


def test_without_standard_output_a_command_does_its_work():
    command = [sys.executable, "-m", "nnrun", "check", str(EXPERIMENTS / "xor.yaml")]
    ended = subprocess.run(["/bin/sh", "-c", '"$@" >&-', "sh", *command], stderr=subprocess.PIPE)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_the_version_is_told(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"nnrun, version {nnrun.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "train"),
        (["list", "--lst", "3"], "--last"),
        (["check"], "Missing argument"),
        (["list", "--last", "-1"], "Invalid value for '--last'"),
        (["rm"], "Name runs to remove"),
        ([], "Usage: nnrun"),
    ],
)
def test_a_wrong_command_line_is_status_64(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    assert run(arguments) == 64
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "missing.yaml"],
        ["check", "."],
        ["show", "missing"],
        ["check", str(EXPERIMENTS / "xor.yaml"), "--set", "epochs=0"],
    ],
)
def test_what_the_command_line_names_is_status_2(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    assert "Usage:" not in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(group.commands))
def test_every_command_and_option_has_a_help_text(name):
    command = group.commands[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("name", sorted(group.commands))
def test_no_command_shows_more_than_twelve_options(name):
    shown = [p for p in group.commands[name].params if isinstance(p, click.Option) and not p.hidden]
    assert len(shown) <= 12


def test_the_list_of_commands_says_in_whole_sentences_what_each_is_for():
    for command in group.commands.values():
        assert command.get_short_help_str(60).endswith(".")
        assert not command.get_short_help_str(60).endswith("...")


def test_every_command_with_a_folder_of_runs_takes_it_from_the_environment():
    options = [option for command in group.commands.values() for option in command.params if option.name == "runs_dir"]
    assert len(options) >= 14
    for option in options:
        assert (option.envvar, option.show_envvar) == ("NNRUN_RUNS_DIR", True)


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("train", "xor.yaml", "--epochs", "3"), "Change the setting with --set epochs=…"),
        (("sweep", "xor.yaml", "--batch-size=8"), "Change the setting with --set batch_size=…"),
        (("check", "xor.yaml", "--lr", "1"), "Change the setting with --set optimizer.learning_rate=…"),
        (("train", "xor.yaml", "--sed", "3"), "--set"),
        (("list", "--epochs", "3"), "No such option '--epochs'.\n"),
    ],
)
def test_an_unknown_option_that_is_named_as_a_setting_is_refused_with_how_to_change_it(arguments, remedy, capsys):
    assert run([*arguments]) == 64
    assert remedy in capsys.readouterr().err
