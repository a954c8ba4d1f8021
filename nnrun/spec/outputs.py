"""Which layers are compared with which targets, by which loss and metrics."""

from __future__ import annotations

from typing import Any

from nnrun.errors import ExperimentError, Problem, did_you_mean
from nnrun.spec.columns import Columns
from nnrun.spec.component import read_component
from nnrun.spec.experiment import Component, Output
from nnrun.spec.graph import Graph
from nnrun.spec.yaml_text import Document, ValuePath


def read_outputs(document: Document, graph: Graph, columns: Columns) -> tuple[Output, ...]:
    """The outputs: the layer that no other takes, or those that `outputs:` names.

    Raises:
        ExperimentError: several layers end the network and `outputs:` is missing, a name or target column is not
            there, a layer leads to no output, or an output has no loss.
    """
    written = document.at(("outputs",))
    names = _output_names(document, graph, written)
    _refuse_idle_layers(graph, names)
    settings = written if isinstance(written, dict) else {}
    targets = _targets(document, names, settings, columns)
    outputs = []
    for name, wanted in zip(names, targets, strict=True):
        path: ValuePath = ("outputs", name)
        weight = (settings.get(name) or {}).get("loss_weight", 1.0)
        outputs.append(Output(name, wanted, _loss(document, path), _metrics(document, path), float(weight)))
    return tuple(outputs)


def _output_names(document: Document, graph: Graph, written: Any) -> list[str]:
    ends = [layer.name for layer in graph.ends]
    if written is None:
        if len(ends) > 1:
            shown = ", ".join(f'"{name}"' for name in ends)
            hint = f"Name the outputs, outputs: [{', '.join(ends)}], or let another layer take them."
            place = graph.ends[0].component.place
            raise ExperimentError(Problem(f"No layer takes {shown}: which of them are outputs?", place, hint))
        return ends
    names = [written] if isinstance(written, str) else list(written)
    known = [layer.name for layer in graph.layers]
    problems = []
    for position, name in enumerate(names):
        if name not in known:
            step: ValuePath = ("outputs", name) if isinstance(written, dict) else ("outputs", position)
            place = document.keys.get(step) or document.place(step)
            hint = did_you_mean(name, known) or f"The layers are: {', '.join(known)}."
            problems.append(Problem(f'The output "{name}" is no layer.', place, hint))
    if problems:
        raise ExperimentError(*problems)
    return names


def _refuse_idle_layers(graph: Graph, outputs: list[str]) -> None:
    needed = set(outputs)
    for layer in reversed(graph.layers):
        if layer.name in needed:
            needed.update(layer.inputs)
    problems = [
        Problem(f'The layer "{layer.name}" leads to no output.', layer.component.place)
        for layer in graph.layers
        if layer.name not in needed
    ]
    if problems:
        raise ExperimentError(*problems)


def _targets(document: Document, names: list[str], settings: dict[str, Any], columns: Columns) -> list[tuple[str, ...]]:
    """For each output its target columns: as written, else by the same name, else in order; a single one takes all."""
    known = [column.name for column in columns.targets]
    free = [name for name in known if name not in names]
    chosen: list[tuple[str, ...]] = []
    for name in names:
        written = (settings.get(name) or {}).get("target")
        path: ValuePath = ("outputs", name, "target")
        if written is not None:
            chosen.append(_known_columns(document, path, (written,) if isinstance(written, str) else written, known))
        elif len(names) == 1:
            chosen.append(tuple(known))
        elif name in known:
            chosen.append((name,))
        elif free:
            chosen.append((free.pop(0),))
        else:
            place = document.keys.get(("outputs", name)) or document.place(("outputs",))
            hint = f"Name it: {name}: {{target: …}}. The target columns are: {', '.join(known)}."
            raise ExperimentError(Problem(f'No target column is left for the output "{name}".', place, hint))
    return chosen


def _known_columns(document: Document, path: ValuePath, names: Any, known: list[str]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in known]
    if unknown:
        hint = did_you_mean(unknown[0], known) or f"The target columns are: {', '.join(known)}."
        raise ExperimentError(Problem(f'There is no target column "{unknown[0]}".', document.place(path), hint))
    return tuple(names)


def _loss(document: Document, output: ValuePath) -> Component:
    for path in ((*output, "loss"), ("loss",)):
        if document.at(path) is not None:
            return read_component(document, path, "losses")
    place = document.keys.get(output) or document.place(())
    raise ExperimentError(Problem('"experiment" needs the setting "loss".', place))


def _metrics(document: Document, output: ValuePath) -> tuple[Component, ...]:
    path = (*output, "metrics") if document.at((*output, "metrics")) is not None else ("metrics",)
    count = len(document.at(path) or ())
    return tuple(read_component(document, (*path, i), "metrics") for i in range(count))
