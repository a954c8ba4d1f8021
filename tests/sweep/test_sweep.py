"""Sweeps from their plan to their folder: exact trials, whole folders, resuming, dying workers."""

import csv
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from killed import kill_with_workers
from stopping import Stopping, remove_untold_trials
from undrawn import undrawn

from experiments import EXPERIMENTS
from nnrun.errors import ExperimentError, Interrupted, ResumeError
from nnrun.machine import code_access
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.arrays import read_arrays
from nnrun.runs.bitwise import different_arrays
from nnrun.runs.interval import Interval
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.record import read_record
from nnrun.sweep import trial_folders
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.sweep import SweepOptions, resume_sweep, run_sweep
from nnrun.sweep.sweep_end import Sweep
from nnrun.sweep.sweep_record import read_sweep_record
from nnrun.sweep.trial_folders import finished_trials

pytestmark = pytest.mark.keras

XOR = EXPERIMENTS / "xor.yaml"
SHORT = ("epochs=3", "expect=[]")

SWEPT = """
data: {generator: {moons: {samples: 40, noise: 0.1}}, validation_split: 0.25, scale: standard}
layers:
  - Dense: {units: 6, activation: tanh}
  - BatchNormalization
  - Dropout: {rate: 0.2}
  - Dense: {units: 2, activation: softmax}
optimizer: {Adam: {learning_rate: 0.01}}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
epochs: 4
batch_size: 8
keep: best
sweep:
  grid: {seed: 0..1, optimizer.learning_rate: [0.01, 0.1]}
  zip: {epochs: [3, 5], data.generator.noise: [0.1, 0.2]}
  reach: val_accuracy >= 0.5
"""


class Counted(SweepListener):
    """Collects the indices of the trials that are trained."""

    def __init__(self) -> None:
        self.indices: list[int] = []

    def on_trial_end(self, trial: Trial, outcome: TrialOutcome) -> None:
        self.indices.append(outcome.index)


class Begun(SweepListener):
    """Ends a sweep that has begun."""

    def on_sweep_begin(self, plan: SweepPlan, folder: Path, finished: int) -> None:
        self.finished = finished
        raise Interrupted("Interrupted.")


def plan_of(file: Path, *grids: str, overrides: tuple[str, ...] = ()) -> SweepPlan:
    return plan_sweep(request_sweep(file, overrides, grids))


def swept(plan: SweepPlan, folder: Path, listener: SweepListener | None = None, **options: object) -> Sweep:
    return run_sweep(plan, options_in(folder, **options), listener or SweepListener(), runs_dir=folder / "runs")


def options_in(folder: Path, **options: object) -> SweepOptions:
    return replace(SweepOptions(folder / "keras"), **options)


class StoppingLate(SweepListener):
    """Ends the sweep at its nth safe point after its last trial, as Ctrl-C would."""

    def __init__(self, trials: int, points: int) -> None:
        self.trials = trials
        self.points = points

    def on_trial_end(self, trial: Trial, outcome: TrialOutcome) -> None:
        self.trials -= 1

    def on_safe_point(self) -> None:
        self.points -= self.trials == 0
        if not self.points:
            raise Interrupted("Interrupted.")


def table(folder: Path) -> list[dict[str, str]]:
    """The rows of trials.csv but for times."""
    with (folder / "trials.csv").open() as stream:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(stream)]


def weights(sweep: Sweep) -> list[dict[str, object]]:
    return [read_arrays(sweep.folder / sweep.outcomes[i].folder / "weights.npz") for i in sorted(sweep.outcomes)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Sweep:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "swept.yaml").write_text(SWEPT)
    return swept(plan_of(folder / "swept.yaml"), folder)


