"""How far apart the checkpoints of a run are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """How far apart checkpoints are.

    Args:
        seconds: at least this many seconds; None where epochs count.
        epochs: at least this many epochs; None where seconds count. With neither there is only the last one.
    """

    seconds: float | None = 10.0
    epochs: int | None = None
