"""What a run is judged by, from the files of its folder; without TensorFlow, and no file is read that is not needed."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.experiment.text.yaml_text import Document, decode, parse_document, read_source
from nnrun.runs import layout
from nnrun.runs.judge.conditions import UnknownValue
from nnrun.runs.judge.run_evidence import History, RunEvidence
from nnrun.runs.judge.sample_predictions import SamplePredictions
from nnrun.runs.metrics_file import EPOCH, read_metrics
from nnrun.runs.predictions_file import read_predictions
from nnrun.runs.record import RunRecord
from nnrun.runs.stored_weights import read_weights

if TYPE_CHECKING:
    from nnrun.runs.arrays import Array

_NO_METRICS = (EPOCH, "learning_rate", "seconds")


def stored_evidence(folder: Path, record: RunRecord, baseline: RunEvidence | None = None) -> RunEvidence:
    """What the run in a folder is judged by.

    Args:
        folder: the run's folder.
        record: its record.
        baseline: the run that it is compared with.

    Returns:
        The evidence; its functions raise a StorageError where a file is missing or cannot be read.
    """

    @cache
    def history() -> History:
        columns = read_metrics(folder / layout.METRICS)
        return {name: values for name, values in columns.items() if name not in _NO_METRICS}

    @cache
    def weights() -> dict[str, Array]:
        return read_weights(folder, record).arrays

    @cache
    def samples() -> list[Any]:
        return read_resolved(folder).at(("predict",)) or []

    @cache
    def predictions() -> SamplePredictions:
        if not samples():
            raise UnknownValue("the run has no samples of predict")
        header, rows, _ = read_predictions(folder / layout.PREDICTIONS, len(samples()))
        return SamplePredictions(header, rows)

    return RunEvidence(
        {name: math.nan if value is None else value for name, value in record.final_metrics.items()},
        record.epochs,
        record.seconds,
        record.parameters,
        history,
        weights,
        predictions,
        samples,
        baseline,
    )


def read_resolved(folder: Path) -> Document:
    """The resolved experiment of the run in a folder, with its places.

    Raises:
        ExperimentError: it cannot be read, or is no YAML.
    """
    path = folder / layout.RESOLVED
    return parse_document(decode(read_source(path), str(path)), str(path))
