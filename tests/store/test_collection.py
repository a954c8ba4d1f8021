"""All runs of a folder: the same whatever the index holds, and also those whose record cannot be read."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored_runs import add_run, owned_by_another_process

from nnrun.errors import StorageError
from nnrun.store.annotations import change_note, change_tags
from nnrun.store.collection import newest_runs, read_run, read_runs

INDEX = ".index.sqlite"


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    for i in range(4):
        add_run(folder, f"run-{i}", minute=i, final_metrics={"loss": 0.1 * i})
    return folder


def contents(runs_dir: Path) -> list[dict[str, Any]]:
    return [run.fields() for run in read_runs(runs_dir)]


def without_index(runs_dir: Path) -> list[dict[str, Any]]:
    """What is read where there is no index; the folder is left as it was."""
    copy = runs_dir.with_name("copy")
    shutil.copytree(runs_dir, copy, ignore=shutil.ignore_patterns(INDEX))
    try:
        return contents(copy)
    finally:
        shutil.rmtree(copy)


def test_the_newest_run_is_the_first(runs_dir: Path) -> None:
    assert [run.name for run in read_runs(runs_dir)] == ["run-3", "run-2", "run-1", "run-0"]
    newest, older = newest_runs(runs_dir, 3)
    assert ([run.name for run in newest], older) == (["run-3", "run-2", "run-1"], 1)


def test_a_second_list_reads_no_record(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(runs_dir)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    assert contents(runs_dir) == before


CHANGES = {
    "a new run": lambda folder: add_run(folder, "run-9", minute=9),
    "a run removed": lambda folder: shutil.rmtree(folder / "run-1"),
    "a run renamed": lambda folder: (folder / "run-1").rename(folder / "other"),
    "a tag": lambda folder: change_tags(folder / "run-1", ["baseline"]),
    "a note": lambda folder: change_note(folder / "run-2", "a note"),
    "a tag removed with its file": lambda folder: (folder / "run-0" / "annotations.json").unlink(missing_ok=True),
    "a changed record": lambda folder: _replace(folder / "run-2" / "run.json", '"completed"', '"failed"'),
    "a damaged record": lambda folder: (folder / "run-3" / "run.json").write_text("{"),
    "no index": lambda folder: (folder / INDEX).unlink(missing_ok=True),
    "an index of garbage": lambda folder: (folder / INDEX).write_bytes(b"garbage" * 999),
    "an empty index": lambda folder: (folder / INDEX).write_bytes(b""),
    "half an index": lambda folder: _halve(folder / INDEX),
    "an index of another version": lambda folder: _execute(folder / INDEX, "PRAGMA user_version = 99"),
    "an index without a table": lambda folder: _execute(folder / INDEX, "DROP TABLE IF EXISTS runs"),
    "an index with damaged entries": lambda folder: _execute(folder / INDEX, "UPDATE runs SET content = x'c1'"),
    "an index with empty entries": lambda folder: _execute(folder / INDEX, "UPDATE runs SET content = NULL"),
    "an index with other columns": lambda folder: _execute(
        folder / INDEX, "DROP TABLE IF EXISTS runs; CREATE TABLE runs (name TEXT); PRAGMA user_version = 1"
    ),
}


def _replace(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def _halve(index: Path) -> None:
    if index.exists():
        index.write_bytes(index.read_bytes()[: index.stat().st_size // 2])


def _execute(index: Path, script: str) -> None:
    try:
        with sqlite3.connect(index) as connection:
            connection.executescript(script)
        connection.close()
    except sqlite3.DatabaseError:  # it was damaged before
        connection.close()


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_the_list_is_that_without_an_index(runs_dir: Path, change: str) -> None:
    contents(runs_dir)
    CHANGES[change](runs_dir)
    expected = without_index(runs_dir)
    assert contents(runs_dir) == expected
    assert contents(runs_dir) == expected  # and once more, after the index was mended
    assert contents(runs_dir) == expected


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.sampled_from([name for name in CHANGES if "run" not in name and "changed" not in name])))
def test_after_any_changes_the_list_is_that_without_an_index(runs_dir: Path, changes: list[str]) -> None:
    for change in changes:
        contents(runs_dir)
        CHANGES[change](runs_dir)
        assert contents(runs_dir) == without_index(runs_dir)


def test_an_index_that_another_process_writes_is_not_waited_for_long(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnrun.store.index._PATIENCE", 0.1)
    before = contents(runs_dir)
    add_run(runs_dir, "run-9", minute=9)
    writer = sqlite3.connect(runs_dir / INDEX, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    assert [run["name"] for run in contents(runs_dir)] == ["run-9", *(run["name"] for run in before)]
    writer.close()


def test_an_index_that_is_a_folder_is_no_obstacle(runs_dir: Path) -> None:
    (runs_dir / INDEX).mkdir()
    assert len(contents(runs_dir)) == 4


PROCESS = """
import sys
from pathlib import Path
from nnrun.store.annotations import change_tags
from nnrun.store.collection import read_runs
folder, number = Path(sys.argv[1]), int(sys.argv[2])
for i in range(12):
    runs = read_runs(folder)
    assert {run.name for run in runs} >= {f"run-{i}" for i in range(4)}, runs
    assert all(run.status == "completed" for run in runs), [run.damage for run in runs]
    change_tags(folder / f"run-{number % 4}", [f"tag-{number}-{i}"])
    if number == 0 and i % 4 == 3:
        (folder / ".index.sqlite").unlink(missing_ok=True)
