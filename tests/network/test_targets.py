"""Which last layers cannot be compared with their targets, and what is said about them."""

from __future__ import annotations

import pytest

from experiments import EXPERIMENTS
from nnrun.errors import ExperimentError
from nnrun.experiment.text.yaml_text import parse_document
from nnrun.load import interpret

BLOBS = "blobs: {samples: 30, centers: 3}"
TABLE = "table: {columns: [x, y, z], rows: [[1, 0, 0.5], [2, 1, 0.5], [3, 2, 0.5]], target: %s}"


def check(layers: str, loss: str, generator: str = BLOBS, **data: str) -> None:
    settings = ", ".join(f"{key}: {value}" for key, value in {"generator": f"{{{generator}}}", **data}.items())
    text = f"data: {{{settings}}}\nlayers: [{layers}]\nloss: {loss}\noptimizer: adam\nepochs: 1\n"
    interpret(parse_document(text, "x.yaml"), text.encode(), "x", EXPERIMENTS)


def told(layers: str, loss: str, generator: str = BLOBS, **data: str) -> tuple[str, str | None, int]:
    """Message, hint and line of the only problem."""
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        check(layers, loss, generator, **data)
    (problem,) = caught.value.problems
    assert problem.place
    return problem.message, problem.hint, problem.place.line


TWO_WAYS = (
    "For two classes write units: 2, activation: softmax, "
    "or units: 1, activation: sigmoid and loss: binary_crossentropy."
)


def dense(units: int, activation: str = "linear") -> str:
    return f"{{Dense: {{units: {units}, activation: {activation}, name: out}}}}"


@pytest.mark.parametrize(
    ("layers", "loss", "data"),
    [
        (dense(3, "softmax"), "sparse_categorical_crossentropy", {}),
        (dense(5), "{SparseCategoricalCrossentropy: {from_logits: true}}", {}),
        (dense(2), "{SparseCategoricalCrossentropy: {ignore_class: 2}}", {}),
        (dense(3, "softmax"), "categorical_crossentropy", {"one_hot": "true"}),
        (dense(3, "softmax"), "mse", {"one_hot": "true"}),
        (dense(3, "softmax"), "binary_crossentropy", {"one_hot": "true"}),
        (dense(1), "mse", {}),
        (dense(8), "Circle", {}),
        (dense(3, "softmax"), "crossentropy", {}),
        ("{Reshape: {target_shape: [2, 1]}}, Flatten, " + dense(3), "sparse_categorical_crossentropy", {}),
        ("{Reshape: {target_shape: [1, 2]}}, " + dense(3), "sparse_categorical_crossentropy", {}),
        ("{Reshape: {target_shape: [1, 2]}}, " + dense(1), "mse", {}),
        ("{Dense: {units: 4, activation: glu}}, " + dense(7), "mse", {}),
    ],
)
def test_what_keras_trains_is_not_refused(layers: str, loss: str, data: dict[str, str]) -> None:
    check(layers, loss, **data)


@pytest.mark.parametrize(
    "generator", ["moons", "circles", "spirals: {arms: 2}", "function: {samples: 9, x: 'uniform(0, 1)', y: x > 0.5}"]
)
def test_two_classes_may_be_one_unit_or_two(generator: str) -> None:
    check(dense(1, "sigmoid"), "binary_crossentropy", generator)
    check(dense(2, "softmax"), "sparse_categorical_crossentropy", generator)
    check(dense(2, "softmax"), "categorical_crossentropy", generator, one_hot="true")


def test_a_sparse_loss_needs_a_unit_for_every_class() -> None:
    for units, has in ((2, "2 units"), (1, "1 unit")):
        assert told(dense(units), "sparse_categorical_crossentropy") == (
            f'The labels go from 0 to 2, which are 3 classes; the output "out" has {has}.',
            "Write units: 3, activation: softmax.",
            3,
        )
    logits = "{SparseCategoricalCrossentropy: {from_logits: true}}"
    assert told(dense(2), logits)[1] == "Write units: 3."


def test_two_classes_are_two_units_with_softmax_or_one_with_sigmoid() -> None:
    message, hint, _ = told(dense(1, "sigmoid"), "sparse_categorical_crossentropy", "moons")
    assert message == 'The labels go from 0 to 1, which are 2 classes; the output "out" has 1 unit.'
    assert hint == TWO_WAYS


def test_the_crossentropy_that_suits_the_shapes_is_judged_as_that_one() -> None:
    labels = "The labels go from 0 to 2, which are 3 classes"
    assert told(dense(2), "crossentropy")[0] == f'{labels}; the output "out" has 2 units.'
    assert told(dense(2), "crossentropy", one_hot="true")[1] == "Write units: 3."
    assert told(dense(1), "ce")[0] == "ce takes the labels 0 and 1. The labels go from 0 to 2."
    check(dense(3), "crossentropy", one_hot="true")
    check(dense(1, "sigmoid"), "crossentropy", "moons")


