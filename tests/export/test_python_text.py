"""Python code as text stays within its width and cannot be left by a name from outside."""

from __future__ import annotations

import ast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnrun.export import numpy_module
from nnrun.export.python_text import WIDTH, Variables, call, comment, docstring, listed_code, number, statement, text


def test_a_call_stands_on_one_line_where_it_fits() -> None:
    assert statement("x = ", call("f", "1", name=text("a"))) == ['x = f(1, name="a")']


def test_a_long_call_has_a_line_for_each_argument() -> None:
    layers = [call("layers.Dense", "32", activation=text("relu")) for _ in range(4)]
    assert statement("model = ", call("keras.Sequential", listed_code(layers))) == [
        "model = keras.Sequential([",
        *['    layers.Dense(32, activation="relu"),'] * 4,
        "])",
    ]


@given(st.text())
def test_a_text_reads_back_whatever_is_in_it(value: str) -> None:
    assert ast.literal_eval(text(value)) == value
    assert text(value).isprintable()


HOSTILE = st.one_of(
    st.text(), st.sampled_from(['"""\nraise SystemExit\n"""', "\\", '"', 'a\\"""', "\r\f\u2028x = 1", "\ud800"])
)


@given(HOSTILE, HOSTILE)
def test_a_comment_and_a_docstring_stay_what_they_are_whatever_is_in_them(first: str, second: str) -> None:
    tree = ast.parse(f"{docstring(first + second)}\n{comment(first + second)}\n").body
    assert [type(getattr(statement, "value", None)) for statement in tree] == [ast.Constant]


@given(st.floats(allow_nan=False))
def test_a_number_reads_back(value: float) -> None:
    assert eval(number(value)) == value


@given(st.lists(st.floats(width=32), max_size=6))
def test_weights_read_back_even_where_they_are_not_finite(values: list[float]) -> None:
    weights = np.array(values, "float32")
    assert np.array_equal(np.array(eval(numpy_module._digits(weights)), "float32"), weights, equal_nan=True)


@given(st.lists(st.text(), max_size=6))
def test_variables_are_identifiers_each_once(wanted: list[str]) -> None:
    variables = Variables(["np"])
    taken = [variables.take(name) for name in ["np", "class", "list", *wanted]]
    assert len({*taken}) == len(taken)
    assert all(name.isidentifier() for name in taken)
    assert taken[:3] == ["np_", "class_", "list_"]


def test_no_line_is_longer_than_the_width() -> None:
    code = call("f", *[call("g", *[f"{i}" * 9 for i in range(9)]) for _ in range(3)])
    assert max(map(len, statement("a = ", code))) <= WIDTH
