"""The expression language accepts a small part of Python's grammar and names the column of everything else."""

from __future__ import annotations

import contextlib
import re

import pytest
from busy import busy_seconds
from hypothesis import example, given
from hypothesis import strategies as st

from nnrun.experiment.distributions import Distribution, parse_definition, parse_distribution
from nnrun.experiment.expressions import (
    DISTRIBUTIONS,
    FUNCTIONS,
    MAX_DEPTH,
    MAX_LENGTH,
    Call,
    Comparison,
    Expression,
    ExpressionError,
    Name,
    Number,
    parse_expression,
)

NAMES = ("x", "y", "größe")
ALPHABET = st.sampled_from(
    [*"xy01.()[]+-*/%<>=!&|^~,:;'\"#\\ \n\té€", "**", "//", "and ", "or ", "not ", "if ", "else "]
)
WORDS = st.sampled_from(
    ["x", "y", "sin(", "max(", "uniform(", "grid(", "lambda ", "low=", ")", ",", "1", "9**9", "[", "ß"]
)


def _binary(parts: tuple[str, str, str]) -> str:
    return f"({' '.join(parts)})"


def _call(parts: tuple[str, list[str]]) -> str:
    name, arguments = parts
    return f"{name}({', '.join(arguments[: FUNCTIONS[name][0]])})"


OPERATORS = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<", "!=", "and", "or"])
TREES = st.recursive(
    st.sampled_from(["column_x", "column_y", "2.5", "pi", "True"]),
    lambda inner: st.one_of(
        st.tuples(inner, OPERATORS, inner).map(_binary),
        st.tuples(st.sampled_from(sorted(FUNCTIONS)), st.lists(inner, min_size=3, max_size=3)).map(_call),
    ),
    max_leaves=8,
)


def error_of(text: str, names: tuple[str, ...] = NAMES) -> ExpressionError:
    with pytest.raises(ExpressionError, match=r"\S") as caught:
        parse_definition(text, names)
    return caught.value


def test_an_expression_keeps_its_text_its_tree_and_its_names() -> None:
    expression = parse_expression("2 * x + 1", NAMES)
    tree = Call("+", (Call("*", (Number(2.0), Name("x"))), Number(1.0)))
    assert expression == Expression("2 * x + 1", tree, frozenset({"x"}))


def test_python_decides_the_precedence() -> None:
    assert parse_expression("-x ** 2", NAMES).tree == Call("negative", (Call("**", (Name("x"), Number(2.0))),))


def test_chained_comparisons_stay_one_chain() -> None:
    tree = Comparison(("<", "<="), (Number(0.0), Name("x"), Number(1.0)))
    assert parse_expression("0 < x <= 1", NAMES).tree == tree


def test_if_else_is_where() -> None:
    assert parse_expression("x if y else 0", NAMES) == Expression(
        "x if y else 0", Call("where", (Name("y"), Name("x"), Number(0.0))), frozenset({"x", "y"})
    )


def test_truths_are_numbers() -> None:
    assert parse_expression("True", ()).tree == Number(1.0)
    assert parse_expression("False", ()).tree == Number(0.0)


def test_a_column_hides_a_constant_of_the_same_name() -> None:
    assert parse_expression("e", ("e",)).tree == Name("e")
    assert isinstance(parse_expression("e", ()).tree, Number)


def test_line_breaks_and_leading_spaces_are_spaces() -> None:
    assert parse_expression("\n  x +\n  1", NAMES).tree == parse_expression("x + 1", NAMES).tree


@pytest.mark.parametrize(
    "text",
    ["x >= 0.5", "x < y < 1", "x > 0 and y > 0", "x or y", "not x", "x > 0 if y else not x", "where(x, y < 1, x == y)"],
)
def test_comparisons_and_boolean_operators_are_truths(text: str) -> None:
    assert parse_expression(text, NAMES).is_truth


