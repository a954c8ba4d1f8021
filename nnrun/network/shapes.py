"""The shape of every layer's output, computed before the network is built."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nnrun.errors import Problem
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Input, Layer
from nnrun.network.axes import Shape, ShapeMismatch, shown_shape
from nnrun.network.shape_rules import LARGEST, output_shape
from nnrun.network.wiring import Graph


def walk(graph: Graph, columns: Columns) -> tuple[dict[str, Shape | None], list[Problem]]:
    """Follows a sample from the inputs through every layer.

    What a layer gives is not known where Keras's rule for it is not written here, where it takes what is not known, or
    where it is refused; nothing that comes after is refused then.

    Args:
        graph: the wired layers, in order.
        columns: the columns of the data; without input columns where that is not known.

    Returns:
        The shape of a sample at every input and layer, by name, without the batch axis: its sizes, None for an axis of
        unknown size; None where the whole is not known. And a problem for every input and layer that cannot take what
        it receives.
    """
    shapes: dict[str, Shape | None] = {}
    problems = []
    for entry in graph.inputs:
        shape, problem = _enter(entry, columns, graph)
        shapes[entry.name] = _followed(shape)
        problems += [problem] if problem else []
    for layer in graph.layers:
        received = [shapes[name] for name in layer.inputs]
        known = [shape for shape in received if shape is not None]
        shapes[layer.name] = None
        if len(known) == len(received):
            try:
                shapes[layer.name] = _followed(output_shape(layer.component, known))
            except ShapeMismatch as misfit:
                problems.append(_problem(layer, known, misfit))
    return shapes, problems


def _followed(shape: Shape | None) -> Shape | None:
    """The shape, or None for one that no machine can hold, of more numbers than can be shown."""
    return None if shape is None or math.prod(size or 1 for size in shape) > LARGEST**2 else shape


def _enter(entry: Input, columns: Columns, graph: Graph) -> tuple[Shape | None, Problem | None]:
    """The shape of an input; one in the file is checked against the data."""
    found = _data_columns(entry, columns)
    if len(found) > 1 and any(len(column.shape) > 1 for column in found):
        return None, _not_side_by_side(entry, found, graph)
    data = found[0].shape if len(found) == 1 else (sum(column.width for column in found),) if found else None
    written = entry.component.arguments.get("shape") if entry.component else None
    if not entry.component or written is None:
        return data, None
    if data is None:
        return tuple(written) or None, None
    if len(written) == len(data) and all(w in (None, size) for w, size in zip(written, data, strict=True)):
        return tuple(written), None
    message = f'The input "{entry.name}" is written with the shape {written}, the data have {list(data)}.'
    return None, Problem(message, entry.component.place_of("shape"), _input_hint(written, data))


def _data_columns(entry: Input, columns: Columns) -> list[Column]:
    """The columns that an input takes; none where one of them is not known."""
    names = set(entry.columns)
    found = [column for column in columns.inputs if column.name in names]
    return found if len(found) == len(entry.columns) else []


def _not_side_by_side(entry: Input, found: Sequence[Column], graph: Graph) -> Problem:
    """Columns of an input of which one has rows of several dimensions."""
    shown = ", ".join(f"{column.name} {list(column.shape)}" for column in found)
    message = f'The input "{entry.name}" takes several columns, each of which must be a vector. Received: {shown}'
    several = next(column.name for column in found if len(column.shape) > 1)
    hint = f"Give {several} an input of its own: Input: {{name: {several}_input, columns: [{several}]}}"
    component = entry.component or (graph.layers[0].component if graph.layers else None)
    return Problem(message, component.place if component else None, hint)


def _input_hint(written: Sequence[int | None], data: Sequence[int]) -> str | None:
    if None in written or math.prod(size or 0 for size in written) != math.prod(data):
        return None
    return f"Leave the shape out, and begin with Reshape: {{target_shape: {written}}}."


def _problem(layer: Layer, received: Sequence[Shape], misfit: ShapeMismatch) -> Problem:
    if len(received) == 1:
        shown = shown_shape(received[0])
    else:
        named = zip(layer.inputs, received, strict=True)
        shown = ", ".join(f'"{name}" {shown_shape(shape)}' for name, shape in named)
    message = f'The layer "{layer.name}" ({layer.component.name}) {misfit.need}. Received: {shown}'
    return Problem(message, layer.component.place, misfit.hint)
