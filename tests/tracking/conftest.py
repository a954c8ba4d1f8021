"""Runs for trackers: a folder made by hand, and what a training would tell of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run_folder import BILINEAR, EPOCHS

from experiments import written
from nnrun.run_listener import RunListener
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.record import read_record
from nnrun.tracking.tracker import TrackedRun
from nnrun.tracking.tracking import tracked


class Warned(RunListener):
    """What shows the run."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def on_warning(self, message: str) -> None:
        self.warnings.append(message)


Track = Callable[..., Warned]


@pytest.fixture
def track() -> Track:
    """A function that tells trackers of a run, as a training would."""

    def tell(
        folder: Path, *trackers: str, resumed: int = 0, until: int = EPOCHS, error: BaseException | None = None
    ) -> Warned:
        experiment = written(f"{BILINEAR}tracking: [{', '.join(trackers)}]\n")
        shown = Warned()
        history = {n: v for n, v in read_metrics(folder / "metrics.csv").items() if n != "epoch"}
        history["seconds"] = [0.5] * EPOCHS
        try:
            with tracked(TrackedRun(experiment, folder, resumed), shown) as listener:
                listener.on_built(experiment, (), {}, {})
                for first in range(resumed, until, 150):
                    chunk = slice(first, min(first + 150, until))
                    listener.on_epochs({name: values[chunk] for name, values in history.items()})
                if error:
                    raise error
                listener.on_finished(read_record(folder), None)  # type: ignore[arg-type]
        except BaseException as raised:
            if raised is not error:
                raise
        return shown

    return tell


@pytest.fixture
def run_folder(make_run: Callable[..., Path]) -> Path:
    """A run of 400 epochs with a column `seconds`, as every metrics.csv has it."""
    folder = make_run(final_metrics={"loss": 0.004, "test_loss": 0.25})
    lines = (folder / "metrics.csv").read_text().splitlines()
    (folder / "metrics.csv").write_text("\n".join([f"{lines[0]},seconds", *(f"{x},0.5" for x in lines[1:])]) + "\n")
    return folder


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The tables of a new store, which take seconds to make."""
    from mlflow.tracking import MlflowClient

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path.read_bytes()


@pytest.fixture
def store(empty_store: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of a local store, which MLflow's own variable names."""
    from mlflow.tracking import MlflowClient

    (tmp_path / "mlflow.db").write_bytes(empty_store)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    for name in ("MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"):
        monkeypatch.delenv(name, raising=False)
    return MlflowClient()
