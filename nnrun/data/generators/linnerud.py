"""The `linnerud` generator: scikit-learn's `load_linnerud`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.shipped_tables import number_columns, table_source
from nnrun.experiment.columns import Columns

_INPUTS = (
    "Chins",
    "Situps",
    "Jumps",
)
_TARGETS = (
    "Weight",
    "Waist",
    "Pulse",
)


def _columns(given: GeneratorArguments) -> Columns:
    return number_columns(_INPUTS, _TARGETS, 20)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    from sklearn.datasets import load_linnerud

    return table_source(_columns(given), load_linnerud())


GENERATOR = Generator(
    "linnerud",
    "20 men with 3 exercises as inputs and their weight, waist and pulse as targets.",
    {},
    _columns,
    _make,
    group="public data sets",
    pictured=("Situps", "Weight"),
)
