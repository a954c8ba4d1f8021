"""Dates are guessed by the forms in which they are read."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.files.dates import FORMATS, are_dates, as_dates


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)), st.sampled_from(FORMATS))
def test_a_date_in_any_form_is_known_and_read(moment: datetime, form: str) -> None:
    text = moment.strftime(form.replace("%.f", ".%f"))
    assert are_dates([text, None, "", text])
    assert as_dates(pl.Series([text, "2026-01-02"])).null_count() == 0


@pytest.mark.parametrize("text", ["29.11.26", "20261129", "2026-13-01", "11/29/2026", "2026-11-29 14:30:05."])
def test_another_text_is_no_date(text: str) -> None:
    assert as_dates(pl.Series([text, "2026-01-02"])).is_null().to_list() == [True, False]


def test_a_column_of_other_cells_or_of_none_has_no_dates() -> None:
    assert not are_dates(["2026-01-02", "soon"])
    assert not are_dates(["2026-01-02", 5])
    assert not are_dates([None, ""])
