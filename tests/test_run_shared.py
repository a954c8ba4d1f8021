"""Runs that share models and programs: every file is that of a run by itself, whatever was trained before it."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_contents import contents_of
from training_runs import Notes

from experiments import EXPERIMENTS
from nnrun.run import train_file
from nnrun.run_options import RunOptions
from nnrun.training.shared_models import SharedModels

pytestmark = pytest.mark.keras

# The later runs of a model are trained on the program of the first.
VARIANTS = {
    "xor": (("epochs=40",), ("epochs=60", "seed=3", "optimizer.learning_rate=0.02"), ("epochs=40",)),
    "house-prices": (("epochs=2",), ("epochs=3", "seeds.weights=5"), ("epochs=2", "callbacks=[]", "keep=best")),
    "digits-sequential": (("epochs=1",), ("epochs=1", "seed=4000000000")),
}


def trained(name: str, overrides: tuple[str, ...], folder: Path, models: SharedModels | None) -> dict[str, object]:
    options = RunOptions(folder / "keras", plotted=False, git_patch=False, models=models)
    file = EXPERIMENTS / f"{name}.yaml"
    return contents_of(train_file(file, options, Notes(), overrides=overrides, runs_dir=folder / "runs").folder)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_run_on_shared_models_has_the_files_of_a_run_by_itself(name: str, tmp_path: Path) -> None:
    models = SharedModels()
    for overrides in VARIANTS[name]:
        alone, shared = (trained(name, overrides, tmp_path, given) for given in (None, models))
        assert alone.keys() == shared.keys()
        assert [file for file in alone if alone[file] != shared[file]] == []
    assert models.programs == 1


def test_a_run_that_shares_no_program_counts_as_one(tmp_path: Path) -> None:
    (tmp_path / "line.csv").write_text("x,y\n" + "".join(f"{i},{2 * i}\n" for i in range(20)))
    file = tmp_path / "line.yaml"
    file.write_text(
        """
        data: {generator: {csv: {path: line.csv, target: y}}, stream: true}
        layers: [{Dense: {units: 1}}]
        optimizer: adam
        loss: mse
        epochs: 1
        """
    )
    models = SharedModels()
    options = RunOptions(tmp_path / "keras", plotted=False, git_patch=False, models=models)
    for _ in range(2):
        train_file(file, options, Notes(), runs_dir=tmp_path / "runs")
    assert models.programs == 2
