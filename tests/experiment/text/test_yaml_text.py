"""YAML 1.2 scalars, places for everything, and refusals that cost no time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from busy import busy_seconds
from hypothesis import given
from hypothesis import strategies as st

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.text.yaml_text import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DIGITS,
    Document,
    decode,
    is_plain_text,
    parse_document,
    parse_value,
    read_plain,
    read_source,
)

# Texts that look like YAML more often than arbitrary ones do.
YAML_LIKE = st.text(st.sampled_from("ab01:-?,[]{}#&*!|>'\"%@`~.\\ \t\n\r\x85\u2028é"), max_size=80)
HEAD = "name: xor\n"


def parse(text: str) -> Document:
    return parse_document(text, "x.yaml")


def value(text: str) -> Any:
    return parse_value(text, "x.yaml")


def problem_of(text: str) -> Problem:
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        parse(text)
    (problem,) = caught.value.problems
    return problem


def line_and_column(problem: Problem) -> tuple[int, int]:
    assert problem.place
    return problem.place.line, problem.place.column


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("2e-5", 2e-05),
        (".5", 0.5),
        ("5.", 5.0),
        ("-0.0", -0.0),
        ("+1.5e+2", 150.0),
        ("12", 12),
        ("+12", 12),
        ("-3", -3),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1" * 300, int("1" * 300)),
    ],
)
def test_numbers_are_those_of_yaml_1_2(text: str, expected: float) -> None:
    result = value(text)
    assert (result, type(result)) == (expected, type(expected))
    assert (read_plain(text), is_plain_text(text)) == (expected, False)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "No",
        "on",
        "yes",
        "off",
        "y",
        "1:30",
        "1_000",
        "0b11",
        "0o8",
        "-0x1F",
        "1e",
        "e5",
        "2026-11-23",
        "+",
        ".",
        "=",
    ],
)
def test_what_yaml_1_1_took_for_something_else_is_text(text: str) -> None:
    assert value(text) == text
    assert is_plain_text(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("~", None), ("null", None), ("NULL", None), ("true", True), ("True", True), ("FALSE", False), ("tRue", "tRue")],
)
def test_words_are_those_of_yaml_1_2(text: str, expected: bool | None) -> None:
    assert value(text) is expected or value(text) == expected
    assert is_plain_text(text) == isinstance(expected, str)


def test_a_key_without_a_value_is_null() -> None:
    assert value("a:\nb: 1") == {"a": None, "b": 1}


@pytest.mark.parametrize("text", ["'1e-3'", '"1e-3"', "'true'", "'~'", '".nan"', "|\n  1", ">\n  true"])
def test_what_is_quoted_or_a_block_is_text(text: str) -> None:
    assert isinstance(value(text), str)


def test_keys_are_text_whatever_they_look_like() -> None:
    assert value("{1: a, true: b, ~: c, 1e3: d}") == {"1": "a", "true": "b", "~": "c", "1e3": "d"}


@pytest.mark.parametrize("text", [".nan", ".NaN", ".inf", "-.Inf", "+.INF", "1e999", "-1e999", f"0x{'f' * 290}"])
def test_numbers_must_be_finite(text: str) -> None:
    problem = problem_of(f"epochs: {text}")
    assert problem.message == f"Numbers must be finite. Received: {text}"
    assert line_and_column(problem) == (1, 9)


@pytest.mark.parametrize("text", ["1" * 5000, "0x" + "1" * 5000, "0o" + "1" * 5000, "1." + "1" * 5000])
def test_a_number_has_a_bounded_length(text: str) -> None:
    assert problem_of(text).message == f"A number has at most {MAX_DIGITS} digits. Received: {len(text)}"


def test_every_value_and_every_key_has_a_place() -> None:
    document = parse("a: 1\nb:\n  - c: [2, x]\n")
    places = {path: (place.line, place.column) for path, place in document.places.items()}
    assert places == {
        (): (1, 1),
        ("a",): (1, 4),
        ("b",): (3, 3),
        ("b", 0): (3, 5),
        ("b", 0, "c"): (3, 8),
        ("b", 0, "c", 0): (3, 9),
        ("b", 0, "c", 1): (3, 12),
    }
    keys = {path: (place.line, place.column) for path, place in document.keys.items()}
    assert keys == {("a",): (1, 1), ("b",): (2, 1), ("b", 0, "c"): (3, 5)}
    assert document.places[("b", 0, "c", 1)] == Place("x.yaml", 3, 12, "  - c: [2, x]")


def test_what_is_not_there_has_the_place_of_what_would_hold_it() -> None:
    document = parse("a: {b: [1]}")
    assert document.at(("a", "b", 0)) == 1
    for path in (("a", "c"), ("a", "b", 1), ("a", "b", 0, "d")):
        assert document.at(path) is None
        assert document.place(path) == document.places[path[:-1]]


def test_columns_are_counted_in_characters() -> None:
    assert parse("{é: 年, b: 2}").places[("b",)].column == 11


def test_a_duplicate_key_is_refused_with_both_places() -> None:
    problem = problem_of("a: 1\nb: {c: 1, d: 2,\n  c: 3}\n")
    assert problem.message == 'The key "c" is already there at x.yaml:2:5.'
    assert line_and_column(problem) == (3, 3)


def test_keys_that_are_equal_as_text_are_duplicates() -> None:
    assert problem_of("{1: a, '1': b}").message == 'The key "1" is already there at x.yaml:1:2.'
    assert value("[{a: 1}, {a: 2}]") == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("a: *b", "Aliases (*name) are not allowed; write the value out.", (2, 4)),
        ("*b : 1", "Aliases (*name) are not allowed; write the value out.", (2, 1)),
        ("a: &b 1", "Anchors (&name) are not allowed; write the value out.", (2, 4)),
        ("&b a: 1", "Anchors (&name) are not allowed; write the value out.", (2, 1)),
        ("a: &b [1]", "Anchors (&name) are not allowed; write the value out.", (2, 4)),
        ("a: !!float 1", "Tags are not allowed. Received: !!float", (2, 4)),
        ("a: !own {b: 1}", "Tags are not allowed. Received: !own", (2, 4)),
        ("a: ! 1", "Tags are not allowed. Received: !", (2, 4)),
        ("a: !!python/name:os.system x", "Tags are not allowed. Received: !!python/name:os.system", (2, 4)),
        ("{a: 1}: b", "A key must be a text.", (2, 1)),
        ("[a]: b", "A key must be a text.", (2, 1)),
        ("---\na: 1", "A second document begins here; an experiment file holds one.", (2, 1)),
        ("a: 1\n---\n", "A second document begins here; an experiment file holds one.", (3, 1)),
        ("a: \x1b[31m", "Control characters are not allowed. Received: U+001B", (2, 4)),
        ("a: \x00", "Control characters are not allowed. Received: U+0000", (2, 4)),
        ("# \x0b", "Control characters are not allowed. Received: U+000B", (2, 3)),
    ],
)
def test_what_nnrun_does_not_allow_is_refused_at_its_place(text: str, message: str, place: tuple[int, int]) -> None:
    problem = problem_of(HEAD + text)
    assert (problem.message, line_and_column(problem)) == (message, place)


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("\ta: 1", (2, 1), "Indent with spaces, not with tabs."),
        ("a:\n\t- b", (3, 1), "Indent with spaces, not with tabs; a text that begins with %, @ or ` needs quotes."),
        ("a: @b", (2, 4), "Indent with spaces, not with tabs; a text that begins with %, @ or ` needs quotes."),
        ("a: b: c", (2, 5), 'Indent settings of one level equally; a text that holds ": " needs quotes.'),
        ("a: [1,\nb: 2\n", (4, 1), "The bracket at line 2, column 4, is not closed, or a comma is missing."),
        ("a: {b: 1", (3, 1), "The bracket at line 2, column 4, is not closed, or a comma is missing."),
        ("a: 'b\nc: d", (2, 4), "The quote that begins here is not closed."),
        ("a 1\nb: 2", (2, 1), "A setting is its name, a colon, a space and its value."),
        ('a: "\\d"', (2, 5), "In single quotes a backslash is a plain character."),
        ("a:\n  - b\n  c: d", (4, 3), "Indent the entries of a list equally."),
        ("  a: b", (2, 4), 'Indent settings of one level equally; a text that holds ": " needs quotes.'),
    ],
)
def test_what_is_not_yaml_is_explained_at_the_place_that_tells_most(
    text: str, place: tuple[int, int], hint: str
) -> None:
    problem = problem_of(HEAD + text)
    assert problem.message.startswith("This is not YAML: ")
    assert problem.message.endswith(".")
    assert (line_and_column(problem), problem.hint) == (place, hint)


def test_tabs_between_a_value_and_its_comment_are_fine() -> None:
    assert value("a: 1\t# one\nb:\t2") == {"a": 1, "b": 2}


@pytest.mark.parametrize("text", ["", " \n", "# a comment", "\n\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    problem = problem_of(text)
    assert (problem.message, problem.place) == ("x.yaml is empty.", None)
    assert problem.hint == "An experiment needs at least data, layers, optimizer, loss and epochs."


def test_an_empty_value_is_an_empty_text() -> None:
    assert value("") == value("# a comment") == ""


def test_fifty_levels_pass_and_one_more_does_not() -> None:
    assert MAX_DEPTH == 50
    assert value("[" * 50 + "]" * 50)
    problem = problem_of("[" * 51 + "]" * 51)
    assert problem.message == "This is nested more than 50 levels deep."
    assert line_and_column(problem) == (1, 51)
    mappings = "".join(" " * i + "a:\n" for i in range(51))
    assert problem_of(mappings).message == "This is nested more than 50 levels deep."


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n" for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "Anchors"),
        ("[" * 60_000, "nested more than 50 levels"),
        ("{a: " * 15_000, "nested more than 50 levels"),
        ("- " * 30_000, "nested more than 50 levels"),
        ("[" * 100_000, "larger than 64 KiB"),
        ("a: " + "1" * 5_000, "at most 310 digits"),
        ("a: " + "1" * 60_000, "at most 310 digits"),
        ("a: 1\n" * 10_000, "already there"),
        ("a: '" + "b\n" * 30_000, "not closed"),
        ("? " * 30_000, "must be a text"),
        ("- &a\n" * 10_000, "Anchors"),
    ],
)
def test_a_hostile_file_is_refused_in_less_than_a_second(text: str, message: str) -> None:
    def refuse() -> None:
        with pytest.raises(ExperimentError, match=message):
            parse(decode(text.encode(), "x.yaml"))

    assert busy_seconds(refuse, 1.0) < 1.0


def test_a_file_of_64_kib_is_read_and_one_byte_more_is_refused(experiment_file: Any) -> None:
    path = experiment_file(b"#" * MAX_BYTES)
    assert decode(read_source(path), "x.yaml") == "#" * 65_536
    path = experiment_file(b"#" * (MAX_BYTES + 1))
    with pytest.raises(
        ExperimentError, match=r"^x\.yaml is larger than 64 KiB, the most an experiment file may have\.$"
    ):
        decode(read_source(path), "x.yaml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"^Cannot read .*missing\.yaml: No such file or directory\.$"):
        read_source(tmp_path / "missing.yaml")
    with pytest.raises(ExperimentError, match=r"^Cannot read .*: it is a folder\.\n  Name an experiment file\.$"):
        read_source(tmp_path)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/proc/self/environ", "it is not a regular file, but one of /proc"), ("/dev/zero", "it is not a regular file")],
)
def test_no_file_of_the_kernel_is_an_experiment(tmp_path: Path, path: str, reason: str) -> None:
    (tmp_path / "link.yaml").symlink_to(path)
    for named in (Path(path), tmp_path / "link.yaml"):
        with pytest.raises(ExperimentError, match=rf"^Cannot read {named}: {reason}\.\n"):
            read_source(named)


def test_the_resolved_settings_of_a_run_are_no_link_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "secret").write_text("token")
    (tmp_path / "run" / "resolved.yaml").symlink_to(tmp_path / "secret")
    with pytest.raises(ExperimentError, match=r"Cannot read .*resolved\.yaml: it is a link that leads out of "):
        read_source(tmp_path / "run" / "resolved.yaml")


def test_a_pipe_without_a_writer_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ExperimentError, match=r"it is not a regular file\."):
        read_source(tmp_path / "pipe.yaml")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_what_is_not_utf8_is_refused_at_its_line_and_character(mark: bytes, line_end: bytes) -> None:
    data = mark + b"name: a" + line_end + "é: ".encode() + b"\xfc b" + line_end + b"c"
    with pytest.raises(ExperimentError, match="Received: the byte 0xFC") as caught:
        decode(data, "x.yaml")
    assert caught.value.problems[0].place == Place("x.yaml", 2, 4, "é: \N{REPLACEMENT CHARACTER} b")


def test_a_binary_file_is_refused() -> None:
    with pytest.raises(ExperimentError, match="not a text file in UTF-8"):
        decode(b"\x89PNG\r\n\x1a\n\x00\x00", "x.png")
    with pytest.raises(ExperimentError, match=r"Received: U\+0000"):
        parse(decode(b"PK\x03\x00\x00".replace(b"\x03", b""), "x.zip"))


def test_a_byte_order_mark_is_not_part_of_the_text() -> None:
    text = decode(b"\xef\xbb\xbfname: xor", "x.yaml")
    assert text == "name: xor"
    assert parse("\N{ZERO WIDTH NO-BREAK SPACE}name: xor").value == {"name": "xor"}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(line_end: str) -> None:
    document = parse(line_end.join(["a: 1", "b: 2", "c: x"]))
    assert document.places[("c",)] == Place("x.yaml", 3, 4, "c: x")


def assert_in(text: str, place: Place) -> None:
    """The place is a character of the text, or the end of a line."""
    lines = [*text.splitlines(), ""]
    assert place.source == "x.yaml"
    assert 1 <= place.line <= len(lines)
    assert place.text == lines[place.line - 1]
    assert 1 <= place.column <= len(place.text) + 1


@given(st.one_of(YAML_LIKE, st.text(max_size=200)))
def test_any_text_is_parsed_or_refused_at_a_place_within_it(text: str) -> None:
    try:
        document = parse(text)
    except ExperimentError as error:
        for problem in error.problems:
            if problem.place:
                assert_in(text.lstrip("\ufeff"), problem.place)
            assert str(problem)
    else:
        for place in (*document.places.values(), *document.keys.values()):
            assert_in(text.lstrip("\ufeff"), place)


@given(st.one_of(st.binary(max_size=200), YAML_LIKE.map(lambda text: text.encode("utf-16")), YAML_LIKE.map(str.encode)))
def test_any_bytes_are_decoded_or_refused_at_a_place_within_them(data: bytes) -> None:
    try:
        decode(data, "x.yaml")
    except ExperimentError as error:
        (problem,) = error.problems
        assert problem.place
        assert_in(data.removeprefix(b"\xef\xbb\xbf").decode(errors="replace"), problem.place)


@given(st.text(max_size=30))
def test_plain_text_is_what_reads_as_itself(text: str) -> None:
    assert is_plain_text(text) == (read_plain(text) == text and text.lower().lstrip("+-") not in (".inf", ".nan"))
