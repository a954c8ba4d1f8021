"""The recipes of docs/ci, each run as its service or tool would run it, as far as that needs no network."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from experiments import EXPERIMENTS
from nnrun.cli.main import nnrun, run

ROOT = EXPERIMENTS.parent
RECIPES = ROOT / "docs" / "ci"
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.skipif(not shutil.which("bash") or sys.platform == "win32", reason="needs bash")

TINY = """\
data: {generator: moons}
layers: [{Dense: {units: 1, activation: sigmoid}}]
optimizer: adam
loss: mse
epochs: 1
expect:
  - loss <= BOUND
"""


@dataclass(frozen=True)
class Workplace:
    """A folder with `experiments/good.yaml`, `experiments/failing.yaml` and the commands that recipes call.

    Args:
        folder: the folder.
    """

    folder: Path

    def call(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in the folder; `nnrun` is that of this checkout, trains with one thread and draws nothing."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "NNRUN_THREADS": "1", **variables}
        environment["PATH"] = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def add_command(self, name: str, text: str) -> None:
        """Adds a command, in place of the machine's of the same name."""
        path = self.folder / "bin" / name
        path.write_text(f"#!/usr/bin/env bash\n{text}\n")
        path.chmod(0o755)

    @property
    def runs(self) -> set[str]:
        """The names of the runs."""
        folder = self.folder / "runs"
        return {entry.name for entry in folder.iterdir() if entry.is_dir()} if folder.is_dir() else set()


def make_workplace(folder: Path) -> Workplace:
    (folder / "experiments").mkdir()
    (folder / "bin").mkdir()
    (folder / "experiments" / "good.yaml").write_text(TINY.replace("BOUND", "1"))
    (folder / "experiments" / "failing.yaml").write_text(TINY.replace("BOUND", "0"))
    workplace = Workplace(folder)
    drawn = 'if [ "$1" = train ]; then set -- train --no-plots --no-report "${@:2}"; fi'
    workplace.add_command("nnrun", f'{drawn}\nexec {shlex.quote(sys.executable)} -m nnrun "$@"')
    return workplace


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return make_workplace(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A workplace in which `make` has trained both experiments."""
    if not shutil.which("make"):
        pytest.skip("needs make")
    made = make_workplace(tmp_path_factory.mktemp("made"))
    shutil.copy(RECIPES / "Makefile", made.folder)
    first = made.call("make", "-k")
    assert first.returncode == 2, first.stderr
    assert "Failed expectations: loss <= 0.0" in first.stderr
    return made


@pytest.mark.keras
def test_make_trains_no_experiment_twice(made: Workplace) -> None:
    runs = made.runs
    assert len(runs) == 2
    result = made.folder / "results" / "good.run"
    assert Path(result.read_text().strip()).name in runs
    assert not (result.parent / "failing.run").exists()
    again = made.call("make", "-k")
    assert "good.yaml" not in again.stdout
    os.utime(made.folder / "experiments" / "good.yaml", (4e9, 4e9))
    touched = made.call("make", "-k")
    assert "good.yaml" in touched.stdout
    assert made.runs == runs


@pytest.mark.keras
def test_the_loop_names_what_came_of_each_and_ends_with_the_highest_status(made: Workplace) -> None:
    (made.folder / "broken.yaml").write_text(TINY.replace("adam", "adm"))
    runs, loop = made.runs, str(RECIPES / "train-each.sh")
    done = made.call(loop, "broken.yaml", "experiments/good.yaml", "experiments/failing.yaml", "missing.yaml")
    assert done.returncode == 2
    words = [line.split() for line in done.stdout.splitlines()]
    assert [line[:2] for line in words] == [
        ["INVALID", "broken.yaml"],
        ["passed", "experiments/good.yaml"],
        ["FAILED", "experiments/failing.yaml"],
        ["INVALID", "missing.yaml"],
    ]
    assert {Path(line[2]).name for line in words[1:3]} == runs == made.runs
    assert made.call(loop, "experiments/failing.yaml").returncode == 1


def test_the_loop_ends_at_once_where_the_command_line_is_wrong(workplace: Workplace) -> None:
    done = workplace.call(str(RECIPES / "train-each.sh"), "experiments/good.yaml", NNRUN_THREADS="none")
    assert (done.returncode, done.stdout) == (64, "")


@pytest.mark.keras
@pytest.mark.parametrize(("tool", "status"), [("parallel", 1), ("xargs", 123)])
def test_side_by_side_every_experiment_is_trained(tool: str, status: int, made: Workplace) -> None:
    version = shutil.which("parallel") and made.call("parallel", "--version").stdout
    if tool == "parallel" and "GNU parallel" not in str(version):
        pytest.skip("needs GNU parallel")
    if tool == "xargs":
        made.add_command("parallel", "exit 255")
    runs = made.runs
    done = made.call(str(RECIPES / "train-parallel.sh"), "experiments/good.yaml", "experiments/failing.yaml")
    assert done.returncode == status, done.stderr
    assert {Path(line).name for line in done.stdout.splitlines()} == runs == made.runs
    assert "Failed expectations" in done.stderr
    if tool == "parallel":
        rows = (made.folder / "trainings.log").read_text().splitlines()[1:]
        assert sorted(row.split("\t")[6] for row in rows) == ["0", "1"]


def run_action(workplace: Workplace, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Runs the steps of the action that are scripts, as the composite action of a workflow; pip notes its arguments."""
    workplace.add_command("pip", 'echo "$@" >> pip.log')
    given = {name: part.get("default", "") for name, part in ACTION["inputs"].items()} | inputs

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: given[found[1]], text)

    for step in ACTION["runs"]["steps"]:
        if "run" in step:
            assert step["shell"] == "bash"
            assert "${{" not in step["run"]
            variables = {name: filled(text) for name, text in step.get("env", {}).items()}
            variables |= {"GITHUB_ACTION_PATH": str(ROOT), "GITHUB_ACTIONS": "true", "CI": "true"}
            variables["GITHUB_STEP_SUMMARY"] = str(workplace.folder / "summary.md")
            script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = workplace.call(*script, **variables)
            if done.returncode:
                break
    return done


