"""The `copy` generator: the copy memory task."""

from __future__ import annotations

from nnrun.data.dataset import Part, Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer
from nnrun.data.generators.points import samples
from nnrun.data.generators.tokens import encoding, step_columns, step_targets, token_column, token_inputs
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    steps, symbols = _steps(given), given["symbols"]
    return Columns((token_column(given, steps, symbols + 2),), step_columns(steps, symbols + 1), given["samples"])


def _steps(given: GeneratorArguments) -> int:
    steps: int = 2 * given["length"] + given["delay"] + 1
    return steps


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: symbols from 1 on with equal chances, blanks (0), the signal to answer (symbols + 1), and blanks again.

    The targets are blanks until the signal and the symbols after it (Arjovsky et al., Unitary Evolution Recurrent
    Neural Networks, 2016).
    """
    import numpy as np

    count, length, symbols = given["samples"], given["length"], given["symbols"]
    drawn = resources.rng.integers(1, symbols + 1, (count, length))  # (samples, length)
    tokens = np.zeros((count, _steps(given)), dtype=np.int64)  # (samples, steps)
    tokens[:, :length] = drawn
    tokens[:, -length - 1] = symbols + 1
    labels = np.zeros_like(tokens)
    labels[:, -length:] = drawn
    return Source(Part(token_inputs(given, tokens, symbols + 2), step_targets(labels)))


GENERATOR = Generator(
    "copy",
    "The copy memory task: symbols, a delay and a signal, after which the network must output the symbols.",
    {
        "samples": samples("The number of rows."),
        "length": integer("The number of symbols to remember.", 5, maximum=100),
        "symbols": integer("The number of different symbols, from 1 on; 0 is a blank.", 8, maximum=1000),
        "delay": integer("The number of blanks before the signal.", 5, minimum=0, maximum=1000),
        "encoding": encoding("2 length + delay + 1", "symbols + 2"),
    },
    _columns,
    _make,
    group="algorithmic tasks",
)
