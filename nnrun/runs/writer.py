"""The one writer of a run folder: of a run, whose files are durable, and of a trial, whose folder is staged."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from nnrun.errors import Bug, Interrupted, NnrunError, ResumeError
from nnrun.runs import layout
from nnrun.runs.arrays import finite_bytes
from nnrun.runs.atomic import release_reserve, replace_with, reserve, write_reserved
from nnrun.runs.data_record import DataRecord, data_json
from nnrun.runs.final_metrics import final_metrics_json
from nnrun.runs.folder import release_folder, removal_reported, remove_unfinished
from nnrun.runs.metrics_file import MetricsFile
from nnrun.runs.predictions_file import predictions_csv
from nnrun.runs.record import RunRecord, SourceRun, Status, now, to_json
from nnrun.runs.storage_errors import storage_errors
from nnrun.runs.vocabulary_file import vocabulary_text

if TYPE_CHECKING:
    from nnrun.experiment.code.code_file import CodeFile
    from nnrun.experiment.experiment import Experiment
    from nnrun.runs.arrays import Array


class RunWriter:
    """Writes the files of one run and keeps its record.

    Every method that writes raises a StorageError where the file could not be written.

    Args:
        folder: the run's folder.
        record: the record so far.
        durable: whether every file is replaced atomically and synced to the disk, and the record stored at every
            change. Otherwise files are simply written, the record only at the end: for a folder that is staged.
        seconds: how long a run took that is resumed now; None for a new one.
    """

    def __init__(self, folder: Path, record: RunRecord, *, durable: bool = True, seconds: float | None = None) -> None:
        self.folder = folder
        self.record = record
        self.durable = durable
        self.seconds = seconds or 0.0
        self.ending = threading.RLock()
        self.began = record.started if seconds is None else now()

    def note(self, **changes: object) -> None:
        """Changes fields of the record."""
        self.record = msgspec.structs.replace(self.record, **changes)
        if self.durable:
            self.write_record()

    def end(self, status: Status, reason: str | None = None, **changes: object) -> None:
        """Stores how the run ended, with further fields of the record."""
        moment = now()
        ended = {"status": status, "reason": reason, "finished": moment, "seconds": self.seconds_until(moment)}
        with self.ending:
            self.record = msgspec.structs.replace(self.record, **ended, **changes)
            if self.durable:
                write_reserved(self.folder / layout.RECORD, to_json(self.record))
            else:
                self.write_record()

    def seconds_until(self, moment: datetime) -> float:
        """How long the run has taken at a moment, without the pauses before it was resumed."""
        return round(self.seconds + (moment - self.began).total_seconds(), 3)

    def complete(self, reason: str | None = None, **changes: object) -> None:
        """Stores that a run has completed, with further fields of the record, and its results as numbers."""
        self.end("completed", reason, **changes)
        self._write(layout.FINAL_METRICS, final_metrics_json(self.record))

    @property
    def remedy(self) -> str:
        """What to do about an interrupted run."""
        return f"Resume with: nnrun resume {self.folder}"

    def interrupt(self) -> str | None:
        """Ends the record of a run whose process is about to end, and removes what is unfinished; the remedy."""
        self.ending.acquire()  # for good: no other thread ends the record differently
        running = self.record.status == "running"
        if running:
            self.end("interrupted", "Interrupted.")
        remove_unfinished(self.folder)
        return self.remedy if running else None

    def fail(self, error: Exception) -> None:
        """Stores that an error ended the run, and the traceback of one that is a bug."""
        if isinstance(error, NnrunError):
            self.end("failed", error.problems[0].message)
        else:
            self.end("failed", f"{type(error).__name__}: {error}")
            self.write_traceback()

    @contextmanager
    def recording(self, *, release: bool) -> Iterator[None]:
        """Stores how the run ended when an error ends it inside the block.

        Args:
            release: whether to remove the folder when an error of the user's ends the run before its training.

        Raises:
            Bug: an error that is not an `NnrunError`; its traceback is in the folder.
        """
        before = self.record
        try:
            with removal_reported(self.folder):
                yield
        except Interrupted as error:
            self.end("interrupted", error.problems[0].message)
            raise
        except ResumeError:  # the run is as it was
            release_reserve(self.folder / layout.RECORD)
            if self.record is not before:
                self.record = before
                self.write_record()
            raise
        except NnrunError as error:
            if self.folder.exists() and not (release and release_folder(self.folder)):
                self.fail(error)
            raise
        except Exception as error:
            self.fail(error)
            where = self.folder / layout.TRACEBACK
            raise Bug(f"{type(error).__name__}: {error}. The traceback is in {where}.") from error

    def begin(
        self, experiment: Experiment, resolved: str, patch: bytes | None = None, again: SourceRun | None = None
    ) -> None:
        """Writes what a new run begins with.

        Args:
            experiment: the experiment.
            resolved: its settings with all defaults filled in, as YAML.
            patch: what differed from the commit that was checked out, if it is to be kept.
            again: the run whose experiment is trained again.
        """
        self.reserve_record()
        self.write_experiment(experiment.source, experiment.code)
        self.write_resolved(resolved)
        if patch is not None:
            self._write(layout.PATCH, patch)
        self.note(source_run=again and again.seen_from(self.folder))

    def reserve_record(self) -> None:
        """Reserves the room of the record's last form, which says how the run ended, on a disk that may be full."""
        reserve(self.folder / layout.RECORD)

    def write_record(self) -> None:
        """Writes the record."""
        self._write(layout.RECORD, to_json(self.record))

    def write_experiment(self, source: bytes, code: Iterable[CodeFile] = ()) -> None:
        """Writes the experiment file, byte for byte, and copies of the Python files that it names."""
        self._write(layout.EXPERIMENT, source)
        for file in code:
            path = self.folder / layout.CODE / file.name
            with storage_errors("write", path.parent):
                path.parent.mkdir(parents=True, exist_ok=True)
            self._write(f"{layout.CODE}/{file.name}", file.source)

    def write_resolved(self, text: str) -> None:
        """Writes the settings with all defaults filled in, as YAML; the record, to be written, gets their SHA-256."""
        self._write(layout.RESOLVED, text)
        self.record = msgspec.structs.replace(self.record, resolved_sha256=sha256(text.encode()).hexdigest())

    def write_data(self, record: DataRecord) -> None:
        """Writes the columns of the data and their scaling."""
        self._write(layout.DATA, data_json(record))
        for encoding in record.texts:
            self._write(layout.VOCABULARY, vocabulary_text(encoding))

    def open_metrics(self, history: Mapping[str, Sequence[float]] | None = None) -> MetricsFile:
        """Opens the metrics, to be written epoch by epoch; `history` holds the epochs before a resumed training."""
        return MetricsFile(self.folder / layout.METRICS, history)

    def write_weights(self, arrays: Mapping[str, Array]) -> None:
        """Writes the weights, by layer and variable name."""
        self._write(layout.WEIGHTS, finite_bytes(arrays))

    def write_trace(self, arrays: Mapping[str, Array]) -> None:
        """Writes the weights at every epoch, (epochs + 1, …), by layer and variable name."""
        self._write(layout.TRACE, finite_bytes(arrays))

    def write_model(self, save: Callable[[Path], None]) -> None:
        """Lets `save` write the model to the path that it is given."""
        self._write_with(layout.MODEL, save)

    def write_predictions(self, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Writes the predictions as a table."""
        self._write(layout.PREDICTIONS, predictions_csv(header, rows))

    def write_held_out(self, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Writes the predictions for the validation set of one of several folds."""
        self._write(layout.HELD_OUT, predictions_csv(header, rows))

    def write_plot(self, name: str, data: bytes) -> None:
        """Writes a picture into the folder of pictures."""
        self._write(f"{layout.PLOTS}/{name}", data)

    def write_traceback(self) -> None:
        """Writes the traceback of the error that is being handled."""
        self._write(layout.TRACEBACK, traceback.format_exc())

    def _write(self, name: str, content: bytes | str) -> None:
        data = content.encode("utf-8") if isinstance(content, str) else content
        self._write_with(name, lambda path: path.write_bytes(data))

    def _write_with(self, name: str, write: Callable[[Path], object]) -> None:
        path = self.folder / name
        if self.durable:
            replace_with(path, write)
        else:
            with storage_errors("write", path):
                write(path)