@pytest.mark.parametrize("text", ["x", "(x > 0) + (y > 0)", "x > 0 if y else 2", "min(x > 0, y > 0)", "-(x > 0)"])
def test_everything_else_is_a_number(text: str) -> None:
    assert not parse_expression(text, NAMES).is_truth


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("", 0, "The expression is empty.", None),
        ("x + zz", 4, 'Unknown name "zz".', "Known names: x, y, größe, pi, e."),
        ("xx * sin(zz) + xx", 0, 'Unknown names "xx" and "zz".', "Known names: x, y, größe, pi, e."),
        ("größe + grösse", 8, 'Unknown name "grösse".', 'Did you mean "größe"?'),
        ("  sin + 1", 2, '"sin" is a function.', "Write sin(…)."),
        ("zz + uniform(0, 1)", 0, 'Unknown name "zz".', "Known names: x, y, größe, pi, e."),
        ("sine(x) + zz", 0, 'Unknown function "sine" and "zz".', 'Did you mean "sin"?'),
        ("1 + sine(x)", 4, 'Unknown function "sine".', 'Did you mean "sin"?'),
        ("sin(x, y)", 0, "The function sin takes 1 argument. Received: 2", None),
        ("clip(x)", 0, "The function clip takes 3 arguments. Received: 1", None),
        ("1 + max(x)", 4, "The function max takes at least 2 arguments. Received: 1", None),
        ("sin(x=y)", 0, "The function sin takes positional arguments only. Received: sin(x=y)", None),
        ("max(*x)", 0, "The function max takes positional arguments only. Received: max(*x)", None),
        ("x # y", 2, "An expression has no comments. Received: #", None),
        ("1e999", 0, "The number is too large. Numbers end at about 1.8e308.", None),
        (
            "1 + uniform(0, 1)",
            4,
            "The distribution uniform cannot be part of an expression.",
            "Give it its own column and use that column.",
        ),
    ],
)
def test_an_error_has_a_column_and_says_what_is_allowed(text: str, column: int, message: str, hint: str | None) -> None:
    error = error_of(text)
    assert (error.column, error.message, error.hint) == (column, message, hint)


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [("x +", 3, None), ("x = 1", 2, "Write == to compare."), ("x y", 2, None), ("  1 + )", 6, None)],
)
def test_broken_syntax_has_the_column_that_python_tells(text: str, column: int, hint: str | None) -> None:
    error = error_of(text)
    assert error.message.startswith("This is not an expression: ")
    assert (error.column, error.hint) == (column, hint)


@pytest.mark.parametrize(
    "piece",
    [
        "x.real",
        "x[0]",
        "'x'",
        "lambda: 1",
        "[x]",
        "{x}",
        "[x, y]",
        "[z for z in x]",
        "1j",
        "None",
        "...",
        "x in y",
        "x is y",
        "f'{x}'",
        "b'x'",
        "z := 1",
        "await x",
        "x @ y",
        "x << 1",
        "sin(x)(y)",
        "x.sin(y)",
        "{**x}",
        "int.__class__",
    ],
)
def test_everything_off_the_list_is_forbidden_at_its_column(piece: str) -> None:
    error = error_of(f"y + ({piece})")
    assert "An expression has only numbers, names, arithmetic" in error.message
    assert error.column == 5


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        *[("x ^ 2", "Write ** for a power."), ("x & y", "Write and."), ("x | y", "Write or."), ("~x", "Write not.")],
        *[("np.sin(x)", "Write sin alone."), ("2 * math.pi * x", "Write pi alone.")],
    ],
)
def test_operators_of_other_languages_get_a_hint(text: str, hint: str) -> None:
    assert error_of(text).hint == hint


def test_columns_count_characters_and_not_bytes() -> None:
    assert error_of("größe + größe + zz").column == 16


def test_the_length_is_limited() -> None:
    parse_expression("x".ljust(MAX_LENGTH), NAMES)
    with pytest.raises(ExpressionError, match="at most 500 characters"):
        parse_expression("x".ljust(MAX_LENGTH + 1), NAMES)


def test_the_depth_is_limited() -> None:
    parse_expression("-" * (MAX_DEPTH - 1) + "x", NAMES)
    with pytest.raises(ExpressionError, match="nested more than 50 deep"):
        parse_expression("-" * MAX_DEPTH + "x", NAMES)


@pytest.mark.parametrize(
    "text", ["(" * 250 + "x" + ")" * 249, "not " * 124 + "x", "9" * 500, "9**9**9**9**9", "\x00", "\ud800"]
)
def test_nothing_takes_long(text: str) -> None:
    def read() -> None:
        with contextlib.suppress(ExpressionError):
            parse_definition(text, NAMES)

    assert busy_seconds(read, 0.5) < 0.5


