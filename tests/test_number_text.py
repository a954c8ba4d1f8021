"""Numbers as people write them."""

import math

import numpy as np
import pytest

from nnrun.number_text import ordinary_size, short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (0.5, "0.5"),
        (0.000786, "0.000786"),
        (0.00078612, "0.0007861"),
        (0.0000786, "7.86e-5"),
        (4.2e-7, "4.2e-7"),
        (-1.25e-12, "-1.25e-12"),
        (123.456, "123.5"),
        (999.96, "1000"),
        (2026, "2026"),
        (2026.0, "2026"),
        (1234.5678, "1235"),
        (9999.6, "10,000"),
        (99712.0, "99,712"),
        (-99712.4, "-99,712"),
        (1_500_000, "1,500,000"),
        (123_456_789, "123,456,789"),
        (7.9e9, "7.9e9"),
        (1.5e150, "1.5e150"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
        (np.float32(0.25), "0.25"),
    ],
)
def test_a_number_is_written_as_people_write_it(value: float, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.123456789, 6, "0.123457"), (99712.4, 6, "99,712.4"), (99.7, 2, "100"), (0.0421, 2, "0.042"), (9.97, 2, "10")],
)
def test_the_digits_are_significant_ones(value: float, digits: int, text: str) -> None:
    assert short(value, digits) == text


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([math.cos(math.pi / 2), 1.0, -1.0], ["0", "1", "-1"]),  # 6.1e-17
        ([math.sin(2 * math.pi), 0.5, 0.25], ["0", "0.5", "0.25"]),  # -2.4e-16
        ([0.1 + 0.2 - 0.3, 1e6, 2e6], ["0", "1,000,000", "2,000,000"]),
        ([6e-17, 2e-17, 3e-17], ["6e-17", "2e-17", "3e-17"]),  # nothing beside them is larger
        ([1e-20, 1e-10, 1.0], ["1e-20", "1e-10", "1"]),  # a column over decades
        ([1e-12, 0.5, 1.0], ["1e-12", "0.5", "1"]),  # a small probability
        ([0.000786, 1e6, 1e6], ["0.000786", "1,000,000", "1,000,000"]),
        ([0.0, 0.0], ["0", "0"]),
        ([6e-17, math.inf, math.nan, 1.0], ["0", "inf", "nan", "1"]),
    ],
)
def test_noise_beside_ordinary_numbers_is_zero(values: list[float], texts: list[str]) -> None:
    assert [short(value, beside=ordinary_size(values)) for value in values] == texts
