"""The event files of a run for TensorBoard: curves, hyperparameters, histograms of weights, pictures.

The curves have the names that Keras's callback gives them: `epoch_loss` of the run `train` and of the run `validation`.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.errors import Interrupted
from nnrun.experiment.flat_settings import flat_settings
from nnrun.experiment.text.regular_file import read_regular
from nnrun.plots.thinning import chosen_epochs
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.record import RunRecord
from nnrun.runs.stored_weights import BEST
from nnrun.tracking.tracker import TrackedRun, TrainedEpochs

if TYPE_CHECKING:
    from nnrun.runs.arrays import Array

_VALIDATION = "val_"
_LARGEST_PICTURE = 2**26
_MOST_HISTOGRAMS = 20  # epochs
# Settings that change nothing in the model.
_NO_HYPERPARAMETERS = ("name", "expect", "predict", "tracking")


class EventFiles:
    """Event files below `tensorboard/` in the folder of a run; those of a resumed run are written anew."""

    title = "TensorBoard"

    def begin(self, run: TrackedRun) -> None:
        self.folder = run.folder / layout.TENSORBOARD
        if self.folder.is_symlink():
            raise OSError(f"{self.folder} is a link")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.writers: dict[str, Any] = {}
        self.epochs = 0
        self._write("", time.time(), 0, [_session_start(run)])

    def log_epochs(self, epochs: TrainedEpochs) -> None:
        parts = {"train": "", "validation": _VALIDATION}
        for part, prefix in parts.items():
            columns = {_tag(name): values for name, values in epochs.curves.items() if _is_of(name, prefix)}
            for i, number in enumerate(epochs.numbers if columns else ()):
                values = [_scalar(tag, column[i]) for tag, column in columns.items()]
                self._write(part, epochs.moments[i], number, values, flush=False)
        self.epochs = epochs.numbers[-1]
        self._flush()

    def log_results(self, record: RunRecord) -> None:
        run = self.folder.parent
        if (run / layout.TRACE).is_file():
            trace = read_arrays(run / layout.TRACE)
            for epoch in chosen_epochs(self.epochs, _MOST_HISTOGRAMS):
                self._log_weights(epoch, {name: values[epoch] for name, values in trace.items()})
        else:
            weights = read_arrays(run / layout.WEIGHTS)
            self._log_weights(record.kept_epoch or self.epochs, weights)

    def _log_weights(self, epoch: int, weights: Mapping[str, Array]) -> None:
        from tensorboard.plugins.histogram.summary_v2 import histogram_pb

        for name, values in weights.items():
            if not name.startswith(BEST):
                self._write("train", time.time(), epoch, histogram_pb(name, values).value)

    def end(self, error: BaseException | None) -> None:
        for name, picture in _pictures(self.folder.parent / layout.PLOTS):
            self._write("", time.time(), self.epochs, [_image(name, picture)])
        self._write("", time.time(), 0, [_session_end(error)])
        for writer in self.writers.values():
            writer.close()

    def _write(self, part: str, moment: float, step: int, values: Sequence[Any], *, flush: bool = True) -> None:
        """Writes values into the file of a part: `train`, `validation`, or nothing for the run as a whole."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        writer = self.writers.get(part) or self.writers.setdefault(part, EventFileWriter(str(self.folder / part)))
        writer.add_event(Event(wall_time=moment, step=step, summary=Summary(value=values)))
        if flush:
            writer.flush()

    def _flush(self) -> None:
        for writer in self.writers.values():
            writer.flush()


def _is_of(name: str, prefix: str) -> bool:
    return name.startswith(_VALIDATION) == bool(prefix)


def _tag(name: str) -> str:
    return f"epoch_{name.removeprefix(_VALIDATION)}"


def _scalar(tag: str, value: float) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary.Value(tag=tag, simple_value=value)


def _session_start(run: TrackedRun) -> Any:
    """The hyperparameters: settings whose values are texts and numbers; lists as texts."""
    from tensorboard.plugins.hparams.api import hparams_pb

    settings = flat_settings(run.experiment.resolved)
    chosen = {name: value for name, value in settings.items() if name.partition(".")[0] not in _NO_HYPERPARAMETERS}
    plain = {
        name: value if isinstance(value, bool | int | float | str) else str(value) for name, value in chosen.items()
    }
    return hparams_pb(plain, trial_id=run.folder.name, start_time_secs=time.time()).value[0]


def _session_end(error: BaseException | None) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS, STATUS_UNKNOWN
    from tensorboard.plugins.hparams.summary import session_end_pb

    failed = STATUS_UNKNOWN if isinstance(error, Interrupted) else STATUS_FAILURE
    summary = session_end_pb(STATUS_SUCCESS if error is None else failed)  # of TensorFlow's class
    return Summary.FromString(summary.SerializeToString()).value[0]


def _pictures(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("*.png")):
        yield path.stem, read_regular(path, _LARGEST_PICTURE, folder.parent)


def _image(name: str, data: bytes) -> Any:
    """A picture; the size stands in bytes 16 to 24 of a PNG (https://www.w3.org/TR/png-3/#11IHDR)."""
    from tensorboard.compat.proto.summary_pb2 import Summary

    width, height = (int.from_bytes(data[start : start + 4], "big") for start in (16, 20))
    return Summary.Value(
        tag=name, image=Summary.Image(width=width, height=height, colorspace=4, encoded_image_string=data)
    )
