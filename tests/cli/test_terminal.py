"""What a stream can show, and tables and paragraphs that keep within the terminal and lose nothing."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.cli.stage_line import StandardError
from nnrun.cli.terminal import is_ci, is_plain, is_styled, paragraph, table

WORDS = st.lists(st.text("abcdef", min_size=1, max_size=30), max_size=8).map(" ".join)
ROWS = st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=5)


def letters(text: str) -> str:
    return "".join(sorted(text.replace(" ", "").replace("\n", "")))


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("variables", "moves", "styled", "styled_in_a_file"),
    [
        ({}, True, True, False),
        ({"CI": "true"}, False, False, False),
        ({"CI": "1"}, False, False, False),
        ({"CI": "false"}, True, True, False),
        ({"CI": ""}, True, True, False),
        ({"NO_COLOR": "1"}, False, False, False),
        ({"NO_COLOR": ""}, True, True, False),
        ({"TERM": "dumb"}, False, False, False),
        ({"FORCE_COLOR": "1"}, True, True, True),
        ({"FORCE_COLOR": "0"}, True, True, False),
        ({"FORCE_COLOR": ""}, True, True, False),
        ({"CI": "true", "FORCE_COLOR": "1"}, False, True, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False, False),
    ],
    ids=str,
)
def test_variables_decide_what_a_terminal_and_a_file_get(variables, moves, styled, styled_in_a_file, monkeypatch):
    for name, value in ({"TERM": "xterm"} | variables).items():
        monkeypatch.setenv(name, value)
    terminal, file = Terminal(), io.StringIO()
    assert (not is_plain(terminal), not is_plain(file), not is_plain(None)) == (moves, False, False)
    assert (is_styled(terminal), is_styled(file), is_styled(None)) == (styled, styled_in_a_file, False)
    assert is_ci() == (variables.get("CI") in ("true", "1"))


def test_forced_colors_are_in_lines_that_do_not_move(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    StandardError(plain=True).print("passed", style="green")
    assert capsys.readouterr().err == "\x1b[32mpassed\x1b[0m\n"


def test_an_indent_is_kept_where_another_column_can_shrink():
    lines = table([["  data.samples", "a long text that wraps"], ["  epochs", "1"]], 26)
    assert lines == [
        "  data.samples  a long",
        "                text that",
        "                wraps",
        "  epochs        1",
    ]


def test_columns_stand_below_one_another():
    assert table([("a", "bb", "c"), ("aaa", "b", "")], None) == ["a    bb  c", "aaa  b"]


def test_the_widest_column_wraps_first():
    assert table([("name", "a long summary of it")], 16) == ["name  a long", "      summary of", "      it"]


@given(ROWS, st.integers(min_value=12, max_value=120))
def test_a_table_is_never_wider_than_asked_and_loses_no_letter(rows, width):
    lines = table(rows, width)
    assert all(len(line) <= width for line in lines)
    assert letters("".join(lines)) == letters("".join(cell for row in rows for cell in row))


def test_a_number_is_not_broken_while_a_name_is_left_to_wrap():
    rows = [("configuration", "median final loss", "95 % CI"), ("rate=1e-30, units=16", "0.125", "[0.0001464, 0.1667]")]
    for width in (60, 50, 40, 35):
        text = "\n".join(table(rows, width))
        assert all(number in text for number in ("rate=1e-30,", "units=16", "0.125", "[0.0001464,", "0.1667]"))


def test_a_setting_that_is_too_long_is_broken_before_its_value():
    assert table([("learning_rate=1e-30, units=4", "0.5")], 21) == [
        "learning_rate=    0.5",
        "1e-30, units=4",
    ]


def test_a_path_that_is_too_long_is_broken_between_its_names_and_keeps_its_indent():
    rows = [("  layers.0.kernel_initializer", "glorot_uniform"), ("  learning_rate", "0.0001464")]
    assert table(rows, 38) == [
        "  layers.0.kernel_      glorot_uniform",
        "  initializer",
        "  learning_rate         0.0001464",
    ]


@given(ROWS)
def test_without_a_width_a_row_is_one_line(rows):
    assert len(table(rows, None)) == len(rows)


@given(WORDS, st.integers(min_value=10, max_value=120))
def test_a_paragraph_is_never_wider_than_asked(text, width):
    assert all(len(line) <= width for line in paragraph(text, width, indent="  "))
    assert paragraph(text, None) == [text]
