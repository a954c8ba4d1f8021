"""An experiment is frozen: real trainings over seeds, one of them trained alone as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from golden_study import GoldenStudy, most_alarms
from msgspec.structs import replace
from planted_regressions import regressions

from experiments import EXPERIMENTS
from nnrun.errors import ExperimentError
from nnrun.golden.chosen_epochs import golden_epochs
from nnrun.golden.freeze import FreezeOptions, freeze
from nnrun.golden.golden_check import golden_verdicts
from nnrun.golden.golden_file import FrozenNetwork, FrozenRun, GoldenFile, read_golden, write_golden
from nnrun.golden.measured_run import network_of, run_of_folder
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.identity import Identity, differences, machine_differences
from nnrun.runs.record import identity_of_record
from nnrun.runs.stored_weights import read_weights
from nnrun.sweep.listener import SweepListener

RUN = RunOptions(Path.home() / ".keras", threads=1, animated=False, plotted=False, reported=False)
NEW_SEEDS = 60
FEW = ("learning rate halved", "wrong activation", "bias left out", "loss swapped", "a label changed", "beta_1 0.8")


def frozen(file: Path, path: Path, scratch: Path, **options: object) -> GoldenFile:
    given = FreezeOptions(RUN, **options)  # type: ignore[arg-type]
    return freeze(file, path, given, SweepListener(), RunListener(), scratch)


@pytest.fixture(scope="module")
def study() -> GoldenStudy:
    return GoldenStudy.frozen("xor", NEW_SEEDS, "epochs=100", "seed=7", "sweep={grid: {epochs: [1, 2]}}")


def trained(study: GoldenStudy, folder: Path, *overrides: str) -> tuple[FrozenRun, FrozenNetwork, Identity]:
    """A run of the experiment as it was frozen, with further overrides."""
    file = EXPERIMENTS / f"{study.name}.yaml"
    done = train_file(file, RUN, RunListener(), overrides=(*study.settings, *overrides), runs_dir=folder)
    weights = read_weights(done.folder, done.record).arrays
    run = run_of_folder(done.folder, done.record, study.golden.epochs)
    return run, network_of(done.record, weights), identity_of_record(done.record)


@pytest.mark.keras
def test_a_golden_file_has_every_seed_as_a_training_alone_gives_it(study: GoldenStudy, tmp_path: Path) -> None:
    golden = study.golden
    assert [run.seed for run in golden.runs] == [*range(100)]
    assert golden.epochs == golden_epochs(100)
    assert golden.level == 0.01
    assert (len({run.weights for run in golden.runs}), len({run.data for run in golden.runs})) == (100, 1)
    run, network, environment = trained(study, tmp_path, "seed=3")
    assert (run, network) == (golden.run_of(3), golden.network)
    then, now = golden.environment, environment
    assert differences(then, now) == machine_differences(then, now) == []
    path = tmp_path / "golden.json"
    write_golden(path, golden)
    assert read_golden(path) == golden


@pytest.mark.keras
@pytest.mark.parametrize("name", FEW)
def test_a_planted_regression_is_caught_here_and_on_another_machine(
    name: str, study: GoldenStudy, tmp_path: Path
) -> None:
    run, network, environment = trained(study, tmp_path, *regressions("xor")[name])
    for processor in (environment.processor, "another processor"):
        elsewhere = replace(environment, processor=processor)
        assert any(one.met is False for one in golden_verdicts(study.golden, [run], network, elsewhere)), processor


@pytest.mark.keras
def test_no_more_of_the_runs_with_new_seeds_are_alarms_than_the_level(study: GoldenStudy) -> None:
    assert study.false_alarms <= most_alarms(NEW_SEEDS, study.golden.level)


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
