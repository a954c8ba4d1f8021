"""How the layers are wired: each takes the one before it, or those that its `inputs:` names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem, did_you_mean, first_problems, listed
from nnrun.experiment.columns import Columns
from nnrun.experiment.component import read_component
from nnrun.experiment.experiment import Component, Input, Layer
from nnrun.experiment.layer_names import name_layers
from nnrun.experiment.schema.intact import UNKNOWN
from nnrun.experiment.text.yaml_text import Document, ValuePath

IMPLICIT_INPUT = "input"
_INPUT_LAYERS = ("Input", "InputLayer")


@dataclass(frozen=True)
class Graph:
    """The wired layers, each after those it takes, and the layers that no other takes."""

    inputs: tuple[Input, ...]
    layers: tuple[Layer, ...]
    ends: tuple[Layer, ...]


def read_graph(document: Document, columns: Columns, unknown: Collection[int] = ()) -> Graph:
    """Reads `layers:` into a directed acyclic graph.

    Args:
        document: a document that is valid by the schema, but for the unknown layers.
        columns: the columns of the data; without input columns where they are not known.
        unknown: the positions of layers of which at the most class, name and inputs can be read.

    Raises:
        ExperimentError: a name is taken twice or not there, a column is not there, the layers form a cycle.
    """
    written = document.value["layers"]
    components = [_component(document, i, known=i not in unknown) for i in range(len(written))]
    _refuse_names(components)
    names = name_layers(written)
    components = [_with_names_within(component, (i,), names) for i, component in enumerate(components)]
    nodes = _wire(components, [names[(i,)] for i in range(len(components))])
    inputs = _inputs([node for node in nodes if node.component.name in _INPUT_LAYERS], columns)
    if any(IMPLICIT_INPUT in node.inputs for node in nodes) and not inputs:
        inputs = (Input(IMPLICIT_INPUT, tuple(column.name for column in columns.inputs)),)
    layers = [node for node in nodes if node.component.name not in _INPUT_LAYERS]
    if not layers:
        raise ExperimentError(
            Problem(
                "The network has no layer besides its input.",
                document.place(("layers",)),
                "For example: Dense: {units: 1}",
            )
        )
    known = [*(i.name for i in inputs), *(layer.name for layer in layers)]
    misnamed = first_problems(_unknown_inputs(layers, known))
    if misnamed:
        raise ExperimentError(*misnamed)
    ordered = _in_order(layers, {i.name for i in inputs})
    taken = {name for layer in layers for name in layer.inputs}
    ends = tuple(layer for layer in layers if layer.name not in taken)
    _refuse_unused_inputs(inputs, taken)
    kept = tuple(replace(layer, component=_without(layer.component, "name", "inputs")) for layer in ordered)
    return Graph(inputs, kept, ends)


def _component(document: Document, position: int, *, known: bool) -> Component:
    """A layer as written; of an unknown one its wiring, in a class without a rule."""
    if known:
        return read_component(document, ("layers", position), "layers")
    layer, place = document.at(("layers", position)), document.place(("layers", position))
    name, written = next(iter(layer.items())) if isinstance(layer, dict) and layer else (layer, {})
    arguments = written if isinstance(written, dict) else {}
    wiring = {key: value for key in ("name", "inputs", "columns") if _is_wiring(key, value := arguments.get(key))}
    return Component("layers", name if name in _INPUT_LAYERS else UNKNOWN, wiring, place)


def _is_wiring(key: str, value: Any) -> bool:
    if isinstance(value, str):
        return key != "columns"
    return key != "name" and isinstance(value, list) and all(isinstance(name, str) for name in value)


def _refuse_names(components: Sequence[Component]) -> None:
    """Refuses a name that is given twice or kept for the input."""
    given: dict[str, Place | None] = {}
    problems = []
    for component in components:
        name, place = component.arguments.get("name"), component.places.get("name")
        if name in given:
            problems.append(
                Problem(
                    f'The name "{name}" is taken by the layer at {given[name]}.',
                    place,
                    f"Write another one: name: {name}_2",
                )
            )
        elif name == IMPLICIT_INPUT and component.name not in _INPUT_LAYERS:
            problems.append(
                Problem(
                    f'The name "{name}" is kept for the network\'s input.', place, f"Write another one: name: {name}_2"
                )
            )
        elif name is not None:
            given[name] = place
    if problems:
        raise ExperimentError(*problems)


def _with_names_within(component: Component, path: ValuePath, names: Mapping[ValuePath, str]) -> Component:
    """The layer with a name for each layer among its arguments, which Keras would name by what it made before."""
    arguments = dict(component.arguments)
    for key, value in arguments.items():
        arguments[key] = _named(value, (*path, component.name, key), names)
    return replace(component, arguments=arguments)


def _named(value: Any, path: ValuePath, names: Mapping[ValuePath, str]) -> Any:
    if isinstance(value, list):
        return [_named(item, (*path, i), names) for i, item in enumerate(value)]
    if not isinstance(value, Component) or value.kind != "layers":
        return value
    inner = _with_names_within(value, path, names)
    return replace(inner, arguments={**inner.arguments, "name": names[path]})


def _wire(components: Sequence[Component], names: Sequence[str]) -> list[Layer]:
    nodes = []
    before = IMPLICIT_INPUT
    for component, name in zip(components, names, strict=True):
        if component.name in _INPUT_LAYERS:
            nodes.append(Layer(name, component, ()))
        else:
            nodes.append(Layer(name, component, _listed(component.arguments.get("inputs", before))))
        before = name
    return nodes


def _listed(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _inputs(nodes: Sequence[Layer], columns: Columns) -> tuple[Input, ...]:
    known = [column.name for column in columns.inputs]
    inputs = []
    for node in nodes:
        if "columns" in node.component.arguments:
            wanted = tuple(node.component.arguments["columns"])
        else:
            wanted = tuple(known) if len(nodes) == 1 else (node.name,)
        unknown = [position for position, column in enumerate(wanted) if column not in known]
        if unknown and known:
            name, place = wanted[unknown[0]], node.component.place_of("columns", unknown[0])
            hint = did_you_mean(name, known) or f"The input columns are: {listed(known)}."
            raise ExperimentError(Problem(f'There is no input column "{name}".', place, hint))
        inputs.append(Input(node.name, wanted, _without(node.component, "columns")))
    return tuple(inputs)


def _unknown_inputs(layers: Sequence[Layer], known: Sequence[str]) -> Iterator[Problem]:
    names = set(known)
    for layer in layers:
        for position, name in enumerate(layer.inputs):
            if name not in names:
                place = layer.component.place_of("inputs", position)
                hint = did_you_mean(name, known) or f"The layers are: {listed(known)}."
                yield Problem(f'The layer "{layer.name}" takes "{name}", which is no layer.', place, hint)


def _refuse_unused_inputs(inputs: Sequence[Input], taken: set[str]) -> None:
    unused = [i for i in inputs if i.name not in taken]
    if unused:
        place = unused[0].component.place if unused[0].component else None
        hint = f"Leave it out, or name it in a layer: inputs: {unused[0].name}"
        raise ExperimentError(Problem(f'No layer takes the input "{unused[0].name}".', place, hint))


def _in_order(layers: Sequence[Layer], ready: set[str]) -> list[Layer]:
    """The layers so that each comes after those it takes, otherwise as written."""
    waiting = {position: set(layer.inputs) - ready for position, layer in enumerate(layers)}
    takers: dict[str, list[int]] = {}
    for position, names in waiting.items():
        for name in names:
            takers.setdefault(name, []).append(position)
    free = [position for position, names in waiting.items() if not names]  # a heap: in ascending order
    ordered: list[Layer] = []
    while free:
        layer = layers[heappop(free)]
        ordered.append(layer)
        for position in takers.get(layer.name, ()):
            waiting[position].discard(layer.name)
            if not waiting[position]:
                heappush(free, position)
    if len(ordered) < len(layers):
        cycle = _cycle({layers[position].name: layers[position] for position, names in waiting.items() if names})
        shown = " → ".join(f'"{layer.name}"' for layer in (*cycle, cycle[0]))
        raise ExperimentError(
            Problem(
                f"The layers form a cycle: {shown}.",
                cycle[0].component.place,
                "Name other layers in one of their inputs.",
            )
        )
    return ordered


def _cycle(waiting: Mapping[str, Layer]) -> list[Layer]:
    """Layers of which each is taken by the next, and the last by the first; all of `waiting` take one of `waiting`."""
    path: list[str] = []
    name = next(iter(waiting))
    while name not in path:
        path.append(name)
        name = next(taken for taken in waiting[name].inputs if taken in waiting)
    return [waiting[name] for name in reversed(path[path.index(name) :])]


def _without(component: Component, *own: str) -> Component:
    """The component without arguments that are nnrun's own."""
    kept = {key: value for key, value in component.arguments.items() if key not in own}
    return replace(component, arguments=kept)
