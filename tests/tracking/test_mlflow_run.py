"""Runs in MLflow, read back with its client from a local store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from run_folder import EPOCHS

import nnrun
from nnrun.errors import Interrupted, TrainingError
from nnrun.runs.metrics_file import read_metrics

pytestmark = pytest.mark.filterwarnings("ignore:::sqlalchemy", "ignore:::mlflow", "ignore:::pydantic")


def only_run(store, experiment: str = "bilinear"):
    (found,) = store.search_runs([store.get_experiment_by_name(experiment).experiment_id])
    return found


def steps_of(store, found, metric: str = "loss") -> list[int]:
    return sorted(one.step for one in store.get_metric_history(found.info.run_id, metric))


def test_a_run_has_parameters_metrics_tags_and_artifacts(track, run_folder, store):
    assert track(run_folder, "mlflow").warnings == []
    found = only_run(store)
    assert (found.info.run_name, found.info.status) == ("run", "FINISHED")
    assert found.data.params["optimizer.learning_rate"] == "0.01"
    assert found.data.params["layers.0.name"] == "neuron"
    tags = found.data.tags
    assert (tags["nnrun.version"], tags["nnrun.run"]) == (nnrun.__version__, "run")
    assert (tags["mlflow.source.git.commit"], tags["nnrun.git.dirty"]) == ("0123abcd", "true")
    metrics = read_metrics(run_folder / "metrics.csv")
    for name in ("loss", "val_loss"):
        history = {one.step: one.value for one in store.get_metric_history(found.info.run_id, name)}
        assert history == dict(enumerate(metrics[name], 1))
    assert found.data.metrics["test_loss"] == 0.25
    paths = {item.path for folder in ("", "plots") for item in store.list_artifacts(found.info.run_id, folder)}
    assert paths == {"experiment.yaml", "resolved.yaml", "run.json", "metrics.csv", "predictions.csv"} | {
        *("plots", "plots/prediction.png")
    }


@pytest.mark.parametrize(
    ("error", "status"), [(TrainingError("Training diverged."), "FAILED"), (Interrupted("Interrupted."), "KILLED")]
)
def test_a_run_that_does_not_complete_says_how_it_ended(track, run_folder, store, error, status):
    track(run_folder, "mlflow", until=10, error=error)
    found = only_run(store)
    assert found.info.status == status
    assert steps_of(store, found) == list(range(1, 11))


@pytest.mark.parametrize("resumed", [200, 250])
def test_a_resumed_run_continues_its_own_and_has_every_epoch_once(track, run_folder, store, resumed):
    track(run_folder, "mlflow", until=220, error=Interrupted("Interrupted."))
    assert track(run_folder, "mlflow", resumed=resumed).warnings == []
    found = only_run(store)
    assert found.info.status == "FINISHED"
    assert steps_of(store, found) == list(range(1, EPOCHS + 1))


@pytest.mark.parametrize("other", ["0" * 32, None])
def test_a_run_that_the_store_does_not_know_as_this_one_is_left_alone(track, run_folder, store, other):
    experiment = store.create_experiment("another")
    foreign = store.create_run(experiment).info.run_id
    (run_folder / "mlflow.json").write_text(json.dumps({"format": 1, "run_id": other or foreign}))
    assert track(run_folder, "mlflow", resumed=100).warnings == []
    assert store.get_run(foreign).data.metrics == {}
    assert only_run(store).info.run_id == json.loads((run_folder / "mlflow.json").read_text())["run_id"]


def test_mlflow_s_own_variable_names_the_experiment(track, run_folder, store, monkeypatch):
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "team")
    track(run_folder, "mlflow", until=1)
    assert only_run(store, "team").info.status == "FINISHED"


def test_a_server_that_is_gone_is_a_warning(track, run_folder, store, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    (warning,) = track(run_folder, "mlflow").warnings
    assert warning.startswith("MLflow does not track this run any further: API request to http://127.0.0.1:9/")
    assert len(warning) < 300


def test_no_file_behind_a_link_becomes_an_artifact(track, run_folder, store, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (run_folder / "report.html").symlink_to(tmp_path / "secret")
    (run_folder / "plots" / "secret.png").symlink_to(tmp_path / "secret")
    assert track(run_folder, "mlflow", until=1).warnings == []
    assert not [path for path in Path(tmp_path, "mlruns").rglob("*") if path.name in ("report.html", "secret.png")]


def test_names_that_mlflow_does_not_take_are_changed(track, run_folder, store):
    table = (run_folder / "metrics.csv").read_text().replace("val_loss", "loss [€]")
    (run_folder / "metrics.csv").write_text(table)
    assert track(run_folder, "mlflow", until=1).warnings == []
    assert "loss ___" in only_run(store).data.metrics
