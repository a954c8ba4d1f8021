"""What a run folder holds, as far as a report shows it; only the record must be there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nnrun.data.dataset import Array
from nnrun.experiment.text.regular_file import read_regular
from nnrun.experiment.text.yaml_text import MAX_RESOLVED_BYTES
from nnrun.report.redraw import in_light
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.data_record import DataRecord, read_data_record
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.predictions_file import read_predictions
from nnrun.runs.record import RunRecord, read_record
from nnrun.runs.storage_errors import storage_errors

# How many predictions a report shows, and the largest trace that it reads.
MOST_ROWS = 20
LARGEST_TRACE = 8_000_000  # bytes
LARGEST_PICTURE = 2**26

_Content = TypeVar("_Content")


@dataclass(frozen=True)
class StoredPredictions:
    """The first rows of a table of predictions, and how many there are in all."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    count: int


@dataclass(frozen=True, eq=False)
class RunFiles:
    """The content of a run folder.

    Args:
        folder: the folder.
        record: the content of `run.json`.
        experiment: the experiment file as given.
        metrics: the columns of `metrics.csv`; none before the first epoch.
        predictions: of `predictions.csv`, if it is there.
        trace: the weights at every epoch by name, each (epochs + 1, …), where they are kept and few.
        pictures: the bytes of each file in `plots/` by its name, in the light style.
        data: how the data were prepared, once the run has stored it.
    """

    folder: Path
    record: RunRecord
    experiment: str
    metrics: Mapping[str, Sequence[float]]
    predictions: StoredPredictions | None
    trace: Mapping[str, Array]
    pictures: Mapping[str, bytes]
    data: DataRecord | None = None


def read_run(folder: Path) -> RunFiles:
    """Reads a run folder.

    Raises:
        StorageError: there is no record, or a file that is there cannot be read.
    """
    record = read_record(folder)
    table = _read(folder / layout.PREDICTIONS, lambda path: read_predictions(path, MOST_ROWS), None)
    return RunFiles(
        folder=folder,
        record=record,
        experiment=_read(folder / layout.EXPERIMENT, _text, ""),
        metrics=_read(folder / layout.METRICS, read_metrics, {}),
        predictions=StoredPredictions(*table) if table else None,
        trace=_read(folder / layout.TRACE, _small_trace, {}),
        pictures=in_light(folder, _pictures(folder / layout.PLOTS)),
        data=read_data_record(folder),
    )


def _read(path: Path, read: Callable[[Path], _Content], otherwise: _Content) -> _Content:
    with storage_errors("read", path):
        return read(path) if path.is_file() else otherwise


def _small_trace(path: Path) -> Mapping[str, Array]:
    return read_arrays(path) if path.stat().st_size <= LARGEST_TRACE else {}


def _text(path: Path) -> str:
    return read_regular(path, MAX_RESOLVED_BYTES, path.parent).decode("utf-8", "replace")


def _pictures(folder: Path) -> dict[str, bytes]:
    found = {}
    with storage_errors("read", folder):
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in paths:
        if path.suffix in (".png", ".svg", ".gif"):
            with storage_errors("read", path):
                found[path.name] = read_regular(path, LARGEST_PICTURE, folder.parent)
    return found
