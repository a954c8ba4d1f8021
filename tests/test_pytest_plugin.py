"""The plug-in for pytest: which files it takes, what it says, and that it costs nothing where it is not used."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nnrun import pytest_plugin

LINE = """
data: {{generator: {{table: {{columns: [x, y], rows: [[0, 0], [1, 2], [2, 4]], target: y}}}}}}
layers: [{{Dense: {{units: 1, kernel_initializer: ones}}}}]
optimizer: {{SGD: {{learning_rate: 0.05}}}}
loss: mse
epochs: 40
expect: [{expect}]
"""
# Whoever loads it is told at the end of the tests.
LOADED = """
import sys
def pytest_sessionfinish(session):
    print("loaded:", *sorted({"tensorflow", "keras", "numpy", "yaml", "nnrun.testing"} & sys.modules.keys()))
"""


@pytest.fixture
def project(tmp_path):
    """A folder with two experiments, of which one fails, and a test that trains one."""
    (tmp_path / "good.nnrun.yaml").write_text(LINE.format(expect="loss <= 0.5"))
    (tmp_path / "bad.yaml").write_text(LINE.format(expect="loss <= 0.0, loss <= 1"))
    (tmp_path / "conftest.py").write_text(LOADED)
    return tmp_path


def pytest_in(folder: Path, *words: str) -> list[str]:
    """The lines that pytest prints, with this plug-in alone."""
    command = [sys.executable, "-m", "pytest", "-p", pytest_plugin.__name__, "-p", "no:cacheprovider", *words]
    path = os.pathsep.join(filter(os.path.isabs, sys.path))
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": path}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_it_is_the_entry_point_that_pytest_loads():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"nnrun": pytest_plugin.__name__}


def test_experiment_files_are_collected_by_their_ending_without_being_read(project):
    (project / "broken.nnrun.yaml").write_text("{")
    lines = pytest_in(project, "--collect-only", "-q", "-s")
    assert lines[:2] == ["broken.nnrun.yaml::expect", "good.nnrun.yaml::expect"]
    assert "loaded:" in lines  # nothing


def test_a_setting_names_patterns_of_further_files(project):
    setting = '[tool.pytest.ini_options]\nnnrun_files = ["exp*/*.yaml", "ba?.yaml"]\n'
    (project / "pyproject.toml").write_text(setting)
    (project / "exp").mkdir()
    (project / "exp" / "a.yaml").write_text("")
    lines = pytest_in(project, "--collect-only", "-q")
    assert lines[:3] == ["bad.yaml::expect", "exp/a.yaml::expect", "good.nnrun.yaml::expect"]


def test_a_project_without_experiments_pays_for_nothing(project):
    (project / "good.nnrun.yaml").unlink()
    (project / "test_one.py").write_text("def test_one(): pass\n")
    lines = pytest_in(project, "-s", "-q")
    assert "1 passed" in lines[-1]
    assert ".loaded:" in lines


OWN = LINE.format(expect="").replace(
    "table: {columns: [x, y], rows: [[0, 0], [1, 2], [2, 4]], target: y}", "python: {callable: 'rows:make', target: y}"
)


def test_code_of_an_experiment_is_refused_unless_the_command_or_a_setting_allows_it(project):
    (project / "good.nnrun.yaml").write_text(OWN)
    (project / "rows.py").write_text("def make(rng):\n    raise ValueError('was run')\n")
    refused = pytest_in(project, "-q")
    assert any(
        "This experiment runs Python code of its own: rows.py. Nothing of it was run." in line for line in refused
    )
    assert "  Read it first. To run it, add --nnrun-allow-code to the command, in Python allow_code=True." in refused
    was_run = "rows.py, line 2: ValueError: was run"
    assert any(was_run in line for line in pytest_in(project, "-q", "--nnrun-allow-code"))
    (project / "pytest.ini").write_text("[pytest]\nnnrun_allow_code = true\n")
    assert any(was_run in line for line in pytest_in(project, "-q"))


@pytest.mark.keras
def test_a_file_passes_where_its_expectations_are_met_and_fails_with_what_was_found(project):
    (project / "broken.nnrun.yaml").write_text(LINE.format(expect="").replace("epochs", "epoch"))
    (project / "test_trained.py").write_text(
        "def test_it(nnrun_train):\n"
        "    run = nnrun_train('good.nnrun.yaml', {'epochs': 3})\n"
        "    assert (run.record.epochs, run.path.parent.name) == (3, 'runs')\n"
    )
    (project / "pytest.ini").write_text("[pytest]\nnnrun_files = bad.yaml\nfilterwarnings = error\n")
    lines = pytest_in(project, "-q")
    assert "2 failed, 2 passed" in lines[-1]
    table = [line for line in lines if line.startswith(("FAILED  ", "passed  ", "epoch 40", "run: "))]
    assert table[0].startswith("FAILED  loss <= 0.0  0.0")
    assert table[1].startswith("passed  loss <= 1.0  0.0")
    assert table[2].startswith("epoch 40  loss ")
    assert Path(project / table[3].removeprefix("run: ") / "run.json").exists()
    assert 'broken.nnrun.yaml:6:1: An experiment has no setting "epoch".' in lines
    assert not any("Traceback" in line or "pytest_plugin.py" in line for line in lines)
    assert [path.name for path in (project / "runs").iterdir()] == [Path(table[3]).name]
