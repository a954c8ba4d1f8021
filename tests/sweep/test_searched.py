"""Searches that are trained: the same trials for any number of processes and wherever they were cut."""

import json
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from killed import kill_with_workers
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from stopping import Stopping
from undrawn import undrawn

from experiments import EXPERIMENTS
from nnrun.cli.main import run
from nnrun.errors import ExperimentError, Interrupted, ResumeError
from nnrun.runs.arrays import read_arrays
from nnrun.runs.bitwise import different_arrays
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.record import read_record
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.results.sweep_report import write_sweep_report
from nnrun.sweep.results.tables import read_table
from nnrun.sweep.sweep import SweepOptions, resume_sweep, run_sweep
from nnrun.sweep.sweep_end import Sweep
from nnrun.sweep.sweep_record import read_sweep_record

pytestmark = pytest.mark.keras

SEARCHED = """
name: searched
data: {generator: {table: {columns: [a, b, y], rows: [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]], target: y}}}
layers: [{Dense: {units: 4, activation: tanh}}, {Dense: {units: 1}}]
optimizer: {Adam: {learning_rate: 0.01}}
loss: mse
epochs: 16
expect: [loss <= 0.2]
sweep:
  search: {optimizer.learning_rate: "log_uniform(1e-4, 1)", shuffle: [true, false]}
  trials: 12
  objective: min(loss)
  pruner: median
"""


class Counting(SweepListener):
    """Counts the trials that are trained."""

    def __init__(self) -> None:
        self.finished = 0
        self.trained_ones: list[int] = []

    def on_sweep_begin(self, plan, folder, finished) -> None:
        self.finished = finished

    def on_trial_end(self, trial, outcome) -> None:
        self.trained_ones.append(trial.index)


def plan_of(file: Path, *overrides: str) -> SweepPlan:
    return plan_sweep(request_sweep(file, overrides))


def options_in(folder: Path, **options: object) -> SweepOptions:
    return replace(SweepOptions(folder / "keras"), **options)


def searched(plan: SweepPlan, folder: Path, listener: SweepListener | None = None, **options: object) -> Sweep:
    return run_sweep(plan, options_in(folder, **options), listener or SweepListener(), runs_dir=folder / "runs")


