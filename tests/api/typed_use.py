"""What a type checker knows of the Python interface; mypy checks this file, and nothing runs it."""

from datetime import datetime
from pathlib import Path
from typing import Any, assert_type

import numpy as np

import nnrun

Array = np.ndarray[Any, np.dtype[Any]]

run = nnrun.train("experiment.yaml", {"epochs": 50}, verbose=True)
assert_type(run, nnrun.Run)
assert_type(nnrun.train({"epochs": 5}), nnrun.Run)
assert_type(nnrun.resume(run), nnrun.Run)
assert_type(nnrun.load("latest"), nnrun.Run)
assert_type(nnrun.load(Path("runs/a")), nnrun.Run)
assert_type(nnrun.runs(where="loss < 1", status="completed"), list[dict[str, Any]])
assert_type(nnrun.predict(run, [[1.0]]), Array | dict[str, Array])
assert_type(run.predict({"x": [1.0]}, proba=True), Array | dict[str, Array])
assert_type(run.metrics, dict[str, float])
assert_type(run.history, dict[str, list[float]])
assert_type(run.path, Path)
assert_type(run.record.started, datetime)
assert_type(run.expectations[0].met, bool)
swept = nnrun.sweep("experiment.yaml", {"seed": range(9), "optimizer.learning_rate": "log(1e-3, 1e-1, 3)"}, jobs=2)
assert_type(swept, nnrun.TrainedSweep)
assert_type(swept.best, nnrun.Run | None)
assert_type(swept.trials, list[dict[str, Any]])
assert_type(nnrun.load_sweep("latest"), nnrun.TrainedSweep)
assert_type(nnrun.__version__, str)
try:
    nnrun.load("missing")
except nnrun.errors.StorageError as error:
    assert_type(error.problems, tuple[nnrun.errors.Problem, ...])
