"""The fields of a run by which it is listed and filtered."""

from __future__ import annotations

import math
from pathlib import Path

from stored_runs import add_run

from nnrun.runs.record import RunRecord
from nnrun.runs.verdict import Verdict
from nnrun.store.annotations import change_note, change_tags
from nnrun.store.collection import read_run
from nnrun.store.stored_run import FORMAT, RunSummary, StoredRun


def test_the_fields_are_facts_settings_and_metrics_by_name(tmp_path: Path) -> None:
    folder = add_run(
        tmp_path,
        "20261123-142233-bilinear",
        engine="xla",
        epochs=120,
        final_metrics={"loss": 0.004, "val_loss": None},
        best_metrics={"epoch": 99, "loss": 0.003},
        expectations=(Verdict("loss <= 1", 0.004, True), Verdict("loss <= 0", 0.004, False)),
    )
    change_tags(folder, ["paper"])
    change_note(folder, "a note")
    fields = read_run(folder).fields()
    expected = {
        "name": "20261123-142233-bilinear",
        "status": "completed",
        "experiment": "bilinear",
        "tags": ["paper"],
        "note": "a note",
        "seconds": 2.0,
        "seed": 0,
        "device": "cpu",
        "parameters": 2,
        "best.loss": 0.003,
        "val_loss": None,
        "optimizer": "sgd",
        "optimizer.learning_rate": 0.01,
        "layers.0.units": 1,
        "expectations": "not met",
    }
    assert expected == {name: fields[name] for name in expected}


def test_the_trained_epochs_the_engine_and_the_final_loss_come_before_the_settings(tmp_path: Path) -> None:
    folder = add_run(tmp_path, "a", engine="xla", epochs=120, final_metrics={"loss": 0.004})
    fields = read_run(folder).fields()
    assert (fields["epochs"], fields["engine"], fields["loss"]) == (120, "xla", 0.004)
    assert (fields["settings.epochs"], fields["settings.engine"], fields["settings.loss"]) == (400, "auto", "mse")


def test_a_run_without_a_record_has_a_name_and_a_status_only(tmp_path: Path) -> None:
    run = StoredRun(tmp_path / "run", None, damage="its record is damaged")
    assert run.fields() == {"name": "run", "status": "damaged", "tags": [], "note": None}
    assert math.isnan(run.metric("loss"))


def test_every_field_of_the_summary_is_one_of_the_record() -> None:
    assert set(RunSummary.__struct_fields__) - {"format"} <= set(RunRecord.__struct_fields__)
    from nnrun.runs.record import FORMAT as FORMAT_OF_RECORDS

    assert FORMAT == FORMAT_OF_RECORDS


def test_the_loss_of_a_run_without_metrics_is_not_its_loss_function(tmp_path: Path) -> None:
    fields = read_run(add_run(tmp_path, "a", status="failed", final_metrics={})).fields()
    assert "loss" not in fields
    assert fields["settings.loss"] == "mse"
