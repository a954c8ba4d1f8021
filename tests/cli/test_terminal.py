"""Tables and paragraphs that keep within the terminal and lose nothing."""

from hypothesis import given
from hypothesis import strategies as st

from nnrun.cli.terminal import paragraph, table

WORDS = st.lists(st.text("abcdef", min_size=1, max_size=30), max_size=8).map(" ".join)
ROWS = st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=5)


def letters(text: str) -> str:
    return "".join(sorted(text.replace(" ", "").replace("\n", "")))


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


@given(ROWS)
def test_without_a_width_a_row_is_one_line(rows):
    assert len(table(rows, None)) == len(rows)


@given(WORDS, st.integers(min_value=10, max_value=120))
def test_a_paragraph_is_never_wider_than_asked(text, width):
    assert all(len(line) <= width for line in paragraph(text, width, indent="  "))
    assert paragraph(text, None) == [text]
