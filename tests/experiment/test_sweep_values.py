"""The values of a sweep: every form reads as it says, nothing else is read, and every error has its column."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.experiment.sweep_values import GRID_EXAMPLE, ValueDistribution, ValuesError, read_distribution, read_values


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("[16, 32]", (16, 32)),
        ([16, "relu", {"Adam": {}}], (16, "relu", {"Adam": {}})),
        ("0..3", (0, 1, 2, 3)),
        ("0.5..2.5", (0.5, 1.5, 2.5)),
        ("3..0", (3, 2, 1, 0)),
        ("0..100 step 25", (0, 25, 50, 75, 100)),
        ("0..1 step 0.25", (0.0, 0.25, 0.5, 0.75, 1.0)),
        ("linear(0, 1, 3)", (0.0, 0.5, 1.0)),
        ("linear(5, 9, 1)", (5.0,)),
        ("log(1e-4, 1e-1, 4)", (1e-4, 1e-3, 1e-2, 1e-1)),
        (" [ [1, 2], [3] ] ", ([1, 2], [3])),
    ],
)
def test_each_form_reads_as_it_says(written, values):
    assert tuple(read_values(written)) == values


@pytest.mark.parametrize(
    ("written", "message", "column"),
    [
        ("16", "A grid takes a list or a range", 0),
        ("[]", "at least one value", 0),
        ("0..", "A grid takes a list or a range", 0),
        ("0...4", "A grid takes a list or a range", 0),
        ("0..10 step -1", "The step must lead up", 11),
        ("0..10 step 0", "The step must lead up", 11),
        ("0.1..0.5", "counts in ones, and misses its end", 0),
        (" 2.5..0", "counts in ones, and misses its end", 1),
        ("0..10000000", "at most 10,000,000 values", 0),
        ("1e-300..1e300 step 1e-300", "at most 10,000,000 values", 0),
        ("linear(0, 1)", "linear takes 3 numbers. Received: 2", 7),
        ("linear(0, one, 3)", "linear takes numbers. Received: one", 10),
        ("linear(0, 1, 2.5)", "how many values", 7),
        ("log(0, 1, 3)", "must be positive", 4),
        ("lin(0, 1, 3)", 'no series "lin"', 0),
        ("[16", "This is not YAML", 0),
        ("__import__('os')", 'no series "__import__"', 0),
        (f"0..{'9' * 300}", "too long|at most 10,000,000", 3),
    ],
)
def test_all_else_is_refused_at_its_column(written, message, column):
    with pytest.raises(ValuesError, match=message) as caught:
        read_values(written)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("0-9", "Write 0..9."),
        ("-5 - 5", "Write -5..5."),
        ("0:9", "Write 0..9."),
        ("1,2, 3", "Write [1, 2, 3]."),
        ("relu,tanh", "Write [relu, tanh]."),
        ("1e-3", f"One value alone is [1e-3]. {GRID_EXAMPLE}"),
    ],
)
def test_what_was_meant_is_written_out(written, hint):
    with pytest.raises(ValuesError, match="A grid takes a list or a range") as caught:
        read_values(written)
    assert caught.value.hint == hint


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(1, 50))
def test_a_range_of_whole_numbers_is_pythons_with_its_end(first, last, step):
    step = step if first <= last else -step
    expected = tuple(range(first, last + (1 if step > 0 else -1), step))
    assert tuple(read_values(f"{first}..{last} step {step}")) == expected


@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9), st.integers(2, 30), st.sampled_from(["linear", "log"]))
def test_a_series_has_so_many_values_in_order_and_ends_where_it_says(first, last, count, name):
    values = read_values(f"{name}({first!r}, {last!r}, {count})")
    assert len(values) == count
    assert (values[0], values[-1]) == (pytest.approx(first, rel=1e-11), last)
    assert list(values) == pytest.approx(sorted(values, reverse=first > last), rel=1e-10)


@given(st.text(max_size=40))
def test_no_text_does_anything_but_read_or_be_refused(text):
    for read in (read_values, read_distribution):
        column = 0
        try:
            read(text)
        except ValuesError as error:
            column = error.column
        assert 0 <= column <= len(text)


@pytest.mark.parametrize(
    ("written", "distribution"),
    [
        ("uniform(0, 1)", ValueDistribution("uniform", (0, 1))),
        ("log_uniform(1e-4, 1e-1)", ValueDistribution("log_uniform", (1e-4, 1e-1))),
        ("integers(1, 64)", ValueDistribution("integers", (1, 64))),
        (["relu", "tanh"], ValueDistribution("choice", ("relu", "tanh"))),
    ],
)
def test_each_distribution_reads_as_it_says(written, distribution):
    assert read_distribution(written) == distribution


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("uniform(1, 0)", "must be below"),
        ("integers(0.5, 3)", "whole numbers"),
        ("log_uniform(0, 1)", "must be positive"),
        ("unifrm(0, 1)", 'no distribution "unifrm"'),
        ("choice(1, 2)", 'no distribution "choice"'),
        ("0..9", "no distribution"),
        ([], "no distribution"),
    ],
)
def test_what_is_no_distribution_is_refused(written, message):
    with pytest.raises(ValuesError, match=message):
        read_distribution(written)


@given(st.integers(0, 2**32), st.sampled_from(["uniform(-2, 3)", "log_uniform(1e-3, 10)", "integers(-2, 3)"]))
def test_what_is_drawn_lies_between_the_ends(seed, written):
    distribution = read_distribution(written)
    value = distribution.draw(random.Random(seed))
    low, high = distribution.arguments
    assert low <= value or math.isclose(low, value)
    assert value <= high or math.isclose(high, value)
    assert isinstance(value, int) == written.startswith("integers")
