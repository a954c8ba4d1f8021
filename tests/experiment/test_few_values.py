"""A column of a function is a class label where what it is made of has only whole numbers from 0."""

from __future__ import annotations

import pytest

from nnrun.experiment.distributions import parse_definition
from nnrun.experiment.few_values import class_counts


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("x > 0", 2),
        ("not x", 2),
        ("where(x < 0, 0, where(x < 1, 1, 2))", 3),
        ("2 if x > 1 else x > 0", 3),
        ("2 * (x > 0) + (x > 1)", 4),
        ("k", 3),
        ("k + 1", None),
        ("where(x < 0, 0, 2)", None),
        ("where(x < 0, 0, x)", None),
        ("0.5 * (x > 0)", None),
        ("floor(3 * x)", None),
        ("3", None),
    ],
)
def test_the_classes_of_a_column_follow_from_its_definition(text: str, classes: int | None) -> None:
    definitions = {
        "x": parse_definition("uniform(-2, 2)", ()),
        "k": parse_definition("choice(0, 1, 2, 1)", ()),
        "y": parse_definition(text, ("x", "k")),
    }
    assert class_counts(definitions).get("y") == classes


def test_many_values_are_not_listed() -> None:
    texts = {"a": "x > 0", **{f"b{i}": f"{'a' if i == 0 else f'b{i - 1}'} * 2 + a" for i in range(15)}}
    definitions = {"x": parse_definition("uniform(0, 1)", ())}
    for name, text in texts.items():
        definitions[name] = parse_definition(text, list(definitions))
    assert class_counts(definitions) == {"a": 2, **{f"b{i}": 2 ** (i + 2) for i in range(8)}}
