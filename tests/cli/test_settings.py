"""Settings of commands: from the command line, the environment, a project, or the default."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
import pytest

from experiments import EXPERIMENTS
from nnrun.cli.main import nnrun, run
from nnrun.cli.project import KEYS, OPTIONS, find_project, variable_of
from nnrun.cli.settings import settings_in_force, unknown_variables, use_project


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project with a folder in which commands are run."""
    (tmp_path / "project" / "deep" / "down").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project" / "deep" / "down")
    return tmp_path / "project"


def write(folder: Path, *lines: str) -> None:
    (folder / "pyproject.toml").write_text("\n".join(["[project]", 'name = "x"', "", "[tool.nnrun]", *lines, ""]))


def listed_from(capsys, *words: str) -> str:
    """The folder of runs that `nnrun list` does not find."""
    assert run(["list", *words]) == 4
    return capsys.readouterr().err.partition(" with runs.")[0].removeprefix("There is no folder ")


def test_the_command_line_precedes_the_environment_and_that_the_project(project, monkeypatch, capsys):
    assert listed_from(capsys) == "runs"
    write(project, 'runs-dir = "results"')
    assert listed_from(capsys) == "../../results"
    monkeypatch.setenv("NNRUN_RUNS_DIR", "from_environment")
    assert listed_from(capsys) == "from_environment"
    assert listed_from(capsys, "--runs-dir", "given") == "given"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no folder that is in use")
