"""The share of the seeds with which something holds, and the interval of the true share."""

from __future__ import annotations

from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True)
class SeedShare:
    """With how many seeds an expectation is met.

    Args:
        met: the number of these seeds.
        of: the number of all seeds, from 1.
    """

    met: int
    of: int

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.met / self.of

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """The interval of the share among all seeds: Wilson's score interval.

        E. B. Wilson: Probable inference, the law of succession, and statistical inference (1927).

        Args:
            level: the probability that such an interval has the true share, in (0, 1).
        """
        from scipy.stats import binomtest  # slow to import

        found = binomtest(self.met, self.of).proportion_ci(level, method="wilson")
        return float(found.low), float(found.high)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.met} of {self.of} seeds, {LEVEL:.0%} interval {low:.2f} to {high:.2f}"
