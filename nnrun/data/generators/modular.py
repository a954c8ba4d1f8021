"""The `modular` generator: arithmetic modulo a number, on all pairs or a share of them."""

from __future__ import annotations

import math

from nnrun.data.dataset import Array, Part, Source, as_column
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer, number
from nnrun.data.generators.tokens import encoding, token_column, token_inputs
from nnrun.experiment.columns import Column, Columns


def _columns(given: GeneratorArguments) -> Columns:
    """The columns tokens, a and b, and result.

    Raises:
        ExperimentError: a division modulo a number that is no prime.
    """
    modulus: int = given["modulus"]
    if given["operation"] == "/" and any(modulus % divisor == 0 for divisor in range(2, math.isqrt(modulus) + 1)):
        given.add("modulus", f"Numbers can be divided modulo a prime number. Received: {modulus}")
    given.finish()
    result = Column("result", is_label=True)
    return Columns((token_column(given, 2, modulus),), (result,), _count(given), modulus)


def _count(given: GeneratorArguments) -> int:
    share: float = given["share"]
    return max(1, round(share * _pairs(given)))


def _pairs(given: GeneratorArguments) -> int:
    """How many pairs there are; nothing is divided by 0."""
    modulus: int = given["modulus"]
    return modulus * (modulus - 1) if given["operation"] == "/" else modulus * modulus


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: the pairs in order of a and then of b, or a random share of them."""
    import numpy as np

    modulus, pairs = given["modulus"], np.arange(_pairs(given))
    if len(pairs) > _count(given):
        pairs = np.sort(resources.rng.choice(pairs, _count(given), replace=False))
    first = 1 if given["operation"] == "/" else 0  # the least b
    a, b = pairs // (modulus - first), pairs % (modulus - first) + first  # each (rows,)
    inputs = token_inputs(given, np.stack([a, b], axis=1), modulus)
    return Source(Part(inputs, {"result": as_column(_result(given["operation"], a, b, modulus), "int32")}))


def _result(operation: str, a: Array, b: Array, modulus: int) -> Array:
    """a ∘ b modulo the modulus, (rows,)."""
    import numpy as np

    if operation == "/":  # b to the power of p - 2 is the inverse of b modulo the prime p, by Fermat
        inverses = np.array([pow(number, modulus - 2, modulus) for number in range(modulus)])  # (modulus,)
        b = inverses[b] if modulus > 2 else b
    result: Array = (a + b if operation == "+" else a - b if operation == "-" else a * b) % modulus
    return result


GENERATOR = Generator(
    "modular",
    "The result of a + b, a - b, a * b or a / b modulo a number for pairs (a, b), as in studies of grokking.",
    {
        "modulus": integer("The number of classes; a and b are from 0 to modulus - 1.", 97, minimum=2, maximum=5000),
        "operation": {
            "description": "What is computed; a division needs a modulus that is a prime number.",
            "enum": ["+", "-", "*", "/"],
            "default": "+",
        },
        "share": number("The share of all pairs that are rows, at random.", 1.0, maximum=1),
        "encoding": encoding("2", "modulus"),
    },
    _columns,
    _make,
    group="algorithmic tasks",
    example={"modulus": 31},
)
