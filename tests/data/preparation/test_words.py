"""Texts become numbers: a vector, a position, the bucket of a hash."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from data.preparation.preparing import prepared, rows

from nnrun.data.preparation.words import texts_of
from nnrun.experiment.columns import Column
from nnrun.experiment.word_encoding import MISSING, OTHER, WordEncoding, stable_hash

CODES = [2, 2, 2, 1, 1, 0]


def cities(settings: dict[str, Any], codes: list[int] = CODES) -> tuple[Column, list[list[float]]]:
    dataset = prepared(rows([1.0] * len(codes), codes), {"columns": {"city": settings}})
    assert dataset.columns is not None
    found: list[list[float]] = dataset.training.inputs["city"].tolist()
    return dataset.columns.inputs[1], found


def test_integers_are_the_positions_in_sorted_order() -> None:
    assert cities({"words": "integer"})[1] == [[2], [2], [2], [1], [1], [0]]


def test_rare_words_share_a_number() -> None:
    column, found = cities({"max_words": 1})
    assert found == [[1, 0]] * 3 + [[0, 1]] * 3
    assert column.word_encoding.words == ("Rome",)


def test_of_equally_frequent_words_the_first_are_kept() -> None:
    assert cities({"max_words": 2}, [2, 1, 0])[0].word_encoding.words == ("Bern", "Oslo")


def test_what_is_kept_is_written_in_sorted_order() -> None:
    assert cities({"max_words": 2})[0].word_encoding.words == ("Oslo", "Rome")


def test_a_hash_is_the_same_everywhere() -> None:
    assert stable_hash("Rome") == 0xD0D22019186582C6
    column, found = cities({"words": {"hash": 4}})
    assert column.width == 4
    assert [row.index(1) for row in found] == [stable_hash(("Bern", "Oslo", "Rome")[code]) % 4 for code in CODES]


def test_a_position_is_told_as_a_text() -> None:
    column, _ = cities({"max_words": 1, "missing": "indicator"})
    assert texts_of(column, np.eye(3)) == ["Rome", OTHER, MISSING]


@pytest.mark.parametrize(
    ("encoding", "text", "position"),
    [
        (WordEncoding("onehot", 2, ("a", "b")), "c", None),
        (WordEncoding("onehot", 2, ("a", "b"), other=True), "c", 2),
        (WordEncoding("integer", 2, ("a", "b")), "b", 1),
        (WordEncoding("hash", 1), "anything", 0),
    ],
)
def test_a_new_word_has_a_position_where_others_share_one(
    encoding: WordEncoding, text: str, position: int | None
) -> None:
    assert encoding.position(text) == position