@given(
    st.one_of(
        st.text(max_size=60), st.lists(ALPHABET, max_size=40).map("".join), st.lists(WORDS, max_size=15).map("".join)
    )
)
@example("1if x else 2")
@example("\ufeffx")
@example("uniform(((-1)**.5)//2, 1)")
@example("uniform(0, 9**9**9)")
@example("uniform(0, 1//0)")
def test_any_text_is_read_or_refused_inside_the_text(text: str) -> None:
    column = 0
    try:
        parse_definition(text, NAMES)
    except ExpressionError as error:
        column = error.column
    assert 0 <= column <= len(text)


@given(TREES)
def test_every_well_formed_expression_is_read(text: str) -> None:
    assert parse_expression(text, ("column_x", "column_y")).names == set(re.findall("column_.", text))


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("uniform(0, 1)", (0.0, 1.0)),
        ("uniform(-pi / 2, 3 * 10**2)", (-1.5707963267948966, 300.0)),
        ("normal(stddev=0.1, mean=2)", (2.0, 0.1)),
        ("linspace(1, stop=0)", (1.0, 0.0)),
        ("choice(1)", (1.0,)),
        ("choice(3, 1, 3)", (3.0, 1.0, 3.0)),
        ("grid(0, 1, steps=11)", (0.0, 1.0, 11.0)),
    ],
)
def test_a_distribution_has_its_arguments_in_the_order_of_its_signature(
    text: str, arguments: tuple[float, ...]
) -> None:
    assert parse_distribution(text, ()) == Distribution(text.partition("(")[0], arguments)


def test_every_other_expression_is_no_distribution() -> None:
    assert parse_distribution("sin(x)", NAMES) is None
    assert isinstance(parse_definition("sin(x)", NAMES), Expression)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("uniform(0)", 0, "The distribution uniform(low, high) takes 2 arguments. Received: 1"),
        ("uniform(0, 1, 2)", 0, "The distribution uniform(low, high) takes 2 arguments. Received: 3"),
        ("uniform(0, x)", 11, "The arguments of uniform are finite numbers and arithmetic with them. Received: x"),
        (
            "uniform(0, sin(1))",
            11,
            "The arguments of uniform are finite numbers and arithmetic with them. Received: sin(1)",
        ),
        (
            "uniform(0, 9**9**9)",
            11,
            "The arguments of uniform are finite numbers and arithmetic with them. Received: 9**9**9",
        ),
        ("normal(0, 1/0)", 10, "The arguments of normal are finite numbers and arithmetic with them. Received: 1/0"),
        (
            "normal(0, (-1)**0.5)",
            10,
            "The arguments of normal are finite numbers and arithmetic with them. Received: (-1)**0.5",
        ),
        ("normal(0, std=1)", 10, "The distribution normal(mean, stddev) takes each argument once. Received: std"),
        ("normal(0, mean=1)", 10, "The distribution normal(mean, stddev) takes each argument once. Received: mean"),
        ("normal(**x)", 7, "The distribution normal(mean, stddev) takes each argument once. Received: **"),
        ("choice()", 0, "The distribution choice(a, b, …) takes one or more values."),
        ("choice(1, b=2)", 0, "The distribution choice(a, b, …) takes one or more values."),
        ("uniform(1, 1)", 0, "The low of uniform must be below its high. Received: uniform(1, 1)"),
        ("normal(0, -1)", 0, "The stddev of normal must be 0 or more. Received: normal(0, -1)"),
        (
            "grid(0, 1, 2.5)",
            0,
            "The steps of grid must be a whole number from 1. Received: grid(0, 1, 2.5)",
        ),
        ("grid(0, 1, 0)", 0, "The steps of grid must be a whole number from 1. Received: grid(0, 1, 0)"),
    ],
)
def test_a_wrong_distribution_says_what_it_takes(text: str, column: int, message: str) -> None:
    error = error_of(text)
    assert (error.column, error.message) == (column, message)


def test_no_distribution_is_a_function() -> None:
    assert not set(DISTRIBUTIONS) & set(FUNCTIONS)
