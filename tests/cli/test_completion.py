"""What a shell completes: commands, options, experiment files, kinds and names of the catalogue."""

import os
import shutil
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from experiments import EXPERIMENTS
from nnrun.cli.completion import experiment_files
from nnrun.cli.main import nnrun
from nnrun.templates.template import TEMPLATES

FILE_COMMANDS = ("train", "check", "explain", "show-config")


def completions(*words: str) -> list[str]:
    """What is offered for the last of the words."""
    shell = ShellComplete(nnrun, {}, "nnrun", "_NNRUN_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with experiments here, in another folder, and files of other kinds."""
    for name in ("a.yaml", "b.yml", "notes.txt", ".hidden.yaml", "deep/inner/c.yaml", "empty/x.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands_complete():
    assert set(nnrun.commands) == set(completions(""))
    assert completions("sh") == ["show", "show-config"]


def test_options_complete():
    assert "--format" in completions("check", "--")
    assert completions("check", "--format", "") == ["text", "json", "github"]


@pytest.mark.parametrize("command", FILE_COMMANDS)
def test_files_complete_to_experiments_and_folders(command, folder):
    assert completions(command, "") == ["a.yaml", "b.yml", "deep/", "empty/"]


def test_templates_complete_with_csv_files_and_folders(folder):
    (folder / "rows.csv").touch()
    (folder / "deep" / "more.tsv").touch()
    assert completions("new", "") == [*TEMPLATES, "deep/", "empty/", "rows.csv"]
    assert completions("new", "re") == ["regression"]
    assert completions("new", "r") == ["regression", "rows.csv"]
    assert completions("new", "regression", "") == ["a.yaml", "b.yml", "deep/", "empty/"]


def test_data_completes_experiments_data_files_and_folders(folder):
    (folder / "rows.csv").touch()
    assert completions("data", "") == ["a.yaml", "b.yml", "deep/", "empty/", "rows.csv"]


def test_every_file_of_several_completes(folder):
    assert completions("check", "a.yaml", "b") == ["b.yml"]


@pytest.mark.parametrize("command", ["show", "resume", "explain", "compare", "rm"])
def test_the_names_of_runs_complete_the_newest_first(command, folder):
    for name in ("20261123-142233-xor", "20261124-090000-moons"):
        (folder / "runs" / name).mkdir(parents=True)
    assert completions(command, "2026") == ["20261124-090000-moons", "20261123-142233-xor"]
    assert completions(command, "lat") == ["latest"]


@pytest.mark.parametrize(
    "words", [("show",), ("train",), ("compare", "latest"), ("train", "--start-from"), ("rm", "x")]
)
def test_runs_of_the_folder_that_the_settings_name_complete(words, folder, monkeypatch):
    for name in ("runs/1-here", "results/1-project", "elsewhere/1-environment", "given/1-given"):
        (folder / name).mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[tool.nnrun]\nruns-dir = "results"\n')
    assert completions(*words, "1") == ["1-project"]
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    assert completions(*words, "1") == ["1-project"]
    monkeypatch.setenv("NNRUN_RUNS_DIR", str(folder / "elsewhere"))
    assert completions(*words, "1") == ["1-environment"]
    assert completions(words[0], "--runs-dir", str(folder / "given"), *words[1:], "1") == ["1-given"]


def test_mistakes_in_the_settings_do_not_disturb_completion(folder):
    (folder / "runs" / "1-here").mkdir(parents=True)
    for text in ("[tool.nnrun", "[tool.nnrun]\nthreds = 1\n"):
        (folder / "pyproject.toml").write_text(text)
        assert completions("show", "1") == ["1-here"]


def test_a_folder_that_is_the_only_answer_is_opened(folder):
    assert experiment_files("de") == ["deep/inner/c.yaml"]
    assert experiment_files("em") == ["empty/"]


def test_hidden_files_complete_only_when_asked_for(folder):
    assert experiment_files(".h") == [".hidden.yaml"]


def test_absolute_paths_and_the_home_folder_complete(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    assert experiment_files(f"{folder}/a") == [f"{folder}/a.yaml"]
    assert experiment_files("~/a") == ["~/a.yaml"]


def test_a_folder_that_is_not_there_or_turns_in_circles_completes_to_nothing_more(folder):
    assert experiment_files("missing/") == []
    (folder / "loop").mkdir()
    (folder / "loop" / "loop").symlink_to(folder / "loop")
    assert len(experiment_files("lo")) == 1


def test_kinds_complete_and_names_of_the_kind():
    assert completions("catalog", "opt") == ["optimizers"]
    assert completions("catalog", "layers", "Den") == ["Dense"]
    assert completions("catalog", "losses", "ms") == ["mse", "msle"]
    assert completions("catalog", "nothing", "") == []


def complete(shell: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Asks the real entry point, as the function of the shell does."""
    asked = {"_NNRUN_COMPLETE": f"{shell}_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    if shell == "fish":
        asked["COMP_CWORD"] = words[-1]
    return subprocess.run(
        [sys.executable, "-m", "nnrun"],
        env={**os.environ, **asked, **environment},
        cwd=EXPERIMENTS.parent,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.mark.parametrize(
    ("shell", "answer"),
    [
        ("bash", "plain,experiments/moons.yaml\n"),
        ("zsh", "plain\nexperiments/moons.yaml\n_\n"),
        ("fish", "plain,experiments/moons.yaml\n"),
    ],
)
def test_the_entry_point_answers_every_shell(shell, answer):
    process = complete(shell, "nnrun", "train", "experiments/mo")
    assert process.stdout.replace("\n\n", "\n") == answer
    assert process.stderr == ""


def test_the_entry_point_flushes_long_answers():
    assert len(complete("bash", "nnrun", "catalog", "layers", "").stdout.split()) > 150


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_with_the_script_that_the_entry_point_prints(tmp_path):
    (tmp_path / "nnrun").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nnrun "$@"\n')
    (tmp_path / "nnrun").chmod(0o755)
    script = """
        eval "$(_NNRUN_COMPLETE=bash_source nnrun)"
        COMP_WORDS=(nnrun catalog layers Den) COMP_CWORD=3
        _nnrun_completion nnrun
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    process = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        cwd=EXPERIMENTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.stdout == "Dense\n", process.stderr
