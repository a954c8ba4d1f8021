"""The `addition` generator: the digits of two numbers, and those of their sum."""

from __future__ import annotations

from nnrun.data.dataset import Array, Part, Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer
from nnrun.data.generators.points import samples
from nnrun.data.generators.tokens import encoding, step_columns, step_targets, token_column, token_inputs
from nnrun.experiment.columns import Columns

_PLUS = 10
_VOCABULARY = 11


def _columns(given: GeneratorArguments) -> Columns:
    digits = given["digits"]
    return Columns((token_column(given, 2 * digits + 1, _VOCABULARY),), step_columns(digits + 1, 10), given["samples"])


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: two numbers from 0 to 10ⁿ - 1 with equal chances, of n digits each, with a plus between them."""
    import numpy as np

    count, digits = given["samples"], given["digits"]
    numbers = resources.rng.integers(0, 10**digits, (count, 2))  # (samples, 2)
    first, second = (_digits(numbers[:, i], digits) for i in (0, 1))  # each (samples, digits)
    total = _digits(numbers.sum(axis=1), digits + 1)  # (samples, digits + 1)
    tokens = np.concatenate([first, np.full((count, 1), _PLUS), second], axis=1)  # (samples, 2 digits + 1)
    return Source(
        Part(token_inputs(given, tokens, _VOCABULARY), step_targets(total[:, ::-1] if given["reverse"] else total))
    )


def _digits(numbers: Array, count: int) -> Array:
    """The last digits of numbers (rows,), the most significant first, (rows, count)."""
    import numpy as np

    return numbers[:, None] // 10 ** np.arange(count - 1, -1, -1) % 10


GENERATOR = Generator(
    "addition",
    "Two numbers as a sequence of digits with a plus (10) between them; the targets are the digits of their sum.",
    {
        "samples": samples("The number of rows."),
        "digits": integer("The number of digits of each number; the sum has one more.", 3, maximum=15),
        "reverse": {
            "description": "Whether the sum begins with its last digit, which is easier to learn.",
            "type": "boolean",
            "default": False,
        },
        "encoding": encoding("2 digits + 1", "11"),
    },
    _columns,
    _make,
    group="algorithmic tasks",
)
