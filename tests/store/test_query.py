"""Conditions on runs: what they mean, and that whatever is no condition is refused with a reason."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.errors import ExperimentError
from nnrun.store.query import parse_query

RUN: dict[str, Any] = {
    "name": "20261123-142233-xor",
    "status": "completed",
    "tags": ["baseline", "paper"],
    "note": None,
    "epochs": 400,
    "val_loss": 0.004,
    "best.val_loss": 0.003,
    "optimizer": "adam",
    "optimizer.learning_rate": 0.01,
    "layers.0.units": 16,
    "layers.0.use_bias": True,
    "engine": "graph",
}


def holds(text: str, run: dict[str, Any] = RUN) -> bool:
    return parse_query(text, RUN).holds(run)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("val_loss < 0.1", True),
        ("val_loss > 0.1", False),
        ("val_loss == 4e-3", True),
        ("0.001 < val_loss <= 0.004", True),
        ("0.004 < val_loss < 1", False),
        ("epochs >= 400 and val_loss < 0.001", False),
        ("epochs >= 400 or val_loss < 0.001", True),
        ("not (epochs >= 400 and val_loss < 0.001)", True),
        ("best.val_loss < val_loss", True),
        ("optimizer.learning_rate == 0.01", True),
        ("layers.0.units in (16, 32)", True),
        ("layers.0.units not in [16, 32]", False),
        ("layers.0.use_bias == true", True),
        ("layers.0.use_bias == False", False),
        ("val_loss > -1", True),
    ],
)
def test_a_condition_compares_as_python_does(condition: str, expected: bool) -> None:
    assert holds(condition) is expected


@pytest.mark.parametrize(
    "condition",
    ["optimizer == adam", "optimizer == 'adam'", 'optimizer == "Adam"', "optimizer in (sgd, ADAM)", "engine != xla"],
)
def test_a_name_needs_no_quotes_and_its_case_does_not_matter(condition: str) -> None:
    assert holds(condition)


@pytest.mark.parametrize("condition", ["baseline in tags", "'xor' in name", "draft not in tags", "BASELINE in tags"])
def test_a_text_or_a_list_can_contain(condition: str) -> None:
    assert holds(condition)


@pytest.mark.parametrize("path", ["optimizer.adam.learning_rate", "optimizer.learning_rate"])
def test_a_path_may_name_the_component_as_set_does(path: str) -> None:
    assert holds(f"{path} == 0.01")


@pytest.mark.parametrize("condition", ["val_loss < 1", "val_loss >= 1", "val_loss != 1", "val_loss == 1"])
def test_no_comparison_holds_of_what_a_run_does_not_have(condition: str) -> None:
    assert not holds(condition, {"name": "other"})


def test_null_is_what_a_run_does_not_have() -> None:
    assert holds("note == null")
    assert holds("val_loss == None", {"name": "other"})
    assert holds("val_loss != null")
    assert not holds("val_loss != null", {"name": "other"})


@pytest.mark.parametrize(
    ("condition", "expected"), [("val_loss >= 0.95", True), ("0.95 == val_loss", True), ("val_loss < 0.95", False)]
)
def test_a_metric_of_32_bits_is_the_number_that_it_is_nearest_to(condition: str, expected: bool) -> None:
    assert holds(condition, {"val_loss": 0.949999988079071}) is expected


def test_what_cannot_be_compared_does_not_hold() -> None:
    assert not holds("optimizer < 3")
    assert not holds("3 in epochs")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("", "This is not a condition"),
        ("val_loss <", "This is not a condition"),
        ("val_loss = 0.1", "Write == to compare"),
        ("val_loss", "A condition compares a field with a value"),
        ("val_loss + 1 < 2", "numbers, texts and lists"),
        ("len(name) > 3", "numbers, texts and lists"),
        ("__import__('os').system('x') == 0", "numbers, texts and lists"),
        ("val_loss is None", "compares by < <= > >= == != and in"),
        ("val_los < 1", 'Did you mean "val_loss"?'),
        ("optimizer.learning_rat < 1", 'Did you mean "optimizer.learning_rate"?'),
        ("zzz < 1", 'No run has "zzz"'),
        ("{[]: 1} == 1", "numbers, texts and lists"),
        ("1j == 1", "numbers, texts and lists"),
        ("a == " + "1" * 2000, "at most 1000 characters"),
    ],
)
def test_whatever_is_no_condition_is_refused_with_a_remedy(condition: str, message: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        parse_query(condition, RUN)
    assert message in str(caught.value)
    assert str(caught.value).startswith("--where")


def test_the_place_of_an_unknown_name_is_marked() -> None:
    with pytest.raises(ExperimentError) as caught:
        parse_query("epochs > 3 and val_los < 1", RUN)
    lines = str(caught.value).splitlines()
    assert lines[0] == '--where epochs > 3 and val_los < 1: No run has "val_los".'
    assert lines[2].index("^") == lines[1].index("val_los")


WORDS = st.sampled_from([*RUN, "<", "==", "in", "and", "not", "(", ")", "[", "'", '"', "1e999", "-", ".", "\\d", "\n"])


@given(st.one_of(st.text(), st.lists(WORDS, max_size=40).map(" ".join), st.binary().map(lambda b: b.decode("latin1"))))
def test_any_text_is_a_condition_or_refused_as_one(text: str) -> None:
    try:
        query = parse_query(text, RUN)
    except ExperimentError:
        return
    assert query.holds(RUN) in (True, False)
    assert query.holds({}) in (True, False)


@pytest.mark.parametrize("text", ["-" * 990 + "1 == 1", "not " * 240 + "epochs == 1", "(" * 400 + ")" * 400, "[" * 999])
def test_deep_conditions_do_not_overflow(text: str) -> None:
    with suppress(ExperimentError):
        assert parse_query(text, RUN).holds(RUN) in (True, False)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_less_and_not_less_divide_the_runs(value: float, bound: float) -> None:
    run = {"val_loss": value}
    assert holds(f"val_loss < {bound!r}", run) is (value < bound)
    assert holds(f"val_loss < {bound!r}", run) is not holds(f"val_loss >= {bound!r}", run)
