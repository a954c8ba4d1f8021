"""The record of a sweep: what was written is read again, and what is wrong is reported with its place."""

import json

import pytest
from sweep_folder import make_sweep_folder

from nnrun.errors import RunError, StorageError
from nnrun.runs.record import GitState
from nnrun.sweep.sweep_record import BestTrial, RecordedSearch, SweepRecord, read_sweep_record, write_sweep

# A record as versions before 0.2 wrote it, with every field that they had.
OLD = {
    **{"format": 1, "name": "xor", "status": "completed", "started": "2026-11-23T14:22:33+00:00", "file": "xor.yaml"},
    **{"base": "/experiments", "overrides": ["epochs=3"], "grids": [], "columns": ["optimizer.learning_rate"]},
    **{"reach": "loss <= 0.1", "trials": 12, "keep": "best", "threads": 2, "device": "auto", "command": ["nnrun"]},
    **{"versions": {"keras": "3.15.1"}, "git": {"commit": "0123abcd", "dirty": True}, "finished": None},
    **{"resumed": ["2026-11-23T15:00:00+00:00"], "counts": {"completed": 1, "failed": 0, "pruned": 2}},
    "search": {"objective": "min(loss)", "sampler": "tpe", "pruner": "none"},
    "best": {"index": 0, "folder": "trials/0000", "objective": 0.5, "settings": {"optimizer.learning_rate": 0.1}},
    **{"shard": None, "merged": [], "files": {"data.csv": "00ff"}},
}


def test_a_record_of_an_older_version_is_read(tmp_path):
    (tmp_path / "sweep.json").write_text(json.dumps(OLD, indent=2))
    record = read_sweep_record(tmp_path)
    assert record.git == GitState("0123abcd", dirty=True)
    assert record.search == RecordedSearch("min(loss)", "tpe", "none")
    assert record.best == BestTrial(0, "trials/0000", 0.5, {"optimizer.learning_rate": 0.1})
    assert (record.overrides, record.experiment_sha256, record.forced) == (("epochs=3",), None, ())
    write_sweep(tmp_path, record)
    assert read_sweep_record(tmp_path) == record
    written = json.loads((tmp_path / "sweep.json").read_text())
    assert {name: written[name] for name in OLD} == OLD


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trials": "many"}, r"Expected `int`, got `str` - at `\$\.trials`"),
        ({"best": {"index": 0}}, r"missing required field `folder` - at `\$\.best`"),
        ({"versions": {"keras": 3}}, r"Expected `str`, got `int` - at `\$\.versions\[\.\.\.\]`"),
        ({"status": "lost"}, r"Invalid enum value 'lost' - at `\$\.status`"),
        ({"format": 2}, "its format is 2, and this version of nnrun reads format 1"),
    ],
)
def test_a_wrong_record_is_refused_with_the_place(tmp_path, change, message):
    (tmp_path / "sweep.json").write_text(json.dumps({**OLD, **change}))
    with pytest.raises(StorageError, match=message):
        read_sweep_record(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", "\xff", '{"format": 1}', "[" * 100_000])
def test_what_is_no_record_is_refused(tmp_path, text):
    (tmp_path / "sweep.json").write_text(text)
    with pytest.raises(StorageError, match="is not the record of a sweep"):
        read_sweep_record(tmp_path)


def test_the_folder_of_a_run_is_named_as_one(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(RunError, match="is the folder of a run, not of a sweep"):
        read_sweep_record(tmp_path)


def test_a_record_is_indented_json(tmp_path):
    folder = make_sweep_folder(tmp_path / "s", "seed=0..1")
    text = (folder / "sweep.json").read_text()
    assert text.startswith('{\n  "format": 1,\n  "name": "xor",\n')
    assert text.endswith("}\n")
    assert list(json.loads(text)) == ["format", *SweepRecord.__struct_fields__]
