"""The losses of runs in one picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from stored_runs import add_run, seeded

from nnrun.errors import StorageError
from nnrun.runs.metrics_file import MetricsFile
from nnrun.store import loss_picture
from nnrun.store.collection import read_run
from nnrun.store.differences import RunGroup


def add(folder: Path, name: str, seed: int, **history: list[float]) -> RunGroup:
    """A run with these metrics, as a group of its own."""
    run = add_run(folder, name, seeded(seed))
    with MetricsFile(run / "metrics.csv") as metrics:
        metrics.append(history)
    return RunGroup((read_run(run),))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """What was drawn, in place of the drawing."""
    calls: list[tuple] = []

    def draw(*arguments: object, form: str) -> bytes:
        calls.append(arguments)
        return form.encode()

    monkeypatch.setattr(loss_picture, "draw_bands", draw)
    return calls


def test_a_run_is_a_line_that_ends_where_its_training_ended(tmp_path: Path, drawn: list[tuple]) -> None:
    groups = [add(tmp_path, "a", 0, loss=[4.0, 2.0, 1.0]), add(tmp_path, "b", 1, loss=[3.0, 1.5])]
    assert loss_picture.draw_losses(groups, "svg") == b"svg"
    epochs, bands, names, _, measure, note, _ = drawn[0]
    assert epochs.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(bands[0], [[4, 2, 1]] * 3)
    np.testing.assert_array_equal(bands[1], [[3, 1.5, np.nan]] * 3)
    assert (names, measure, note) == (["a", "b"], "loss", "")


def test_runs_of_a_group_are_their_mean_in_a_band_up_to_the_end_of_the_shortest(
    tmp_path: Path, drawn: list[tuple]
) -> None:
    a, b = add(tmp_path, "a", 0, loss=[4.0, 2.0, 1.0]), add(tmp_path, "b", 1, loss=[2.0, 2.0])
    loss_picture.draw_losses([RunGroup((*a.runs, *b.runs))], "png")
    _, bands, names, _, _, note, _ = drawn[0]
    np.testing.assert_array_equal(bands[0], [[2, 2, np.nan], [3, 2, np.nan], [4, 2, np.nan]])
    assert (names, note) == (["a (2 seeds)"], "mean, least and greatest over the seeds")


@pytest.mark.parametrize(("second", "measure"), [({"val_loss": [2.0]}, "val loss"), ({}, "loss")])
def test_the_validation_loss_is_drawn_where_all_runs_have_one(
    tmp_path: Path, drawn: list[tuple], second: dict[str, list[float]], measure: str
) -> None:
    groups = [add(tmp_path, "a", 0, loss=[4.0], val_loss=[5.0]), add(tmp_path, "b", 1, loss=[3.0], **second)]
    loss_picture.draw_losses(groups, "png")
    assert drawn[0][4] == measure


def test_of_many_epochs_as_many_are_drawn_as_can_be_seen(tmp_path: Path, drawn: list[tuple]) -> None:
    loss_picture.draw_losses([add(tmp_path, "a", 0, loss=np.linspace(9, 1, 5000).tolist())], "png")
    epochs = drawn[0][0]
    assert (len(epochs), epochs[0], epochs[-1]) == (1000, 1, 5000)


@pytest.mark.parametrize("history", [{}, {"loss": []}, {"loss": [float("nan"), float("inf")]}, {"loss": [1.0]}])
def test_runs_without_numbers_can_be_drawn(tmp_path: Path, history: dict[str, list[float]]) -> None:
    run = add(tmp_path, "a", 0, **history)
    assert loss_picture.draw_losses([run, run], "png").startswith(b"\x89PNG")


def test_a_run_without_metrics_is_refused(tmp_path: Path) -> None:
    run = add(tmp_path, "a", 0, loss=[1.0])
    (tmp_path / "a" / "metrics.csv").unlink()
    with pytest.raises(StorageError, match=r"metrics\.csv"):
        loss_picture.draw_losses([run], "png")
