"""Dates are guessed by the forms in which they are read."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.files.dates import FORMATS, are_dates, as_dates
from nnrun.data.splits.key_columns import moment_of


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)), st.sampled_from(FORMATS))
def test_a_date_in_any_form_is_known_and_read(moment: datetime, form: str) -> None:
    text = moment.strftime(form.replace("%.f", ".%f"))
    assert are_dates([text, None, "", text])
    assert as_dates(pl.Series([text, "2026-01-02"])).null_count() == 0


@given(
    st.datetimes(datetime(1001, 1, 1), datetime(9998, 12, 31)),
    st.sampled_from([form for form in FORMATS if "%H" in form]),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["{}{:02}:{:02}", "{}{:02}{:02}"]),
)
def test_a_time_with_an_offset_from_utc_is_in_utc(moment: datetime, form: str, ahead: int, style: str) -> None:
    form = form.replace("%.f", ".%f")
    written = moment.strftime(form)
    zone = style.format("+-"[ahead < 0], *divmod(abs(ahead), 60))
    utc = datetime.strptime(written, form) - timedelta(minutes=ahead)
    for text in (written + zone, *([f"{written}Z"] if not ahead else []), *([written + zone[:3]] * (ahead % 60 == 0))):
        assert are_dates([text])
        assert as_dates(pl.Series([text, written])).to_list()[0] == moment_of(text) == utc


@pytest.mark.parametrize("text", ["2026-01-31", "2026/01/31", "31.01.2026", "31.01.2026 14:30", "2026/01/31 14:30:05"])
def test_a_date_sorts_rows_in_every_form(text: str) -> None:
    assert moment_of(text) == as_dates(pl.Series([text])).to_list()[0]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-29Z",
        "2026-11-29 14:30+1",
        "2026-11-29 14:30 CET",
        "29.11.26",
        "20261129",
        "2026-13-01",
        "11/29/2026",
        "2026-11-29 14:30:05.",
    ],
)
def test_another_text_is_no_date(text: str) -> None:
    assert as_dates(pl.Series([text, "2026-01-02"])).is_null().to_list() == [True, False]


def test_a_column_of_other_cells_or_of_none_has_no_dates() -> None:
    assert not are_dates(["2026-01-02", "soon"])
    assert not are_dates(["2026-01-02", 5])
    assert not are_dates([None, ""])
