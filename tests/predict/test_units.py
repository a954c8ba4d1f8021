"""In which units the loss and the metrics of scaled targets are."""

import pytest

from nnrun.predict.units import units_of_metrics

BEGIN = "The loss and the metrics are computed on scaled targets"


@pytest.mark.parametrize(
    ("units", "told"),
    [
        ({}, ""),
        ({"price": 81234.4}, f"{BEGIN}: 1 is 81,234 of price."),
        ({"a": 0.25, "b": 12.5}, f"{BEGIN}: 1 is 0.25 of a and 12.5 of b."),
        ({"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0, "e": 5.0}, f"{BEGIN}: 1 is 1 of a, 2 of b, 3 of c and 2 more."),
        ({"a": 1.0, "image": None}, f"{BEGIN}: 1 is 1 of a and 1 more."),
        ({"image": None}, f"{BEGIN}."),
    ],
)
def test_what_1_is_stands_in_one_sentence(units, told):
    assert units_of_metrics(units) == told
