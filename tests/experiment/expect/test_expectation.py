"""Expectations: what they are read as, and which texts are refused at which character."""

from __future__ import annotations

import re

import pytest
from expectation_texts import ranges
from hypothesis import example, given
from hypothesis import strategies as st

from nnrun.experiment.expect.expectation import parse_expectation
from nnrun.experiment.expect.reader import EXAMPLE, ExpectationReader
from nnrun.experiment.expect.terms import MetricAt, MetricTerm, PredictedClass, PredictedNumber, WeightNumber, terms_of
from nnrun.experiment.expressions import MAX_LENGTH, Call, Comparison, ExpressionError, Number
from nnrun.experiment.threshold import Threshold


def names_something(text: str) -> bool:
    """Whether a condition is more than numbers, of which e is one."""
    return re.search("loss|accuracy|epochs|prediction|weight|finite", text) is not None


METRIC = st.sampled_from(["loss", "val_loss", "e", "accuracy", 'final("out-1_loss")', "best(loss)", "at(loss, 3)"])
VALUE = st.recursive(
    METRIC | st.floats(0, 1e9).map(repr) | st.sampled_from(["epochs", "prediction[0]", 'weight("a", "b")[0, 1]']),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner).map(
        lambda p: f"({' '.join(p)})"
    ),
    max_leaves=4,
)
COMPARISON = st.tuples(VALUE, st.sampled_from([">=", "<", "==", "!="]), VALUE).map(" ".join)
# An expectation may be written with more brackets than it was read.
CONDITION = st.recursive(
    COMPARISON | ranges(VALUE) | st.sampled_from(["finite", "decreasing(loss, 0.9)", "approx(loss, 0.5, 0.1)"]),
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or", "and not"]), inner).map(lambda p: f"({' '.join(p)})"),
    max_leaves=4,
).filter(lambda text: len(text) <= MAX_LENGTH // 2 and names_something(text))


def terms(text: str) -> list[object]:
    return [placed.term for placed in parse_expectation(text).terms]


@pytest.mark.parametrize("text", ["val_accuracy >= 0.98", "loss<1e-3", "  out-1_loss > 2", "a.b_loss != -.5"])
def test_a_metric_an_operator_and_a_number_are_a_threshold(text: str) -> None:
    expectation = parse_expectation(text)
    assert expectation.threshold is not None
    assert str(expectation) == str(expectation.threshold)
    (placed,) = expectation.terms
    assert (placed.term, placed.column) == (
        MetricTerm(placed.term.name, placed.term.name),
        len(text) - len(text.lstrip()),
    )


@pytest.mark.parametrize("text", ["epochs <= 5", "seconds < 1", "parameters == 3", "loss < 1 + 1", "final(loss) < 1"])
def test_nothing_else_is_a_threshold(text: str) -> None:
    assert parse_expectation(text).threshold is None


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("final(loss) < 1", MetricTerm("final(loss)", "loss", "final")),
        ('best("out-1_loss") < 1', MetricTerm('best("out-1_loss")', "out-1_loss", "best")),
        ("min(loss) < 1", MetricTerm("min(loss)", "loss", "min")),
        ("at(loss, 7) < 1", MetricAt("at(loss, 7)", "loss", 7)),
        ("prediction[3] < 1", PredictedNumber("prediction[3]", 3)),
        ("prediction[3][-1] < 1", PredictedNumber("prediction[3][-1]", 3, -1)),
        ('predicted_class(-0.5, "a") == 1', PredictedClass('predicted_class(-0.5, "a")', (-0.5, "a"))),
        ('weight("a", "b")[0][2] < 1', WeightNumber('weight("a", "b")[0][2]', "a", "b", (0, 2))),
        ('weight("a", "b")[0, 2] < 1', WeightNumber('weight("a", "b")[0, 2]', "a", "b", (0, 2))),
        ('weight("a", "b") < 1', WeightNumber('weight("a", "b")', "a", "b")),
    ],
)
def test_each_function_looks_up_a_term(text: str, term: object) -> None:
    assert terms(text) == [term]


def test_of_several_arguments_min_and_max_are_the_smallest_and_the_largest() -> None:
    assert terms("max(loss, val_loss) < 1") == [MetricTerm("loss", "loss"), MetricTerm("val_loss", "val_loss")]


def test_by_epoch_is_the_first_epoch_at_which_the_condition_holds() -> None:
    short, long = parse_expectation("loss <= 0.5  by epoch 150"), parse_expectation("epoch_of(loss <= 0.5) <= 150")
    assert short.condition == long.condition
    assert (str(short), short.deadline) == ("loss <= 0.5 by epoch 150", (150, 22))


