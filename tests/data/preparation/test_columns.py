"""The columns as the network takes them."""

from __future__ import annotations

from nnrun.data.preparation.columns import prepared_columns
from nnrun.experiment.columns import Column, Columns

PLACE, SIZE = Column("place", categories=("garden", "woods")), Column("size")
KIND = Column("kind", categories=("a", "b", "c"), is_label=True)
RAW = Columns((SIZE, PLACE), (KIND,), 4, 3)


def test_a_text_column_has_a_number_per_text() -> None:
    assert [column.width for column in prepared_columns(RAW, {}).inputs] == [1, 2]


def test_targets_stay_as_they_are() -> None:
    assert prepared_columns(RAW, {}).targets == (KIND,)


def test_prepared_columns_know_those_of_the_generator() -> None:
    assert prepared_columns(RAW, {}).generated is RAW
    assert RAW.generated is RAW
