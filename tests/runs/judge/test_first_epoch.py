"""What is said of all epochs at once is what is said of each."""

from __future__ import annotations

import math
import re

from expectation_texts import ranges
from hypothesis import given
from hypothesis import strategies as st

from nnrun.experiment.expect.expectation import parse_expectation
from nnrun.runs.judge.conditions import judge_condition
from nnrun.runs.judge.first_epoch import first_epoch

NUMBERS = st.sampled_from(
    [0.0, 1.0, -1.0, 0.5, 2.0, 0.949999988079071, 1e300, -1e300, math.nan, math.inf, -math.inf]  # 0.95 in 32 bits
)
VALUE = st.recursive(
    st.sampled_from(["a", "b", "(0)", "(1)", "(2.5)", "(0.95)", "(1e300)"]),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "//", "%"]), inner).map(
            lambda p: f"({' '.join(p)})"
        )
        | st.tuples(st.sampled_from(["abs", "sqrt", "log", "exp", "-"]), inner).map(lambda p: f"{p[0]}({p[1]})")
        | st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda p: f"{p[0]}({p[1]}, {p[2]})")
    ),
    max_leaves=4,
)
COMPARISON = st.one_of(
    st.tuples(VALUE, st.sampled_from([">=", "<", "==", "!="]), VALUE).map(" ".join),
    ranges(VALUE),
    st.tuples(VALUE, VALUE, VALUE).map(lambda p: f"approx({', '.join(p)})"),
)
CONDITION = st.recursive(
    COMPARISON,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({' '.join(p)})")
        | inner.map(lambda part: f"(not {part})")
    ),
    max_leaves=4,
).filter(lambda text: re.search(r"\b[ab]\b", text) is not None)  # numbers alone are no expectation


@given(CONDITION, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5))
def test_the_first_epoch_is_the_first_of_those_that_are_judged_one_by_one(
    text: str, rows: list[tuple[float, float]]
) -> None:
    condition = parse_expectation(text).condition
    history = {"a": [a for a, _ in rows], "b": [b for _, b in rows]}
    judged = [judge_condition(condition, lambda term, i=i: history[term.metric][i]).holds for i in range(len(rows))]
    assert first_epoch(condition, history) == next((i + 1 for i, holds in enumerate(judged) if holds), None)
