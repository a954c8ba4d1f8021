"""Whether a larger or a smaller value of a metric is better, and which metrics are at most 1; by their names."""

from __future__ import annotations

import re

_SHARES = ("accuracy", "acc", "auc", "precision", "recall", "f1_score", "sensitivity", "specificity", "iou", "io_u")
# The metrics of Keras 3 whose `_direction` is "up", and what people call their own.
_LARGER = (
    *(*_SHARES, "f_?beta_score", "r2_score", "cosine_similarity"),
    *("true_positives", "true_negatives", "correlation", "hits"),
)
_PATTERN = re.compile(rf"(?:^|_)(?:{'|'.join(_LARGER)})(?:_|$)")
_IS_SHARE = re.compile(rf"(?:.*_)?(?:{'|'.join(_SHARES)})")
_SMALLER = re.compile(r"(?:^|_)(?:loss|error|crossentropy|mae|mape|mse|msle)$")


def larger_is_better(metric: str) -> bool:
    """Whether a larger value of the metric is better, by its name, as Keras's callbacks decide it in mode `auto`.

    Args:
        metric: its name in the record, such as `val_binary_accuracy`; a loss and every unknown metric is minimized.
    """
    return _PATTERN.search(metric) is not None


def smaller_is_better(metric: str) -> bool:
    """Whether a metric is a loss or an error by its name, of which nobody wants a larger value."""
    return _SMALLER.search(metric) is not None


def is_share(metric: str) -> bool:
    """Whether a metric is a share by its name, such as `val_accuracy`: never more than 1."""
    return _IS_SHARE.fullmatch(metric) is not None
