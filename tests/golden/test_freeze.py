"""An experiment is frozen: real trainings over seeds, one of them trained alone as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from experiments import EXPERIMENTS
from nnrun.errors import ExperimentError
from nnrun.golden.chosen_epochs import golden_epochs
from nnrun.golden.freeze import FreezeOptions, freeze
from nnrun.golden.golden_file import GoldenFile, read_golden
from nnrun.golden.measured_run import run_of_folder
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.identity import differences, machine_differences
from nnrun.runs.record import identity_of_record
from nnrun.sweep.listener import SweepListener

SHORT = ("epochs=40", "engine=xla", "seed=50")
RUN = RunOptions(Path.home() / ".keras", threads=1, animated=False, plotted=False, reported=False)


def frozen(file: Path, path: Path, scratch: Path, **options: object) -> GoldenFile:
    given = FreezeOptions(RUN, **options)  # type: ignore[arg-type]
    return freeze(file, path, given, SweepListener(), RunListener(), scratch)


@pytest.mark.keras
def test_a_golden_file_has_every_seed_as_a_training_alone_would_give_it(
    experiment_file: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "xor.yaml.golden.json"
    swept = (EXPERIMENTS / "xor.yaml").read_text() + "sweep: {grid: {epochs: [1, 2]}}\n"  # has no part in it
    file = experiment_file(swept, "xor.yaml")
    golden = frozen(file, path, tmp_path, seeds=12, overrides=SHORT)
    assert read_golden(path) == golden
    assert [run.seed for run in golden.runs] == [*range(11), 50]
    assert golden.epochs == golden_epochs(40)
    assert golden.level == pytest.approx(1 / 13)
    assert golden.network.parameters == 65
    assert len({run.weights for run in golden.runs}) == 12
    assert len({run.data for run in golden.runs}) == 1
    losses = np.array([run.metrics["loss"] for run in golden.runs])
    assert golden.metrics["loss"].median == pytest.approx(np.median(losses, axis=0))
    done = train_file(file, RUN, RunListener(), overrides=(*SHORT, "seed=3"), runs_dir=tmp_path)
    assert run_of_folder(done.folder, done.record, golden.epochs) == golden.run_of(3)
    then, now = golden.environment, identity_of_record(done.record)
    assert differences(then, now) == machine_differences(then, now) == []


def test_a_level_that_so_many_seeds_cannot_reach_is_refused_before_a_training(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"With 20 seeds the lowest level is 0\.048\. Received: 0\.01") as caught:
        frozen(EXPERIMENTS / "xor.yaml", tmp_path / "x.json", tmp_path, seeds=20, level=0.01)
    assert "Write --seeds 99" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "path"),
    [("data: {folds: 3}", "data.fold"), ("seeds: {order: 0..4}", "seeds.order")],
)
def test_an_experiment_with_several_values_of_something_else_is_refused(
    experiment_file: Callable[..., Path], tmp_path: Path, change: str, path: str
) -> None:
    text = """
data: {generator: {moons: {samples: 60, noise: 0.1}}}
layers: [{Dense: {units: 1, activation: sigmoid}}]
optimizer: sgd
loss: binary_crossentropy
epochs: 3
"""
    text = text.replace("noise: 0.1}}}", "noise: 0.1}}, folds: 3}") if "folds" in change else text + change
    with pytest.raises(ExperimentError, match=rf"has several values of {path}; a golden file has one"):
        frozen(experiment_file(text), tmp_path / "x.json", tmp_path, seeds=10)
