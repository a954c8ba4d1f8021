"""Data that fit a network of which only the shapes are known: columns that stand in for those to come."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nnrun.errors import ExperimentError, Problem

_SAMPLES = 200
_MOST_COLUMNS = 16  # as inputs; beyond, one number is repeated
_MOST_TARGETS = 1_000
_UNKNOWN = 8  # steps along an axis of any size
_IMAGES = {784: ("mnist", (28, 28)), 64: ("digits", (8, 8))}
_SPARSE = ("SparseCategoricalCrossentropy",)
_ONE_HOT = ("CategoricalCrossentropy", "CategoricalFocalCrossentropy")
_TRUTHS = ("BinaryCrossentropy", "BinaryFocalCrossentropy")


@dataclass(frozen=True)
class PlaceholderInput:
    """What stands in for one input.

    Args:
        columns: its columns, each with its definition.
        layers: the layers that bring the columns to the shape of the input.
        numbers: an expression from 0 to 1 for each column.
    """

    columns: dict[str, str]
    layers: tuple[Any, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class PlaceholderTarget:
    """What stands in for the targets of one output.

    Args:
        columns: its columns, each with its definition.
        layers: the layers that bring the output to the shape of the columns.
        helpers: columns that these are computed from, which are neither inputs nor targets.
        one_hot: whether its labels are to be one-hot vectors.
    """

    columns: dict[str, str]
    layers: tuple[Any, ...] = ()
    helpers: dict[str, str] = field(default_factory=dict)
    one_hot: bool = False


def placeholder_input(name: str, shape: Sequence[int | None], tokens: int | None) -> PlaceholderInput:
    """Columns for an input.

    Args:
        name: what its columns are called, before a number where there are several.
        shape: that of a sample.
        tokens: how many different whole numbers it takes, if it takes such.
    """
    sizes = [size or _UNKNOWN for size in shape]
    numbers = math.prod(sizes)
    count = numbers if numbers <= _MOST_COLUMNS else 1
    drawn = "uniform(0, 1)" if tokens is None else f"choice({', '.join(map(str, range(min(tokens, 10))))})"
    layers: list[Any] = [] if count == numbers else [{"RepeatVector": {"n": numbers}}]
    if len(sizes) != 1 or layers:
        layers.append({"Reshape": {"target_shape": sizes}})
    columns = dict.fromkeys(_numbered(name, count), drawn)
    fractions = tuple(columns) if tokens is None else tuple(f"minimum({column}, 1)" for column in columns)
    return PlaceholderInput(columns, tuple(layers), fractions)


def placeholder_target(
    name: str, shape: Sequence[int | None], loss: str, numbers: Sequence[str], *, alone: bool
) -> PlaceholderTarget:
    """Target columns for an output.

    Args:
        name: what its columns are called.
        shape: that of the output for a sample.
        loss: Keras's name for the class of its loss.
        numbers: expressions from 0 to 1 over the input columns.
        alone: whether it is the only output, so that `one_hot` concerns no other.

    Raises:
        ExperimentError: it has more numbers than columns can stand in for.
    """
    sizes = [size or _UNKNOWN for size in shape] or [1]
    if loss in _ONE_HOT and len(sizes) == 1 and alone and 1 < sizes[0] <= _SAMPLES:
        helper, last = f"row_of_{name}", sizes[0] - 1
        columns = {name: f"minimum(floor({helper}), {last})"}
        return PlaceholderTarget(columns, helpers={helper: f"linspace(0, {sizes[0]})"}, one_hot=True)
    layers: tuple[Any, ...] = ()
    if loss in _SPARSE:
        names, definition = _numbered(name, math.prod(sizes[:-1])), f"floor({{}} * {sizes[-1] - 1} + 0.5)"
    else:
        names, definition = _numbered(name, math.prod(sizes)), "{} >= 0.5" if loss in _TRUTHS else "{} ** 2"
        layers = ("Flatten",) if len(sizes) > 1 else ()
    if len(names) > _MOST_TARGETS:
        message = f"The output {name} has {len(names):,} numbers; as columns at most {_MOST_TARGETS:,} can stand in."
        raise ExperimentError(Problem(message))
    return PlaceholderTarget({c: definition.format(numbers[i % len(numbers)]) for i, c in enumerate(names)}, layers)


def image_data(shapes: Sequence[Sequence[int | None]], classes: int | None) -> Any:
    """The set of images that fits an input and ten classes, if there is one; None otherwise.

    Args:
        shapes: that of each input.
        classes: how many classes the only output has; None where it has none.
    """
    if len(shapes) != 1 or classes != 10 or None in shapes[0]:
        return None
    shape = [size or 0 for size in shapes[0]]
    name, sides = _IMAGES.get(math.prod(shape), ("", ()))
    if not name or tuple(shape) not in ((math.prod(sides),), sides, (*sides, 1)):
        return None
    return name if len(shape) == 1 else {name: {"shape": shape}}


def function_data(columns: dict[str, str], inputs: Sequence[str], targets: Sequence[str]) -> dict[str, Any]:
    """The generator `function` with these columns; a list names those that are not what it would take by itself."""
    arguments: dict[str, Any] = {"samples": _SAMPLES, **columns}
    if list(targets) != list(columns)[-1:]:
        arguments["target"] = list(targets)
    if set(columns) != {*inputs, *targets}:
        arguments["inputs"] = list(inputs)
    return {"function": arguments}


def _numbered(name: str, count: int) -> list[str]:
    return [name.rstrip("_")] if count == 1 else [f"{name}{i}" for i in range(1, count + 1)]
