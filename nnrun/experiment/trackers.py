"""The trackers that a run can be logged to."""

TENSORBOARD = "tensorboard"
MLFLOW = "mlflow"
TRACKERS = (TENSORBOARD, MLFLOW)
NO_TRACKERS = "tracking=[]"  # the override