@pytest.mark.keras
def test_the_action_tests_the_experiments_and_says_where_they_fail(workplace: Workplace) -> None:
    done = run_action(workplace, paths="experiments/good.yaml\nexperiments/failing.yaml\n", arguments="--jobs 1")
    assert done.returncode == 1, done.stderr
    assert (workplace.folder / "pip.log").read_text() == f"install --quiet {ROOT}\n"
    assert re.search(r"^::error file=experiments/failing.yaml,line=7,", done.stdout, re.MULTILINE)
    assert "failing.yaml" in (workplace.folder / "summary.md").read_text()
    results = ElementTree.parse(workplace.folder / "nnrun-results.xml").getroot()
    assert len(results.findall(".//failure")) == 1
    assert len(workplace.runs) == 1
    assert "\x1b" not in done.stdout + done.stderr


def test_an_input_of_the_action_is_no_code(workplace: Workplace) -> None:
    done = run_action(workplace, paths="$(touch hacked)", arguments="; touch hacked", junit="`touch hacked`")
    assert done.returncode in (2, 64)
    assert not (workplace.folder / "hacked").exists()


@pytest.mark.parametrize("file", [RECIPES / "github-workflow.yml", ROOT / ".github" / "workflows" / "ci.yml"])
def test_a_workflow_gives_the_action_inputs_that_it_has(file: Path) -> None:
    jobs = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].values()
    steps = [step for job in jobs for step in job["steps"]]
    ours = [step for step in steps if "nnrun@" in step.get("uses", "") or step.get("uses") == "./"]
    assert len(ours) == 1
    assert ours[0]["with"].keys() <= ACTION["inputs"].keys()


def test_the_page_lists_the_inputs_of_the_action() -> None:
    for name, part in ACTION["inputs"].items():
        default = f"`{part['default']}`" if part["default"] else "none"
        assert f"| `{name}` | {default} |" in PAGE


def test_the_job_of_gitlab_tests_its_part_of_the_experiments(workplace: Workplace) -> None:
    for file in (workplace.folder / "experiments").iterdir():
        file.write_text(TINY.replace("adam", "adm"))
    job = yaml.safe_load((RECIPES / "gitlab-ci.yml").read_text(encoding="utf-8"))["nnrun"]
    (script,) = job["script"]
    done = workplace.call("bash", "-c", script, CI="true", CI_NODE_INDEX="2", CI_NODE_TOTAL=str(job["parallel"]))
    assert done.returncode == 2, done.stderr
    results = ElementTree.parse(workplace.folder / job["artifacts"]["reports"]["junit"]).getroot()
    assert [suite.get("name") for suite in results.iter("testsuite")] == ["experiments/good.yaml"]


def test_the_hook_of_pre_commit_checks_experiment_files_alone(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    chosen = yaml.safe_load((RECIPES / "pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    assert [one["id"] for one in chosen] == [hook["id"]]
    (workplace.folder / "own.nnrun.yaml").write_text(TINY.replace("adam", "adm"))
    monkeypatch.chdir(workplace.folder)
    files = [
        "experiments/good.yaml",
        "experiments/deep/x.txt",
        "compose.yaml",
        "own.nnrun.yaml",
        "my-experiments/a.yaml",
    ]
    matching = [file for file in files if re.search(hook["files"], file)]
    assert matching == ["experiments/good.yaml", "own.nnrun.yaml"]
    command, *arguments = hook["entry"].split()
    assert command == "nnrun"
    assert run([*arguments, *matching]) == 2
    shown = capsys.readouterr()
    assert shown.out == "experiments/good.yaml: ok\n"
    assert shown.err.startswith('own.nnrun.yaml:3:12: Unknown optimizer "adm".')


def test_the_image_has_what_the_package_is_built_from_and_starts_a_command() -> None:
    lines = (RECIPES / "Dockerfile").read_text(encoding="utf-8").splitlines()
    found: dict[str, list[str]] = {}
    for line in lines:
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            found.setdefault(word, []).append(rest)
    assert next(iter(found)) == "FROM"
    sources = {source for copied in found["COPY"] for source in copied.split()[:-1]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"pyproject.toml", project["readme"], *project["license-files"], "nnrun"} == sources
    assert all((ROOT / source).exists() for source in sources)
    entry, default = (json.loads(found[word][-1]) for word in ("ENTRYPOINT", "CMD"))
    assert entry == ["nnrun"]
    assert default[0] in nnrun.commands


def test_every_recipe_is_on_the_page() -> None:
    names: list[Any] = [*RECIPES.iterdir(), ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml"]
    assert all(f"{path.name})" in PAGE for path in names)
