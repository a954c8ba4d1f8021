"""What a run tells those who watch it; the core never prints, it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from nnrun.experiment.experiment import Experiment

if TYPE_CHECKING:  # these rooms import TensorFlow
    from nnrun.model.summary import LayerSummary
    from nnrun.predict.prediction_rows import PredictionTable
    from nnrun.predict.preview import Live
    from nnrun.runs.finding import Finding
    from nnrun.runs.record import RunRecord


class RunListener:
    """Hears of every step of a run; this one stays silent."""

    def claimed(self, experiment: Experiment, folder: Path) -> None:
        """The run has its folder."""

    def resumed(self, experiment: Experiment, folder: Path, epochs: int) -> None:
        """An interrupted run goes on after so many epochs."""

    def entrusted(self, save: Callable[[], None]) -> None:
        """From here on `save` keeps the run, from any thread, should the run itself be stuck when it must end."""

    def built(
        self,
        experiment: Experiment,
        summary: Sequence[LayerSummary],
        facts: Mapping[str, Any],
        parts: Mapping[str, int],
    ) -> None:
        """The network stands; `facts` are device, threads, engine and parameters, `parts` the rows of each part."""

    def answering(self, look: Callable[[], Live]) -> None:
        """The network has one input number and one output number; whenever `trained` is told, `look` may be called."""

    def trained(self, history: Mapping[str, Sequence[float]]) -> None:
        """Some more epochs are done; each metric with a number per epoch."""

    def finished(self, record: RunRecord, predictions: PredictionTable) -> None:
        """All results but the pictures are stored."""

    def diagnosed(self, findings: Sequence[Finding]) -> None:
        """What ails the training, as far as rules can tell; nothing of a healthy one."""

    def warned(self, message: str) -> None:
        """Something went wrong that loses nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """The run is over, well or not."""
