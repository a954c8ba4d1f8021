"""The name of every file and folder that nnrun writes, said once."""

from __future__ import annotations

# A run folder, and that of a trial.
EXPERIMENT = "experiment.yaml"
RESOLVED = "resolved.yaml"
RECORD = "run.json"
METRICS = "metrics.csv"
MODEL = "model.keras"
WEIGHTS = "weights.npz"
TRACE = "trace.npz"
PREDICTIONS = "predictions.csv"
CHECKPOINT = "checkpoint"
PREVIOUS_CHECKPOINT = "checkpoint.previous"
REPORT = "report.html"
TRACEBACK = "traceback.txt"
LOCK = ".lock"
ANNOTATIONS = "annotations.json"

# The pictures of a run, and what they are drawn from.
PLOTS = "plots"
SCENE = "plots/scene.json"
SCENE_ARRAYS = "plots/scene.npz"
STYLES = "plots/styles.json"

# What a run has and a trial of a sweep lacks.
WHOLE_RUN = (MODEL, PREDICTIONS, TRACE, PLOTS, REPORT)

# What callbacks write.
CALLBACK_LOG = "log.csv"
TENSORBOARD = "tensorboard"

# The folder of a sweep; its experiment file and its report are named as a run's are.
SWEEP_RECORD = "sweep.json"
TRIALS = "trials"
TRIALS_TABLE = "trials.csv"
SUMMARY = "summary.csv"

# The folder of all runs.
INDEX = ".index.sqlite"
