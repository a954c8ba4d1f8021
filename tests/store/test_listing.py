"""Which runs a list shows, in which order and with which columns."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from run_folder import START
from stored_runs import add_run, seeded

from nnrun.errors import ExperimentError
from nnrun.runs.verdict import Verdict
from nnrun.store.annotations import change_tags
from nnrun.store.listing import Selection, age_in_words, all_columns, default_columns, select_runs, value_of

ADAM = ("optimizer: sgd", "optimizer: adam")


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    add_run(tmp_path, "a", seeded(3), minute=0, final_metrics={"loss": 0.3, "accuracy": 0.7})
    add_run(tmp_path, "b", minute=1, final_metrics={"loss": 0.1, "accuracy": 0.9, "val_loss": 0.5})
    add_run(tmp_path, "c", ADAM, minute=2, status="failed", final_metrics={}, best_metrics={})
    add_run(tmp_path, "d", minute=3, final_metrics={"loss": None, "accuracy": 0.8})
    change_tags(tmp_path / "a", ["paper", "baseline"])
    change_tags(tmp_path / "d", ["paper"])
    return tmp_path


def names(runs_dir: Path, **selection: object) -> str:
    found, _ = select_runs(runs_dir, Selection(**selection))  # type: ignore[arg-type]
    return "".join(row.run.name for row in found)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({}, "dcba"),
        ({"last": 2}, "dc"),
        ({"where": "loss < 0.2"}, "b"),
        ({"where": "optimizer == adam"}, "c"),
        ({"where": "settings.loss == mse and seed == 3"}, "a"),
        ({"status": ("failed",)}, "c"),
        ({"status": ("failed", "completed")}, "dcba"),
        ({"tags": ("paper",)}, "da"),
        ({"tags": ("paper", "baseline")}, "a"),
        ({"tags": ("paper",), "where": "seed == 3"}, "a"),
        ({"sort": "loss"}, "badc"),
        ({"sort": "accuracy"}, "bdac"),
        ({"sort": "seed", "status": ("completed",)}, "dba"),
        ({"sort": "age"}, "dcba"),
        ({"sort": "started"}, "abcd"),
        ({"sort": "started", "last": 2}, "cd"),
        ({"sort": "name"}, "abcd"),
        ({"sort": "loss", "last": 2}, "dc"),  # of the two newest
        ({"where": "epochs > 1000"}, ""),
    ],
)
def test_a_selection_shows_these_runs_in_this_order(runs_dir: Path, selection: dict, expected: str) -> None:
    assert names(runs_dir, **selection) == expected


def test_how_many_older_runs_are_left_out_is_known(runs_dir: Path) -> None:
    assert select_runs(runs_dir, Selection(last=1))[1] == 3
    assert select_runs(runs_dir, Selection(last=1, where="loss < 1"))[1] == 1
    assert select_runs(runs_dir, Selection(last=9))[1] == 0


def test_what_no_run_has_cannot_be_sorted_or_filtered_by(runs_dir: Path) -> None:
    with pytest.raises(ExperimentError, match=r'No run has "los"[\s\S]*Did you mean "loss"'):
        names(runs_dir, sort="los")
    with pytest.raises(ExperimentError, match=r'No run has "los"[\s\S]*Did you mean "loss"'):
        names(runs_dir, where="los < 1")
    with pytest.raises(ExperimentError, match="not a condition"):
        names(runs_dir, where="loss <", tags=("nobody has it",))


def test_without_runs_a_list_is_empty(tmp_path: Path) -> None:
    assert names(tmp_path, where="loss < 1", sort="loss") == ""


def test_the_columns_are_facts_shared_metrics_and_differing_settings(runs_dir: Path) -> None:
    found, _ = select_runs(runs_dir, Selection())
    assert default_columns(found) == ["name", "status", "age", "epochs", "tags", "loss", "accuracy", "seed"]
    found, _ = select_runs(runs_dir, Selection(where="seed == 0", status=("completed",)))
    assert default_columns(found) == ["name", "status", "age", "epochs", "tags", "loss", "accuracy"]
    assert default_columns([]) == ["name", "age"]


def test_losses_of_two_kinds_are_a_column_beside_that_of_the_numbers(tmp_path: Path) -> None:
    add_run(tmp_path, "a")
    add_run(tmp_path, "b", ("loss: mse", "loss: mae"))
    found, _ = select_runs(tmp_path, Selection())
    columns = default_columns(found)
    assert columns[-1] == "settings.loss"
    assert [value_of(row, "settings.loss", START) for row in found] == ["mae", "mse"]
    assert [value_of(row, "loss", START) for row in found] == [0.004, 0.004]


def test_every_column_is_there_once(runs_dir: Path) -> None:
    found, _ = select_runs(runs_dir, Selection())
    columns = all_columns(found)
    assert len(columns) == len(set(columns))
    assert columns[:3] == ["name", "status", "started"]
    assert {"optimizer.learning_rate", "val_loss", "best.loss", "settings.epochs", "note"} <= set(columns)


def test_a_value_is_that_of_the_run_or_none(runs_dir: Path) -> None:
    (row, *_), _ = select_runs(runs_dir, Selection(where="name == b"))
    later = START + timedelta(minutes=4)
    assert value_of(row, "age", later) == "3 min"
    assert value_of(row, "started", later) == "2026-11-23T14:23:33+00:00"
    assert value_of(row, "nothing", later) is None


def test_a_damaged_run_is_listed_last_without_an_age(runs_dir: Path) -> None:
    (runs_dir / "d" / "run.json").write_text("{")
    assert names(runs_dir) == "cbad"
    found, _ = select_runs(runs_dir, Selection(status=("damaged",)))
    assert value_of(found[0], "age", START) is None


def test_expectations_can_be_filtered_by(runs_dir: Path) -> None:
    add_run(runs_dir, "e", expectations=(Verdict("loss <= 1", 0.5, True),))
    add_run(runs_dir, "f", expectations=(Verdict("loss <= 1", 2.0, False),))
    assert names(runs_dir, where="expectations == met") == "e"
    assert names(runs_dir, where="expectations == 'not met'") == "f"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (86399, "23 h"),
     (86400, "1 d"), (86400 * 364, "364 d"), (86400 * 800, "2 y")],
)  # fmt: skip
def test_an_age_is_said_by_its_largest_unit(seconds: float, words: str) -> None:
    assert age_in_words(seconds) == words
