"""Several trainings of one command: the error of one keeps no other from being trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nnrun.cli import signals
from nnrun.cli.one_by_one import train_each
from nnrun.cli.signals import CommandSignals
from nnrun.errors import ExperimentError, Interrupted, Place, Problem, TrainingError

FILES = [Path("a.yaml"), Path("b.yaml"), Path("c.yaml")]


def training(results: dict[str, int | BaseException], trained: list[str]) -> Callable[[Path], int]:
    """A training that notes what it is called with, and ends as `results` says, otherwise well."""

    def train(path: Path) -> int:
        trained.append(path.name)
        result = results.get(path.name, 0)
        if isinstance(result, BaseException):
            raise result
        return result

    return train


@pytest.mark.parametrize(
    ("results", "worst"),
    [
        ({}, 0),
        ({"a.yaml": 1}, 1),
        ({"a.yaml": ExperimentError("It is wrong.")}, 2),
        ({"a.yaml": TrainingError("It diverged."), "b.yaml": ExperimentError("It is wrong."), "c.yaml": 1}, 3),
    ],
)
def test_all_are_trained_and_the_status_is_the_highest(results: dict[str, int | BaseException], worst: int) -> None:
    trained: list[str] = []
    assert train_each(FILES, training(results, trained)) == worst
    assert trained == ["a.yaml", "b.yaml", "c.yaml"]


def test_an_error_is_printed_with_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    place = Place("b.yaml", 3, 1, "epochs: 0")
    results = {"a.yaml": TrainingError("It diverged."), "b.yaml": ExperimentError(Problem("It is wrong.", place))}
    train_each(FILES, training({**results}, []))
    told = capsys.readouterr().err.splitlines()
    assert told == ["a.yaml: It diverged.", "b.yaml:3:1: It is wrong.", "    epochs: 0", "    ^"]


def test_the_error_of_a_single_one_ends_the_command() -> None:
    with pytest.raises(TrainingError):
        train_each(FILES[:1], training({"a.yaml": TrainingError("It diverged.")}, []))


def test_a_signal_ends_all() -> None:
    trained: list[str] = []
    with pytest.raises(Interrupted):
        train_each(FILES, training({"b.yaml": Interrupted("Interrupted.")}, trained))
    assert trained == ["a.yaml", "b.yaml"]


def test_what_would_save_a_run_is_dropped_when_the_run_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    command = CommandSignals()
    monkeypatch.setattr(signals, "_command", command)

    def train(path: Path) -> int:
        signals.before_exit(lambda: None, by_signal=True)
        assert len(command.last_actions) == 2
        return 0

    signals.before_exit(lambda: None)
    train_each(FILES, train)
    assert len(command.last_actions) == 1
