"""The outputs of the network, each with its targets, loss and metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem, did_you_mean, first_problems, listed
from nnrun.experiment.columns import Columns
from nnrun.experiment.component import read_component
from nnrun.experiment.experiment import Component, Output
from nnrun.experiment.text.yaml_text import Document, ValuePath
from nnrun.network.wiring import Graph


def read_outputs(document: Document, graph: Graph, columns: Columns) -> tuple[Output, ...]:
    """The outputs: the layer that no other takes, or those that `outputs:` names.

    Args:
        document: a document that is valid by the schema.
        graph: its layers.
        columns: the columns of the data; without target columns where they are not known.

    Raises:
        ExperimentError: several layers end the network and `outputs:` is missing, a name or target column is not
            there, a layer leads to no output, a target column to none, or an output has no loss.
    """
    written = document.at(("outputs",))
    names = _output_names(document, graph, written)
    _refuse_idle_layers(graph, names)
    settings = written if isinstance(written, dict) else {}
    targets = _targets(document, names, settings, columns)
    outputs = []
    for position, (name, wanted) in enumerate(zip(names, targets, strict=True)):
        weight = (settings.get(name) or {}).get("loss_weight", 1.0)
        loss = _loss(document, name, position)
        outputs.append(Output(name, wanted, loss, _metrics(document, ("outputs", name)), float(weight)))
    if not any(output.loss_weight for output in outputs):
        message = "The losses of all outputs have the weight 0, so nothing is learned."
        place = document.place(("outputs", names[0], "loss_weight"))
        raise ExperimentError(Problem(message, place, "Raise one of them, or leave them out."))
    return tuple(outputs)


def _output_names(document: Document, graph: Graph, written: Any) -> list[str]:
    ends = [layer.name for layer in graph.ends]
    if written is None:
        if len(ends) > 1:
            shown = " and ".join(f'"{name}"' for name in ends[:30])
            hint = f"Name the outputs, as in outputs: [{', '.join(ends[:30])}], or let another layer take them."
            place = graph.ends[0].component.place
            raise ExperimentError(Problem(f"No layer takes {shown}; which of them are outputs?", place, hint))
        return ends
    names = [written] if isinstance(written, str) else list(written)
    known = [layer.name for layer in graph.layers]
    problems = first_problems(_name_problems(document, names, known))
    if problems:
        raise ExperimentError(*problems)
    return names


def _name_problems(document: Document, names: list[str], known: list[str]) -> Iterator[Problem]:
    layers, seen = set(known), set[str]()
    for position, name in enumerate(names):
        place = _place(document, name, position)
        if name not in layers:
            hint = did_you_mean(name, known) or f"The layers are: {listed(known)}."
            yield Problem(f'The output "{name}" is no layer.', place, hint)
        elif name in seen:
            yield Problem(f'The output "{name}" is named twice.', place, "Leave one of the two out.")
        seen.add(name)


def _place(document: Document, name: str, position: int) -> Place | None:
    """Where `outputs:` names an output, be it a mapping, a list or a single name."""
    return document.keys.get(("outputs", name)) or document.place(("outputs", position))


def _refuse_idle_layers(graph: Graph, outputs: list[str]) -> None:
    needed = set(outputs)
    for layer in reversed(graph.layers):
        if layer.name in needed:
            needed.update(layer.inputs)
    idle = (layer for layer in graph.layers if layer.name not in needed)
    problems = first_problems(
        Problem(
            f'The layer "{layer.name}" leads to no output.',
            layer.component.place,
            f"Leave it out, or name it: outputs: [{', '.join([*outputs[:30], layer.name])}]",
        )
        for layer in idle
    )
    if problems:
        raise ExperimentError(*problems)


def _targets(document: Document, names: list[str], settings: dict[str, Any], columns: Columns) -> list[tuple[str, ...]]:
    """The target columns of each output: as written, by the same name, or in order; a single output takes all."""
    known = [column.name for column in columns.targets]
    if not known:
        return [()] * len(names)
    written = {name: _written_target(document, name, settings, known) for name in names}
    chosen = _chosen(document, names, written, known)
    _refuse_unused_targets(document, names, chosen, known)
    return chosen


def _chosen(
    document: Document, names: list[str], written: dict[str, tuple[str, ...]], known: list[str]
) -> list[tuple[str, ...]]:
    if len(names) == 1:
        return [written[names[0]] or tuple(known)]
    taken = {*names, *(column for chosen in written.values() for column in chosen)}
    free = [name for name in known if name not in taken]
    chosen: list[tuple[str, ...]] = []
    for position, name in enumerate(names):
        if written[name] or name in known:
            chosen.append(written[name] or (name,))
        elif free:
            chosen.append((free.pop(0),))
        else:
            hint = f"Name it, as in {name}: {{target: …}}. The target columns are: {listed(known)}."
            message = f'No target column is left for the output "{name}".'
            raise ExperimentError(Problem(message, _place(document, name, position), hint))
    return chosen


def _refuse_unused_targets(
    document: Document, names: list[str], chosen: list[tuple[str, ...]], known: list[str]
) -> None:
    used = {column for columns in chosen for column in columns}
    place = document.keys.get(("outputs",))

    def unused() -> Iterator[Problem]:
        for column in known:
            if column not in used:
                shown = f"{names[-1]}: {{target: [{', '.join([*chosen[-1][:30], column])}]}}"
                hint = f"Give it to an output, as in {shown}, or take it out of the generator's target."
                yield Problem(f'No output learns the target column "{column}".', place, hint)

    problems = first_problems(unused())
    if problems:
        raise ExperimentError(*problems)


def _written_target(document: Document, name: str, settings: dict[str, Any], known: list[str]) -> tuple[str, ...]:
    written = (settings.get(name) or {}).get("target", ())
    columns = (written,) if isinstance(written, str) else tuple(written)
    unknown = [position for position, column in enumerate(columns) if column not in known]
    if unknown:
        column = columns[unknown[0]]
        hint = did_you_mean(column, known) or f"The target columns are: {listed(known)}."
        place = document.place(("outputs", name, "target", unknown[0]))
        raise ExperimentError(Problem(f'There is no target column "{column}".', place, hint))
    return columns


def _loss(document: Document, name: str, position: int) -> Component:
    for path in (("outputs", name, "loss"), ("loss",)):
        if document.at(path) is not None:
            return read_component(document, path, "losses")
    hint = f"For example: loss: mse, for all outputs, or outputs: {{{name}: {{loss: mse}}}}"
    raise ExperimentError(Problem(f'The output "{name}" has no loss.', _place(document, name, position), hint))


def _metrics(document: Document, output: ValuePath) -> tuple[Component, ...]:
    path = (*output, "metrics") if document.at((*output, "metrics")) is not None else ("metrics",)
    count = len(document.at(path) or ())
    return tuple(read_component(document, (*path, i), "metrics") for i in range(count))


def of_one_output(problem: Problem, output: Output, outputs: Sequence[Output]) -> Problem:
    """The problem with the remedy for one output, where its loss is that of others too.

    Args:
        problem: what is wrong.
        output: with this one.
        outputs: all of them.
    """
    place = output.loss.place
    if problem.hint is None or problem.place != place or sum(each.loss.place == place for each in outputs) < 2:
        return problem
    return replace(problem, hint=f"{problem.hint} Its own loss stands in outputs: {{{output.layer}: {{loss: …}}}}")
