"""Runs of experiments for tests, and who takes notes of them."""

from pathlib import Path

import numpy as np

from experiments import EXPERIMENTS
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.arrays import read_arrays
from nnrun.runs.completed_run import CompletedRun
from nnrun.runs.interval import Interval

FILES = {
    "experiment.yaml",
    "resolved.yaml",
    "run.json",
    "data.json",
    "metrics.csv",
    "metrics.json",
    "model.keras",
    "weights.npz",
    "trace.npz",
    "predictions.csv",
    "checkpoint",
    "plots",
    "report.html",
    "report.md",
}


ALWAYS_DRAWN = {
    *("history.png", "weights.png", "activations.png", "network.svg", "network.png"),
    *("scene.json", "scene.npz"),
}


class Notes(RunListener):
    """Keeps what a run tells."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.epochs = 0

    def on_epochs(self, history) -> None:
        self.epochs += len(history["loss"])

    def on_warning(self, message: str) -> None:
        self.warnings.append(message)


def run_of(
    name: str,
    tmp_path: Path,
    *overrides: str,
    watcher: RunListener | None = None,
    bare: bool = False,
    plotted: bool = True,
    animated: bool = True,
) -> CompletedRun:
    """The run of a shipped experiment, or of a file; a bare one has no pictures and no report."""
    file = EXPERIMENTS / f"{name}.yaml" if "/" not in name else Path(name)
    drawn = {"plotted": plotted and not bare, "reported": not bare, "animated": animated}
    # Whatever the checkout has changed, and however slow the machine is.
    options = RunOptions(tmp_path / "keras", git_patch=False, every=Interval(3600.0), **drawn)
    return train_file(file, options, watcher or Notes(), overrides=overrides, runs_dir=tmp_path / "runs")


def pictures(run: CompletedRun) -> set[str]:
    return {path.name for path in (run.folder / "plots").iterdir()}


def assert_same_weights(one: CompletedRun, other: CompletedRun) -> None:
    """By position: the layers of a stack and of a graph have other names."""
    for file in ("weights.npz", "trace.npz"):
        a, b = read_arrays(one.folder / file), read_arrays(other.folder / file)
        assert len(a) == len(b)
        for x, y in zip(a.values(), b.values(), strict=True):
            np.testing.assert_array_equal(x, y)


class Patient(Notes):
    """Keeps the findings too."""

    def on_diagnosed(self, findings) -> None:
        self.findings = [finding.kind for finding in findings]
