"""Noise, flipped labels and missing inputs of the `function` generator."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from experiments import FILLED, source_of, written
from nnrun.data.dataset import Part
from nnrun.data.generators.registry import describe_columns
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Component


def made(seed: int = 0, **arguments: Any) -> Part:
    return source_of(Component("generators", "function", arguments), seed=seed, allowed=FILLED).rows


def digest(part: Part) -> str:
    values = [*part.inputs.values(), *part.targets.values()]
    return hashlib.sha256(b"".join(array.tobytes() for array in values)).hexdigest()[:16]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"samples": 100, "x": "uniform(0, 1)", "k": "choice(1, 2)", "y": "x >= 0.5"}, "f4f4f0aa4f8c6471"),
        ({"samples": 100, "x": "normal(0, 1)", "y": "x * 2", "noise": 0.5}, "c3442b490efff431"),
        (
            {"x": "grid(0, 1, 9)", "u": "uniform(1, 2)", "y": "x + u", "z": "x", "target": ["y", "z"]}
            | {"noise": "uniform(0, 1)"},
            "182dca85c4d58500",
        ),
    ],
)
def test_a_file_without_the_later_arguments_gives_the_bytes_of_before(arguments: Any, expected: str) -> None:
    assert digest(made(7, **arguments)) == expected


def test_student_noise_has_its_scale_and_heavy_tails() -> None:
    part = made(samples=50_000, x="uniform(0, 1)", y="0 * x", noise="student(5, 0.1)")
    noise = part.targets["y"][:, 0] / 0.1
    assert noise.std() == pytest.approx(np.sqrt(5 / 3), rel=0.05)  # √(df / (df - 2))
    assert np.mean(np.abs(noise) > 4) == pytest.approx(0.01032, rel=0.2)  # of a normal one 0.00006


def test_noise_by_an_expression_has_that_standard_deviation_in_every_row() -> None:
    part = made(samples=50_000, x="uniform(0, 2)", y="3 * x", noise="0.1 * abs(x)")
    x = part.inputs["x"][:, 0]
    error = part.targets["y"][:, 0] - 3 * x
    for low in (0.5, 1.5):
        rows = (x > low) & (x < low + 0.1)
        assert error[rows].std() == pytest.approx(0.1 * (low + 0.05), rel=0.06)


def test_noise_by_an_expression_takes_the_targets_without_noise() -> None:
    arguments = {"samples": 50, "x": "uniform(1, 2)", "y": "x", "z": "x", "target": ["y", "z"]}
    loud, silent = (made(noise={"y": noise, "z": "100 * y"}, **arguments) for noise in (1000, 0.001))
    np.testing.assert_allclose(loud.targets["z"], silent.targets["z"])


def test_noise_by_target_leaves_the_others_alone() -> None:
    arguments = {"samples": 50, "x": "uniform(0, 1)", "y": "x", "z": "2 * x", "target": ["y", "z"]}
    part = made(noise={"z": "uniform(5, 6)"}, **arguments)
    np.testing.assert_array_equal(part.targets["y"], part.inputs["x"])
    added = part.targets["z"] - 2 * part.inputs["x"]
    assert 5 <= added.min() <= added.max() <= 6


def test_a_share_of_the_labels_is_flipped_and_nothing_else_changes() -> None:
    arguments = {"samples": 20_000, "x": "uniform(-1, 1)", "up": "x > 0"}
    plain, flipped = made(**arguments), made(**arguments, label_flips=0.05)
    assert flipped.targets["up"].dtype == np.int32
    np.testing.assert_array_equal(plain.inputs["x"], flipped.inputs["x"])
    assert np.mean(plain.targets["up"] != flipped.targets["up"]) == pytest.approx(0.05, abs=0.005)


def test_a_flipped_label_of_several_classes_is_each_other_class_equally_often() -> None:
    arguments = {"samples": 30_000, "x": "uniform(-1, 2)", "kind": "where(x < 0, 0, where(x < 1, 1, 2))"}
    plain, flipped = (made(**arguments, **more).targets["kind"] for more in ({}, {"label_flips": 0.3}))
    steps = np.bincount(((flipped - plain) % 3).astype(int)[:, 0], minlength=3) / len(plain)
    assert steps == pytest.approx([0.7, 0.15, 0.15], abs=0.01)


def test_every_label_is_flipped_to_another_one_with_a_share_of_1() -> None:
    part = made(samples=40, x="uniform(-1, 1)", up="x > 0", label_flips=1)
    assert np.array_equal(part.targets["up"][:, 0], (part.inputs["x"][:, 0] <= 0).astype(int))


def test_a_share_of_the_input_cells_is_missing_after_all_else_is_drawn() -> None:
    arguments = {"samples": 20_000, "x": "uniform(0, 1)", "u": "x + 1", "y": "x * u", "noise": 0.1}
    plain, missing = made(**arguments), made(**arguments, missing_inputs=0.1)
    np.testing.assert_array_equal(plain.targets["y"], missing.targets["y"])
    for name, values in missing.inputs.items():
        gaps = np.isnan(values)
        assert gaps.mean() == pytest.approx(0.1, abs=0.01)
        np.testing.assert_array_equal(values[~gaps], plain.inputs[name][~gaps])
    both = np.isnan(missing.inputs["x"]) & np.isnan(missing.inputs["u"])
    assert both.mean() == pytest.approx(0.01, abs=0.003)


def test_inputs_can_have_shares_of_their_own() -> None:
    arguments = {
        "samples": 20_000,
        "x": "uniform(0, 1)",
        "u": "x + 1",
        "v": "2 * x",
        "y": "x * u",
        "inputs": ["x", "u"],
    }
    inputs = made(**arguments, missing_inputs={"u": 0.3, "x": 0.1}).inputs
    assert {name: np.isnan(values).mean() for name, values in inputs.items()} == {
        "x": pytest.approx(0.1, abs=0.01),
        "u": pytest.approx(0.3, abs=0.01),
    }
    one = made(**arguments, missing_inputs={"u": 0.3, "x": 0}).inputs
    assert not np.isnan(one["x"]).any()
    np.testing.assert_array_equal(np.isnan(made(**arguments, missing_inputs=0.1).inputs["x"]), np.isnan(inputs["x"]))


def test_where_makes_a_function_piecewise() -> None:
    part = made(samples=90, x="uniform(-2, 2)", y="where(x < -1, 1, where(x < 1, x ** 2, 2 - x))")
    x = part.inputs["x"].astype(float)
    expected = np.piecewise(x, [x < -1, (x >= -1) & (x < 1), x >= 1], [1, np.square, lambda x: 2 - x])
    np.testing.assert_allclose(part.targets["y"], expected, rtol=1e-5, atol=1e-6)


HEAD = "data:\n  generator:\n    function:\n      samples: 50\n      x: uniform(-1, 1)\n"
TAIL = "layers: [{Dense: {units: 1}}]\noptimizer: adam\nloss: mse\nepochs: 1\n"


@pytest.mark.parametrize(
    ("lines", "message", "found", "hint"),
    [
        (["y: x", "noise: 0.1 * x"], "standard deviation of the noise must be 0 or more", "0.1 * x", "abs"),
        (["y: x", "noise: -1"], "Received: -1", "-1", None),
        (["y: x", "noise: grid(0, 1, 3)"], "Noise is a standard deviation, normal", "grid", None),
        (["y: x", "noise: student(0, 1)"], "df of student must be above 0", "student", None),
        (["y: x", "noise: 0.1 * abs(z)"], 'In "noise": Unknown name "z"', "z)", "Known names"),
        (["y: x", "noise: {z: 1}"], 'There is no target "z"', "1}", "The targets are: y"),
        (["y: x", "noise: {y: 0.1 * q}"], 'In "noise": Unknown name "q"', "q}", "Known names"),
        (["y: x > 0", "noise: {y: 1}"], 'The target "y" is a class label', "1}", None),
        (["y: x", "label_flips: 0.1"], "Labels can be flipped only in targets that are class", "0.1", "where"),
        (["y: x", "label_flips: 2"], "label_flips", "2", None),
        (["y: x", "missing_inputs: {x: 2}"], '"x" must be at most 1', "2", None),
        (["y: x", "missing_inputs: {z: 0.1}"], 'There is no input "z"', "0.1}", "The inputs are: x"),
        (["y: x", "missing_inputs: {x: 0.1}"], 'Cells of the column "x" are missing', "{x: 0.1}", "missing: mean"),
        (["y: x", "missing_inputs: 0.1"], 'Cells of the column "x" are missing', "0.1", "missing: mean"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(lines: list[str], message: str, found: str, hint: str | None) -> None:
    with pytest.raises(ExperimentError) as raised:
        written(HEAD + "".join(f"      {line}\n" for line in lines) + TAIL)
    problem = raised.value.problems[0]
    assert message in problem.message
    assert problem.place is not None
    assert problem.place.text[problem.place.column - 1 :].startswith(found)
    assert hint is None or hint in (problem.hint or "")


def test_a_deviation_that_is_negative_in_a_few_rows_is_told_with_the_row() -> None:
    arguments = {"samples": 100_000, "x": "uniform(0, 1)", "y": "x", "noise": "x - 0.0001"}
    with pytest.raises(ExperimentError, match=r"must be 0 or more. Received: -.* in row \d+"):
        made(**arguments)


def test_missing_inputs_are_allowed_where_the_preparation_fills_them() -> None:
    generator = Component("generators", "function", {"samples": 9, "x": "1", "y": "x", "missing_inputs": 0.5})
    assert describe_columns(generator, allowed=FILLED).samples == 9
    with pytest.raises(ExperimentError, match=r"data\.prepare says nothing"):
        describe_columns(generator)
