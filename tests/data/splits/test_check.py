"""Splits that leave no row for training, and rules that do not suit the columns, are refused before a row is made."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.splits.check import find_split_problems, has_test_set, has_validation_set
from nnrun.data.splits.sizes import split_size
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.text.yaml_text import parse_document

SHARES = st.integers(0, 999).map(lambda thousandths: thousandths / 1000)


def told(settings: str, samples: int | None = None, own_test: bool = False) -> list[tuple[str, str | None, int]]:
    document = parse_document(f"data: {{generator: {{mnist: {{samples: 9}}}}, {settings}}}\n", "x.yaml")
    problems = find_split_problems(document, Columns((Column("x"),), samples=samples, own_test=own_test))
    return [(p.message, p.hint, p.place.column if p.place else 0) for p in problems]


def test_splits_that_leave_a_row_are_no_problem() -> None:
    assert told("validation_split: 0.5, test_split: 0.4", samples=10) == []
    assert told("validation_split: 0.5, test_split: 0.4") == []
    assert told("validation_split: 0.9", samples=10, own_test=True) == []
    assert told("test_split: 0, validation_split: 0", samples=1, own_test=True) == []


def test_a_set_with_a_test_part_of_its_own_has_no_test_split() -> None:
    message = "The data generator mnist has a test set of its own. Received: test_split: 0.25"
    assert told("test_split: 0.25", samples=9, own_test=True) == [(message, "Leave test_split out.", 54)]


def test_the_generator_may_be_a_name() -> None:
    document = parse_document("data: {generator: fashion_mnist, test_split: 0.25}\n", "x.yaml")
    (problem,) = find_split_problems(document, Columns((), own_test=True))
    assert problem.message.startswith("The data generator fashion_mnist has")


def test_splits_that_leave_no_row_point_at_the_test_split_if_there_is_one() -> None:
    words = "The splits leave no row for training: of {} rows, {} are for validation and {} for the test."
    smaller = "For example: validation_split: 0.2, test_split: 0.2"
    assert told("test_split: 0.5, validation_split: 0.5", samples=10) == [(words.format(10, 5, 5), smaller, 54)]
    assert told("validation_split: 0.9", samples=1) == [(words.format(1, 1, 0), "Leave the split out.", 60)]
    assert told("test_split: 0.01", samples=1) == [(words.format(1, 0, 1), "Leave the split out.", 54)]


def test_more_training_rows_than_are_left_cannot_be_used() -> None:
    remedy = "Write a smaller number, or leave use out for all."
    assert told("validation_split: 0.2, use: 9", samples=10) == [
        ('"use" takes 9 training rows, and there are 8.', remedy, 70)
    ]
    assert told("validation_split: 0.2, use: 8", samples=10) == told("validation_split: 0.2, use: 9") == []
    assert told("folds: 5, use: 9", samples=10) != []


def test_a_date_that_became_other_numbers_is_no_column_to_sort_by() -> None:
    generator = "{csv: {path: rides.csv, dates: {day: cyclic}}}"
    document = parse_document(f"data: {{generator: {generator}, split: {{order: day}}, test_split: 1}}\n", "x.yaml")
    (problem,) = find_split_problems(document, Columns((Column("day.weekday_sin"), Column("day.weekday_cos"))))
    assert problem.hint == "Write dates: {day: number}, or, if the rows are in order, split: last."


@given(SHARES, SHARES)
def test_shares_of_one_in_all_leave_no_row_of_any_number(validation: float, test: float) -> None:
    settings = f"validation_split: {validation}, test_split: {test}"
    apart = [split_size(1000, share) for share in (validation, test)]
    assert bool(told(settings)) == bool(told(settings, samples=1000)) == (sum(apart) >= 1000)


DATES = Columns((Column("x"),), (Column("y"),), samples=9, keys=(Column("day", categories=("2024-01-01", "5.1.2024")),))


def told_of(settings: str, columns: Columns) -> list[str]:
    document = parse_document(f"data: {{generator: moons, {settings}}}\n", "x.yaml")
    return [problem.message for problem in find_split_problems(document, columns)]


def test_a_column_that_is_sorted_has_numbers_or_dates() -> None:
    message = 'The texts of the column "day" are no dates in the form 2026-01-31. Received: "5.1.2024"'
    assert told_of("validation_split: 0.2, split: {order: day}", DATES) == [message]
    assert told_of("validation_split: 0.2, split: {order: x}", DATES) == []


def test_a_column_of_parts_needs_training_rows_and_no_shares() -> None:
    def parts(*texts: str) -> Columns:
        return Columns((Column("x"),), (Column("y"),), samples=9, keys=(Column("part", categories=texts),))

    assert told_of("split: {column: part}", parts("test", "train")) == []
    assert told_of("split: {column: part}", parts("test")) == ['The column "part" has no row for training.']
    assert told_of("split: {column: part}, test_split: 0.2", parts("test", "train")) == [
        'The column "part" says which rows are for test. Received: test_split: 0.2 as well'
    ]


def test_whether_there_is_a_validation_or_test_set_is_known_without_rows() -> None:
    parts = Columns((Column("x"),), keys=(Column("part", categories=("test", "train")),))
    by_column = {"split": {"column": "part"}}
    assert (has_validation_set(by_column, parts), has_test_set(by_column, parts)) == (False, True)
    assert (has_validation_set({"validation": "moons"}, parts), has_test_set({"test": "moons"}, parts)) == (True, True)
    assert (has_validation_set({}, parts), has_test_set({"test_split": 0}, parts)) == (False, False)
