"""Callbacks of the user's own: which they are, what `fit` shows them, and their errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from nnrun.errors import Problem, Reported, TrainingError


def own_callbacks(callbacks: Sequence[keras.callbacks.Callback]) -> list[keras.callbacks.Callback]:
    """Those that Keras does not define."""
    return [callback for callback in callbacks if not type(callback).__module__.startswith("keras.")]


@contextmanager
def callback_errors(callback: keras.callbacks.Callback) -> Iterator[None]:
    """Reports an error of a callback of the user's own as such.

    Raises:
        TrainingError: one came.
    """
    try:
        yield
    except Reported:
        raise
    except Exception as error:
        if not own_callbacks([callback]):
            raise
        message = f"The callback {type(callback).__name__} failed: {type(error).__name__}: {error}"
        raise TrainingError(Problem(message)) from error


class BatchHooks(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Passes the batches of one call of `fit` to callbacks, for which it is one epoch of many.

    Args:
        callbacks: these callbacks, which have their model.
    """

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        super().__init__()
        self.callbacks = callbacks

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._pass("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._pass("on_train_batch_end", batch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        self._pass("on_test_begin", logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._pass("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self._pass("on_test_batch_end", batch, logs)

    def on_test_end(self, logs: Any = None) -> None:
        self._pass("on_test_end", logs)

    def _pass(self, hook: str, *arguments: Any) -> None:
        for callback in self.callbacks:
            with callback_errors(callback):
                getattr(callback, hook)(*arguments)
