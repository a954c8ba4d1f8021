"""Sweeps whose trials are rows of a table: the same numbers as with folders, trained many at once."""

import csv
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from killed import kill_with_workers

from nnrun.errors import ExperimentError, Interrupted, RunError
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.bitwise import different_arrays
from nnrun.sweep.execute.forkserver import start_server
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan import trial_check
from nnrun.sweep.plan.divide import divide
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.plan.shard import Shard
from nnrun.sweep.results.merging import merge_shards
from nnrun.sweep.sweep import SweepOptions, resume_sweep, run_sweep
from nnrun.sweep.sweep_end import Sweep
from nnrun.sweep.sweep_record import read_sweep_record
from nnrun.sweep.trained_trial import TrainedTrial, train_trial

pytestmark = pytest.mark.keras

MIXED = """
data:
  generator: {function: {samples: 24, x: "uniform(-1, 1)", y: "x * x", noise: {y: "normal(0, 0.1)"}}}
  validation_split: 0.25
  test_split: 4
layers:
  - Dense: {units: 4, activation: tanh, kernel_initializer: {RandomNormal: {stddev: 0.5}}}
  - Dense: {units: 1}
optimizer: {SGD: {learning_rate: 0.1}}
loss: mse
metrics: [mae]
epochs: 4
batch_size: 8
engine: xla
expect:
  - val_loss < 0.1 or val_loss < 0.5 * first(val_loss)
  - epoch_of(val_mae <= 0.6) <= epochs and seconds < 100
  - at(loss, 3) < 1
  - decreasing(loss, 0.4)
  - test_loss < 0.5
  - finite and parameters == 13
sweep:
  grid:
    optimizer.learning_rate: [0.2, 1.0e+20]
    layers.0.Dense.kernel_initializer.RandomNormal.stddev: [0.1, 1.0]
    data.generator.function.noise.y: ["normal(0, 0.1)", "normal(0, 0.5)"]
    epochs: [3, 4]
    seed: 0..1
  reach: val_mae <= 0.4
  weights: true
"""


