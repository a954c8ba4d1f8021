"""Every kind of mistake in words: the exact text that `nnrun check` prints.

The folder `golden` holds a file for each kind, NAME.yaml, and what is said about it, NAME.txt; a CSV file is what an
experiment reads. A line `# --set …` in the file is an override.
`python tests/experiment/schema/test_validation.py` writes every NAME.txt anew; read what changed before you keep it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.schema.schema import experiment_schema
from nnrun.experiment.schema.validation import _EXPLANATIONS, find_problems, in_file_order
from nnrun.experiment.text.yaml_text import parse_document
from nnrun.load import load_experiment

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.yaml"))
VALID = {"data": "{generator: moons}", "layers": "[Flatten]", "optimizer": "adam", "loss": "mse", "epochs": "1"}
# What begins a sentence, and what ends a message.
BEGINNING = re.compile(r'[A-Z"]')
ENDING = re.compile(r"\.$|\?$|Received: .*$|Received the keys: .*$", re.DOTALL)


def error_of(name: str) -> ExperimentError:
    path = GOLDEN / f"{name}.yaml"
    overrides = re.findall(r"^# --set (.*)$", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        load_experiment(path, overrides)
    return caught.value


def text_of(name: str) -> str:
    """What is said about a file, files named without their folder."""
    return str(error_of(name)).replace(f"{GOLDEN}/", "").replace(str(GOLDEN), "golden") + "\n"


def refresh() -> None:
    """Writes what is said about every file."""
    for name in NAMES:
        (GOLDEN / f"{name}.txt").write_text(text_of(name), encoding="utf-8")


def problems_of(**settings: str) -> list[Problem]:
    text = "".join(f"{key}: {value}\n" for key, value in {**VALID, **settings}.items())
    return find_problems(parse_document(text, "x.yaml"))


def messages_of(**settings: str) -> list[str]:
    return [problem.message for problem in problems_of(**settings)]


PLAIN = ("default", "dependencies", "enum", "examples", "required", "type")


def keywords(schema: Any) -> set[str]:
    """The keywords of a schema and of all within it."""
    if not isinstance(schema, dict):
        return {word for part in schema for word in keywords(part)} if isinstance(schema, list) else set()
    found = set(schema)
    for key, inner in schema.items():
        within = list(inner.values()) if key in ("properties", "definitions") else inner
        found |= keywords(within) if key not in PLAIN else set()
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_is_told_in_these_words(name: str) -> None:
    assert text_of(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_there_are_files_for_more_than_a_hundred_kinds_of_mistakes_and_no_text_without_a_file() -> None:
    assert len(NAMES) > 100
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_messages_are_sentences_and_places_lie_in_the_file_or_the_option(name: str) -> None:
    for problem in error_of(name).problems:
        first = problem.message.removeprefix(f"{GOLDEN / name}.yaml")
        assert BEGINNING.match(first.strip()) or first.startswith(" is ")
        assert ENDING.search(problem.message)
        assert problem.hint is None or re.match(r"[A-Z\"]", problem.hint)
        assert problem.place is None or problem.place.column <= len(problem.place.text) + 1


def test_a_valid_document_has_no_problems() -> None:
    assert problems_of() == []


def test_problems_come_in_file_order_those_of_options_first_and_those_without_a_place_last() -> None:
    problems = [
        Problem("d"),
        Problem("c", Place("x.yaml", 2, 1, "")),
        Problem("b", Place("x.yaml", 1, 9, "")),
        Problem("a", Place("--set", 0, 3, "")),
    ]
    assert [problem.message for problem in in_file_order(problems)] == ["a", "b", "c", "d"]


def test_every_keyword_of_the_schema_has_an_explanation() -> None:
    silent = {"$comment", "$ref", "$schema", "default", "definitions", "description", "else", "examples"}
    silent |= {"if", "items", "properties", "then", "title"}
    assert keywords(experiment_schema()) - silent == set(_EXPLANATIONS)


def test_a_mistake_is_told_once() -> None:
    assert messages_of(batch_size="0.5") == ['"batch_size" must be a whole number. Received: 0.5']
    assert messages_of(optimizer="{adam: {lr: x}, lr: 1}") == [
        "An optimizer is its name, or a one-key mapping from its name to its arguments. Received the keys: adam, lr"
    ]
    assert messages_of(layers="[{Dense: {unit: 8}}]") == ['The layer Dense has no argument "unit".']


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"epochs": "1e3"}, "Write 1000."),
        ({"epochs": "1.5"}, None),
        ({"epochs": "1e300"}, None),
        ({"epochs": "'10'"}, "Write it without quotes."),
        ({"epochs": "'1.5'"}, None),
        ({"epochs": "'true'"}, None),
        ({"epochs": "''"}, None),
        ({"shuffle": "'true'"}, "Write it without quotes."),
        ({"shuffle": "'1'"}, None),
        ({"shuffle": "yes"}, None),
        ({"metrics": "mse"}, "Write it as a list: [mse]"),
        ({"metrics": "{mse: }"}, "Start every entry with a dash and a space."),
        ({"metrics": "{-mse: }"}, "Add a space after the dash."),
        ({"metrics": "~"}, None),
        (
            {"data": "{generator: {function: {samples: 1, x: uniform(0, 1), y: x}}}"},
            "Within braces, a text with a comma needs quotes.",
        ),
        ({"expect": "loss < 1"}, "Write it as a list: [loss < 1]"),
        ({"expect": "[1]"}, "For example: val_accuracy >= 0.98"),
        (
            {"optimizer": "{adam: , momentum: 1}"},
            "If these are arguments of adam, indent them below it: adam: {momentum: …}",
        ),
        ({"optimizer": "{type: adam, momentum: 1}"}, "For example: adam: {momentum: …}"),
        ({"optimizer": "{a: 1, b: 2}"}, None),
        ({"loss": "adam"}, '"adam" is an optimizer.'),
        ({"loss": "linear"}, '"linear" is an activation.'),
        ({"metrics": "[xyzzy]"}, "The names are Keras's own: https://keras.io/api/"),
        ({"layers": "[Dense]"}, "For example: Dense: {units: …}"),
        ({"layers": "[{Flatten: 3}]"}, "For example: Flatten: {data_format: …}"),
    ],
)
def test_a_hint_says_what_was_probably_meant(settings: dict[str, str], hint: str | None) -> None:
    (problem,) = problems_of(**settings)
    assert problem.hint == hint


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"predict": "[[[1]]]"}, 'Entry 1 of entry 1 of "predict" must be a number, a text or null. Received: [1]'),
        ({"metrics": "[3]"}, "A metric is its name, or a one-key mapping from its name to its arguments. Received: 3"),
        (
            {"optimizer": "{adam: {learning_rate: true}}"},
            '"learning_rate" must be a number or a learning-rate schedule. Received: true',
        ),
        ({"layers": "[{Dense: {units: 1, activation: 3}}]"}, '"activation" must be an activation or null. Received: 3'),
        ({"layers": "[{RNN: {cell: 3}}]"}, '"cell" must be a list or a layer. Received: 3'),
        ({"outputs": "3"}, '"outputs" must be a text, a list or a mapping. Received: 3'),
        (
            {"name": "my run"},
            '"name" must have at most 64 letters, digits, dots, dashes and underscores, and start with a letter or '
            'digit. Received: "my run"',
        ),
    ],
)
def test_the_received_value_stands_beside_what_is_allowed(settings: dict[str, str], message: str) -> None:
    assert messages_of(**settings) == [message]


if __name__ == "__main__":
    refresh()
