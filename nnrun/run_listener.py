"""Who is notified of the steps of a run; the core never prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from nnrun.errors import StorageError
from nnrun.experiment.experiment import Experiment

if TYPE_CHECKING:  # these packages import TensorFlow
    from nnrun.predict.prediction_rows import PredictionTable
    from nnrun.predict.preview import Preview
    from nnrun.runs.finding import Finding
    from nnrun.runs.layer_summary import LayerSummary
    from nnrun.runs.record import RunRecord


class RunListener:
    """Is notified of every step of a run; this one ignores all of them."""

    def on_safe_point(self) -> None:
        """Nothing is lost if the run ends here, between chunks of epochs or plots; may raise `Interrupted`."""

    def on_stage(self, stage: str) -> None:
        """A stage begins that may take a while, such as `building`; a safe point too."""

    def on_claimed(self, experiment: Experiment, folder: Path) -> None:
        """The run has its folder."""

    def on_resumed(self, experiment: Experiment, folder: Path, epochs: int) -> None:
        """An interrupted run resumes after so many epochs."""

    def on_built(
        self,
        experiment: Experiment,
        summary: Sequence[LayerSummary],
        facts: Mapping[str, Any],
        parts: Mapping[str, int],
    ) -> None:
        """The model is built; `facts` are device, threads, engine and parameters, `parts` the rows of each part."""

    def on_preview(self, preview: Callable[[], Preview]) -> None:
        """The network has one input number and one output number; `preview` may be called in every `on_epochs`."""

    def on_emergency_save(self, save: Callable[[], str | None]) -> None:
        """From now on `save` saves the run, from any thread, should the process have to end; it returns a remedy."""

    def on_epochs(self, history: Mapping[str, Sequence[float]]) -> None:
        """Further epochs are trained; each metric with a number per epoch."""

    def on_finished(self, record: RunRecord, predictions: PredictionTable) -> None:
        """All results but the plots are saved."""

    def on_diagnosed(self, findings: Sequence[Finding]) -> None:
        """The findings of the training diagnostics; none for a healthy training."""

    def on_warning(self, message: str) -> None:
        """Something went wrong that loses no result."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """The run is over, whether it succeeded or not."""


class FolderListener(RunListener):
    """Notes the folder of a run, which is known before the run ends, or fails.

    Attributes:
        folder: the folder; None before the run has one.
    """

    folder: Path | None = None

    def on_claimed(self, experiment: Experiment, folder: Path) -> None:
        self.folder = folder


class ListenerGroup(RunListener):
    """Notifies several listeners, one after the other.

    Args:
        listeners: who is notified, in this order.
    """

    def __init__(self, *listeners: RunListener) -> None:
        self.listeners = listeners

    def on_safe_point(self) -> None:
        for listener in self.listeners:
            listener.on_safe_point()

    def on_stage(self, stage: str) -> None:
        for listener in self.listeners:
            listener.on_stage(stage)

    def on_claimed(self, experiment: Experiment, folder: Path) -> None:
        for listener in self.listeners:
            listener.on_claimed(experiment, folder)

    def on_resumed(self, experiment: Experiment, folder: Path, epochs: int) -> None:
        for listener in self.listeners:
            listener.on_resumed(experiment, folder, epochs)

    def on_built(
        self,
        experiment: Experiment,
        summary: Sequence[LayerSummary],
        facts: Mapping[str, Any],
        parts: Mapping[str, int],
    ) -> None:
        for listener in self.listeners:
            listener.on_built(experiment, summary, facts, parts)

    def on_preview(self, preview: Callable[[], Preview]) -> None:
        for listener in self.listeners:
            listener.on_preview(preview)

    def on_emergency_save(self, save: Callable[[], str | None]) -> None:
        for listener in self.listeners:
            listener.on_emergency_save(save)

    def on_epochs(self, history: Mapping[str, Sequence[float]]) -> None:
        for listener in self.listeners:
            listener.on_epochs(history)

    def on_finished(self, record: RunRecord, predictions: PredictionTable) -> None:
        for listener in self.listeners:
            listener.on_finished(record, predictions)

    def on_diagnosed(self, findings: Sequence[Finding]) -> None:
        for listener in self.listeners:
            listener.on_diagnosed(findings)

    def on_warning(self, message: str) -> None:
        for listener in self.listeners:
            listener.on_warning(message)

    def __enter__(self) -> Self:
        for listener in self.listeners:
            listener.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        for listener in self.listeners:
            listener.__exit__(*error)


@contextmanager
def optional_step(listener: RunListener, failure: str) -> Iterator[None]:
    """Warns of an error inside the block, without which the run is complete; a full disk still ends the run.

    Args:
        listener: is notified of the error.
        failure: what has failed, as the beginning of a sentence.
    """
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        listener.on_warning(f"{failure}: {type(error).__name__}: {error}")