class Counted(SweepListener):
    """Collects how many trials ended, and what is told; interrupts the sweep after some, as Ctrl-C would."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self.done = 0
        self.told: list[str] = []

    def on_trials_end(self, count: int, failed: int) -> None:
        self.done += count

    def on_waiting(self, reason: str) -> None:
        self.told.append(reason)

    def on_safe_point(self) -> None:
        if self.most is not None and self.done >= self.most:
            raise Interrupted("Interrupted.")


def plan_of(folder: Path, text: str = MIXED, overrides: tuple[str, ...] = (), grids: tuple[str, ...] = ()) -> SweepPlan:
    file = folder / "mixed.yaml"
    file.write_text(text)
    return plan_sweep(request_sweep(file, overrides, grids))


def swept(plan: SweepPlan, folder: Path, listener: SweepListener | None = None, **options: object) -> Sweep:
    how = replace(SweepOptions(folder / "keras"), **options)
    return run_sweep(plan, how, listener or SweepListener(), runs_dir=folder / "runs")


def rows(sweep: Sweep | Path) -> list[dict[str, str]]:
    """The rows of trials.csv but for times and folders."""
    folder = sweep if isinstance(sweep, Path) else sweep.folder
    with (folder / "trials.csv").open() as stream:
        return [{k: v for k, v in row.items() if k not in ("seconds", "folder")} for row in csv.DictReader(stream)]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sweep, Sweep, Counted]:
    """The same sweep with folders and as a table."""
    folder = tmp_path_factory.mktemp("both")
    plan = plan_of(folder)
    counted = Counted()
    return swept(plan, folder, keep="all"), swept(plan, folder, counted, keep="table", ending="table"), counted


def test_the_table_has_the_rows_of_the_folders(both):
    with_folders, as_table, counted = both
    assert rows(as_table) == rows(with_folders)
    assert counted.done == len(rows(as_table)) == 32
    assert counted.told == []
    assert not list((as_table.folder / "trials").glob("*"))
    statuses = {row["status"] for row in rows(as_table)}
    assert statuses == {"completed", "failed"}
    assert {row["expectations"] for row in rows(as_table)} == {"met", "not met", ""}


def test_outcomes_and_record_are_the_same(both):
    with_folders, as_table, _ = both
    assert as_table.exit_status == with_folders.exit_status
    assert as_table.record.counts == with_folders.record.counts
    assert as_table.record.status == with_folders.record.status == "failed"
    assert as_table.record.best.settings == with_folders.record.best.settings
    assert as_table.record.best.objective == with_folders.record.best.objective
    for index, outcome in with_folders.outcomes.items():
        same = {"folder": "", "seconds": as_table.outcomes[index].seconds}
        assert as_table.outcomes[index] == replace(outcome, **same)


def test_the_final_weights_are_those_of_the_folders(both):
    with_folders, as_table, _ = both
    with np.load(as_table.folder / "trials.npz") as arrays:
        for position, index in enumerate(arrays["index"]):
            outcome = with_folders.outcomes[int(index)]
            if outcome.status == "completed":
                stored = read_arrays(with_folders.folder / outcome.folder / "weights.npz")
                for name, values in stored.items():
                    if not name.startswith("best/"):
                        np.testing.assert_array_equal(arrays[f"weights/{name}"][position], values)


def test_curves_are_the_metrics_at_some_epochs(both):
    with_folders, as_table, _ = both
    with np.load(as_table.folder / "trials.npz") as arrays:
        assert arrays["curve_epochs"].tolist() == [1, 2, 3, 4]
        for position, index in enumerate(arrays["index"]):
            outcome = with_folders.outcomes[int(index)]
            with (with_folders.folder / outcome.folder / "metrics.csv").open() as stream:
                losses = [float(row["val_mae"]) for row in csv.DictReader(stream)]
            found = arrays["curves/val_mae"][position]
            assert found[~np.isnan(found)].tolist() == losses


def kill_sweep(folder: Path, runs: Path, seconds: float) -> None:
    """Begins or resumes a sweep with the command line, and kills it that long after its folder is there."""
    command, folders = [sys.executable, "-m", "nnrun"], list(runs.glob("2*"))
    start = ["sweep", str(folder / "mixed.yaml"), "--keep", "table", "--runs-dir", str(runs)]
    words = [*command, *(["resume", str(folders[0])] if folders else start), "--jobs", "2"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not list(runs.glob("2*/sweep.json")):
        time.sleep(0.05)
    time.sleep(seconds)
    kill_with_workers(process)


# A command that is killed as it waits for its workers for the first time.
KILLED = """
import os, signal, sys
from nnrun.cli.main import run
from nnrun.sweep.execute import processes
processes.wait = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
run(sys.argv[1:])
"""


def test_kill_minus_9_and_an_interruption_of_several_processes_give_the_same_table(both, tmp_path):
    plan_of(tmp_path)
    words = ["sweep", str(tmp_path / "mixed.yaml"), "--keep", "table", "--runs-dir", str(tmp_path / "runs"), "-q"]
    killed = subprocess.run([sys.executable, "-c", KILLED, *words, "--jobs", "2"], check=False)
    assert killed.returncode == -signal.SIGKILL
    (folder,) = (tmp_path / "runs").glob("2*")
    assert read_sweep_record(folder).status == "running"
    with pytest.raises(Interrupted, match="Interrupted"):
        resume_sweep(folder, SweepOptions(tmp_path / "keras", jobs=2), Counted(most=1))
    assert list((folder / "blocks").glob("*.npz"))
    before = rows(folder)
    assert 0 < len(before) < 32
    done = resume_sweep(folder, SweepOptions(tmp_path / "keras"), SweepListener())
    assert rows(done) == rows(both[1])
    assert done.record.keep == "table"
    assert not (folder / "blocks").exists()


@pytest.mark.slow
def test_kill_minus_9_at_random_moments_changes_nothing(both, tmp_path):
    plan_of(tmp_path)
    moments = random.Random(20)
    for _ in range(20):
        kill_sweep(tmp_path, tmp_path / "runs", moments.uniform(0, 15))
    (folder,) = (tmp_path / "runs").glob("2*")
    done = resume_sweep(folder, SweepOptions(tmp_path / "keras"), SweepListener())
    assert rows(done) == rows(both[1])


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (
            ("callbacks=[{EarlyStopping: {patience: 1}}]", "engine=graph"),
            "The callback EarlyStopping acts between the epochs",
        ),
        (("engine=graph",), "The engine of some trials is graph"),
    ],
)
def test_trials_that_cannot_be_trained_together_are_trained_alone(overrides, reason, tmp_path):
    shorter = ("sweep.weights=false", "sweep.grid={seed: 0..2}", *overrides)
    plan = plan_of(tmp_path, overrides=shorter)
    counted = Counted()
    as_table = swept(plan, tmp_path, counted, keep="table")
    assert rows(as_table) == rows(swept(plan, tmp_path, keep="none"))
    assert len(counted.told) == 1
    assert counted.told[0].startswith(reason)
    assert counted.told[0].endswith(": trained one by one.")


def test_trials_with_random_layers_are_trained_together(tmp_path):
    layers = "layers=[{Dense: {units: 4}}, {Dropout: {rate: 0.5}}, {Dense: {units: 1}}]"
    overrides = (layers, "expect=[finite]", "data.test_split=0", "sweep.grid={seed: 0..2}")
    counted = Counted()
    as_table = swept(plan_of(tmp_path, overrides=overrides), tmp_path, counted, keep="table")
    assert counted.told == []  # the first and the last are the same when they are trained alone
    assert len({row["final_loss"] for row in rows(as_table)}) == 3


def test_the_number_of_trials_decides_unless_something_else_is_asked_for(tmp_path):
    from nnrun.sweep.kept_trials import kept_by_default

    assert kept_by_default(plan_of(tmp_path)) == "all"
    many = plan_of(tmp_path, overrides=("sweep.grid={seed: 0..1999}",))
    assert kept_by_default(many) == "table"
    assert plan_of(tmp_path, overrides=("sweep.keep=none",)).settings.keep == "none"


def trained(sweep: Path, index: int, folder: Path) -> TrainedTrial:
    """A trial of a sweep as a run of its own, without its pictures."""
    options = RunOptions(folder / "keras", plotted=False, animated=False, reported=False)
    return train_trial(sweep, index, options, RunListener(), runs_dir=folder / "runs")


@pytest.fixture(scope="module")
def trained_there() -> Iterator[Callable[[Path, int, Path], TrainedTrial]]:
    """`trained` in a process of its own: TensorFlow keeps the threads with which it has started, perhaps two here."""
    with ProcessPoolExecutor(1, mp_context=start_server()) as pool:
        yield lambda *arguments: pool.submit(trained, *arguments).result()


@pytest.mark.parametrize("kept", [pytest.param(0, marks=pytest.mark.slow), 1], ids=["folders", "table"])
def test_any_trial_is_made_a_run_with_the_results_of_the_sweep(both, kept, trained_there, tmp_path):
    sweep = both[kept].folder
    done = trained_there(sweep, 13, tmp_path)
    assert (done.differences, done.error) == ((), None)
    assert done.compared == ("status", "epochs", "final metrics", "weights")
    assert (done.folder / layout.MODEL).exists()
    assert done.record.final_metrics == both[kept].outcomes[13].final
    assert (done.record.threads, done.record.source_run.run) == (
        1,
        f"../../../{sweep.relative_to(sweep.parents[2])}/13",
    )


@pytest.mark.parametrize("kept", [0, pytest.param(1, marks=pytest.mark.slow)], ids=["folders", "table"])
def test_a_trial_that_diverged_is_made_a_run_that_diverges(both, kept, trained_there, tmp_path):
    diverged = trained_there(both[kept].folder, 19, tmp_path)
    assert diverged.differences == ()
    assert diverged.record.status == "failed"
    assert diverged.error.problems[0].message == both[kept].outcomes[19].reason


def test_a_run_that_is_not_the_trial_of_the_table_says_what_differs(both, trained_there, tmp_path):
    folder = tmp_path / "copied"
    shutil.copytree(both[1].folder, folder)
    with np.load(folder / "trials.npz") as arrays:
        changed = {name: arrays[name].copy() for name in arrays.files}
    changed["final/val_mae"][13] = np.nextafter(changed["final/val_mae"][13], 1)
    changed["weights/dense/kernel"][13, 0, 0] += 1
    changed["epochs"][13] += 1
    np.savez(folder / "trials.npz", **changed)
    epochs, metric, weights = trained_there(folder, 13, tmp_path).differences
    assert epochs == f"The run trained {changed['epochs'][13] - 1} epochs, the trial {changed['epochs'][13]}."
    assert metric.startswith("The final val_mae is 0.")
    assert weights == "The weights dense/kernel differ."


def test_what_is_no_trial_is_refused_before_anything_is_trained(both, tmp_path):
    with pytest.raises(RunError, match=r"has no trial 32 \(the first is 0, the last 31\)"):
        trained(both[1].folder, 32, tmp_path)
    assert not (tmp_path / "runs").exists()


class KillingOne(Counted):
    """Kills a worker process once the first trials have ended."""

    def __init__(self) -> None:
        super().__init__()
        self.others = multiprocessing.active_children()
        self.killed = False

    def on_trials_end(self, count: int, failed: int) -> None:
        super().on_trials_end(count, failed)
        if not self.killed:
            (worker, *_) = (child for child in multiprocessing.active_children() if child not in self.others)
            os.kill(worker.pid, signal.SIGKILL)
            self.killed = True


def test_a_killed_worker_costs_nothing(both, tmp_path):
    killing = KillingOne()
    assert rows(swept(plan_of(tmp_path), tmp_path, killing, keep="table", jobs=2)) == rows(both[1])
    assert killing.killed
    assert killing.done == 32


SEARCH = "optimizer.learning_rate: 'log_uniform(1e-3, 1)'"


@pytest.mark.parametrize(
    "space", [SEARCH, pytest.param(f"{SEARCH}, layers.0.units: [3, 4]", marks=pytest.mark.slow)], ids=["one", "two"]
)
def test_a_search_trains_its_batches_together_and_prunes_as_with_folders(space, tmp_path):
    search = f"sweep={{search: {{{space}}}, trials: 12, objective: min(val_loss), pruner: median}}"
    plan = plan_of(tmp_path, overrides=(search, "epochs=16", "expect=[]", "data.test_split=0"))
    counted = Counted(most=9)
    with_folders = rows(swept(plan, tmp_path, keep="none"))
    assert "pruned" in {row["status"] for row in with_folders}
    with pytest.raises(Interrupted, match="Interrupted"):
        swept(plan, tmp_path, counted, keep="table", ending="stopped")
    assert counted.told == ["A pruner may end them early: trained one by one."]
    (folder,) = (tmp_path / "runs").glob("*stopped")
    assert rows(resume_sweep(folder, SweepOptions(tmp_path / "keras"), SweepListener())) == with_folders


def test_a_trial_whose_settings_prove_impossible_is_a_failed_row(tmp_path, monkeypatch):
    monkeypatch.setattr(trial_check, "chosen_trials", partial(trial_check.chosen_trials, most=10))
    grid = "sweep.grid={data.validation_split: [0.25, 0.6, 0.3], data.test_split: [0.25, 0.6, 0.3], batch_size: [7, 8]}"
    plan = plan_of(tmp_path, overrides=("sweep.weights=false", "epochs=1", "expect=[]", grid))
    refused = divide(plan.trials).refused
    assert len(refused) == 2
    assert all(plan.trials.settings(position)["data.test_split"] == 0.6 for position in refused)


def test_merged_shards_are_the_undivided_table(tmp_path):
    grid = "sweep.grid={optimizer.learning_rate: [0.2, 1.0e+20], epochs: [3, 4], seed: 0..1}"
    plan = plan_of(tmp_path, overrides=("engine=graph", grid))
    whole = swept(plan, tmp_path, keep="table")
    parts = [swept(plan.part(Shard(i, 2)), tmp_path, keep="table").folder for i in (1, 2)]
    with pytest.raises(ExperimentError, match="Shard 2/2 is missing"):
        merge_shards(parts[:1], runs_dir=tmp_path / "merged")
    done = merge_shards(parts, runs_dir=tmp_path / "merged")
    assert rows(done) == rows(whole)
    assert (done.folder / "summary.csv").read_text() == (whole.folder / "summary.csv").read_text()
    merged, undivided = (read_arrays(folder / "trials.npz") for folder in (done.folder, whole.folder))
    assert different_arrays(merged, undivided) == ["seconds"]
    assert done.record.counts == whole.record.counts
    assert done.record.best == whole.record.best
    (parts[1] / "trials.npz").write_bytes((parts[1] / "trials.npz").read_bytes()[:-99])
    with pytest.raises(RunError, match=r"trials\.npz is damaged"):
        merge_shards(parts, runs_dir=tmp_path / "merged")