def test_a_range_has_both_ends_and_not_in_is_its_contrary() -> None:
    within = parse_expectation("loss in (1, 2)").condition
    assert within == Comparison(("<=", "<="), (Number(1), MetricTerm("loss", "loss"), Number(2)))
    assert parse_expectation("loss not in [1, 2]").condition == Call("not", (within,))


def test_what_is_looked_up_of_which_run_is_known_with_its_column() -> None:
    found = parse_expectation("epoch_of(loss < 1) <= 0.5 * baseline(best(loss))").terms
    assert [(p.term.name, p.column, p.every_epoch, p.of_baseline) for p in found] == [
        ("loss", 9, True, False),
        ("epoch_of(loss < 1)", 0, False, False),
        ("best(loss)", 37, True, True),
        ("baseline(best(loss))", 28, False, False),
    ]


@pytest.mark.parametrize(
    ("text", "network", "baseline"),
    [
        ("best(loss) < parameters", False, False),
        ("prediction[0] < 1", True, False),
        ("loss < baseline(loss)", False, True),
    ],
)
def test_what_an_expectation_needs_is_known(text: str, network: bool, baseline: bool) -> None:
    expectation = parse_expectation(text)
    assert (expectation.needs_network, expectation.needs_baseline) == (network, baseline)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 0),
        ("loss", 0),
        ("loss <", 6),
        ("loss =< 1", 5),
        ("loss = 1", 5),
        ("loss < 1 %", 10),
        ("loss < 1 and accuracy", 13),
        ("(loss < 1) * 2 > 1", 1),
        ("loss < 1e999", 7),
        ("loss < 0.1 by epoch 5 and loss < 1", 11),
        ("best(loss) < 1 by epoch 5", 0),
        ("1 < 2 by epoch 5", 0),
        ("  1 < 2", 2),
        ("pi > 3 and 1 < sqrt(2)", 0),
        ("loss in [1, 0]", 8),
        ("decreasing(loss, 1.5)", 17),
        ("decreasing(loss, -0.1)", 17),
        ("epoch_of(epoch_of(loss < 1) < 2) < 3", 18),
        ("epoch_of(baseline(loss) < 1) < 3", 9),
        ("baseline(baseline(loss)) < 1", 9),
        ("at(loss, 1.5) < 1", 9),
        ("at(loss, True) < 1", 9),
        ("best(best(loss)) < 1", 5),
        ('loss == "low"', 8),
        ('predicted_class(0) < "cat"', 21),
        ("prediction[0][0][0] < 1", 0),
        ("prediction[0:1] < 1", 11),
        ("weight[0] < 1", 0),
        ("__import__('os') == 1", 0),
        ("loss.real < 1 + 1", 0),
        ("[loss] < 1", 0),
        ("lambda: 1", 0),
        ("predicted_class(" + "9" * 400 + ") == 1", 16),
    ],
)
def test_any_other_text_is_refused_at_its_place(text: str, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expectation(text)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("predicted_class([0.5, -0.2]) == 1", "Write predicted_class(0.5, -0.2)"),
        ("predicted_class(('a', 2)) == 1", "Write predicted_class('a', 2)"),
        ("predicted_class([]) == 1", "For example: predicted_class(0.7)"),
    ],
)
def test_a_sample_in_brackets_is_written_without_them(text: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expectation(text)
    assert caught.value.hint == hint


def test_the_examples_of_the_hints_are_read() -> None:
    assert parse_expectation(EXAMPLE.removeprefix("For example: ")).threshold == Threshold("val_accuracy", ">=", 0.98)
    for hint in ExpectationReader.examples.values():
        assert parse_expectation(hint.removeprefix("For example: "))


@given(CONDITION)
def test_every_condition_is_read_and_reads_back_from_its_text(text: str) -> None:
    expectation = parse_expectation(text)
    assert parse_expectation(str(expectation)) == expectation
    assert list(terms_of(expectation.condition)) == [placed.term for placed in expectation.terms]


@given(st.text(max_size=60) | st.text("lospredictn()[]<>=!\"' .0123,-+*by epochandwt", max_size=40))
@example("loss < 1 by epoch 99999999999999999999")
@example("\ufeffloss < 1")
@example("predicted_class(1e999) == 1")
def test_any_text_is_read_or_refused_inside_the_text(text: str) -> None:
    column = 0
    try:
        parse_expectation(text)
    except ExpressionError as error:
        column = error.column
    assert 0 <= column <= len(text)
