"""Categories of a file that are probably none are warned of, each with its remedy."""

from __future__ import annotations

import pytest

from nnrun.experiment.columns import Column, Columns, DataFile
from nnrun.experiment.experiment import Component
from nnrun.network.category_warnings import find_category_warnings

SIGN = "a usual sign for a missing value."


def warnings(*inputs: str, target: tuple[str, ...] = (), generator: str = "csv") -> list[tuple[str, str | None]]:
    """The messages with their remedies for the categories of the input a and the target y."""
    targets = (Column("y", categories=target, is_label=bool(target)),)
    columns = Columns((Column("a", categories=inputs),), targets, 40, files=(DataFile("/rows", ""),))
    found = find_category_warnings(columns, Component("generators", generator, {"path": "rows"}))
    return [(problem.message, problem.hint) for problem in found]


@pytest.mark.parametrize("sign", ["?", "NA", "n/a", "#N/A", "NaN", "null"])
def test_a_sign_for_a_missing_value_among_texts_is_named_with_the_settings_that_make_it_one(sign: str) -> None:
    steps = "{missing: indicator}}}}"
    message = f'The column "a" has the category "{sign}", {SIGN}'
    hint = (
        f'If it is one, write data: {{prepare: {{columns: {{a: {steps}, and add to the arguments: missing: ["{sign}"]'
    )
    assert warnings("u", sign, "v") == [(message, hint)]


def test_rows_without_a_class_are_dropped_and_other_files_leave_the_text_empty() -> None:
    hint = "If it is one, write data: {prepare: {columns: {y: {missing: drop}}}}, and leave the text empty"
    assert warnings(target=("bad", "nan"), generator="jsonl") == [
        (f'The column "y" has the category "nan", {SIGN}', hint)
    ]


def test_a_word_in_two_ways_is_named_once_and_single_letters_may_differ_in_case() -> None:
    named = ('The column "y" has the categories "Yes" and "yes".', "If they are the same, write them alike.")
    assert warnings(target=("No", "Yes", "no", "yes"))[0][0] == 'The column "y" has the categories "No" and "no".'
    assert warnings(target=("Yes", "no", "yes")) == [named]
    assert warnings("A", "B", "a", "b", target=("none", "some")) == []


@pytest.mark.parametrize(
    ("one", "other", "written"),
    [
        ("New York", "New\u00a0York", '"New York" and "New\\u00a0York"'),
        ("New  York", "New York", '"New  York" and "New York"'),
        ("Zu\u0308rich", "Z\u00fcrich", '"Zu\\u0308rich" and "Z\\u00fcrich"'),
        ("yes", "yes\u200b", '"yes" and "yes\\u200b"'),
        ("\u00c4rger", "\u00e4rger", '"\u00c4rger" and "\u00e4rger"'),
    ],
)
def test_words_that_look_alike_are_told_apart_by_their_characters(one: str, other: str, written: str) -> None:
    message = f'The column "y" has the categories {written}.'
    assert warnings(target=(one, other)) == [(message, "If they are the same, write them alike.")]


def test_words_that_one_can_tell_apart_are_two() -> None:
    assert warnings(target=("Zurich", "Z\u00fcrich", "x_y", "x-y", "it's", "its", "m\u00b3 a", "m\u00b2 a")) == []


def test_dates_that_are_categories_can_become_numbers() -> None:
    hint = "For numbers add to the arguments: dates: {a: number}"
    message = 'The input "a" has dates as texts, each of which is a category.'
    assert warnings("2024-01-01", "02.01.2024") == [(message, hint)]
    assert warnings("2024-01-01", "x") == warnings("2024-01-01", generator="text") == []
