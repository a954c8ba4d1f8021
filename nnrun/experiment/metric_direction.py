"""Whether a larger value of a metric is better."""

from __future__ import annotations

import re

# The metrics of Keras 3 whose `_direction` is "up", and what people call their own.
_LARGER = (
    *("accuracy", "acc", "auc", "precision", "recall", "f1_score", "f_?beta_score", "sensitivity", "specificity"),
    *("iou", "io_u", "r2_score", "cosine_similarity", "true_positives", "true_negatives", "correlation", "hits"),
)
_PATTERN = re.compile(rf"(?:^|_)(?:{'|'.join(_LARGER)})(?:_|$)")


def larger_is_better(metric: str) -> bool:
    """Whether a larger value of the metric is better, by its name, as Keras's callbacks decide it in mode `auto`.

    Args:
        metric: its name in the record, such as `val_binary_accuracy`; a loss and every unknown metric is minimized.
    """
    return _PATTERN.search(metric) is not None