def test_a_present_folder_that_was_removed_is_named_as_the_reason(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert run(["catalog"]) == 4
    assert capsys.readouterr().err == "The present folder was removed.\n  Go to one that exists: cd\n"


def test_the_nearest_project_with_settings_counts(project):
    write(project, "threads = 2")
    (project / "deep" / "pyproject.toml").write_text("[project]\nname = 'no settings, not even for nnrun'\n")
    assert find_project(project / "deep" / "down").values == {"threads": 2}
    write(project / "deep", "threads = 3")
    assert find_project(project / "deep" / "down").values == {"threads": 3}
    assert find_project(project).values == {"threads": 2}


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("thread = 2", 'Unknown setting "thread" in [tool.nnrun].', 'Did you mean "threads"?'),
        ("yes = true", 'Unknown setting "yes"', "The settings are: runs-dir, "),
        ('threads = "2"', 'threads is a whole number. Received: "2"', None),
        ("threads = true", "threads is a whole number. Received: true", None),
        ("threads = 0", "threads: 0 is not in the range x>=1.", None),
        ('quiet = "yes"', 'quiet is true or false. Received: "yes"', None),
        ('checkpoint-every = "soon"', "checkpoint-every: write seconds as 10s", None),
        ("device = 1", "device is a text. Received: 1", None),
        ('keep = "some"', "keep: 'some' is not one of", None),
        ('git-patch = "no"', 'git-patch is true or false. Received: "no"', None),
        ("runs-dir = 3", "runs-dir is the path of a folder. Received: 3", None),
        ('runs-dir = "../elsewhere"', "runs-dir leads out of ", "set NNRUN_RUNS_DIR"),
        ('data-dir = ["data", "/"]', "data-dir leads out of ", "set NNRUN_DATA_DIR"),
        ('data-dir = "link"', "data-dir leads out of ", "set NNRUN_DATA_DIR"),
        ("[tool.nnrun.threads]\ntrain = 2", 'threads is a whole number. Received: {"train": 2}', None),
    ],
)
def test_what_is_no_setting_is_told_with_its_line(project, line, message, hint, capsys):
    (project / "link").symlink_to("/")
    write(project, "jobs = 2", line)
    assert run(["list"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"../../pyproject.toml:6:1: {message}") or "[tool.nnrun.threads]" in told
    assert message in told
    assert hint is None or hint in told


def test_all_mistakes_are_told_at_once_in_their_order(project, capsys):
    write(project, "threads = 0", "jbs = 2", "quiet = 1")
    assert run(["list"]) == 2
    told = capsys.readouterr().err
    assert [line.split(":")[1] for line in told.splitlines() if line.startswith("../..")] == ["5", "6", "7"]


@pytest.mark.parametrize("text", ["[tool.nnrun", "tool = 3 # nnrun", "[tool]\nnnrun = 3\n"])
def test_a_file_that_is_no_toml_or_has_no_table_is_refused(project, text, capsys):
    (project / "pyproject.toml").write_text(text)
    assert run(["list"]) == 2
    assert "pyproject.toml" in capsys.readouterr().err


def test_a_pipe_or_a_folder_in_place_of_a_project_is_passed_over(project):
    os.mkfifo(project / "pyproject.toml")
    (project / "deep" / "pyproject.toml").mkdir()
    assert find_project(project / "deep" / "down").file is None


def test_data_folders_of_a_project_may_be_read(project, capsys):
    (project / "data").mkdir()
    (project / "data" / "rows.csv").write_text("x,y\n" + "".join(f"{i}.5,{i}\n" for i in range(9)))
    Path("exp.yaml").write_text(
        "data: {generator: {csv: {path: ../../data/rows.csv}}}\nlayers: [{Dense: {units: 1}}]\n"
        "optimizer: sgd\nloss: mse\nepochs: 1\n"
    )
    assert run(["check", "exp.yaml"]) == 2
    write(project, 'data-dir = "data"')
    assert run(["check", "exp.yaml"]) == 0


def test_doctor_tells_where_each_setting_comes_from(project, monkeypatch):
    write(project, "jobs = 2", "quiet = true")
    monkeypatch.setenv("NNRUN_THREADS", "3")
    monkeypatch.setenv("NNRUN_TRAIN_DEVICE", "cpu")
    monkeypatch.setenv("NNRUN_THREDS", "3")
    with click.Context(nnrun) as context:
        use_project(context, nnrun)
        rows = {key: (value, source) for key, value, source in settings_in_force(nnrun, {"runs-dir": "x"})}
    assert rows["runs-dir"] == ("x", "command line")
    assert rows["threads"] == ("3", "environment, NNRUN_THREADS")
    assert rows["device of train"] == ("cpu", "environment, NNRUN_TRAIN_DEVICE")
    assert rows["jobs"] == ("2", "../../pyproject.toml:5")
    assert rows["keep"] == ("auto", "default")
    assert set(rows) == {*KEYS, "device of train"}
    assert unknown_variables(nnrun) == ['NNRUN_THREDS is no variable of nnrun. Did you mean "NNRUN_THREADS"?']


QUIET = [name for name, command in nnrun.commands.items() if any(each.name == "quiet" for each in command.params)]


@pytest.mark.parametrize(("flags", "quiet"), [([], True), (["--no-quiet"], False), (["--no-quiet", "-q"], True)])
def test_every_command_that_can_be_quiet_can_be_told_not_to_be(project, monkeypatch, flags, quiet):
    write(project, "quiet = true")
    for variable in ({}, {"NNRUN_QUIET": "1"}):
        for key, value in variable.items():
            monkeypatch.setenv(key, value)
        for name in QUIET:
            with click.Context(nnrun) as context:
                use_project(context, nnrun)
                made = nnrun.commands[name].make_context(name, [*flags], parent=context, resilient_parsing=True)
            assert made.params["quiet"] is quiet
            assert "--no-quiet" not in nnrun.commands[name].get_help(made)


def test_a_variable_for_one_command_precedes_that_for_all(monkeypatch):
    monkeypatch.setenv("NNRUN_THREADS", "3")
    monkeypatch.setenv("NNRUN_SWEEP_THREADS", "4")
    for name, threads in (("train", 3), ("sweep", 4)):
        (option,) = (each for each in nnrun.commands[name].params if each.name == "threads")
        context = click.Context(nnrun.commands[name], info_name=name)
        assert option.consume_value(context, {})[0] in (str(threads), [str(threads)])


@pytest.mark.parametrize("name", ["resume", "reproduce"])
def test_a_run_that_goes_on_keeps_its_device_and_threads(name, project, monkeypatch):
    from nnrun.cli.settings import use_project

    write(project, "threads = 2", 'device = "cpu"', "quiet = true")
    monkeypatch.setenv("NNRUN_THREADS", "3")
    with click.Context(nnrun) as context:
        use_project(context, nnrun)
        assert set(context.default_map[name]) == {"quiet"}
        assert set(context.default_map["train"]) == {"quiet", "threads", "device"}
    (option,) = (each for each in nnrun.commands[name].params if each.name == "threads")
    assert option.consume_value(click.Context(nnrun.commands[name], info_name=name), {})[0] not in ("2", "3", 2, 3)
    monkeypatch.setenv(f"NNRUN_{name.upper()}_THREADS", "4")
    assert option.consume_value(click.Context(nnrun.commands[name], info_name=name), {})[0] in ("4", ["4"])


def test_every_setting_is_an_option_and_none_answers_for_a_person():
    options = [
        (option.opts[-1].removeprefix("--"), option.envvar or [])
        for command in nnrun.commands.values()
        for option in command.params
        if isinstance(option, click.Option)
    ]
    assert {name for name, _ in options} >= set(OPTIONS)
    assert all(not variables for name, variables in options if name in ("yes", "force"))


def test_the_documentation_has_every_setting():
    page = (EXPERIMENTS.parent / "docs" / "settings.md").read_text()
    assert all(f"| `{key}` | `{variable_of(key)}` |" in page for key in KEYS)
