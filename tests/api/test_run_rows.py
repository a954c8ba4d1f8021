"""`nnrun.runs`: rows with the same columns, as data frames take them."""

from datetime import timedelta

import pytest
from run_folder import START
from stored_runs import add_run, seeded

import nnrun
from nnrun.errors import ExperimentError, StorageError, UsageError


@pytest.fixture
def runs_dir(tmp_path):
    add_run(tmp_path, "a", final_metrics={"loss": 0.5, "val_loss": 0.25})
    add_run(tmp_path, "b", seeded(1), minute=1, final_metrics={"loss": 0.25}, status="failed")
    return tmp_path


def test_each_run_is_a_flat_row_and_all_have_the_same_columns(runs_dir):
    newest, oldest = nnrun.runs(runs_dir=runs_dir)
    assert list(newest) == list(oldest)
    assert (newest["name"], newest["seed"], newest["loss"], newest["val_loss"]) == ("b", 1, 0.25, None)
    assert (oldest["name"], oldest["seed"], oldest["loss"], oldest["val_loss"]) == ("a", 0, 0.5, 0.25)
    assert newest["started"] == START + timedelta(minutes=1)
    assert newest["path"] == str(runs_dir / "b")
    assert oldest["optimizer.learning_rate"] == 0.01


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        ({"where": "loss < 0.4"}, ["b"]),
        ({"sort": "loss"}, ["b", "a"]),
        ({"sort": "val_loss"}, ["a", "b"]),
        ({"last": 1}, ["b"]),
        ({"status": "completed"}, ["a"]),
        ({"status": ["completed", "failed"]}, ["b", "a"]),
        ({"tags": "paper"}, []),
    ],
)
def test_runs_are_selected_and_sorted_as_by_the_command(runs_dir, selection, names):
    assert [row["name"] for row in nnrun.runs(runs_dir=runs_dir, **selection)] == names


def test_a_condition_that_is_none_is_refused(runs_dir):
    with pytest.raises(ExperimentError, match="Write == to compare"):
        nnrun.runs("loss = 1", runs_dir=runs_dir)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            "los < 1",
            'where los < 1: No run has "los".\n    los < 1\n    ^\n  Did you mean "loss"?',
        ),
        (
            "loss <",
            "where loss <: This is not a condition: invalid syntax.\n    loss <\n    ^\n"
            '  For example: where="val_loss < 0.1 and optimizer.learning_rate == 0.01"',
        ),
    ],
)
def test_what_is_wrong_with_a_condition_is_said_of_the_argument(runs_dir, condition, message):
    with pytest.raises(ExperimentError) as caught:
        nnrun.runs(condition, runs_dir=runs_dir)
    assert str(caught.value) == message


@pytest.mark.parametrize("status", ["complete", ["failed", "complete"]])
def test_a_state_that_there_is_not_is_refused(runs_dir, status):
    with pytest.raises(UsageError, match='Received: "complete"\n  Did you mean "completed"'):
        nnrun.runs(status=status, runs_dir=runs_dir)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(StorageError, match="missing"):
        nnrun.runs(runs_dir=tmp_path / "missing")
