"""Plain values written as YAML read back as the same values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.yaml_text import parse_document

# Every character but the halves of surrogate pairs, which no text file can hold.
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text(st.sampled_from(" \n\t#:-'\"\\,[]{}&*!|>%@`~?0.e+x\x00\x1b\x85\u2028\ufeff年é"), max_size=12),
    st.sampled_from(
        ["no", "on", "1e-3", "010", "0x1F", "0o17", "~", "", "null", " a", "a ", "#", ".nan", "-.inf", "=", "<<"]
    ),
)
NUMBERS = st.one_of(st.integers(-(10**308), 10**308), st.floats(allow_nan=False, allow_infinity=False))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


def written(value: Any) -> Any:
    return parse_document(dump(value), "x.yaml").value


@given(VALUES)
def test_what_is_dumped_reads_back_as_the_same_values_of_the_same_types(value: Any) -> None:
    assert repr(written(value)) == repr(value)


@given(TEXTS)
def test_a_text_reads_back_as_the_same_text(text: str) -> None:
    assert written({text: [text]}) == {text: [text]}


@pytest.mark.parametrize(
    "text",
    [
        "line one\nline two",
        "\n",
        "\n\na\n",
        "a\n ",
        " \ta",
        "tab\there",
        "é年\U0001f600",
        "a: b",
        "- a",
        "x" * 300,
        "x y " * 99,
    ],
)
def test_texts_of_several_lines_and_scripts_read_back(text: str) -> None:
    assert written({"a": text, "b": [text, 1]}) == {"a": text, "b": [text, 1]}


def test_keys_keep_their_order_and_inner_collections_stand_on_one_line() -> None:
    value = {"seed": 0, "layers": [{"Dense": {"units": 8, "activation": "relu"}}], "epochs": 10, "name": "no"}
    assert dump(value) == "seed: 0\nlayers:\n- Dense: {units: 8, activation: relu}\nepochs: 10\nname: 'no'\n"


def test_a_value_that_stands_twice_is_written_twice() -> None:
    shared = [1, 2]
    assert dump({"a": shared, "b": shared}) == "a: [1, 2]\nb: [1, 2]\n"
