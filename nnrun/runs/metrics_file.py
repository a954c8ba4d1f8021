"""The history of a training, `metrics.csv`: a row per epoch, written during the training."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from nnrun.errors import Problem, StorageError
from nnrun.experiment.text.regular_file import read_regular
from nnrun.runs.atomic import write_bytes
from nnrun.runs.csv_cells import from_cell, to_cell
from nnrun.runs.storage_errors import storage_errors

EPOCH = "epoch"
MOST_BYTES = 2**30  # of ten million epochs


class MetricsFile:
    """The open `metrics.csv` of a running training.

    Each chunk of epochs is written at once, so a process that is killed loses at most the current chunk.

    Args:
        path: the file; its previous content is lost.
        history: column by name of the epochs before a resumed training, as `append` takes them.

    Raises:
        StorageError: the file could not be written.
    """

    def __init__(self, path: Path, history: Mapping[str, Sequence[float]] | None = None) -> None:
        self._path = path
        self._columns: list[str] = []
        self._epochs = 0
        if history:
            write_bytes(path, self._rows(history))
        with storage_errors("write", path):
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(path, flags if history else flags | os.O_TRUNC, 0o666)

    def append(self, chunk: Mapping[str, Sequence[float]]) -> None:
        """Adds a row per epoch of `chunk`.

        Numbers are written with as many digits as it takes to read the same number back.

        Args:
            chunk: column by name, all of one length; the same names in every chunk. `epoch` is added, from 1 on.

        Raises:
            StorageError: the file could not be written.
            ValueError: the names or the lengths do not fit.
        """
        data = memoryview(self._rows(chunk))
        with storage_errors("write", self._path):
            while data:  # One write does it, but on a disk that is nearly full.
                data = data[os.write(self._descriptor, data) :]

    def close(self) -> None:
        """Closes the file.

        Raises:
            StorageError: what was written could not be stored.
        """
        with storage_errors("write", self._path):
            os.close(self._descriptor)

    def __enter__(self) -> MetricsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rows(self, chunk: Mapping[str, Sequence[float]]) -> bytes:
        columns = self._columns or _in_order(chunk)
        if set(columns) != set(chunk) or EPOCH in columns:
            raise ValueError(f"the columns beside epoch are {', '.join(columns)}; received {', '.join(chunk)}")
        texts = [map(repr, map(float, chunk[name])) for name in columns]
        rows = [",".join(row) for row in zip(*texts, strict=True)]
        lines = [f"{epoch},{row}\n" for epoch, row in enumerate(rows, self._epochs + 1)]
        header = "" if self._columns else _header(columns)
        self._columns = columns
        self._epochs += len(rows)
        return (header + "".join(lines)).encode("utf-8")


def read_metrics(path: Path) -> dict[str, list[float]]:
    """The columns of a `metrics.csv`, in the file's order; `epoch` is the first.

    The last line is left out where it is incomplete because the process was killed. A file without lines, as of a
    training that diverged in its first epoch, has the column `epoch` alone.

    Raises:
        StorageError: the file cannot be read, or is no table of numbers.
    """
    try:
        header, *rows = csv.reader(line.decode("utf-8") for line in _complete_lines(path) or [EPOCH.encode()])
        columns = [list(map(float, column)) for column in zip(*rows, strict=True)] or [[] for _ in header]
        return dict(zip(map(from_cell, header), columns, strict=True))
    except (ValueError, csv.Error) as error:
        raise _no_metrics(path, error) from error


def read_metric(path: Path, names: Sequence[str], epochs: Sequence[int]) -> tuple[list[float], int]:
    """One metric at some epochs; the other cells are not parsed, which counts with many files.

    Args:
        path: a `metrics.csv`.
        names: the metric is the first of these that the file has.
        epochs: the epochs, from 1; one after the last gives the value of the last.

    Returns:
        A value per epoch, none from a file without epochs; and the last epoch.

    Raises:
        StorageError: the file cannot be read, or is no table of numbers.
    """
    lines = _complete_lines(path)
    last = len(lines) - 1
    if last < 1:
        return [], 0
    try:
        header = [from_cell(cell) for cell in next(csv.reader([lines[0].decode("utf-8")]))]
        column = next(header.index(name) for name in names if name in header)
        return [float(lines[min(epoch, last)].split(b",", column + 1)[column]) for epoch in epochs], last
    except (ValueError, IndexError, StopIteration) as error:
        raise _no_metrics(path, error) from error


def _complete_lines(path: Path) -> list[bytes]:
    """The lines of the file; the last one is incomplete where the process was killed, and left out."""
    with storage_errors("read", path):
        return read_regular(path, MOST_BYTES, path.parent).split(b"\n")[:-1]


def _no_metrics(path: Path, error: Exception) -> StorageError:
    return StorageError(Problem(f"{path} is not a table of metrics: {error}."))


def _in_order(names: Mapping[str, object]) -> list[str]:
    last = ("learning_rate", "seconds")

    def rank(name: str) -> int:
        if name in last:
            return 4 + last.index(name)
        return 2 * name.startswith("val_") + (not name.endswith("loss"))

    return sorted(names, key=rank)


def _header(columns: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([EPOCH, *map(to_cell, columns)])
    return text.getvalue()