# Both values of each setting are in two of the trials.
@pytest.mark.parametrize("indices", [(1, 6), pytest.param(range(8), marks=pytest.mark.slow)], ids=["two", "all"])
def test_every_trial_is_bit_for_bit_what_train_makes_of_its_resolved_file(whole, indices, tmp_path):
    assert len(whole.outcomes) == 8
    for i in indices:
        folder = whole.folder / whole.outcomes[i].folder
        means = RunOptions(tmp_path / "keras", threads=1, plotted=False, reported=False)
        run = train_file(folder / "resolved.yaml", means, RunListener(), runs_dir=tmp_path / "runs")
        here, there = read_arrays(folder / "weights.npz"), read_arrays(run.folder / "weights.npz")
        assert different_arrays(here, there) == []
        history, other = read_metrics(folder / "metrics.csv"), read_metrics(run.folder / "metrics.csv")
        assert {**history, "seconds": None} == {**other, "seconds": None}
        record = read_record(folder)
        assert (record.final_metrics, record.kept_epoch) == (run.record.final_metrics, run.record.kept_epoch)


def test_the_folder_holds_record_tables_and_a_run_folder_per_trial(whole):
    assert {path.name for path in whole.folder.iterdir()} == {
        *("experiment.yaml", "sweep.json", "trials.csv", "summary.csv", "trials"),
    }
    record = json.loads((whole.folder / "sweep.json").read_text())
    assert (record["status"], record["trials"], record["counts"]) == ("completed", 8, {"completed": 8, "failed": 0})
    rows = table(whole.folder)
    assert [row["index"] for row in rows] == [str(i) for i in range(8)]
    folder = whole.folder / rows[3]["folder"]
    assert {path.name for path in folder.iterdir()} == {
        *("experiment.yaml", "resolved.yaml", "run.json", "data.json", "metrics.csv", "weights.npz"),
    }
    assert float(rows[3]["final_loss"]) == read_record(folder).final_metrics["loss"]


def test_the_best_trial_is_ranked_by_what_ranks_the_configurations(whole):
    best, rows = whole.record.best, table(whole.folder)
    first = min(rows, key=lambda row: (float(row["reached"] or "inf"), float(row["final_val_loss"])))
    assert (best.measure, best.index, best.objective) == ("reached", int(first["index"]), int(first["reached"]))


def test_reached_is_the_first_epoch_at_which_it_holds(whole):
    for row in table(whole.folder):
        accuracy = read_metrics(whole.folder / row["folder"] / "metrics.csv")["val_accuracy"]
        first = next((str(i) for i, value in enumerate(accuracy, 1) if value >= 0.5), "")
        assert row["reached"] == first


def test_an_interrupted_sweep_goes_on_and_ends_like_one_that_never_stopped(whole, tmp_path):
    plan = whole_plan(whole)
    with pytest.raises(Interrupted, match="Interrupted"):
        swept(plan, tmp_path, Stopping(5))
    (folder,) = (tmp_path / "runs").iterdir()
    remove_untold_trials(folder)
    assert read_sweep_record(folder).status == "interrupted"
    before = {path: path.stat().st_mtime_ns for path in (folder / "trials").glob("*/run.json")}
    assert len(before) == 5
    torn, empty, *_ = sorted(before)
    torn.write_bytes(torn.read_bytes()[:100])
    (empty.parent / "metrics.csv").write_bytes(b"")
    (folder / "trials" / ".0005-x.0123456789ab.part").mkdir()
    done = resume_sweep(folder, options_in(tmp_path), SweepListener())
    assert table(done.folder) == table(whole.folder)
    assert all(not different_arrays(a, b) for a, b in zip(weights(done), weights(whole), strict=True))
    changed = {path for path, moment in before.items() if path.stat().st_mtime_ns != moment}
    assert changed == {torn, empty}
    assert not list((folder / "trials").glob(".*"))


def whole_plan(sweep: Sweep) -> SweepPlan:
    return plan_of(Path(sweep.record.file))


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_sweep_killed_at_random_moments_ends_like_one_that_never_stopped(whole, tmp_path, kills):
    rng = random.Random(kills)
    command = [sys.executable, "-m", "nnrun"]
    start = [*command, "sweep", "-q", whole.record.file, "--runs-dir", str(tmp_path / "runs")]
    for kill in range(kills):
        folders = list(tmp_path.glob("runs/*/sweep.json"))
        process = subprocess.Popen([*command, "resume", "-q", str(folders[0].parent)] if folders else start)
        if kill % 2:
            time.sleep(rng.uniform(0, 8))
        else:
            await_trials(tmp_path, len(list(tmp_path.glob("runs/*/trials/0*"))) + rng.randint(1, 3), process)
            time.sleep(rng.uniform(0, 0.05))
        kill_with_workers(process)
    (folder,) = tmp_path.glob("runs/*")
    done = resume_sweep(folder, options_in(tmp_path), SweepListener())
    assert table(done.folder) == table(whole.folder)
    assert len(list((folder / "trials").iterdir())) == 8
    assert all(not different_arrays(a, b) for a, b in zip(weights(done), weights(whole), strict=True))


