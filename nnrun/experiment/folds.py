"""The settings of k-fold cross-validation: `data.folds`, their number, and `data.fold`, the one for validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FOLDS = "folds"
FOLD = "fold"
FOLD_PATH = f"data.{FOLD}"
FOLDS_PATH = f"data.{FOLDS}"
MOST_FOLDS = 1000


def unchosen_folds(settings: Any) -> int | None:
    """The number of folds that are trained one by one; None where there are none, or the settings choose one.

    Args:
        settings: those of an experiment file, valid or not.
    """
    data = settings.get("data") if isinstance(settings, Mapping) else None
    if not isinstance(data, Mapping) or data.get(FOLD) is not None:
        return None
    folds = data.get(FOLDS)
    valid = isinstance(folds, int) and not isinstance(folds, bool) and 2 <= folds <= MOST_FOLDS
    return folds if valid else None
