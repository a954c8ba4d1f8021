"""Which files `nnrun test` takes for experiments."""

from pathlib import Path

import pytest

from nnrun.errors import ExperimentError
from nnrun.testing.discovery import find_experiments

EXPERIMENT = "data: {generator: moons}\nlayers: [Dense]\nepochs: 3\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """A function that writes files below the present folder, `name: content`."""
    monkeypatch.chdir(tmp_path)

    def write_all(files: dict[str, str]) -> None:
        for name, content in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    return write_all


def found(*paths: str) -> list[str]:
    return [str(file) for file in find_experiments([Path(path) for path in paths or (".",)], Path("runs"))]


def test_a_folder_gives_the_experiments_in_it_and_below_in_the_order_of_their_paths(write):
    write({"b.yaml": EXPERIMENT, "a/z.yml": EXPERIMENT, "a/y.nnrun.yaml": "", "notes.txt": EXPERIMENT})
    assert found() == ["a/y.nnrun.yaml", "a/z.yml", "b.yaml"]


@pytest.mark.parametrize(
    "other",
    [
        "services: {web: {image: nginx}}\n",  # docker-compose
        "data: [1, 2]\n",
        "jobs:\n  test:\n    data: x\n    layers: y\n    epochs: 3\n",  # the keys are not at the top
        "# data: layers: epochs:\n",
        "",
    ],
)
def test_other_yaml_of_a_repository_is_no_experiment(write, other):
    write({"other.yaml": other, "xor.yaml": EXPERIMENT})
    assert found() == ["xor.yaml"]


def test_an_experiment_with_broken_yaml_is_found_so_that_its_error_is_reported(write):
    write({"broken.yaml": EXPERIMENT + "loss: [mse\n"})
    assert found() == ["broken.yaml"]


def test_hidden_folders_runs_and_virtual_environments_are_left_out(write):
    hidden = {".git/a.yaml": EXPERIMENT, ".hidden.yaml": EXPERIMENT, "runs/x/experiment.yaml": EXPERIMENT}
    run = {"kept/run.json": "{}", "kept/experiment.yaml": EXPERIMENT, "swept/sweep.json": "{}"}
    swept = {"swept/trials/0/resolved.yaml": EXPERIMENT, "venv/pyvenv.cfg": "", "venv/lib/a.yaml": EXPERIMENT}
    write({**hidden, **run, **swept, "xor.yaml": EXPERIMENT})
    assert found() == ["xor.yaml"]


def test_a_named_file_is_an_experiment_whatever_it_holds_and_is_taken_once(write):
    write({"a.txt": "", "folder/b.yaml": EXPERIMENT, "kept/run.json": "{}", "kept/resolved.yaml": EXPERIMENT})
    assert found("a.txt", "folder", "folder/b.yaml") == ["a.txt", "folder/b.yaml"]
    assert found("kept/resolved.yaml", "kept") == ["kept/resolved.yaml"]  # the folder of a run, if it is named


@pytest.mark.parametrize(("path", "said"), [("nowhere", "nowhere does not exist."), (".", "There is no experiment")])
def test_nothing_to_test_is_an_error_with_a_remedy(write, path, said):
    write({"compose.yaml": "services: {}\n"})
    with pytest.raises(ExperimentError, match=said):
        found(path)