def await_trials(folder: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    """Waits until so many trials are finished, or the process is."""
    while process.poll() is None and len(list(folder.glob("runs/*/trials/0*"))) < count:
        time.sleep(0.005)


def test_a_finished_sweep_has_nothing_to_go_on_with(whole, tmp_path):
    class Refusing(SweepListener):
        def on_trial_end(self, trial, outcome) -> None:
            raise AssertionError("nothing is left to train")

    before = table(whole.folder)
    resume_sweep(whole.folder, options_in(tmp_path), Refusing())
    assert table(whole.folder) == before


def test_a_trial_that_diverges_fails_alone_and_fail_fast_ends_the_sweep(tmp_path):
    words = (EXPERIMENTS / "house-prices.yaml", "optimizer.learning_rate=[1e-12, 1, 1e-11]")
    overrides = ("optimizer=sgd", "epochs=30", "expect=[]", "data.scale=none", "data.scale_targets=none")
    done = swept(plan_of(*words, overrides=overrides), tmp_path)
    assert [done.outcomes[i].status for i in range(3)] == ["completed", "failed", "completed"]
    assert done.outcomes[1].reason.startswith("Training diverged")
    assert done.exit_status == 3
    record = read_record(done.folder / done.outcomes[1].folder)
    assert record.status == "failed"
    assert "divergence" in {finding.kind for finding in record.diagnosis}
    assert table(done.folder)[1]["status"] == "failed"
    trained = Counted()
    resume_sweep(done.folder, options_in(tmp_path), trained)
    assert trained.indices == []
    resume_sweep(done.folder, options_in(tmp_path), trained, retry_failed=True)
    assert trained.indices == [1]
    plan = plan_of(*words, overrides=(*overrides, "sweep.fail_fast=true"))
    ended = swept(plan, tmp_path / "fast")
    assert sorted(ended.outcomes) == [0, 1]


def test_unmet_expectations_are_the_exit_status(tmp_path):
    done = swept(plan_of(XOR, "seed=0..1", overrides=("epochs=2",)), tmp_path)
    assert done.exit_status == 1
    assert [row["expectations"] for row in table(done.folder)] == ["not met", "not met"]
    losses = [float(row["final_loss"]) for row in table(done.folder)]
    best = read_sweep_record(done.folder).best
    assert (best.measure, best.objective, best.index) == ("final_loss", min(losses), losses.index(min(losses)))


def test_what_nothing_measures_cannot_be_reached_and_leaves_no_folder(tmp_path):
    overrides = ("sweep={reach: loss_7 >= 1}",)
    with pytest.raises(ExperimentError, match='Unknown metric "loss_7"'):
        swept(plan_of(XOR, "seed=0..3", overrides=overrides), tmp_path, jobs=2)
    assert not list((tmp_path / "runs").iterdir())


class Raising(SweepListener):
    """Raises an error when the sweep begins, or after its first trial."""

    def __init__(self, error: Exception, *, at_once: bool = False) -> None:
        self.error = error
        self.at_once = at_once

    def on_sweep_begin(self, plan, folder, finished) -> None:
        if self.at_once:
            raise self.error

    def on_trial_end(self, trial, outcome) -> None:
        raise self.error


def test_an_error_of_any_kind_leaves_a_sweep_with_tables_that_can_be_gone_on_with(tmp_path):
    with pytest.raises(BrokenPipeError):
        swept(plan_of(XOR, "seed=0..1", overrides=SHORT), tmp_path, Raising(BrokenPipeError()))
    (folder,) = (tmp_path / "runs").iterdir()
    assert (read_sweep_record(folder).status, len(table(folder))) == ("interrupted", 1)
    assert len(resume_sweep(folder, options_in(tmp_path), SweepListener()).outcomes) == 2


def test_a_sweep_that_cannot_go_on_yet_stays_where_it_is_even_if_nothing_was_trained(tmp_path):
    with pytest.raises(Interrupted, match="stop"):
        swept(plan_of(XOR, "seed=0..1", overrides=SHORT), tmp_path, Raising(Interrupted("stop"), at_once=True))
    (folder,) = (tmp_path / "runs").iterdir()
    with pytest.raises(ExperimentError, match="is not the address of a Dask scheduler"):
        resume_sweep(folder, options_in(tmp_path, dask="foo://x"), SweepListener())
    assert (folder / "experiment.yaml").read_bytes() == XOR.read_bytes()
    assert read_sweep_record(folder).status == "interrupted"


def test_a_signal_while_finished_trials_are_read_is_not_taken_for_a_torn_one(whole, monkeypatch):
    def signalled(folder: Path) -> None:
        raise Interrupted("Interrupted.")

    monkeypatch.setattr(trial_folders, "read_record", signalled)
    with pytest.raises(Interrupted, match="Interrupted"):
        finished_trials(whole.folder, whole_plan(whole))


@pytest.fixture(scope="module")
def interrupted_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sweep over a data file, interrupted after its first trial."""
    project = tmp_path_factory.mktemp("project")
    rows = "\n".join(f"{i},{i % 2}" for i in range(8))
    (project / "data.csv").write_text(f"x,y\n{rows}\n")
    (project / "file.yaml").write_text(
        "data: {generator: {csv: {path: data.csv, target: y}}}\n"
        "layers: [{Dense: {units: 1}}]\noptimizer: sgd\nloss: mse\nepochs: 2\n"
    )
    with pytest.raises(Interrupted, match="Interrupted"):
        swept(plan_of(project / "file.yaml", "seed=0..1"), project, Stopping(1))
    (folder,) = (project / "runs").iterdir()
    remove_untold_trials(folder)
    return project


@pytest.fixture
def interrupted(interrupted_project: Path, tmp_path: Path) -> Path:
    """The sweep in a copy of its project."""
    shutil.copytree(interrupted_project, tmp_path, dirs_exist_ok=True)
    (folder,) = (tmp_path / "runs").iterdir()
    record = (folder / "sweep.json").read_text()
    (folder / "sweep.json").write_text(record.replace(str(interrupted_project), str(tmp_path)))
    return folder


def test_a_sweep_is_not_resumed_with_anything_that_changes_its_results_unless_forced(interrupted, tmp_path):
    folder = interrupted
    (tmp_path / "data.csv").write_text("x,y\n0,1\n1,0\n")
    with (folder / "experiment.yaml").open("a") as file:
        file.write("# A comment.\n")
    record = json.loads((folder / "sweep.json").read_text())
    record["versions"]["keras"] = "3.0.0"
    (folder / "sweep.json").write_text(json.dumps(record))
    before = read_sweep_record(folder)
    with pytest.raises(ResumeError, match="when the sweep began") as caught:
        resume_sweep(folder, options_in(tmp_path, threads=2, device="cpu"), SweepListener())
    told = [problem.message for problem in caught.value.problems]
    names = ("version of keras", "device", "number of threads", "SHA-256 of data.csv", "SHA-256 of experiment.yaml")
    assert [next(name for name in names if f"The {name} was " in message) for message in told] == list(names)
    assert caught.value.exit_status == 5
    assert caught.value.problems[-1].hint.endswith("Resume it anyway with --force.")
    assert read_sweep_record(folder) == before
    done = resume_sweep(folder, options_in(tmp_path, threads=2, device="cpu"), SweepListener(), force=True)
    assert (done.record.threads, done.record.device, len(done.outcomes)) == (2, "cpu", 2)
    assert list(read_sweep_record(folder).forced) == told


@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_a_sweep_is_not_resumed_on_another_kind_of_device_unless_forced(interrupted, tmp_path, jobs):
    folder = interrupted
    (record,) = folder.glob("trials/*/run.json")
    record.write_text(record.read_text().replace('"device": "cpu"', '"device": "gpu:0"'))
    with pytest.raises(ResumeError, match=r"The device of the finished trials was gpu:0 and is cpu now\."):
        resume_sweep(folder, options_in(tmp_path, jobs=jobs), SweepListener())
    assert read_sweep_record(folder).status == "interrupted"
    assert len(resume_sweep(folder, options_in(tmp_path, jobs=jobs), SweepListener(), force=True).outcomes) == 2


def test_a_sweep_of_an_older_version_without_the_digest_of_its_file_is_resumed(interrupted, tmp_path):
    folder = interrupted
    record = json.loads((folder / "sweep.json").read_text())
    del record["experiment_sha256"], record["forced"]
    (folder / "sweep.json").write_text(json.dumps(record))
    assert len(resume_sweep(folder, options_in(tmp_path), SweepListener()).outcomes) == 2


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_without_a_forkserver_the_workers_are_spawned_and_give_the_same(jobs, tmp_path, whole, monkeypatch):
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    monkeypatch.setitem(sys.modules, "multiprocessing.forkserver", None)  # as on Windows
    done = swept(whole_plan(whole), tmp_path, jobs=jobs)
    assert table(done.folder) == table(whole.folder)


@pytest.mark.parametrize(("keep", "kept"), [("none", 0), ("best", 1)])
def test_only_the_weights_that_are_asked_for_are_kept(tmp_path, keep, kept):
    with undrawn():
        done = swept(plan_of(XOR, "seed=0..3", overrides=SHORT), tmp_path, keep=keep)
    found = list(done.folder.glob("trials/*/weights.npz"))
    assert len(found) == kept
    if found:
        best = min(done.outcomes.values(), key=lambda outcome: outcome.final["loss"])
        assert found[0].parent == done.folder / best.folder
        other = next(path for path in (done.folder / "trials").iterdir() if path != found[0].parent)
        shutil.copy(found[0], other)  # as a process leaves it that is killed before it removes them
        resume_sweep(done.folder, options_in(tmp_path), SweepListener())
        assert list(done.folder.glob("trials/*/weights.npz")) == found
    assert [path.parent for path in done.folder.glob("trials/*/model.keras")] == [path.parent for path in found]


@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_the_best_trial_that_is_kept_is_a_whole_run(tmp_path, jobs):
    (tmp_path / "swept.yaml").write_text(SWEPT)
    layers = "layers=[{Dense: {units: 4, activation: tanh}}, {Dense: {units: 2, activation: softmax}}]"
    changes = (layers, "sweep={grid: {seed: 0..2}}", "predict=[]", "tracking=[tensorboard]")
    plan = plan_of(tmp_path / "swept.yaml", overrides=changes)
    warnings: list[str] = []
    listener = SweepListener()
    listener.on_warning = warnings.append
    done = swept(plan, tmp_path, listener, keep="best", jobs=jobs)
    best = done.folder / done.record.best.folder
    before = read_record(best)
    options = RunOptions(tmp_path / "keras", threads=1, every=Interval(3600.0), animated=False)
    untracked = ("tracking=[]",)
    alone = train_file(best / "resolved.yaml", options, RunListener(), overrides=untracked, runs_dir=tmp_path / "alone")
    assert warnings == ["The trials of a sweep are not tracked: tracking has no effect here."]
    assert {path.name for path in alone.folder.iterdir()} - {path.name for path in best.iterdir()} == {"checkpoint"}
    assert (best / "predictions.csv").read_bytes() == (alone.folder / "predictions.csv").read_bytes()
    pictures = [{path.name for path in (folder / "plots").iterdir()} for folder in (best, alone.folder)]
    assert pictures[0] == pictures[1] | {"learning.gif"}
    assert before.final_metrics == alone.record.final_metrics
    assert [path.name for path in done.folder.glob("trials/.*")] == []


@pytest.mark.parametrize("stopping", [Stopping(2), StoppingLate(3, 4)])
def test_an_interrupted_sweep_that_keeps_the_best_is_resumed_to_a_whole_run_of_it(tmp_path, stopping):
    plan = plan_of(XOR, "seed=0..2", overrides=SHORT)
    with undrawn(), pytest.raises(Interrupted):
        swept(plan, tmp_path, stopping, keep="best")
    (folder,) = (tmp_path / "runs").iterdir()
    assert not list(folder.glob("trials/*/model.keras"))
    with undrawn():
        done = resume_sweep(folder, options_in(tmp_path), SweepListener())
    best = folder / done.record.best.folder
    assert [path.parent for path in folder.glob("trials/*/model.keras")] == [best]
    assert {"model.keras", "weights.npz", "predictions.csv", "plots", "report.html"} <= {
        path.name for path in best.iterdir()
    }
    assert [path.name for path in (folder / "trials").glob(".*")] == []


def test_a_trial_without_enough_memory_is_trained_again_by_a_resume(tmp_path, monkeypatch):
    # oneDNN's allocator waits ten seconds for memory that there is not; a process that is spawned has TensorFlow's.
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    layers = "layers=[{Dense: {units: 1000}}, {Dense: {units: 2}}, {Dense: {units: 1}}]"
    grid = "layers.1.units=[2, 2000000000]"  # weights of 8 TB
    done = swept(plan_of(XOR, grid, overrides=(*SHORT, layers)), tmp_path)
    failed = done.outcomes[1]
    assert (failed.status, failed.lost, failed.reason) == ("failed", True, "There was not enough memory.")
    assert read_record(done.folder / failed.folder).status == "interrupted"
    begun = Begun()
    with pytest.raises(Interrupted):
        resume_sweep(done.folder, options_in(tmp_path), begun)
    assert begun.finished == 1


class Killing(SweepListener):
    """Kills a worker in the middle of its work."""

    def __init__(self) -> None:
        self.others = multiprocessing.active_children()
        self.killed = 0
        self.outcomes: list[TrialOutcome] = []

    def on_trial_end(self, trial, outcome) -> None:
        self.outcomes.append(outcome)
        if not self.killed and trial.index == 1:
            (child, *_) = (child for child in multiprocessing.active_children() if child not in self.others)
            self.killed = child.pid
            os.kill(child.pid, signal.SIGKILL)


def test_workers_give_the_same_as_one_process_and_a_killed_one_costs_nothing(tmp_path, whole):
    killing = Killing()
    done = swept(whole_plan(whole), tmp_path, killing, jobs=2)
    assert killing.killed
    assert len(killing.outcomes) == 8
    assert table(done.folder) == table(whole.folder)
    assert all(not different_arrays(a, b) for a, b in zip(weights(done), weights(whole), strict=True))
    assert not list((done.folder / "trials").glob(".*"))


def test_every_process_reads_the_data_file_that_was_planned_with(tmp_path):
    rows, file = tmp_path / "rows.csv", tmp_path / "lines.yaml"
    rows.write_text("a,b,y\n" + "".join(f"{i % 7},{i % 3},{i % 7 + i % 3}\n" for i in range(60)))
    data = "data: {generator: {csv: {path: rows.csv}}}"
    file.write_text(f"{data}\nlayers: [Dense: {{units: 1}}]\noptimizer: sgd\nloss: mse\nepochs: 2\n")
    plan = plan_of(file, "seed=0..2")
    done = swept(plan, tmp_path, jobs=2)
    assert done.record.counts == {"completed": 3, "failed": 0}
    assert done.record.files == plan.file_digests
    rows.unlink()
    gone = swept(plan, tmp_path, jobs=2)
    assert gone.record.counts == {"completed": 0, "failed": 3}
    reasons = [json.loads(path.read_text())["reason"] for path in gone.folder.glob("trials/*/run.json")]
    assert len(reasons) == 3
    assert all(str(rows) in reason for reason in reasons)


def test_a_data_file_elsewhere_is_found_again_and_its_change_is_said(tmp_path):
    rows, file = tmp_path / "data" / "rows.csv", tmp_path / "experiments" / "lines.yaml"
    for folder in (rows.parent, file.parent):
        folder.mkdir()
    rows.write_text("x,y\n" + "".join(f"{i},{i * 2}\n" for i in range(20)))
    data = "data: {generator: {csv: {path: ../data/rows.csv}}}"
    file.write_text(f"{data}\nlayers: [Dense: {{units: 1}}]\noptimizer: sgd\nloss: mse\nepochs: 2\n")
    done = swept(plan_sweep(request_sweep(file, (), ("seed=0..1",), (rows.parent,))), tmp_path)

    def again(**force):
        shutil.rmtree(next((done.folder / "trials").iterdir()))
        return resume_sweep(done.folder, SweepOptions(tmp_path / "keras"), SweepListener(), **force)

    assert again().record.status == "completed"
    rows.write_text("x,y\n1,2\n2,4\n")
    with pytest.raises(ResumeError, match=r"rows\.csv was .* when the sweep began"):
        again()
    assert resume_sweep(done.folder, SweepOptions(tmp_path / "keras"), SweepListener(), force=True).record.forced


def test_a_sweep_is_not_resumed_with_other_code_of_its_own(tmp_path):
    access, code, file = code_access(allowed=True), tmp_path / "parts.py", tmp_path / "own.yaml"
    code.write_text(
        "import keras\n\n@keras.saving.register_keras_serializable()\ndef bent(x):\n    return keras.ops.tanh(x)\n"
    )
    layers = "custom: parts.py\nlayers: [Dense: {units: 1, activation: bent}]"
    file.write_text(f"data: {{generator: moons}}\n{layers}\noptimizer: sgd\nloss: mse\nepochs: 1\n")
    done = swept(plan_sweep(request_sweep(file, (), ("seed=0..1",), code=access)), tmp_path)
    shutil.rmtree(next((done.folder / "trials").iterdir()))
    code.write_text(code.read_text().replace("tanh", "sigmoid"))
    with pytest.raises(ResumeError, match=r"parts\.py was .* when the sweep began"):
        resume_sweep(done.folder, options_in(tmp_path, code=access), SweepListener())
    assert len(list((done.folder / "trials").iterdir())) == 1


def test_an_interrupted_sweep_of_several_processes_leaves_whole_trials_alone(tmp_path):
    with pytest.raises(Interrupted, match="stop"):
        swept(
            plan_of(XOR, "epochs=[3, 100000000]", overrides=("expect=[]", "engine=graph")),
            tmp_path,
            Raising(Interrupted("stop")),
            jobs=2,
        )
    assert [path.name for path in tmp_path.glob("runs/*/trials/*")] == ["0000-epochs-3"]
    assert not list(tmp_path.glob("runs/*/trials/.*"))


def test_a_trial_whose_worker_dies_twice_has_failed_and_the_others_have_not(tmp_path):
    plan = plan_of(XOR, "epochs=[3, 100000000]", overrides=("expect=[]", "engine=graph"))
    others, ended, killed = multiprocessing.active_children(), threading.Event(), set[str]()

    def kill() -> None:
        """Once the first trial is finished, kills whoever has begun the endless one, and whoever waits for others."""
        while not ended.wait(0.2):
            begun = {path.name for path in tmp_path.glob("runs/*/trials/.0001-*")} - killed
            if begun and list(tmp_path.glob("runs/*/trials/0000-*")):
                killed.update(begun)
                for child in multiprocessing.active_children():
                    if child not in others:
                        os.kill(child.pid, signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()
    try:
        done = swept(plan, tmp_path, jobs=2)
    finally:
        ended.set()
    assert len(killed) in (1, 2)  # one where the other worker was given the trial in the moment in which it was killed
    assert done.outcomes[1].reason == "The process that trained it was ended by SIGKILL, twice."
    assert [done.outcomes[i].status for i in (0, 1)] == ["completed", "failed"]
    # It is no fault of the trial: a resumed sweep trains it again.
    assert read_record(done.folder / done.outcomes[1].folder).status == "interrupted"
    assert list(finished_trials(done.folder, plan)) == [0]
