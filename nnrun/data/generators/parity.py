"""The `parity` generator: whether an odd number of the first bits is 1."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer
from nnrun.data.generators.points import point_columns, point_source, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    if given["relevant"] > given["bits"]:
        given.add("relevant", f"At most all {given['bits']} bits are relevant. Received: {given['relevant']}")
    return point_columns(given, given["bits"], 2)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: random bits with equal chances; the class is the sum of the first `relevant` ones modulo 2."""
    bits = resources.rng.integers(0, 2, (given["samples"], given["bits"]))  # (samples, bits)
    labels = bits[:, : given["relevant"]].sum(axis=1) % 2  # (samples,)
    return point_source(2 * bits - 1 if given["signed"] else bits, labels)


GENERATOR = Generator(
    "parity",
    "Random bits; the class is 1 where an odd number of the first, relevant bits is 1.",
    {
        "samples": samples("The number of rows.", minimum=2),
        "bits": integer("The number of input columns.", 10, maximum=1000),
        "relevant": integer("The number of bits that the class depends on, from the first on.", 3, maximum=1000),
        "signed": {
            "description": "Whether a bit is written as -1 or 1, and not as 0 or 1.",
            "type": "boolean",
            "default": False,
        },
    },
    _columns,
    _make,
    group="algorithmic tasks",
)
