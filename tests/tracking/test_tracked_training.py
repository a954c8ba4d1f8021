"""A training that is tracked: the curves of its metrics, and the result of one that is not."""

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from training_runs import Notes, assert_same_weights, run_of

from nnrun.runs.metrics_file import read_metrics

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:::sqlalchemy", "ignore:::mlflow")]


def test_a_tracked_training_has_the_same_result_and_its_curves_are_in_every_tracker(tmp_path, store):
    plain = run_of("moons", tmp_path, "epochs=20", "engine=graph", bare=True)
    notes = Notes()
    trackers = "tracking=[tensorboard, mlflow]"
    run = run_of("moons", tmp_path, "epochs=20", "engine=graph", trackers, watcher=notes, animated=False)
    assert notes.warnings == []
    assert_same_weights(run, plain)
    metrics = read_metrics(run.folder / "metrics.csv")
    events = EventAccumulator(str(run.folder / "tensorboard" / "validation"))
    events.Reload()
    assert [scalar.value for scalar in events.Scalars("epoch_accuracy")] == pytest.approx(metrics["val_accuracy"])
    (found,) = store.search_runs([store.get_experiment_by_name("moons").experiment_id])
    history = store.get_metric_history(found.info.run_id, "val_accuracy")
    assert {one.step: one.value for one in history} == dict(enumerate(metrics["val_accuracy"], 1))
    artifacts = {item.path for item in store.list_artifacts(found.info.run_id)}
    assert {"model.keras", "metrics.json", "report.md", "run.json", "plots"} <= artifacts
    assert not {"checkpoint", "trace.npz", "tensorboard"} & artifacts
