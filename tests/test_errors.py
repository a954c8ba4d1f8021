"""The one family of errors: what a problem looks like, the nearest name, the exit statuses."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.errors import (
    MOST_PROBLEMS,
    Bug,
    ExperimentError,
    Interrupted,
    NnrunError,
    Place,
    Problem,
    Reported,
    StorageError,
    Terminated,
    TrainingError,
    UsageError,
    did_you_mean,
    first_problems,
    listed,
    nearest,
    printable,
    shown,
)

LINE = "  - Dense: {unit: 8}"
HERE = Place("xor.yaml", 4, 13, LINE)


def test_a_problem_is_its_place_its_message_the_line_with_a_caret_and_the_hint() -> None:
    problem = Problem('The layer Dense has no argument "unit".', HERE, 'Did you mean "units"?')
    assert str(problem).splitlines() == [
        'xor.yaml:4:13: The layer Dense has no argument "unit".',
        "      - Dense: {unit: 8}",
        "                ^",
        '  Did you mean "units"?',
    ]


def test_a_problem_without_a_place_is_its_message() -> None:
    assert str(Problem("xor.yaml is empty.")) == "xor.yaml is empty."
    assert str(Problem("xor.yaml is empty.", hint="Fill it.")) == "xor.yaml is empty.\n  Fill it."


def test_an_option_is_named_with_its_value() -> None:
    place = Place("--set", 0, 8, "epochs=ten")
    assert str(Problem("No.", place)) == "--set epochs=ten: No.\n    epochs=ten\n           ^"


def test_a_long_option_is_cut_and_stays_on_one_line() -> None:
    place = Place("--set", 0, 1, "layers=\n" + "x" * 1000)
    assert str(place) == "--set layers= " + "x" * 71 + "…"
    assert len(place.excerpt().splitlines()) == 2


def test_a_long_line_is_cut_to_the_neighbourhood_of_the_caret() -> None:
    line, caret = Place("x.yaml", 1, 500, "a" * 499 + "B" + "c" * 500).excerpt().splitlines()
    assert line == "    …" + "a" * 59 + "B" + "c" * 39 + "…"
    assert line[caret.index("^")] == "B"


def test_a_blank_line_is_not_shown() -> None:
    assert str(Problem("No.", Place("x.yaml", 9, 1, "  \n"))) == "x.yaml:9:1: No."


@pytest.mark.parametrize(
    ("line", "column", "cells"),
    [("\tkey", 2, 1), ("年齢: x", 5, 6), ("e\N{COMBINING ACUTE ACCENT}: x", 5, 3), ("ab", 3, 2)],
)
def test_the_caret_stands_below_its_character(line: str, column: int, cells: int) -> None:
    assert Place("x.yaml", 1, column, line).excerpt().splitlines()[1] == " " * (4 + cells) + "^"


@given(st.text(), st.integers(1, 300))
def test_an_excerpt_is_nothing_or_two_lines_without_control_characters(text: str, column: int) -> None:
    lines = Place("x.yaml", 1, column, text).excerpt().split("\n")
    assert lines == [""] or len(lines) == 2
    assert not any(unicodedata.category(character)[0] == "C" for line in lines for character in line)


@given(st.text())
def test_printable_text_cannot_steer_a_terminal(text: str) -> None:
    shown_text = printable(text)
    assert len(shown_text) == len(text)
    assert not any(unicodedata.category(character)[0] == "C" for character in shown_text if character not in "\n\t")
    assert shown_text.count("\n") == max(0, len(f"{shown_text}|".splitlines()) - 1)


@pytest.mark.parametrize(("made", "told"), [(0, 0), (1, 1), (MOST_PROBLEMS, MOST_PROBLEMS), (10**9, MOST_PROBLEMS + 1)])
def test_so_many_problems_are_told_as_anyone_reads_and_the_rest_are_not_made(made: int, told: int) -> None:
    problems = first_problems(Problem(str(number)) for number in range(made))
    assert len(problems) == told
    assert [problem.message for problem in problems[:3]] == ["0", "1", "2"][:told]
    if made > MOST_PROBLEMS:
        assert problems[-1].message == "There are more problems than these 100."


def test_a_long_list_of_names_shows_the_first() -> None:
    assert listed([]) == ""
    assert listed(["a", "b"]) == "a, b"
    assert listed([*"abcd"] * 1000, most=3) == "a, b, c and 3,997 more"


def test_a_misspelt_name_is_compared_with_the_first_of_very_many() -> None:
    names = [f"name_{number}" for number in range(10**5)]
    assert nearest("nam_7", names) == "name_7"
    assert nearest("xyzzy", names) is None


def test_control_characters_of_a_file_are_replaced_in_all_parts_of_a_problem() -> None:
    escape = "\x1b[31m"
    text = str(Problem(escape, Place(escape, 1, 1, escape), escape))
    assert "\x1b" not in text
    assert text.count("\N{REPLACEMENT CHARACTER}[31m") == 4


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("dense", "Dense"),
        ("Dens", "Dense"),
        ("relu", "ReLU"),
        ("DROPUOT", "Dropout"),
        ("lstm", "LSTM"),
        ("Linear", None),
    ],
)
def test_the_nearest_name_is_found_in_any_case(word: str, name: str | None) -> None:
    known = ["Dense", "Dropout", "ReLU", "LSTM"]
    assert nearest(word, known) == name
    assert did_you_mean(word, known) == (f'Did you mean "{name}"?' if name else None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("no", '"no"'),
        ("é\n", '"é\\n"'),
        (1e-05, "1e-05"),
        ([1, {"a": "b"}], '[1, {"a": "b"}]'),
        ("a" * 100, '"' + "a" * 78 + "…"),
        ({1}, '"{1}"'),
    ],
)
def test_received_values_are_shown_as_yaml_writes_them(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ExperimentError, 2),
        (UsageError, 64),
        (TrainingError, 3),
        (StorageError, 4),
        (Bug, 70),
        (Interrupted, 130),
        (Terminated, 143),
        (NnrunError, 70),
    ],
)
def test_every_kind_of_error_has_its_exit_status(error: type[Reported], status: int) -> None:
    assert error.exit_status == status
    assert issubclass(error, Reported)


def test_an_error_holds_all_problems_and_says_one_after_the_other() -> None:
    error = ExperimentError("First.", Problem("Second.", HERE))
    assert error.problems == (Problem("First."), Problem("Second.", HERE))
    assert str(error) == f"First.\n{Problem('Second.', HERE)}"