"""


def test_eight_processes_read_and_write_the_index_at_once(runs_dir: Path) -> None:
    command = [sys.executable, "-c", PROCESS, str(runs_dir)]
    started = [subprocess.Popen([*command, str(i)], stderr=subprocess.PIPE, text=True) for i in range(8)]
    errors = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0] * 8, "\n".join(errors)
    assert contents(runs_dir) == without_index(runs_dir)


def test_a_folder_that_cannot_be_written_is_listed_without_an_index(runs_dir: Path, monkeypatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr("nnrun.store.index._update", refuse)
    assert len(contents(runs_dir)) == 4
    assert not (runs_dir / INDEX).exists()


@pytest.mark.parametrize(
    ("text", "damage"),
    [
        ("", "truncated"),
        ("{", "truncated"),
        ("[]", "Expected `object`"),
        ('{"format": 1}', "required field"),
        ('{"format": 99}', "its format is 99, and this version of nnrun reads format 1"),
    ],
)
def test_a_run_whose_record_is_damaged_is_listed_as_such(runs_dir: Path, text: str, damage: str) -> None:
    (runs_dir / "run-2" / "run.json").write_text(text)
    (run,) = (run for run in read_runs(runs_dir) if run.name == "run-2")
    assert run.status == "damaged"
    assert run.damage is not None
    assert damage in run.damage


def test_a_run_of_a_newer_version_is_listed_with_the_reason(runs_dir: Path) -> None:
    path = runs_dir / "run-2" / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))
    run = read_run(path.parent)
    assert run.status == "damaged"
    assert run.damage == "its format is 2, and this version of nnrun reads format 1"


def test_damaged_annotations_do_not_hide_in_a_list(runs_dir: Path) -> None:
    (runs_dir / "run-2" / "annotations.json").write_text("{")
    assert read_run(runs_dir / "run-2").status == "damaged"


def test_a_run_whose_process_is_gone_has_died_and_one_whose_process_lives_runs(runs_dir: Path) -> None:
    run = add_run(runs_dir, "run-9", minute=9, status="running")
    assert read_run(run).status == "died"
    with owned_by_another_process(run):
        assert read_run(run).status == "running"
        assert read_runs(runs_dir)[0].status == "running"
    assert (run / ".lock").exists()  # which a killed process leaves
    assert read_run(run).status == "died"
    assert (run / ".lock").exists()


def test_the_settings_of_an_old_record_are_those_of_its_resolved_file(runs_dir: Path) -> None:
    path = runs_dir / "run-2" / "run.json"
    new = read_run(path.parent).fields()
    record = json.loads(path.read_text())
    del record["settings"]
    path.write_text(json.dumps(record))
    assert read_run(path.parent).fields() == new
    (path.parent / "resolved.yaml").write_text("no: [resolved")
    assert read_run(path.parent).status == "completed"
    (path.parent / "resolved.yaml").unlink()
    assert "optimizer" not in read_run(path.parent).fields()


def test_a_pipe_in_place_of_a_record_is_no_run_and_is_not_waited_for(runs_dir: Path) -> None:
    (runs_dir / "piped").mkdir()
    os.mkfifo(runs_dir / "piped" / "run.json")
    assert len(contents(runs_dir)) == 4


def test_what_is_no_run_is_left_out(runs_dir: Path) -> None:
    (runs_dir / "notes.txt").write_text("no run")
    (runs_dir / "empty").mkdir()
    add_run(runs_dir, ".hidden")
    assert len(contents(runs_dir)) == 4
    with pytest.raises(StorageError, match=r"run\.json"):
        read_run(runs_dir / "empty")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nothing"):
        read_runs(tmp_path / "nothing")