def table(folder: Path) -> list[dict[str, str]]:
    """The rows of trials.csv but for times."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in read_table(folder / "trials.csv")]


def study_of(folder: Path) -> optuna.Study:
    storage = JournalStorage(JournalFileBackend(str(folder / "study.journal")))
    return optuna.load_study(study_name="searched", storage=storage)


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("file") / "searched.yaml"
    path.write_text(SEARCHED)
    return path


@pytest.fixture(scope="module")
def whole(file, tmp_path_factory) -> Sweep:
    return searched(plan_of(file), tmp_path_factory.mktemp("whole"))


def cut(whole: Sweep, folder: Path, kept: set[int]) -> Path:
    """What a kill leaves that comes when just these trials are finished."""
    shutil.copytree(whole.folder, folder)
    for path in (folder / "trials").iterdir():
        if int(path.name[:4]) not in kept:
            shutil.rmtree(path)
    record = json.loads((folder / "sweep.json").read_text())
    (folder / "sweep.json").write_text(json.dumps({**record, "status": "running", "best": None, "finished": None}))
    for name in ("trials.csv", "summary.csv"):
        (folder / name).unlink()
    journal = (folder / "study.journal").read_bytes()
    (folder / "study.journal").write_bytes(journal[: len(journal) // 3])
    (folder / "study.journal.lock").symlink_to("study.journal")
    (folder / "trials" / ".0005-x.0123456789ab.part").mkdir()
    return folder


def test_record_tables_and_study_name_the_best_trial(whole):
    rows, record = table(whole.folder), json.loads((whole.folder / "sweep.json").read_text())
    assert [row["index"] for row in rows] == [str(i) for i in range(12)]
    completed = [row for row in rows if row["status"] == "completed"]
    best = min(completed, key=lambda row: float(row["objective"]))
    assert record["search"] == {"objective": "min(loss)", "sampler": "tpe", "pruner": "median"}
    assert (record["best"]["folder"], record["best"]["objective"]) == (best["folder"], float(best["objective"]))
    assert str(record["best"]["settings"]["shuffle"]).lower() == best["shuffle"]
    assert record["counts"] == {"completed": len(completed), "failed": 0, "pruned": 12 - len(completed)}
    first, *_, last = read_table(whole.folder / "summary.csv")
    assert (first["rank"], first["folder"], last["status"]) == ("1", best["folder"], "pruned")
    study = study_of(whole.folder)
    assert study.best_trial.user_attrs["folder"] == best["folder"]
    states = {"completed": "COMPLETE", "pruned": "PRUNED"}
    assert [trial.state.name for trial in study.trials] == [states[row["status"]] for row in rows]


def test_its_report_ranks_the_trials(whole):
    write_sweep_report(whole.folder, plots=True)
    page = (whole.folder / "report.html").read_text()
    links = re.findall(r'href="(trials/[^"/]+)/"', page)
    assert links[:12] == [row["folder"] for row in read_table(whole.folder / "summary.csv")]
    assert f"nnrun sweep {whole.record.best.folder}/resolved.yaml --grid seed=0..9" in page
    assert "nnrun compare" not in page


def test_the_best_trial_is_printed_at_the_end_but_for_quiet(whole, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")  # so that no word takes two lines
    assert run(["resume", str(whole.folder)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{whole.folder}\n"
    assert f"best trial {whole.record.best.folder}: min(loss) = " in " ".join(err.split())
    assert "  optimizer.learning_rate: " in err
    assert run(["resume", str(whole.folder), "-q"]) == 0
    assert capsys.readouterr().err == ""


def test_the_objective_is_the_best_over_the_epochs(whole):
    for row in table(whole.folder):
        assert float(row["objective"]) == min(read_metrics(whole.folder / row["folder"] / "metrics.csv")["loss"])


def test_a_pruned_trial_is_what_its_resolved_file_makes_as_far_as_it_went(whole, tmp_path):
    pruned = [row for row in table(whole.folder) if row["status"] == "pruned"]
    assert pruned
    assert {row["epochs"] for row in pruned} <= {"2", "4", "8"}
    assert all(int(row["index"]) >= 8 for row in pruned)
    folder, epochs = whole.folder / pruned[0]["folder"], int(pruned[0]["epochs"])
    record = read_record(folder)
    assert record.status == "pruned"
    assert record.reason.startswith(f"Pruned after epoch {epochs} of 16: min(loss) is ")
    alone = searched(plan_sweep(request_sweep(folder / "resolved.yaml", (), ("seed=[0]",))), tmp_path)
    here, there = (read_metrics(path / "metrics.csv")["loss"] for path in (folder, *alone.folder.glob("trials/*")))
    assert here == there[:epochs]
    assert len(there) == 16


@pytest.mark.parametrize(("kept", "jobs"), [({1, 2, 5}, 2), ({*range(8), 10}, 1), (set(range(12)), 1)])
def test_a_killed_search_goes_on_to_the_same_trials_in_any_number_of_processes(whole, tmp_path, kept, jobs):
    counting = Counting()
    done = resume_sweep(cut(whole, tmp_path / "cut", kept), options_in(tmp_path, jobs=jobs), counting)
    assert table(done.folder) == table(whole.folder)
    assert (counting.finished, sorted(counting.trained_ones)) == (len(kept), sorted(set(range(12)) - kept))
    assert done.record.best == whole.record.best
    assert [t.params for t in study_of(done.folder).trials] == [t.params for t in study_of(whole.folder).trials]
    assert weights_differ(done, whole) == []
    assert not list((done.folder / "trials").glob(".*"))


def weights_differ(one: Sweep, two: Sweep) -> list[str]:
    arrays = [
        {f"{i} {name}": a for i, o in s.outcomes.items() for name, a in read_arrays(weights_of(s, o.folder)).items()}
        for s in (one, two)
    ]
    return different_arrays(*arrays)


def weights_of(sweep: Sweep, trial: str) -> Path:
    return sweep.folder / trial / "weights.npz"


def test_an_interrupted_search_keeps_its_tables_and_the_best_so_far_and_goes_on(file, whole, tmp_path):
    with pytest.raises(Interrupted, match="Interrupted"):
        searched(plan_of(file), tmp_path, Stopping(10))
    (folder,) = (tmp_path / "runs").iterdir()
    record = json.loads((folder / "sweep.json").read_text())
    assert (record["status"], record["trials"], sum(record["counts"].values())) == ("interrupted", 12, 10)
    assert len(study_of(folder).trials) == 8
    assert read_table(folder / "summary.csv")[0]["folder"] == record["best"]["folder"]
    assert table(resume_sweep(folder, options_in(tmp_path), SweepListener()).folder) == table(whole.folder)


def test_a_search_whose_trials_would_be_drawn_otherwise_is_not_gone_on_with(whole, tmp_path):
    folder = cut(whole, tmp_path / "cut", set(range(3)))
    (drawn,) = (folder / "trials").glob("0001-*")
    drawn.rename(drawn.with_name("0001-learning_rate-0.5-shuffle-true"))
    before = read_sweep_record(folder)
    with pytest.raises(ResumeError, match=r"The search now draws 0001-\S+ instead of 0001-learning_rate-0\.5"):
        resume_sweep(folder, options_in(tmp_path), SweepListener())
    assert read_sweep_record(folder) == before


def test_the_best_alone_is_held_against_what_is_expected(file, whole, tmp_path):
    unmet = [outcome for outcome in whole.outcomes.values() if outcome.exit_status == 1]
    assert unmet
    assert whole.exit_status == 0
    with undrawn():
        few = searched(plan_of(file, "sweep.trials=2", "expect=[loss <= 1e-9]"), tmp_path, keep="best")
    assert few.exit_status == 1
    (kept,) = few.folder.glob("trials/*/weights.npz")
    assert kept.parent == few.folder / few.record.best.folder


def test_a_trial_that_diverges_fails_and_the_search_goes_on(file, tmp_path):
    rates = "sweep.search={optimizer.learning_rate: [1e-3, 1e30]}"
    done = searched(plan_of(file, "optimizer=sgd", rates, "sweep.trials=4", "expect=[]"), tmp_path)
    statuses = {row["optimizer.learning_rate"]: row["status"] for row in table(done.folder)}
    assert statuses == {"0.001": "completed", "1e+30": "failed"}
    assert done.exit_status == 3
    assert done.record.best.settings == {"optimizer.learning_rate": 0.001}
    assert {t.state.name for t in study_of(done.folder).trials} == {"COMPLETE", "FAIL"}


@pytest.mark.slow
def test_the_largest_can_be_sought_and_halving_prunes(file, tmp_path):
    changes = ("metrics=[r2_score]", "sweep.objective=max(r2_score)", "sweep.pruner=halving")
    done = searched(plan_of(file, *changes), tmp_path)
    rows = table(done.folder)
    best = max(float(row["objective"]) for row in rows if row["status"] == "completed")
    assert done.record.best.objective == best
    assert "pruned" in {row["status"] for row in rows}
    assert study_of(done.folder).best_value == best


def test_what_nothing_measures_cannot_be_searched_for_and_leaves_no_folder(file, tmp_path):
    overrides = ("metrics=[accuracy]", "sweep.objective=max(accuracy_7)")
    with pytest.raises(ExperimentError, match='Unknown metric "accuracy_7"') as caught:
        searched(plan_of(file, *overrides), tmp_path)
    assert caught.value.problems[0].hint == 'Did you mean "accuracy"?'
    assert not list((tmp_path / "runs").iterdir())


@pytest.mark.slow
def test_kill_minus_9_at_many_moments_changes_nothing(file, whole, tmp_path):
    command = [sys.executable, "-m", "nnrun"]
    start = [*command, "sweep", "--jobs", "2", str(file), "--runs-dir", str(tmp_path / "runs")]
    for i in range(12):
        folders = list(tmp_path.glob("runs/*"))
        process = subprocess.Popen(
            [*command, "resume", "--jobs", "2", str(folders[0])] if folders else start, stderr=subprocess.DEVNULL
        )
        time.sleep(3 + 0.4 * i)
        kill_with_workers(process)
    (folder,) = tmp_path.glob("runs/*")
    done = resume_sweep(folder, options_in(tmp_path), SweepListener())
    assert table(done.folder) == table(whole.folder)


@pytest.mark.slow
def test_a_search_finds_a_learning_rate_that_learns_xor(tmp_path):
    search = "sweep={search: {optimizer.learning_rate: 'log_uniform(1e-6, 1e-1)'}, trials: 24, objective: min(loss)}"
    done = searched(plan_of(EXPERIMENTS / "xor.yaml", search, "epochs=100"), tmp_path)
    assert done.record.best.settings["optimizer.learning_rate"] > 0.01
    assert done.exit_status == 0
