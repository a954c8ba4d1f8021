"""The share of the seeds that meet an expectation."""

import pytest

from nnrun.testing.share import SeedShare


@pytest.mark.parametrize(
    ("met", "of", "low", "high"),
    [
        (20, 20, 0.8389, 1.0),
        (18, 20, 0.6990, 0.9721),
        (0, 10, 0.0, 0.2775),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_the_interval_is_that_of_wilson(met, of, low, high):
    """(p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n) with z = 1.96, by hand."""
    assert SeedShare(met, of).interval() == pytest.approx((low, high), abs=1e-4)


def test_a_share_says_its_count_and_its_interval():
    assert str(SeedShare(18, 20)) == "18 of 20 seeds, 95% interval 0.70 to 0.97"
