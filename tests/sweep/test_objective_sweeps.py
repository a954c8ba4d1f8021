"""Sweeps with an objective over the seeds of a configuration, trained: searches that repeat their draws, and grids."""

import json
import shutil
import statistics
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from nnrun.cli.main import run
from nnrun.runs.metrics_file import read_metrics
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.plan import plan_sweep, request_sweep
from nnrun.sweep.plan.shard import Shard
from nnrun.sweep.results.merging import merge_shards
from nnrun.sweep.results.results import read_results
from nnrun.sweep.results.tables import read_table
from nnrun.sweep.sweep import SweepOptions, resume_sweep, run_sweep
from nnrun.sweep.sweep_end import Sweep

pytestmark = pytest.mark.keras

TEXT = """
name: rated
data: {generator: {table: {columns: [a, b, y], rows: [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]], target: y}}}
layers: [{Dense: {units: 4, activation: tanh}}, {Dense: {units: 1}}]
optimizer: {SGD: {learning_rate: 0.01}}
loss: mse
epochs: 16
sweep:
"""
SEARCH = """
  search: {optimizer.learning_rate: [0.01, 0.1, 4.0]}
  trials: 3
  repeat: 3
  objective: median(min(loss))
"""
GRID = """
  grid: {optimizer.learning_rate: [0.01, 0.1, 4.0]}
  repeat: 3
  objective: mean(max(loss))
"""


def swept(folder: Path, section: str, **options: object) -> Sweep:
    file = folder / "rated.yaml"
    file.write_text(TEXT + section)
    how = replace(SweepOptions(folder / "keras"), **options)
    return run_sweep(plan_sweep(request_sweep(file)), how, SweepListener(), runs_dir=folder / "runs")


@pytest.fixture(scope="module")
def search(tmp_path_factory) -> Sweep:
    return swept(tmp_path_factory.mktemp("search"), SEARCH)


@pytest.fixture(scope="module")
def grid(tmp_path_factory) -> Sweep:
    return swept(tmp_path_factory.mktemp("grid"), GRID)


def bests(sweep: Sweep, best) -> dict[str, list[float | None]]:
    """The objective of every trial by learning rate, from the metrics of its epochs; None of one that failed."""
    found: dict[str, list[float | None]] = {}
    for row in read_table(sweep.folder / "trials.csv"):
        losses = read_metrics(sweep.folder / row["folder"] / "metrics.csv")["loss"]
        value = best(losses) if row["status"] == "completed" else None
        assert row["objective"] == ("" if value is None else repr(value))
        found.setdefault(row["optimizer.learning_rate"], []).append(value)
    return found


def test_the_study_of_a_repeated_search_is_told_the_median_of_the_seeds(search):
    rated = bests(search, min)
    storage = JournalStorage(JournalFileBackend(str(search.folder / "study.journal")))
    trials = optuna.load_study(study_name="rated", storage=storage).trials
    drawn = [(t.params["optimizer.learning_rate"], t.value) for t in trials]
    medians = {rate: statistics.median(values) for rate, values in rated.items() if None not in values}
    assert len(drawn) == 3
    assert all(value == medians.get(str(rate)) for rate, value in drawn)
    assert medians


def test_a_search_of_repeated_draws_is_resumed_to_the_same_tables(search, tmp_path):
    folder = tmp_path / "runs" / search.folder.name
    shutil.copytree(search.folder, folder)
    for index in (1, 4, 5):
        shutil.rmtree(next((folder / "trials").glob(f"{index:04}-*")))
    record = json.loads((folder / "sweep.json").read_text())
    assert record["search"] == {"objective": "median(min(loss))", "sampler": "tpe", "pruner": "none", "repeat": 3}
    (folder / "sweep.json").write_text(json.dumps({**record, "status": "interrupted"}))
    resume_sweep(folder, SweepOptions(tmp_path / "keras"), SweepListener())
    assert (folder / "summary.csv").read_text() == (search.folder / "summary.csv").read_text()

    def without_times(path: Path) -> list[dict[str, str]]:
        return [{**row, "seconds": ""} for row in read_table(path / "trials.csv")]

    assert without_times(folder) == without_times(search.folder)


def test_a_search_whose_trials_are_rows_of_a_table_draws_the_same_and_is_told_the_same(search, tmp_path):
    in_table = swept(tmp_path, f"{SEARCH}  keep: table\n")
    studies = []
    for folder in (search.folder, in_table.folder):
        storage = JournalStorage(JournalFileBackend(str(folder / "study.journal")))
        studies.append(optuna.load_study(study_name="rated", storage=storage).trials)
    assert [(t.params, t.state, t.value) for t in studies[1]] == [(t.params, t.state, t.value) for t in studies[0]]
    assert (in_table.folder / "summary.csv").read_text() == (search.folder / "summary.csv").read_text()


@pytest.mark.parametrize(("name", "center", "best"), [("search", "median", min), ("grid", "mean", max)])
def test_configurations_are_ranked_by_the_center_of_the_objective(name, center, best, request, capsys):
    sweep = request.getfixturevalue(name)
    rated = bests(sweep, best)
    sign = 1 if best is min else -1
    failed = float("inf") * sign
    of = {"median": statistics.median, "mean": statistics.fmean}[center]
    centers = {rate: of([failed if value is None else value for value in values]) for rate, values in rated.items()}
    order = sorted(centers, key=lambda rate: sign * centers[rate])
    results = read_results(sweep.folder)
    assert (results.measure, results.center_name) == ("objective", center)
    assert results.measure_name == ("min(loss)" if best is min else "max(loss)")
    ranked = [results.configurations[i].settings["optimizer.learning_rate"] for i in results.ranking()]
    assert ranked == order
    rows = [row for row in read_table(sweep.folder / "summary.csv") if row["measure"] == "objective"]
    assert [row["optimizer.learning_rate"] for row in rows] == order
    assert [row["rank"] for row in rows] == [str(place) for place in range(1, len(order) + 1)]
    for row in rows[:1]:
        assert float(row["objective"]) == pytest.approx(centers[order[0]], rel=1e-9)
    assert run(["compare", str(sweep.folder)]) == 0
    assert f"learning_rate={order[0]}: {center} {results.measure_name} " in capsys.readouterr().out


def test_the_best_trial_has_the_best_objective(grid):
    rated = {rate: [value for value in values if value is not None] for rate, values in bests(grid, max).items()}
    best = grid.record.best
    assert best.objective == max(value for values in rated.values() for value in values)
    assert best.measure == "max(loss)"
    assert grid.record.objective == "mean(max(loss))"


def test_merged_shards_have_the_objective_and_the_ranking_of_the_whole(grid, tmp_path):
    file = tmp_path / "rated.yaml"
    file.write_text(TEXT + GRID)
    plan, options = plan_sweep(request_sweep(file)), SweepOptions(tmp_path / "keras")
    parts = [
        run_sweep(plan.part(Shard(number, 2)), options, SweepListener(), runs_dir=tmp_path / "runs").folder
        for number in (1, 2)
    ]
    merged = merge_shards(parts, runs_dir=tmp_path / "runs")
    assert (merged.folder / "summary.csv").read_text() == (grid.folder / "summary.csv").read_text()
    assert merged.record.best.settings == grid.record.best.settings
