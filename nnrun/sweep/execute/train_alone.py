"""What a worker hands back that cannot be trained together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainAlone:
    """Trials that are to be trained one by one.

    Args:
        indices: their numbers.
        reason: why, as a sentence without its full stop.
    """

    indices: tuple[int, ...]
    reason: str

    def __len__(self) -> int:
        return len(self.indices)


def one_by_one(reason: str) -> str:
    """What is told of trials that are not trained together.

    Args:
        reason: why, as a sentence with or without its full stop.
    """
    return f"{reason.rstrip('.')}: trained one by one."
