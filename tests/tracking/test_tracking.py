"""Trackers that fail, are missing or are named twice: a warning, or an error before the training."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path

import pytest
from run_folder import BILINEAR

from experiments import written
from nnrun.errors import ExperimentError, Interrupted
from nnrun.experiment.trackers import TRACKERS
from nnrun.run import train_file
from nnrun.run_listener import ListenerGroup, RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.identity import identity_of
from nnrun.tracking.tracker import TrackedRun, is_logged, moments_before
from nnrun.tracking.tracking import TrackingListener, refuse_missing, tracked

HISTORY = {"loss": [1.0, 0.5], "seconds": [1.0, 3.0]}


class Shown(RunListener):
    """What shows the run."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def on_warning(self, message: str) -> None:
        self.warnings.append(message)


class Notebook:
    """A tracker that keeps what it is told, and fails at one of its methods."""

    title = "Notebook"

    def __init__(self, fails_at: str = "") -> None:
        self.told: list[str] = []
        self.numbers: list[int] = []
        self.fails_at = fails_at

    def note(self, name: str) -> None:
        self.told.append(name)
        warnings.warn("from a library", DeprecationWarning, stacklevel=2)
        if name == self.fails_at:
            raise ConnectionError("the server\nis gone")

    def begin(self, run) -> None:
        self.note("begin")

    def log_epochs(self, epochs) -> None:
        self.note(f"epochs from {epochs.numbers[0]}")
        assert set(epochs.curves) == {"loss"}
        self.numbers += epochs.numbers

    def log_results(self, record) -> None:
        self.note("results")

    def end(self, error) -> None:
        self.note(f"end by {type(error).__name__}")


EVENTS = ["begin", "epochs from 1", "epochs from 3", "results", "end by NoneType"]


def tell(tracker: Notebook, folder: Path, error: BaseException | None = None) -> Shown:
    shown, experiment = Shown(), written(BILINEAR)
    listener = TrackingListener(tracker, TrackedRun(experiment, folder, 0), shown)
    listener.on_built(experiment, (), {}, {})
    listener.on_epochs(HISTORY)
    listener.on_epochs(HISTORY)
    listener.on_finished(None, None)  # type: ignore[arg-type]
    listener.__exit__(error and type(error), error, None)
    return shown


def test_a_tracker_is_told_every_step_once(tmp_path: Path) -> None:
    tracker = Notebook()
    assert tell(tracker, tmp_path).warnings == []
    assert tracker.told == EVENTS


@pytest.mark.parametrize("number", range(len(EVENTS)))
def test_a_tracker_that_fails_is_one_warning_and_is_told_nothing_more(tmp_path: Path, number: int) -> None:
    tracker = Notebook(EVENTS[number])
    assert tell(tracker, tmp_path).warnings == ["Notebook does not track this run any further: the server is gone"]
    assert tracker.told == EVENTS[: number + 1]


def test_a_tracker_knows_how_the_run_ended(tmp_path: Path) -> None:
    tracker = Notebook()
    tell(tracker, tmp_path, Interrupted("Interrupted."))
    assert tracker.told[-1] == "end by Interrupted"


def test_of_a_long_training_fewer_epochs_are_logged_and_always_the_last(tmp_path: Path) -> None:
    tracker = Notebook()
    listener = TrackingListener(tracker, TrackedRun(written(BILINEAR), tmp_path, 9_990), Shown())
    listener.begun = True
    for count in (15, 38):
        listener.on_epochs({"loss": [1.0] * count, "seconds": [0.1] * count})
    listener.__exit__(None, None, None)
    assert tracker.numbers == [*range(9_991, 10_001), 10_010, 10_020, 10_030, 10_040, 10_043]
    assert sum(map(is_logged, range(1, 1_000_001))) == 10_000 + 9_000 + 9_000


def test_a_run_that_ends_before_it_is_built_is_not_tracked(tmp_path: Path) -> None:
    tracker = Notebook()
    TrackingListener(tracker, TrackedRun(written(BILINEAR), tmp_path, 0), Shown()).__exit__(None, None, None)
    assert tracker.told == []


def test_without_trackers_the_listener_stays_what_it_is(tmp_path: Path) -> None:
    shown = Shown()
    with tracked(TrackedRun(written(BILINEAR), tmp_path, 0), shown) as listener:
        assert listener is shown


def test_what_is_not_installed_is_refused_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExperimentError) as caught:
        refuse_missing(("mlflow", "tensorboard"))
    assert str(caught.value) == (
        "tracking: mlflow and tensorboard must be installed.\n  pip install 'nnrun[mlflow,tensorboard]'"
    )


def test_a_missing_tracker_is_refused_before_anything_is_trained(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "x.yaml").write_text(f"{BILINEAR}tracking: [mlflow]\n")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(ExperimentError, match="mlflow must be installed"):
        train_file(tmp_path / "x.yaml", RunOptions(tmp_path), RunListener(), runs_dir=tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []


def test_every_known_tracker_has_an_extra_of_its_name() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert set(TRACKERS) <= set(project["project"]["optional-dependencies"])


def test_unknown_trackers_are_named_with_the_nearest_one() -> None:
    with pytest.raises(ExperimentError, match=r'Received: "mlfow"\n.*\n.*\n  Did you mean "mlflow"\?'):
        written(f"{BILINEAR}tracking: [mlfow]\n")


def test_the_callback_and_the_tracker_of_tensorboard_are_one_too_many() -> None:
    with pytest.raises(ExperimentError, match="both write event files"):
        written(f"{BILINEAR}callbacks: [TensorBoard]\ntracking: [tensorboard]\n")


def test_a_tracker_named_twice_is_one(tmp_path: Path) -> None:
    experiment = written(f"{BILINEAR}tracking: [tensorboard, tensorboard]\n")
    with tracked(TrackedRun(experiment, tmp_path, 0), Shown()) as listener:
        assert isinstance(listener, ListenerGroup)
        assert [type(one) for one in listener.listeners] == [Shown, TrackingListener]


def test_trackers_decide_no_result() -> None:
    plain, logged = (written(BILINEAR + more).resolved for more in ("", "tracking: [mlflow]\n"))
    assert plain != logged
    assert identity_of(plain, {}) == identity_of(logged, {})


def test_the_moments_of_epochs_end_with_the_last() -> None:
    assert moments_before(100.0, [1.0, 2.0, 3.0]) == [95.0, 97.0, 100.0]
