"""What the targets of an output are, as it is told to the user."""

from __future__ import annotations

from typing import NamedTuple


class TargetValues(NamedTuple):
    """The smallest and the largest target, or an example of them.

    Args:
        low: the smallest target.
        high: the largest target.
        example: the target that is both, in words, where the others are not known: "1.9 at x = 0.95".
    """

    low: float
    high: float
    example: str = ""

    def predicate(self, plural: bool) -> str:
        """What is said of the targets, behind their names."""
        if self.example:
            return f"{'are' if plural else 'is'}, for example, {self.example}"
        return f"go{'' if plural else 'es'} from {self.low:g} to {self.high:g}"
