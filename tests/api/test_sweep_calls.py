"""`nnrun.sweep`: the trials as rows, the configurations, and the best trial as a run."""

import os

import pytest
from sweep_folder import make_sweep_folder

import nnrun
from nnrun.errors import ExperimentError, StorageError

EXPERIMENT = {
    "name": "line",
    "data": {"generator": {"function": {"samples": 8, "x": "uniform(0, 1)", "y": "2 * x"}}},
    "layers": [{"Dense": {"units": 1}}],
    "optimizer": "sgd",
    "loss": "mse",
    "epochs": 5,
}


@pytest.fixture(scope="module")
def sweep(tmp_path_factory) -> nnrun.TrainedSweep:
    grid = {"optimizer.learning_rate": "log(0.01, 0.1, 2)", "seed": range(3)}
    before = dict(os.environ)
    done = nnrun.sweep(EXPERIMENT, grid, {"sweep.report": False}, runs_dir=tmp_path_factory.mktemp("runs"))
    assert os.environ.get("PYTHONSAFEPATH") == before.get("PYTHONSAFEPATH")
    return done


@pytest.mark.keras
def test_the_trials_are_rows_of_plain_values(sweep):
    rows = sweep.trials
    assert [(row["optimizer.learning_rate"], row["seed"]) for row in rows] == [
        (rate, seed) for rate in (0.01, 0.1) for seed in range(3)
    ]
    assert {row["status"] for row in rows} == {"completed"}
    assert nnrun.load(rows[4]["path"]).metrics["loss"] == rows[4]["final_loss"]


@pytest.mark.keras
def test_the_summary_has_a_row_per_configuration_and_the_best_trial_is_a_run(sweep):
    assert [(row["optimizer.learning_rate"], row["n"]) for row in sweep.summary] == [(0.01, 3), (0.1, 3)]
    best = min(sweep.trials, key=lambda row: row["final_loss"])
    assert sweep.best.path == sweep.path / best["folder"]
    assert sweep.best.metrics["loss"] == best["final_loss"]


def test_a_sweep_is_loaded_by_its_name(tmp_path):
    folder = make_sweep_folder(tmp_path / "line-sweep", "seed=0..1")
    found = nnrun.load_sweep("line", runs_dir=tmp_path)
    assert (found.path, len(found.trials)) == (folder, 2)
    assert nnrun.load_sweep(found) is found
    assert repr(found) == f'<nnrun.TrainedSweep "{folder}">'


def test_a_run_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(StorageError, match="no-such"):
        nnrun.load_sweep("no-such", runs_dir=tmp_path)


@pytest.mark.parametrize(
    ("grid", "settings", "message"),
    [
        ({"seed": "0..x"}, {}, "seed: "),
        ({"epochs": [1, 0]}, {}, 'epochs: "epochs" must be at least 1. Received: 0'),
        ({"seed": [1, 2]}, {"epochs": 0}, 'epochs: "epochs" must be at least 1. Received: 0'),
        (None, {}, "There is nothing to sweep over."),
    ],
)
def test_what_is_invalid_is_named_by_its_path_before_anything_is_trained(tmp_path, grid, settings, message):
    with pytest.raises(ExperimentError) as caught:
        nnrun.sweep(EXPERIMENT, grid, settings, runs_dir=tmp_path / "runs")
    assert str(caught.value).startswith(message)
    assert not (tmp_path / "runs").exists()
