"""What a test says of a run that has a golden file beside its experiment file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from golden_files import drawn_golden
from msgspec.structs import replace
from run_folder import BILINEAR

from nnrun.errors import RunError
from nnrun.golden.chosen_epochs import golden_epochs
from nnrun.golden.freeze import distribution
from nnrun.golden.frozen_settings import deciding_settings, read_settings
from nnrun.golden.golden_band import PredictionInterval
from nnrun.golden.golden_file import FrozenRun, GoldenFile, golden_path, write_golden
from nnrun.golden.measured_run import network_of, run_of_folder
from nnrun.load import load_experiment
from nnrun.runs.arrays import read_arrays, write_arrays
from nnrun.runs.completed_run import CompletedRun
from nnrun.runs.record import identity_of_record, read_record
from nnrun.testing.case_result import CaseCheck
from nnrun.testing.golden_checks import check_run, golden_files, threads_of


@pytest.fixture
def file(experiment_file: Callable[..., Path]) -> Path:
    return experiment_file(BILINEAR, "bilinear.yaml")


@pytest.fixture
def run(make_run: Callable[..., Path]) -> CompletedRun:
    folder = make_run(training_rows=50, versions={"keras": "3.15.1"}, environment={})
    write_arrays(folder / "weights.npz", {"neuron/kernel": np.array([[2.0]]), "neuron/bias": np.array([-2.0])})
    return CompletedRun(folder, read_record(folder))


@pytest.fixture
def golden(file: Path, run: CompletedRun) -> GoldenFile:
    """A golden file that has the run, and 99 others."""
    epochs, settings = golden_epochs(400), deciding_settings(read_settings(file))
    own, rng = run_of_folder(run.folder, run.record, epochs), np.random.default_rng(0)

    def other(seed: int) -> FrozenRun:
        factors = rng.lognormal(0, 0.1, len(epochs))
        metrics = {name: tuple((np.array(values) * factors).tolist()) for name, values in own.metrics.items()}
        return replace(own, seed=seed, weights=f"{seed:016}", metrics=metrics)

    others = [other(seed) for seed in range(1, 100)]
    return replace(
        drawn_golden(),
        settings=settings.flat,
        settings_sha256=settings.sha256,
        data_files={},
        environment=identity_of_record(run.record),
        network=network_of(run.record, read_arrays(run.folder / "weights.npz")),
        epochs=epochs,
        metrics={name: distribution([own, *others], name, PredictionInterval.of(100, 0.01)) for name in own.metrics},
        runs=(own, *others),
    )


def checks(file: Path, run: CompletedRun, golden: GoldenFile) -> tuple[CaseCheck, ...]:
    write_golden(golden_path(file), golden)
    return check_run(file, load_experiment(file), run)


def test_without_a_golden_file_there_is_nothing_to_check(file: Path, run: CompletedRun) -> None:
    assert check_run(file, load_experiment(file), run) == ()
    assert golden_files([file]) == {}


def test_the_frozen_run_passes_by_its_weights(file: Path, run: CompletedRun, golden: GoldenFile) -> None:
    (check,) = checks(file, run, golden)
    assert (check.text, check.met) == ("bilinear.yaml.golden.json: weights", True)


def test_other_weights_fail_on_the_same_machine(file: Path, run: CompletedRun, golden: GoldenFile) -> None:
    own, *others = golden.runs
    found = checks(file, run, replace(golden, runs=(replace(own, weights="0" * 16), *others)))
    assert {check.text.partition(": ")[2]: check.met for check in found} == {
        "weights": False,
        "early epochs": True,
        "band": True,
    }


def test_on_another_machine_the_last_check_says_what_could_not_be_compared(
    file: Path, run: CompletedRun, golden: GoldenFile
) -> None:
    own, *others = golden.runs
    elsewhere = replace(golden, environment=replace(golden.environment, threads=8))
    *_, last = checks(file, run, replace(elsewhere, runs=(replace(own, weights="0" * 16), *others)))
    assert (last.text, last.met) == ("bilinear.yaml.golden.json: band", True)
    assert last.detail.endswith("; weights: not compared, since the number of threads is 2, not 8")


def test_a_stale_golden_file_is_a_failure_with_what_changed_and_the_remedy(
    file: Path, run: CompletedRun, golden: GoldenFile
) -> None:
    file.write_text(BILINEAR.replace("epochs: 400", "epochs: 300"), encoding="utf-8")
    (check,) = checks(file, run, golden)
    remedy = f"Write it anew: nnrun freeze {file}, or nnrun test --update {file}"
    stale = f"it is stale: epochs was 400 and is 300. {remedy}"
    assert check == CaseCheck("bilinear.yaml.golden.json", False, stale)


def test_one_that_cannot_be_read_is_an_error_of_its_experiment_alone(file: Path, run: CompletedRun) -> None:
    golden_path(file).write_text("{}", encoding="utf-8")
    with pytest.raises(RunError, match="is not a golden file"):
        check_run(file, load_experiment(file), run)
    assert golden_files([file]) == {}


def test_trainings_have_the_threads_of_their_golden_files_if_these_agree(golden: GoldenFile) -> None:
    other = replace(golden, environment=replace(golden.environment, threads=4))
    assert threads_of([golden, golden]) == 2
    assert threads_of([golden, other]) is None
    assert threads_of([]) is None
