"""Losses and last activations that disagree, known without the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nnrun.errors import Problem
from nnrun.experiment.column_steps import scaled_targets
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Layer, Output
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.network.loss_domains import STANDARD, VALUE_LOSSES
from nnrun.network.output_ranges import ValueRange, activation_range, last_activation, layers_by_name, output_range
from nnrun.network.target_values import TargetValues
from nnrun.network.wiring import Graph

_PROBABILITIES = ("sigmoid", "softmax")
_ROUNDING = 1e-5  # of float32 and of scaled targets, relative to the range of the activation


def find_loss_warnings(graph: Graph, outputs: Sequence[Output]) -> Iterator[Problem]:
    """A warning for every output whose last activation gives numbers that its loss does not take.

    Args:
        graph: the wired layers.
        outputs: the layers that are compared with targets.
    """
    layers = layers_by_name(graph)
    for output in outputs:
        found = last_activation(layers, output.layer)
        if found and (problem := _disagreement(output, *found)):
            yield problem


def _disagreement(output: Output, activation: str, layer: Layer) -> Problem | None:
    taken, given = output_range(output.loss.name), activation_range(activation)
    if taken is None or given is None:
        return None
    name = output.loss.name
    place = layer.component.place_of("activation")
    if output.loss.arguments.get("from_logits"):
        if activation not in _PROBABILITIES:
            return None
        message = (
            f'{name} with from_logits takes logits. The output "{output.layer}" gives probabilities ({activation}).'
        )
        return Problem(message, output.loss.place_of("from_logits"), "Leave from_logits or the activation out.")
    if taken.predictions.holds(given):
        return None
    ends = f'The output "{output.layer}" ({activation}) gives {given}.'
    usual = " or ".join(taken.activations)
    hint = f"Write activation: {usual}."
    if "Crossentropy" in _class_name(name) and activation == "linear":
        hint = f"Write activation: {usual}, or {name}: {{from_logits: true}}."
    return Problem(f"{name} takes {_taken(taken.predictions.high)}. {ends}", place, hint)


def _class_name(name: str) -> str:
    entry = load_catalog().entry("losses", name)
    return entry.name if entry else name


def _taken(high: float) -> str:
    return "probabilities from 0 to 1" if high == 1 else "outputs that are not negative"


def find_reach_warnings(
    graph: Graph, outputs: Sequence[Output], columns: Columns, data: Mapping[str, Any]
) -> Iterator[Problem]:
    """A warning for targets that the last activation cannot output, where the columns say what the targets are.

    Args:
        graph: the wired layers.
        outputs: the layers that are compared with targets.
        columns: the columns of the data.
        data: the data settings as written.
    """
    scaling = scaled_targets(data, [column.name for column in columns.targets if not column.is_label])
    if data.get("one_hot") or scaling not in ("none", "standard"):
        return
    layers = layers_by_name(graph)
    if scaling == "standard":
        yield from (problem for output in outputs if columns.targets and (problem := _below_zero(layers, output)))
        return
    known = {column.name: column.extent for column in columns.targets}
    for output in outputs:
        ranges = [known.get(name) for name in output.targets]
        found = [ValueRange(*each) for each in ranges if each]
        if found and len(found) == len(ranges):
            targets = TargetValues(min(each.low for each in found), max(each.high for each in found))
            if problem := reach_problem(layers, output, targets):
                yield problem


def _below_zero(layers: Mapping[str, Layer], output: Output) -> Problem | None:
    """An activation without negative outputs for targets that are scaled to a mean of 0, or None."""
    found = last_activation(layers, output.layer)
    given = activation_range(found[0]) if found else None
    if found is None or given is None or given.low < 0 or _class_name(output.loss.name) not in VALUE_LOSSES:
        return None
    activation, layer = found
    message = f'{STANDARD}; the output "{output.layer}" ({activation}) gives {given}.'
    hint = "Leave the activation out, or write data: {scale_targets: minmax}."
    return Problem(message, layer.component.place_of("activation"), hint)


def reach_problem(layers: Mapping[str, Layer], output: Output, targets: TargetValues) -> Problem | None:
    """Targets beyond what the last activation gives, or None.

    Args:
        layers: the layers by name.
        output: the output.
        targets: its targets.
    """
    found, reach = last_activation(layers, output.layer), reachable(layers, output)
    if found is None or reach is None or reach.holds(ValueRange(targets.low, targets.high)):
        return None
    activation, layer = found
    names = f"targets ({', '.join(output.targets)})" if output.targets else "targets"
    gives = f'The output "{output.layer}" ({activation}) gives {activation_range(activation)}'
    message = f"{gives}; its {names} {targets.predicate(plural=True)}."
    hint = "Leave the activation out, or scale the targets: data: {scale_targets: minmax}."
    return Problem(message, layer.component.place_of("activation"), hint)


def reachable(layers: Mapping[str, Layer], output: Output) -> ValueRange | None:
    """What the last activation gives, and its rounding, where the loss compares values; None where it is not known.

    Args:
        layers: the layers by name.
        output: the output.
    """
    found = last_activation(layers, output.layer)
    given = activation_range(found[0]) if found else None
    if given is None or _class_name(output.loss.name) not in VALUE_LOSSES:
        return None
    margin = _ROUNDING * min(1.0, given.high - given.low)
    return ValueRange(given.low - margin, given.high + margin)
