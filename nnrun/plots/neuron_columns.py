"""The neurons of a small stack of dense layers: which there are, and where they stand. Draws nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnrun.plots.style import Array

_MOST_UNITS = 16
_MOST_COLUMNS = 7
_ELEMENTWISE = {
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Dropout", "GaussianNoise", "GaussianDropout",
    "AlphaDropout", "ActivityRegularization", "BatchNormalization", "LayerNormalization", "UnitNormalization",
    "Flatten",
}  # fmt: skip

BESIDE = 120.0  # pixels for names left and right
_NARROWEST = 560.0
_FARTHEST = 72.0  # pixels between two neurons of a column, at the most


@dataclass(frozen=True, eq=False)
class NeuronColumn:
    """The units of a layer, or the input numbers.

    Args:
        caption: the lines below it, the first one in bold.
        names: of its units, where they have some.
        kernel: the weights from the column before, shape (units before, units); None where each takes just its own.
        bias: shape (units,), if there is one.
        units: how many.
    """

    caption: tuple[str, ...]
    units: int
    names: tuple[str, ...] = ()
    kernel: Array | None = None
    bias: Array | None = None


def columns_of(
    layers: Sequence[Mapping[str, Any]], outputs: Mapping[str, Mapping[str, Any]], weights: Mapping[str, Array]
) -> list[NeuronColumn]:
    """The columns of a network that is a small stack of dense layers; none where it is not.

    Args:
        layers: as `draw_network` takes them.
        outputs: by layer the target of an output and the names of its units.
        weights: the weights by `layer/variable`.
    """
    before = [None, *(layer["name"] for layer in layers)]
    kinds = {layer["kind"] for layer in layers[1:]}
    stacked = all(layer["inputs"] == [name] for name, layer in zip(before[1:], layers[1:], strict=False))
    if not stacked or len(outputs) != 1 or len(layers) > _MOST_COLUMNS or not kinds <= {"Dense", *_ELEMENTWISE}:
        return []
    first = next((weights.get(f"{layer['name']}/kernel") for layer in layers if layer["kind"] == "Dense"), None)
    if first is None or (layers[0]["kind"], first.ndim) != ("Input", 2):
        return []
    inputs = f"{len(first)} number{'s' * (len(first) != 1)}"
    columns = [NeuronColumn((layers[0]["name"], inputs), len(first), tuple(layers[0].get("columns", ())))]
    for layer in layers[1:]:
        kernel, bias = (weights.get(f"{layer['name']}/{name}") for name in ("kernel", "bias"))
        dense = layer["kind"] == "Dense"
        if dense and (kernel is None or kernel.shape[:1] != (columns[-1].units,)):
            return []
        units = kernel.shape[1] if dense and kernel is not None else columns[-1].units
        targets = tuple(outputs.get(layer["name"], {}).get("names", ()))
        names = targets if len(targets) == units else ()
        kind = f"{layer['kind']} · {layer['activation']}" if layer["activation"] else layer["kind"]
        count = f"{layer['parameters']:,} parameters" if layer["parameters"] else ""
        columns.append(
            NeuronColumn((layer["name"], kind, count), units, names, kernel if dense else None, bias if dense else None)
        )
    return columns if max(column.units for column in columns) <= _MOST_UNITS else []


@dataclass(frozen=True)
class NeuronPlaces:
    """Where the neurons of a network stand, pixels from the upper left.

    Args:
        places: the centre of each neuron, by column.
        radius: of a neuron.
        across: from one column to the next.
        width: of the whole drawing.
        height: of the neurons alone, which begin below the title.
    """

    places: Sequence[Sequence[tuple[float, float]]]
    radius: float
    across: float
    width: float
    height: float


def place_neurons(columns: Sequence[NeuronColumn], top: float) -> NeuronPlaces:
    """Places the columns from left to right, `top` pixels below the upper end."""
    most = max(column.units for column in columns)
    apart = min(_FARTHEST, max(30.0, 380.0 / most))
    across = max(120.0, min(220.0, 600.0 / max(len(columns) - 1, 1)))
    height = max(most * apart, 120.0)
    width = max(2 * BESIDE + across * (len(columns) - 1), _NARROWEST)
    left = (width - across * (len(columns) - 1)) / 2
    middle = top + height / 2
    places = [
        [(left + i * across, y) for y in _heights(column.units, middle, height)] for i, column in enumerate(columns)
    ]
    return NeuronPlaces(places, min(17.0, 0.38 * apart), across, width, height)


def _heights(units: int, middle: float, height: float) -> list[float]:
    """How far down the neurons of a column stand."""
    apart = min(_FARTHEST, height / units)
    return [middle + (unit - (units - 1) / 2) * apart for unit in range(units)]
