"""A run in MLflow: parameters, metrics of every epoch, tags and artifacts, in its local store or on its server.

The store is MLflow's own choice: `MLFLOW_TRACKING_URI`, otherwise `mlflow.db` in the current folder. No setting of an
experiment and no file of a run names it, because these come from others, and a server gets data and credentials.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

import nnrun
from nnrun.errors import Interrupted
from nnrun.experiment.flat_settings import flat_settings
from nnrun.runs import layout
from nnrun.runs.atomic import write_text
from nnrun.runs.record import RunRecord, read_record
from nnrun.runs.record_file import encode_record, read_record_file
from nnrun.tracking.tracker import TrackedRun, TrainedEpochs

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

FORMAT = 1
_RUN_TAG = "nnrun.run"
# Of the run's folder; the others are checkpoints, arrays and what pictures are drawn from.
_ARTIFACTS = (
    *(layout.EXPERIMENT, layout.RESOLVED, layout.RECORD, layout.METRICS, layout.FINAL_METRICS, layout.MODEL),
    *(layout.PREDICTIONS, layout.REPORT, layout.MODEL_CARD, layout.LOG, layout.TRACEBACK),
)
_PICTURES = (".png", ".svg", ".gif")
_MOST_METRICS, _MOST_PARAMETERS = 1000, 100  # of a request
_LONGEST_PARAMETER = 6000  # characters
_SECONDS = 2.0  # between two requests, at least, unless a request is full
_FORBIDDEN = re.compile(r"[^\w./ -]")
# A server that does not answer holds a training up for half a minute; MLflow would try for several.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}


class MlflowLink(msgspec.Struct, frozen=True):
    """The run of MLflow that a run folder is logged to.

    Args:
        run_id: MLflow's name for it.
    """

    run_id: str


class MlflowRun:
    """The run of MLflow for a run folder; a resumed run continues its own."""

    title = "MLflow"

    def begin(self, run: TrackedRun) -> None:
        self.folder = run.folder
        self.waiting: list[Any] = []
        self.sent = time.monotonic()
        self.logged = 0
        with _patient():
            from mlflow.tracking import MlflowClient

            logging.getLogger("mlflow").setLevel(logging.WARNING)
            logging.getLogger("alembic").setLevel(logging.WARNING)
            self.client = MlflowClient()
            found = _linked_run(self.client, run.folder)
            if found is None:
                self.run_id = self._create(run)
                self._log_parameters(run, {})
            else:
                self.run_id = found.info.run_id
                self.client.update_run(self.run_id, status="RUNNING")
                self._log_parameters(run, found.data.params)
                self.logged = _last_step(self.client, self.run_id)

    def _create(self, run: TrackedRun) -> str:
        record = read_record(run.folder)
        start = round(record.started.timestamp() * 1000)
        experiment = _experiment_id(self.client, run.experiment.name)
        created = self.client.create_run(
            experiment, start_time=start, tags=_tags(run, record), run_name=run.folder.name
        )
        link = MlflowLink(created.info.run_id)
        write_text(run.folder / layout.MLFLOW_LINK, encode_record(link, FORMAT))
        return link.run_id

    def _log_parameters(self, run: TrackedRun, known: Mapping[str, str]) -> None:
        """Logs the settings; MLflow never changes a parameter, so those that it knows stay as they are."""
        from mlflow.entities import Param

        settings = flat_settings(run.experiment.resolved)
        parameters = [
            Param(_name(name), str(value)[:_LONGEST_PARAMETER])
            for name, value in settings.items()
            if _name(name) not in known
        ]
        for start in range(0, len(parameters), _MOST_PARAMETERS):
            self.client.log_batch(self.run_id, params=parameters[start : start + _MOST_PARAMETERS])

    def log_epochs(self, epochs: TrainedEpochs) -> None:
        from mlflow.entities import Metric

        for i, number in enumerate(epochs.numbers):
            moment = round(epochs.moments[i] * 1000)
            if number > self.logged:
                self.waiting += [
                    Metric(_name(name), column[i], moment, number) for name, column in epochs.curves.items()
                ]
        if len(self.waiting) >= _MOST_METRICS or time.monotonic() - self.sent >= _SECONDS:
            self._send()

    def _send(self) -> None:
        with _patient():
            for start in range(0, len(self.waiting), _MOST_METRICS):
                self.client.log_batch(self.run_id, metrics=self.waiting[start : start + _MOST_METRICS])
        self.waiting.clear()
        self.sent = time.monotonic()

    def log_results(self, record: RunRecord) -> None:
        """Logs the metrics of the test set, which have no epochs."""
        from mlflow.entities import Metric

        moment, step = round(time.time() * 1000), record.kept_epoch or 0
        tested = {name: value for name, value in record.final_metrics.items() if name.startswith("test_")}
        self.waiting += [Metric(_name(n), value, moment, step) for n, value in tested.items() if value is not None]
        self._send()

    def end(self, error: BaseException | None) -> None:
        self._send()
        with _patient():
            for path in _artifacts(self.folder):
                inner = path.parent.relative_to(self.folder).as_posix()
                self.client.log_artifact(self.run_id, str(path), None if inner == "." else inner)
            failed = "KILLED" if isinstance(error, Interrupted) else "FAILED"
            self.client.set_terminated(self.run_id, "FINISHED" if error is None else failed)


def _linked_run(client: MlflowClient, folder: Path) -> Any:
    """The run of MLflow that was begun for this folder; None where the store has none."""
    from mlflow.exceptions import MlflowException

    path = folder / layout.MLFLOW_LINK
    if not path.is_file():
        return None
    try:
        found = client.get_run(read_record_file(path, MlflowLink, FORMAT, "a link to a run of MLflow").run_id)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise
    return found if found.data.tags.get(_RUN_TAG) == folder.name else None


def _tags(run: TrackedRun, record: RunRecord) -> dict[str, str]:
    tags = {"mlflow.source.type": "LOCAL", "mlflow.source.name": "nnrun"}
    tags |= {_RUN_TAG: run.folder.name, "nnrun.version": nnrun.__version__}
    tags |= {"nnrun.device": record.device or "", "nnrun.engine": record.engine or ""}
    if record.git:
        tags |= {"mlflow.source.git.commit": record.git.commit, "nnrun.git.dirty": str(record.git.dirty).lower()}
    return tags


def _experiment_id(client: MlflowClient, name: str) -> str:
    """The experiment that MLflow's environment names, otherwise that of this name; created where it is missing."""
    from mlflow.environment_variables import MLFLOW_EXPERIMENT_ID, MLFLOW_EXPERIMENT_NAME

    if chosen := MLFLOW_EXPERIMENT_ID.get():
        return str(chosen)
    name = MLFLOW_EXPERIMENT_NAME.get() or name
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id) if found else str(client.create_experiment(name))


def _last_step(client: MlflowClient, run_id: str) -> int:
    return max((metric.step for metric in client.get_metric_history(run_id, "loss")), default=0)


def _name(text: str) -> str:
    """A name that MLflow takes, of letters, digits and `_./ -`."""
    return _FORBIDDEN.sub("_", text)[:250]


def _artifacts(folder: Path) -> Iterator[Path]:
    """The files to be kept by MLflow: none that is a link, which may lead anywhere."""
    plots = folder / layout.PLOTS
    pictures = sorted(plots.iterdir()) if plots.is_dir() and not plots.is_symlink() else []
    for path in (*(folder / name for name in _ARTIFACTS), *pictures):
        shown = path.parent == folder or path.suffix in _PICTURES
        if shown and path.exists() and stat.S_ISREG(path.lstat().st_mode):
            yield path


@contextmanager
def _patient() -> Iterator[None]:
    """Lets MLflow's client give up on a server early inside the block, unless its own variables say how late."""
    added = {name: value for name, value in _PATIENCE.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