def test_a_sparse_loss_takes_labels_and_no_vectors() -> None:
    assert told(dense(3), "sparse_categorical_crossentropy", one_hot="true") == (
        "sparse_categorical_crossentropy takes one label per row. Received targets of the shape (3).",
        "Leave out data.one_hot, or write loss: categorical_crossentropy.",
        3,
    )
    message, hint, _ = told(dense(3), "sparse_categorical_crossentropy", TABLE % "[y, z]")
    assert message.endswith("Received targets of the shape (2).")
    assert hint.startswith("For several labels of 0 and 1 write loss: binary_crossentropy")


def test_a_sparse_loss_takes_one_vector_of_units_for_a_label() -> None:
    layers = "{Reshape: {target_shape: [2, 1]}}, " + dense(3)
    assert told(layers, "sparse_categorical_crossentropy") == (
        'The output "out" has the shape (2, 3), its target (class) (1).',
        "Add Flatten before the layer.",
        3,
    )


@pytest.mark.parametrize(
    ("units", "loss", "data", "shapes", "hint"),
    [
        (3, "mse", {}, "(3), its target (class) (1)", "For labels as vectors write data: {one_hot: true}."),
        (4, "mse", {"one_hot": "true"}, "(4), its target (class) (3)", "Write units: 3."),
        (
            3,
            "categorical_crossentropy",
            {},
            "(3), its target (class) (1)",
            "For labels write loss: sparse_categorical_crossentropy, or data: {one_hot: true}.",
        ),
        (
            2,
            "binary_crossentropy",
            {"generator": "moons: {samples: 9}"},
            "(2), its target (class) (1)",
            "For two classes write units: 1, activation: sigmoid, or two with softmax and loss: crossentropy.",
        ),
        (2, "mse", {"generator": TABLE % "z"}, "(2), its target (z) (1)", "Write units: 1."),
        (1, "mse", {"generator": TABLE % "[y, z]"}, "(1), its target (y, z) (2)", "Write units: 2."),
    ],
)
def test_units_and_targets_have_one_width(units: int, loss: str, data: dict[str, str], shapes: str, hint: str) -> None:
    assert told(dense(units), loss, **data) == (f'The output "out" has the shape {shapes}.', hint, 3)


def test_an_output_of_several_axes_is_no_vector() -> None:
    message, hint, _ = told("{Reshape: {target_shape: [2, 1]}}, " + dense(3), "mse", one_hot="true")
    assert message == 'The output "out" has the shape (2, 3), its target (class) (3).'
    assert hint == "Add Flatten before the layer."


def test_binary_crossentropy_takes_two_classes() -> None:
    for generator in (BLOBS, TABLE % "y"):
        assert told(dense(1, "sigmoid"), "binary_crossentropy", generator) == (
            "binary_crossentropy takes the labels 0 and 1. The labels go from 0 to 2.",
            "Write units: 3, activation: softmax, and loss: sparse_categorical_crossentropy.",
            3,
        )


def test_numbers_of_a_table_that_are_scaled_are_no_labels() -> None:
    check(dense(1, "sigmoid"), "binary_crossentropy", TABLE % "y", scale_targets="minmax")


def test_a_categorical_loss_of_one_unit_compares_nothing() -> None:
    one_unit = "For two classes write units: 1, activation: sigmoid, and loss: binary_crossentropy."
    for loss, generator, hint in (
        ("categorical_crossentropy", "moons", one_unit),
        ("sparse_categorical_crossentropy", TABLE % "z", f"{TWO_WAYS} For values write loss: mse."),
    ):
        message = f'{loss} compares two classes or more. The output "out" has 1 unit.'
        assert told(dense(1), loss, generator) == (message, hint, 3)


@pytest.mark.parametrize(
    "layers",
    [
        dense(1, "softmax"),
        dense(1, "{softmax: {axis: -1}}"),
        "{Dense: {units: 1}}, {Activation: {activation: softmax, name: out}}",
        "{Dense: {units: 1}}, {Softmax: {name: out}}",
    ],
)
def test_a_softmax_of_one_unit_is_always_one(layers: str) -> None:
    assert told(layers, "binary_crossentropy", "moons") == (
        'The output "out" is a softmax of one unit, which is always 1.',
        "For two classes write activation: sigmoid. For a number leave the activation out.",
        2,
    )


def test_an_output_is_told_one_problem_at_most() -> None:
    message, _, _ = told(dense(1, "softmax"), "sparse_categorical_crossentropy")
    assert message.startswith("The labels go from 0 to 2")


def test_targets_that_are_not_known_are_not_judged() -> None:
    check(dense(4), "mse", TABLE % "[y, z]", one_hot="true")
    check(dense(4), "mse", TABLE % "z", one_hot="true")
    check("{Resizing: {height: 2, width: 2}}, " + dense(4), "mse")
