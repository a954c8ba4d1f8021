"""What every contender offers, and how its epochs are timed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Each contender is timed for at least this long in every round, or for one call that takes longer.
SECONDS = 0.25
# A whole training is watched for this long; what is left of it is reckoned at the pace of the epochs seen.
WATCHED = 20.0


@dataclass(frozen=True)
class Contender:
    """One way to train a row, compiled and ready.

    Args:
        loss: the loss of the first epoch, in which the rows come in the order of nnrun's first epoch.
        train: trains for a while and gives the least seconds that an epoch took.
        whole: trains a fresh model from its building on and gives the seconds until its last epoch; not a
            number if it is not requested.
        note: what is to be known of it, such as the best of several settings.
    """

    loss: float
    train: Callable[[], float]
    whole: Callable[[], float] = lambda: math.nan
    note: str = ""


def fastest_call(run: Callable[[Any], object], orders: Any, seconds: float = SECONDS) -> float:
    """The seconds per epoch of the fastest of as many calls as the time allows; `orders` is (epochs, rows)."""
    fastest, end = float("inf"), time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        run(orders)
        fastest = min(fastest, (time.perf_counter() - start) / len(orders))
    return fastest


def fitting(run: Callable[[Any], object], orders: Any) -> Any:
    """As many of the epochs as make a call so long that the call itself weighs nothing beside them.

    Each number is run once before it is timed: JAX compiles for it.
    """
    epochs, seconds = 0, 0.0
    while seconds < SECONDS / 4 and epochs < len(orders):
        epochs = min(max(1, 4 * epochs), len(orders))
        run(orders[:epochs])
        seconds = epochs * fastest_call(run, orders[:epochs], SECONDS / 4)
    return orders[:epochs]


class Calls:
    """Calls of `run`, each with as many epochs as fill a call, which is found out at the first round."""

    def __init__(self, run: Callable[[Any], object], orders: Any) -> None:
        self.run = run
        self.orders = orders
        self.fitted = False

    def train(self) -> float:
        """The seconds per epoch of the fastest call of a round."""
        if not self.fitted:
            self.orders, self.fitted = fitting(self.run, self.orders), True
        return fastest_call(self.run, self.orders)
