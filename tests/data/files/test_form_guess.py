"""How a CSV file is written is guessed from its first rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.files.form_guess import GuessedForm, guess_form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("a,b\n1,2\n3,4\n", GuessedForm()),
        ("a;b\n1;2\n3;4\n", GuessedForm(";")),
        ("a\tb\n1\t2\n", GuessedForm("\t")),
        ("a;b\n1,5;2\n3;4,25\n", GuessedForm(";", decimal=",")),
        ("a;b\n1.234,5;2\n3;4\n", GuessedForm(";")),
        ("a;b\n1.5;2\n3,5;4\n", GuessedForm(";")),
        ("4.9,2.1,north\n5.3,2.4,north\n", GuessedForm(columns=("x1", "x2", "y"))),
        ("a,b\n1,2\na,b\n3,4\n5,6\n", GuessedForm()),
        ("red,big\nred,small\nblue,big\n", GuessedForm(columns=("x1", "y"))),
        ("country,1990,1991,1992\nItaly,3,4,5\n", GuessedForm()),
        ("a,b\n1,NA\n3,4\n?,5\n6,7\n", GuessedForm(missing=("?", "NA"))),
        ("a,city\n1,Rome\n2,?\n3,none\n", GuessedForm(missing=("?",))),
        ("day,y\n2010/01/31 14:30,1\n2010/02/28 14:30,2\n", GuessedForm(dates=("day",))),
        ("a,symbol\n1,Na\n2,?\n3,Cl\n", GuessedForm(missing=("?",))),
        ("a,b\n1,\n3,4\n5,6\n", GuessedForm()),
        ("# made by hand\na,b\n1,2\n", GuessedForm(comment="#")),
        ("#a,b\n1,2\n", GuessedForm()),
        ("day,sales\n2020-01-31,5\n2020-02-29,6\n", GuessedForm(dates=("day",))),
        ("day,sales\n31.01.2020,5\n29.02.2020,6\n", GuessedForm(dates=("day",))),
        ("month,sales\n2020-01,5\n2020-02,6\n", GuessedForm()),
        ("at,sales\n2020-01-31 12:30,5\n2020-02-29T01:00:59,6\n", GuessedForm(dates=("at",))),
        ("day,sales\n2020-01-31,5\nsoon,6\n", GuessedForm()),
        ("", GuessedForm()),
    ],
)
def test_the_first_rows_say_how_a_file_is_written(text: str, form: GuessedForm) -> None:
    assert guess_form(text.encode()) == form


@pytest.mark.parametrize(("encoding", "guessed"), [("utf-8", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252")])
def test_the_encoding_is_guessed(encoding: str, guessed: str) -> None:
    assert guess_form("Größe,n\n1,2\n".encode(encoding)).encoding == guessed


def test_a_letter_that_is_cut_at_the_end_of_the_bytes_is_no_other_encoding() -> None:
    assert guess_form("a,b\n1,ö".encode()[:-1]).encoding == "utf-8"


def test_the_arguments_name_what_is_unusual() -> None:
    form = GuessedForm(";", ",", "cp1252", "#", ("x1", "y"), ("NA",), ("x1",))
    assert form.arguments() == {
        "delimiter": ";",
        "decimal": ",",
        "encoding": "cp1252",
        "comment": "#",
        "columns": ["x1", "y"],
        "missing": ["NA"],
        "dates": {"x1": "number"},
    }
    assert GuessedForm().arguments() == {}


@given(st.binary(max_size=200))
def test_no_bytes_are_trouble(content: bytes) -> None:
    assert isinstance(guess_form(content), GuessedForm)
