"""Which metrics are better when they are larger: as Keras decides it."""

from __future__ import annotations

import inspect

import pytest

from nnrun.experiment.metric_direction import larger_is_better


@pytest.mark.parametrize(
    "metric",
    [
        *("accuracy", "val_accuracy", "best.val_accuracy", "binary_accuracy", "acc", "auc", "val_auc", "head_accuracy"),
        *("f1_score", "r2_score", "precision", "recall", "top_k_categorical_accuracy", "cosine_similarity"),
        *("mean_io_u", "one_hot_io_u", "binary_io_u", "precision_at_recall", "sensitivity_at_specificity"),
    ],
)
def test_a_larger_accuracy_is_better(metric: str) -> None:
    assert larger_is_better(metric)


@pytest.mark.parametrize(
    "metric",
    [
        *("loss", "val_loss", "best.val_loss", "head_loss", "mse", "mean_squared_error", "mean_absolute_error"),
        *("false_positives", "false_negatives", "kl_divergence", "hinge", "logcosh", "binary_crossentropy", "seconds"),
        *("macaroni", "accent", "aucuba", "recalled", ""),
    ],
)
def test_a_smaller_loss_and_whatever_is_not_known_are_better(metric: str) -> None:
    assert not larger_is_better(metric)


@pytest.mark.keras
def test_every_metric_of_keras_has_the_direction_that_keras_gives_it() -> None:
    import keras
    from keras.src.utils.naming import to_snake_case

    different = {}
    for name, metric in inspect.getmembers(keras.metrics, inspect.isclass):
        direction = getattr(metric, "_direction", None) or _built(metric)
        if direction and larger_is_better(to_snake_case(name)) != (direction == "up"):
            different[name] = direction
    assert different == {}


def _built(metric: type) -> str | None:
    """The direction that the metric sets when it is made."""
    for arguments in ({}, {"num_classes": 2}, {"num_classes": 2, "target_class_ids": [0]}, {"target_class_ids": [0]}):
        try:
            return getattr(metric(**arguments), "_direction", None)
        except TypeError:
            continue
    return _built_at_half(metric)


def _built_at_half(metric: type) -> str | None:
    try:
        return getattr(metric(0.5), "_direction", None)
    except (TypeError, ValueError):
        return None
