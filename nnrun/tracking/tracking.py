"""The trackers of a run beside what shows it: an error of a tracker is a warning, and the run goes on without it."""

from __future__ import annotations

import importlib.util
import textwrap
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.trackers import MLFLOW, TENSORBOARD
from nnrun.run_listener import ListenerGroup, RunListener
from nnrun.runs import layout
from nnrun.runs.metrics_file import EPOCH, read_metrics
from nnrun.tracking.tracker import SECONDS, TrackedRun, Tracker, TrainedEpochs, is_logged, moments_before

if TYPE_CHECKING:
    from collections.abc import Callable

    from nnrun.experiment.experiment import Experiment
    from nnrun.predict.prediction_rows import PredictionTable
    from nnrun.runs.layer_summary import LayerSummary
    from nnrun.runs.record import RunRecord

_LONGEST_REASON = 200  # characters; of a server that is gone, MLflow says more


def refuse_missing(trackers: Sequence[str]) -> None:
    """Refuses trackers whose package is not installed.

    Args:
        trackers: their names, as in the setting `tracking`.

    Raises:
        ExperimentError: with a problem for each.
    """
    missing = [name for name in trackers if importlib.util.find_spec(name) is None]
    if missing:
        hint = f"pip install 'nnrun[{','.join(missing)}]'"
        raise ExperimentError(Problem(f"tracking: {' and '.join(missing)} must be installed.", hint=hint))


@contextmanager
def tracked(run: TrackedRun, listener: RunListener) -> Iterator[RunListener]:
    """Who is notified of the steps of a run inside the block: the listener, and the trackers of its experiment.

    Args:
        run: the run.
        listener: is warned of trackers that fail.
    """
    trackers = [TrackingListener(_make(name), run, listener) for name in dict.fromkeys(run.experiment.tracking)]
    with ExitStack() as stack:
        yield ListenerGroup(listener, *map(stack.enter_context, trackers)) if trackers else listener


def _make(name: str) -> Tracker:
    if name == TENSORBOARD:
        from nnrun.tracking.event_files import EventFiles

        return EventFiles()
    assert name == MLFLOW
    from nnrun.tracking.mlflow_run import MlflowRun

    return MlflowRun()


class TrackingListener(RunListener):
    """Tells a tracker what it is to log, until it fails.

    Args:
        tracker: the tracker.
        run: the run.
        listener: is warned once if the tracker fails.
    """

    def __init__(self, tracker: Tracker, run: TrackedRun, listener: RunListener) -> None:
        self.tracker: Tracker | None = tracker
        self.run = run
        self.listener = listener
        self.epochs = run.epochs
        self.begun = False
        self.unlogged: TrainedEpochs | None = None  # the last epoch so far, if it is left out

    def on_built(
        self,
        experiment: Experiment,
        summary: Sequence[LayerSummary],
        facts: Mapping[str, Any],
        parts: Mapping[str, int],
    ) -> None:
        self._tell(lambda tracker: tracker.begin(self.run))
        self.begun = True
        if self.epochs:
            self._tell(self._log_earlier)

    def _log_earlier(self, tracker: Tracker) -> None:
        """Logs the epochs before a resumed training."""
        path = self.run.folder / layout.METRICS
        history = {name: values[: self.epochs] for name, values in read_metrics(path).items() if name != EPOCH}
        self._log(tracker, 1, history, path.stat().st_mtime)

    def on_epochs(self, history: Mapping[str, Sequence[float]]) -> None:
        first = self.epochs + 1
        self.epochs += len(history[SECONDS])
        self._tell(lambda tracker: self._log(tracker, first, history, time.time()))

    def _log(self, tracker: Tracker, first: int, history: Mapping[str, Sequence[float]], end: float) -> None:
        curves = {name: values for name, values in history.items() if name != SECONDS}
        moments = moments_before(end, history[SECONDS])
        epochs = TrainedEpochs(range(first, first + len(moments)), curves, moments)
        logged = [i for i, number in enumerate(epochs.numbers) if is_logged(number)]
        if logged:
            tracker.log_epochs(epochs.part(logged))
        last = len(moments) - 1
        self.unlogged = None if last in logged else epochs.part([last])

    def _log_last(self, tracker: Tracker) -> None:
        if self.unlogged:
            tracker.log_epochs(self.unlogged)
            self.unlogged = None

    def on_finished(self, record: RunRecord, predictions: PredictionTable) -> None:
        self._tell(self._log_last)
        self._tell(lambda tracker: tracker.log_results(record))

    def __exit__(self, *error: object) -> None:
        ended = next((part for part in error if isinstance(part, BaseException)), None)
        if self.begun:
            self._tell(self._log_last)
            self._tell(lambda tracker: tracker.end(ended))

    def _tell(self, what: Callable[[Tracker], None]) -> None:
        if self.tracker is None:
            return
        try:
            with warnings.catch_warnings():  # of its packages, about their own code
                warnings.simplefilter("ignore")
                what(self.tracker)
        except Exception as error:
            title, self.tracker = self.tracker.title, None
            reason = textwrap.shorten(str(error), _LONGEST_REASON, placeholder=" …") or type(error).__name__
            self.listener.on_warning(f"{title} does not track this run any further: {reason}")
