"""The writer of a run folder: the same files, durable or staged."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from waiting import LONGEST

from nnrun.errors import Bug, ExperimentError, Interrupted, ResumeError, StorageError, TrainingError
from nnrun.runs import writer as module
from nnrun.runs.record import RunRecord, read_record
from nnrun.runs.staging import remove_staged, staged_folder
from nnrun.runs.writer import RunWriter

RECORD = RunRecord(name="xor", experiment_sha256="ab" * 32, status="running", started=datetime.now(UTC), seed=0)
FILES = ["experiment.yaml", "metrics.csv", "model.keras", "predictions.csv", "resolved.yaml", "run.json", "trace.npz"]


def write_everything(run: RunWriter) -> dict[str, bytes]:
    """The content of every file that a run writes, but for the record's times."""
    run.write_experiment(b"name: xor\n")
    run.write_resolved("name: xor\nseed: 0\n")
    run.note(engine="graph")
    with run.open_metrics() as metrics:
        metrics.append({"loss": [0.5, 0.25]})
    run.write_weights({"dense/kernel": np.zeros((2, 3))})
    run.write_trace({"dense/kernel": np.zeros((3, 2, 3))})
    run.write_model(lambda path: path.write_bytes(b"a model"))
    run.write_predictions(["x", "y"], [[0.0, 1.0]])
    run.end("completed", epochs=2)
    return {path.name: path.read_bytes() for path in run.folder.iterdir() if path.name != "run.json"}


def test_a_durable_folder_and_a_staged_one_hold_the_same(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    durable = write_everything(RunWriter(tmp_path / "run", RECORD))
    with staged_folder(tmp_path / "trial") as hidden:
        staged = write_everything(RunWriter(hidden, RECORD, durable=False))
        assert not (tmp_path / "trial").exists()
    assert staged == durable
    assert sorted([*durable, "run.json"]) == sorted([*FILES, "weights.npz"])
    for folder in ("run", "trial"):
        record = read_record(tmp_path / folder)
        assert (record.status, record.engine, record.epochs) == ("completed", "graph", 2)
        assert record.finished is not None


def test_the_record_of_a_durable_run_is_stored_at_every_change_and_of_a_staged_one_at_the_end(tmp_path: Path) -> None:
    durable, staged = RunWriter(tmp_path, RECORD), RunWriter(tmp_path / "staged", RECORD, durable=False)
    durable.note(engine="xla")
    assert read_record(tmp_path).engine == "xla"
    staged.note(engine="xla")
    assert staged.record.engine == "xla"
    assert not (tmp_path / "staged").exists()


def test_only_a_durable_file_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    RunWriter(tmp_path, RECORD, durable=False).write_resolved("seed: 0\n")
    assert synced == []
    RunWriter(tmp_path, RECORD).write_resolved("seed: 0\n")
    assert len(synced) == 2  # the file and its folder


@pytest.mark.parametrize("durable", [True, False])
def test_a_folder_that_is_gone_is_a_storage_error(tmp_path: Path, durable: bool) -> None:
    with pytest.raises(StorageError, match=r"Could not write .*resolved\.yaml: there is no such file or folder"):
        RunWriter(tmp_path / "gone", RECORD, durable=durable).write_resolved("seed: 0\n")


@pytest.mark.parametrize(
    ("error", "raised", "status", "reason"),
    [
        (Interrupted("Interrupted."), Interrupted, "interrupted", "Interrupted."),
        (TrainingError("Diverged."), TrainingError, "failed", "Diverged."),
        (ZeroDivisionError("by zero"), Bug, "failed", "ZeroDivisionError: by zero"),
        (ResumeError("Other data."), ResumeError, "running", None),
    ],
)
def test_what_ends_a_run_is_in_its_record(tmp_path: Path, error, raised, status, reason) -> None:
    run = RunWriter(tmp_path, RECORD)
    run.note()
    with pytest.raises(raised), run.recording(release=False):
        raise error
    assert (read_record(tmp_path).status, read_record(tmp_path).reason) == (status, reason)
    assert (tmp_path / "traceback.txt").exists() == (raised is Bug)


@pytest.mark.parametrize("release", [True, False])
def test_a_folder_in_which_nothing_was_trained_is_released(tmp_path: Path, release: bool) -> None:
    run = RunWriter(tmp_path / "run", RECORD)
    run.folder.mkdir()
    run.write_experiment(b"")
    with pytest.raises(ExperimentError, match="bad"), run.recording(release=release):
        raise ExperimentError("bad")
    assert run.folder.exists() == (not release)


def test_an_error_leaves_nothing_of_a_staged_folder_and_a_new_one_replaces_the_old(tmp_path: Path) -> None:
    for content in ("old", "new"):
        with staged_folder(tmp_path / "trial") as hidden:
            (hidden / content).touch()
    with pytest.raises(KeyboardInterrupt), staged_folder(tmp_path / "trial") as hidden:
        raise KeyboardInterrupt
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*")] == [Path("trial"), Path("trial/new")]


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    for name in (".0-a.123456.part", ".1-b.123456.part", "2-c"):
        (tmp_path / name).mkdir()
    remove_staged(tmp_path, "0-a")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".1-b.123456.part", "2-c"]
    remove_staged(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["2-c"]


def test_a_process_about_to_end_ends_its_record_and_removes_what_is_unfinished(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, RECORD)
    writer.reserve_record()
    (tmp_path / ".lock").touch()
    (tmp_path / ".metrics.0123456789ab.part.csv").touch()
    assert writer.interrupt() == f"Resume with: nnrun resume {tmp_path}"
    assert read_record(tmp_path).status == "interrupted"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_record_that_is_just_being_ended_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writing, go_on = threading.Event(), threading.Event()

    def slowly(path: Path, text: str) -> None:
        writing.set()
        go_on.wait(LONGEST)
        path.write_text(text)

    monkeypatch.setattr(module, "write_reserved", slowly)
    writer = RunWriter(tmp_path, RECORD)
    ending = threading.Thread(target=writer.end, args=("completed",))
    ending.start()
    assert writing.wait(LONGEST)
    threading.Timer(0.2, go_on.set).start()
    assert writer.interrupt() is None
    assert read_record(tmp_path).status == "completed"
    ending.join()


def test_a_folder_that_another_program_removes_is_reported_as_that(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    writer = RunWriter(folder, RECORD)

    def trained() -> None:
        with writer.recording(release=True):
            folder.rmdir()
            writer.write_record()

    with pytest.raises(StorageError, match="run was removed or renamed by another program"):
        trained()
