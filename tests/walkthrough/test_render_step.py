"""Every formula with numbers evaluates to the number that follows it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from by_hand import dense, keras_step_like, stack, start_of
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.walkthrough.explanation import Formulas, Heading, Paragraph
from nnrun.walkthrough.formula import (
    Fraction,
    FunctionOf,
    Indicator,
    Node,
    NumberTerm,
    Power,
    Product,
    Root,
    Symbol,
    Terms,
)
from nnrun.walkthrough.loss_functions import Loss
from nnrun.walkthrough.optimizers import SGD, Adam, RMSprop
from nnrun.walkthrough.render_step import MOST_IN_FULL, render_step

FUNCTIONS = {
    "relu": lambda z: max(z, 0.0),
    "σ": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "log": math.log,
    "abs": abs,
    "sign": lambda z: float(np.sign(z)),
    "leaky_relu": lambda z: z if z > 0 else 0.2 * z,
    "elu": lambda z: z if z > 0 else math.expm1(z),
}
ACTIVATIONS = ("linear", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "softmax")
LOSSES = {
    "linear": [Loss("mean_squared_error"), Loss("mean_absolute_error")],
    "sigmoid": [Loss("mean_squared_error"), Loss("binary_crossentropy", True, True)],
    "softmax": [
        Loss("mean_squared_error"),
        Loss("categorical_crossentropy", True, True),
        Loss("sparse_categorical_crossentropy", True, True),
    ],
}
OPTIMIZERS = [
    SGD(),
    SGD(0.9),
    SGD(0.9, nesterov=True),
    RMSprop(),
    RMSprop(centered=True, momentum=0.5),
    Adam(),
]


def value(node: Node) -> float | None:
    """What a formula of numbers alone gives; None where it holds a symbol or leaves something out."""
    match node:
        case NumberTerm():
            return node.value
        case Symbol("e"):
            return math.e
        case Terms(parts) | Product(parts):
            values = [value(part) for part in parts]
            return None if None in values else (math.fsum if isinstance(node, Terms) else math.prod)(values)
        case Fraction(one, other) | Power(one, other):
            first, second = value(one), value(other)
            if first is None or second is None:
                return None
            return first / second if isinstance(node, Fraction) else first**second
        case Root(inner):
            return None if (under := value(inner)) is None else math.sqrt(under)
        case FunctionOf(name, (inner,)) if name in FUNCTIONS:
            return None if (argument := value(inner)) is None else FUNCTIONS[name](argument)
        case Indicator(left, ">", right):
            return None if value(left) is None else float(value(left) > value(right))
        case _:
            return None


def blocks_of(network, start, columns=()):
    return list(render_step(keras_step_like(network, start), columns, "target", None, 9, scheduled=False))


@st.composite
def steps(draw):
    """A network of one to three layers, a batch, and the state of its optimizer."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    widths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    kinds = [draw(st.sampled_from(ACTIVATIONS)) for _ in widths[2:]] + [draw(st.sampled_from(list(LOSSES)))]
    slopes = {"leaky_relu": 0.2}
    layers = [
        dense(
            f"d{i}",
            rng.normal(size=(a, b)),
            rng.normal(size=b) if draw(st.booleans()) else None,
            kind,
            slopes.get(kind, 1),
        )
        for i, (a, b, kind) in enumerate(zip(widths, widths[1:], kinds, strict=False))
    ]
    network = stack(*layers, loss=draw(st.sampled_from(LOSSES[kinds[-1]])), optimizer=draw(st.sampled_from(OPTIMIZERS)))
    rows = draw(st.integers(1, 5))
    y = np.eye(widths[-1])[rng.integers(0, widths[-1], rows)]
    if network.loss.kind == "sparse_categorical_crossentropy":
        y = y.argmax(axis=1)[:, None]
    start = start_of(network, rng.normal(size=(rows, widths[0])), y, step=draw(st.integers(1, 5)))
    for slots in start.slots:
        for name in slots:
            slots[name] = rng.uniform(0.1, 0.2, slots[name].shape) ** (1 if name == "velocity" else 2)
    return network, start


@given(steps())
@settings(max_examples=100)
def test_every_formula_with_numbers_evaluates_to_its_result(case):
    checked = 0
    for block in blocks_of(*case):
        for equation in block.equations if isinstance(block, Formulas) else ():
            result = value(equation.rights[-1])
            for right in equation.rights[:-1]:
                given_by_it = value(right)
                if result is not None and given_by_it is not None:
                    checked += 1
                    assert given_by_it == pytest.approx(result, rel=1e-9, abs=1e-12), equation
    assert checked >= 3


def test_columns_never_share_a_letter_with_another_quantity():
    network = stack(dense("d", [[1.0], [2.0], [3.0]], [0.0]))
    blocks = blocks_of(network, start_of(network, [[1.0, 2.0, 3.0]], [[1.0]]), ("w", "b", "y"))
    general = next(block for block in blocks if isinstance(block, Formulas)).equations[0]
    names = {factor.name for part in general.rights[0].parts[:-1] for factor in part.factors}
    assert names == {"θ", "w", "b", "y"}
    assert general.rights[0].parts[-1].name == "β"


def words(blocks) -> str:
    return " ".join(p for b in blocks if isinstance(b, Paragraph) for p in b.pieces if isinstance(p, str))


def test_a_model_is_shown_in_full_up_to_a_number_of_parameters():
    for inputs in (MOST_IN_FULL - 1, MOST_IN_FULL):
        network = stack(dense("d", np.ones((inputs, 1)), [0.0]))
        headings = [
            b.text
            for b in blocks_of(network, start_of(network, np.ones((2, inputs)), [[1.0]] * 2))
            if isinstance(b, Heading)
        ]
        assert ("Forward pass: from the inputs to the loss" in headings) == (inputs < MOST_IN_FULL)


def test_a_mismatch_of_loss_and_activation_is_blocks_of():
    network = stack(dense("d", [[1.0, 2.0]], [0.0, 0.0], "softmax"), loss=Loss("binary_crossentropy", True, True))
    blocks = blocks_of(network, start_of(network, [[1.0]], [[1.0, 0.0]]))
    assert "the loss does not depend on the outputs that the model predicts" in words(blocks)


def test_dead_units_are_named():
    network = stack(dense("d", [[-1.0, 1.0]], [0.0, 0.0], "relu"), dense("e", [[1.0], [1.0]], [0.0]))
    assert "is 0 for every sample of the batch" in words(
        blocks_of(network, start_of(network, [[1.0], [2.0]], [[1.0], [1.0]]))
    )


def test_numbers_that_do_not_agree_are_blocks_of():
    network = stack(dense("d", [[1.0]], [0.5]))
    step = keras_step_like(network, start_of(network, [[1.0]], [[1.0]]))
    step.numbers["gradient 0"][0, 0] *= 1.01
    text = words(render_step(step, (), "t", None, 9, scheduled=False))
    assert "They do not all agree." in text
    assert "the gradient of d/kernel" in text
