"""A run trained again is identical, equal within the tolerance of its metrics, or different; what differs is named."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from stored_runs import add_run

from nnrun.errors import ExperimentError
from nnrun.reproduction import MetricPair, Reproduction, reproduce_run
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.arrays import read_arrays, write_arrays
from nnrun.runs.record import SettingChange, SourceRun, read_record, write_record

keras = pytest.mark.keras

SMALL = """
name: small
data: {generator: {csv: {path: data.csv, inputs: [x], target: y}}, validation_split: 0.25}
layers: [{Dense: {units: 3, activation: tanh}}, {Dropout: {rate: 0.1}}, {Dense: {units: 1}}]
optimizer: adam
loss: mse
metrics: [mae]
epochs: 3
"""
numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(numbers, numbers)
def test_the_difference_of_a_metric_is_a_part_of_the_larger_value(one: float, two: float) -> None:
    pair = MetricPair("loss", one, two)
    assert pair.difference == MetricPair("loss", two, one).difference
    assert 0 <= pair.difference <= 2 or math.isinf(pair.difference)
    assert (pair.difference == 0) == (one == two)
    assert pair.is_within(2) or math.isinf(abs(one - two))


@pytest.mark.parametrize(
    ("one", "two", "within"),
    [(1.0, 1.0009, True), (1.0, 1.002, False), (1e-9, 2e-9, True), (math.nan, math.nan, True), (1.0, math.nan, False)],
)
def test_a_metric_is_equal_in_three_digits_or_below_a_millionth(one: float, two: float, within: bool) -> None:
    assert MetricPair("loss", one, two).is_within(1e-3) is within


@pytest.mark.parametrize("status", ["running", "interrupted", "failed"])
def test_a_run_without_a_result_is_refused(tmp_path: Path, status: str) -> None:
    folder = add_run(tmp_path, "run", status=status)
    with pytest.raises(ExperimentError, match=f"has no result to reproduce: its status is {status}"):
        reproduce_run(folder, RunOptions(tmp_path), RunListener(), runs_dir=tmp_path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a trained run."""
    project = tmp_path_factory.mktemp("project")
    (project / "small.yaml").write_text(SMALL)
    rows = "".join(f"{i / 10},{math.sin(i)}\n" for i in range(20))
    (project / "data.csv").write_text(f"x,y\n{rows}")
    options = RunOptions(project, plotted=False, reported=False, threads=1)
    return train_file(project / "small.yaml", options, RunListener(), runs_dir=project / "runs").folder


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    """A copy of it in a project that was moved."""
    shutil.copytree(trained.parent.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def run(project: Path) -> Path:
    """The run in it."""
    (folder,) = (path for path in (project / "runs").iterdir() if path.is_dir())
    return folder


def change(run: Path, **facts: Any) -> None:
    write_record(run, replace(read_record(run), **facts))


def again(run: Path, *overrides: str) -> Reproduction:
    options = RunOptions(run, plotted=False, reported=False)
    return reproduce_run(run, options, RunListener(), overrides=overrides, runs_dir=run.parent)


@keras
def test_a_run_is_reproduced_bit_for_bit_and_the_new_record_names_it(run: Path) -> None:
    done = again(run)
    assert (done.result, done.weights, done.deciding, done.machine) == ("identical", True, [], [])
    record = read_record(done.folder)
    assert record.source_run == SourceRun(f"../{run.name}", reproduced=True)
    assert (record.threads, record.name) == (read_record(run).threads, "small")


@keras
def test_other_weights_with_nearly_the_same_metrics_are_equal_and_the_machine_is_named(run: Path) -> None:
    weights = read_arrays(run / "weights.npz")
    write_arrays(run / "weights.npz", {name: array * 1.0001 for name, array in weights.items()})
    final = {name: value * 1.0001 for name, value in read_record(run).final_metrics.items() if value is not None}
    change(run, final_metrics=final, processor="an abacus")
    done = again(run)
    assert (done.result, done.weights) == ("equal", False)
    assert done.largest is not None
    assert done.largest.difference == pytest.approx(1e-4, rel=0.01)
    assert [each.what for each in done.machine] == ["processor"]


@keras
def test_what_differs_is_named_first_what_decides_then_metrics_and_epochs(run: Path) -> None:
    record = read_record(run)
    change(
        run,
        versions=dict(record.versions) | {"keras": "3.14.0"},
        environment={**(record.environment or {}), "TF_ENABLE_ONEDNN_OPTS": "none"},
        data_sha256="ab",
        epochs=4,
        final_metrics=dict(record.final_metrics) | {"loss": 9.0},
        changes=(SettingChange("optimizer.learning_rate", 0.1, 2),),
    )
    done = again(run)
    assert done.result == "different"
    assert [each.what for each in done.deciding] == [
        "version of keras",
        "environment variable TF_ENABLE_ONEDNN_OPTS",
        "SHA-256 of the data",
    ]
    assert done.remarks == ["The setting optimizer.learning_rate was changed to 0.1 in epoch 2 of the run."]
    assert (done.epochs, [pair.name for pair in done.beyond]) == ((4, 3), ["loss"])


@keras
def test_without_weights_the_metrics_are_compared(run: Path) -> None:
    (run / "weights.npz").unlink()
    done = again(run)
    assert (done.result, done.weights) == ("identical", None)


@keras
def test_a_run_of_a_version_that_recorded_less_can_be_reproduced(run: Path) -> None:
    change(run, data_sha256=None, settings_sha256=None, processor=None, operating_system=None, environment=None)
    assert again(run).result == "identical"


def spoil_settings(project: Path, run: Path) -> None:
    resolved = run / "resolved.yaml"
    resolved.write_text(resolved.read_text().replace("units: 3", "units: 4"))


def spoil_data(project: Path, run: Path) -> None:
    (project / "data.csv").write_text("x,y\n1,2\n2,3\n3,4\n4,5\n")


def lose_data(project: Path, run: Path) -> None:
    (project / "data.csv").unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_settings, "The settings are not those that .* was trained with"),
        (spoil_data, "The data file .*data.csv is not the one that the run was trained with: its content has changed"),
        (lose_data, "data.csv"),
    ],
)
@keras
def test_changed_settings_and_data_are_refused_before_a_training(
    project: Path, run: Path, spoil: Callable[[Path, Path], None], message: str
) -> None:
    spoil(project, run)
    with pytest.raises(ExperimentError, match=message):
        again(run)
    assert [path for path in run.parent.iterdir() if path.is_dir()] == [run]


@keras
def test_a_data_file_that_was_moved_is_named_and_no_setting_can_be_changed(project: Path, run: Path) -> None:
    (project / "data.csv").rename(project / "moved.csv")
    assert again(run, f"data.generator.csv.path={project / 'moved.csv'}").result == "identical"
    with pytest.raises(ExperimentError, match="The settings are not those"):
        again(run, f"data.generator.csv.path={project / 'moved.csv'}", "seed=1")
