"""The name of every file and folder that nnrun writes, said once."""

from __future__ import annotations

from nnrun.experiment.code.code_file import FOLDER

# A run folder, and that of a trial.
EXPERIMENT = "experiment.yaml"
RESOLVED = "resolved.yaml"
RECORD = "run.json"
DATA = "data.json"
VOCABULARY = "vocabulary.txt"
METRICS = "metrics.csv"
FINAL_METRICS = "metrics.json"
MODEL = "model.keras"
WEIGHTS = "weights.npz"
TRACE = "trace.npz"
PREDICTIONS = "predictions.csv"
HELD_OUT = "held_out.csv"  # predictions for the fold that a trial of a cross-validation did not see
CHECKPOINT = "checkpoint"
PREVIOUS_CHECKPOINT = "checkpoint.previous"
REPORT = "report.html"
MODEL_CARD = "report.md"
LOG = "run.log"
TRACEBACK = "traceback.txt"
LOCK = ".lock"
PATCH = "git.patch"
ANNOTATIONS = "annotations.json"
CODE = FOLDER  # copies of the Python files that the experiment names

# The pictures of a run, and what they are drawn from.
PLOTS = "plots"
SCENE = "plots/scene.json"
SCENE_ARRAYS = "plots/scene.npz"
STYLES = "plots/styles.json"

# What a run has and a trial of a sweep lacks.
WHOLE_RUN = (MODEL, PREDICTIONS, TRACE, PLOTS, FINAL_METRICS, REPORT, MODEL_CARD)

# What callbacks and trackers write.
CALLBACK_LOG = "log.csv"
TENSORBOARD = "tensorboard"
MLFLOW_LINK = "mlflow.json"

# The folder of a sweep; its experiment file and its report are named as a run's are.
SWEEP_RECORD = "sweep.json"
TRIALS = "trials"
TRIALS_TABLE = "trials.csv"
TRIALS_ARRAYS = "trials.npz"  # of a sweep without folders of trials
BLOCKS = "blocks"  # the trials of such a sweep as long as it is not finished
SUMMARY = "summary.csv"

# The folder of all runs.
INDEX = ".index.sqlite"
TRAINING_LOCK = ".training-{settings}.lock"  # of `train --if-needed`, by the first digits of the settings' SHA-256
