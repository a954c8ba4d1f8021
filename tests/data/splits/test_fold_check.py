"""Folds that contradict another setting are refused before a row is made, each with its place and a remedy."""

from __future__ import annotations

import pytest

from nnrun.data.splits.check import find_split_problems, has_validation_set
from nnrun.data.splits.sizes import held_out_sizes, training_size
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.text.yaml_text import parse_document

PARTS = Column("part", categories=("train", "val"))
CITY = Column("city", categories=("Bern", "Rome", "Ulm"))
COLUMNS = Columns((Column("x"),), (Column("y"),), samples=12, keys=(Column("day"), PARTS, CITY))


def told(settings: str) -> list[tuple[str, str | None, str]]:
    document = parse_document(f"data: {{generator: moons, {settings}}}\n", "x.yaml")
    problems = find_split_problems(document, COLUMNS)
    return [(p.message, p.hint, p.place.text[p.place.column - 1 :][:6] if p.place else "") for p in problems]


def test_folds_alone_and_with_a_test_set_are_no_problem() -> None:
    assert told("folds: 12") == told("folds: 5, fold: 5, test_split: 2, split: {group: day}") == []


@pytest.mark.parametrize(
    ("settings", "message", "hint", "place"),
    [
        (
            "fold: 2",
            '"fold" chooses one of the folds, and there are none. Received: fold: 2',
            "Say how many there are: folds: 5",
            "2}",
        ),
        ("folds: 3, fold: 4", '"fold" must be a whole number from 1 to 3. Received: 4', None, "4}"),
        (
            "folds: 3, validation_split: 0.2",
            'Each of the 3 folds is the validation set of a training. Received: "validation_split" as well',
            "Leave validation_split out, or folds.",
            "0.2}",
        ),
        (
            "folds: 3, validation: moons",
            'Each of the 3 folds is the validation set of a training. Received: "validation" as well',
            "Leave validation out, or folds.",
            "moons}",
        ),
        (
            "folds: 3, split: {order: day}",
            "Folds would train on rows that come after their validation set. Received: split: order",
            "For rows in time, leave folds out and set validation_split.",
            "{order",
        ),
        (
            "folds: 3, split: {column: part}",
            'The column "part" says which rows are for validation. Received: folds as well',
            "Leave folds out.",
            "3, spl",
        ),
        (
            "folds: 3, window: {length: 2}, split: {group: day}",
            'Windows need rows in time, which folds do not keep. Received: "folds" and "window"',
            "Leave folds out, and set validation_split.",
            "3, win",
        ),
        (
            "folds: 11, test_split: 2",
            "There are 10 rows for the folds, and 11 folds need one each.",
            "Write folds: 10.",
            "11, te",
        ),
    ],
)
def test_folds_that_contradict_another_setting_are_refused(
    settings: str, message: str, hint: str | None, place: str
) -> None:
    assert [(m, h, p.strip()) for m, h, p in told(settings)] == [(message, hint, place)]


@pytest.mark.parametrize(
    ("settings", "message", "hint", "place"),
    [
        ("folds: 4", "There are 3 groups, and 4 folds need one each", "Write folds: 3, or fewer.", "4, spl"),
        (
            "folds: 3, test_split: 3",
            "There are 2 groups, and 3 folds need one each",
            "Write folds: 2, or fewer.",
            "3, tes",
        ),
    ],
)
def test_more_folds_than_groups_of_texts_are_refused(settings: str, message: str, hint: str, place: str) -> None:
    full = f"{message}, as a group stays together."
    assert told(f"{settings}, split: {{group: city}}") == [(full, hint, place)]


def test_fewer_groups_of_texts_than_parts_are_refused() -> None:
    ((message, hint, place),) = told("validation_split: 4, split: {group: part}, test_split: 4")
    assert (message, place) == ("There are 2 groups, and 3 parts need one each, as a group stays together.", "4}")
    assert hint == "Split by random, or add groups."
    for settings in ("folds: 3", "folds: 2, test_split: 3", "validation_split: 3, test_split: 3"):
        assert told(f"{settings}, split: {{group: city}}") == []


def test_the_sizes_of_folds_are_known_without_rows() -> None:
    data = {"folds": 5, "test_split": 2}
    assert (held_out_sizes(13, data), training_size(13, data)) == ((3, 2), 8)
    assert has_validation_set(data, COLUMNS)
