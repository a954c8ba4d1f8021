"""Losses and last activations that disagree, known without the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nnrun.errors import Problem
from nnrun.experiment.column_steps import scaled_targets
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component, Layer, Output
from nnrun.network.axes import Shape
from nnrun.network.loss_domains import HINGES, STANDARD, VALUE_LOSSES, sums_to_1, targets_sum
from nnrun.network.output_ranges import (
    ANY_NUMBER,
    UNIT,
    LastActivation,
    ValueRange,
    last_activation,
    layers_by_name,
    output_range,
)
from nnrun.network.target_values import TargetValues
from nnrun.network.wiring import Graph

_BINARY = ("BinaryCrossentropy", "BinaryFocalCrossentropy")
_SUMMING_TO_1 = ("softmax", "sparsemax")
_AROUND_ZERO = ("standard", "robust", "minmax")  # scalings of targets
_ROUNDING = 1e-5  # of float32 and of scaled targets, relative to the range of the activation


def find_loss_warnings(
    graph: Graph, outputs: Sequence[Output], shapes: Mapping[str, Shape | None]
) -> Iterator[Problem]:
    """A warning for every output whose loss does not take what its last layers give.

    Args:
        graph: the wired layers.
        outputs: the layers that are compared with targets.
        shapes: the shape of a sample at every layer; None where it is not known.
    """
    layers = layers_by_name(graph)
    for output in outputs:
        found = last_activation(layers, output.layer)
        problem = _of_vectors(layers[output.layer], output, shapes.get(output.layer))
        if problem := problem or (disagreement(output.loss, output.layer, found) if found else None):
            yield problem


def _of_vectors(layer: Layer, output: Output, shape: Shape | None) -> Problem | None:
    """An output of another form than a loss for directions takes."""
    kind, loss = output.loss.class_name, output.loss
    if kind == "CosineSimilarity" and shape and shape[-1] == 1 and loss.arguments.get("axis", -1) == -1:
        message = f'{loss.name} compares directions. Of one number, as the output "{output.layer}", that is the sign.'
        return Problem(message, loss.place, "For values write loss: mse.")
    if kind == "Circle" and layer.component.class_name != "UnitNormalization":
        message = f'{loss.name} takes vectors of length 1. The output "{output.layer}" has any length.'
        return Problem(message, loss.place, "Add the layer UnitNormalization at the end.")
    return None


def disagreement(loss: Component, output: str, found: LastActivation) -> Problem | None:
    """A loss, or a metric that computes one, for which the last activation gives other numbers than it takes, or None.

    Args:
        loss: the loss or metric.
        output: the name of the output.
        found: the activation that makes the output.
    """
    taken, given, kind = output_range(loss.class_name), found.gives, loss.class_name
    if given is None or (taken is None and kind not in HINGES):
        return None
    ends = f'The output "{output}" ({found.label}) gives {given}'
    if loss.arguments.get("from_logits"):
        return _no_logits(loss, output, found, given)
    if taken is None:
        if given.low < 0 < given.high:
            return None
        message = f"{loss.name} compares the sign of the outputs with -1 and 1. {ends}."
        return Problem(message, found.place, "Write activation: tanh, or a layer without an activation at the end.")
    hint = _usual(taken.activations, found)
    if not taken.predictions.holds(given):
        if "Crossentropy" in kind and found.label == "linear":
            hint = f"{hint.rstrip('.')}, or {loss.name}: {{from_logits: true}}."
        return Problem(f"{loss.name} takes {_taken(taken.predictions.high)}. {ends}.", found.place, hint)
    if kind == "KLDivergence" and found.name not in _SUMMING_TO_1:
        message = f"{loss.name} takes probabilities that add up to 1. {ends}, each unit by itself."
        return Problem(message, found.place, f"{hint} For labels of 0 and 1 write loss: binary_crossentropy.")
    return None


def _no_logits(loss: Component, output: str, found: LastActivation, given: ValueRange) -> Problem | None:
    """Outputs that are no logits, for a loss that takes some."""
    if UNIT.holds(given):
        message = (
            f'{loss.name} with from_logits takes logits. The output "{output}" gives probabilities ({found.label}).'
        )
        return Problem(message, loss.place_of("from_logits"), "Leave from_logits or the activation out.")
    if loss.class_name not in _BINARY or given == ANY_NUMBER:
        return None
    message = f'{loss.name} with from_logits takes any number. The output "{output}" ({found.label}) gives {given}.'
    return Problem(message, found.place, _leave_out(found))


def _usual(activations: Sequence[str], found: LastActivation) -> str:
    """The activations that a loss takes, in the place of one or behind it."""
    usual = " or ".join(activations)
    if found.rescaled_by or not found.is_optional:
        return f"Add a layer at the end, such as Dense, with activation: {usual}."
    return f"Write activation: {usual}."


def _leave_out(found: LastActivation) -> str:
    if found.rescaled_by or not found.is_optional:
        return "Add a layer without an activation at the end, such as Dense."
    return "Leave the activation out."


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


def find_ratio_warnings(outputs: Sequence[Output], columns: Columns, data: Mapping[str, Any]) -> Iterator[Problem]:
    """A warning for a loss or metric that divides by targets which are 0 in some rows, or scaled to values around 0.

    Args:
        outputs: the layers that are compared with targets.
        columns: the columns of the data.
        data: the data settings as written.
    """
    scaling = scaled_targets(data, [column.name for column in columns.targets if not column.is_label])
    if scaling != "none":
        for part in _ratios(outputs) if scaling in _AROUND_ZERO else ():
            message = f"{part.name} divides by the targets. They are scaled ({scaling}), so that some are 0 or near it."
            yield Problem(message, part.place, _instead_of_ratio(part))
        return
    known = {column.name: column.extent for column in columns.targets if not data.get("one_hot")}
    for output in outputs:
        for name in output.targets:
            yield from ratio_problems(output, name) if 0 in (known.get(name) or ()) else ()


def ratio_problems(output: Output, name: str) -> Iterator[Problem]:
    """A target of 0 under each loss and metric that divides by the targets.

    Args:
        output: the output that is compared with them.
        name: the name of the target.
    """
    for part in _ratios([output]):
        divides = f"{part.name} divides by the target, or by 1e-7 where it is 0."
        hint = "Write metrics: [mae]." if part.kind == "metrics" else "Write loss: mae or msle."
        yield Problem(f"{divides} The target {name} is 0 in some rows.", part.place, hint)


def _ratios(outputs: Sequence[Output]) -> Iterator[Component]:
    """The losses and metrics that divide by the targets."""
    parts = (part for output in outputs for part in (output.loss, *output.metrics))
    return (part for part in parts if part.class_name == "MeanAbsolutePercentageError")


def _instead_of_ratio(part: Component) -> str:
    other = "metrics: [mae]" if part.kind == "metrics" else "loss: mae"
    return f"Write {other}, or leave the targets unscaled."


def _below_zero(layers: Mapping[str, Layer], output: Output) -> Problem | None:
    """An activation without negative outputs for targets that are scaled to a mean of 0, or None."""
    found = last_activation(layers, output.layer)
    if found is None or found.gives is None or found.gives.low < 0 or output.loss.class_name not in VALUE_LOSSES:
        return None
    message = f'{STANDARD}; the output "{output.layer}" ({found.label}) gives {found.gives}.'
    hint = f"{_leave_out(found).rstrip('.')}, or write data: {{scale_targets: minmax}}."
    return Problem(message, found.place, hint)


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
    names = f"targets ({', '.join(output.targets)})" if output.targets else "targets"
    gives = f'The output "{output.layer}" ({found.label}) gives {found.gives}'
    message = f"{gives}; its {names} {targets.predicate(plural=True)}."
    taken = output_range(output.loss.class_name)
    hint = _usual(taken.activations, found) if taken else _leave_out(found)
    return Problem(message, found.place, f"{hint.rstrip('.')}, or scale the targets: data: {{scale_targets: minmax}}.")


def reachable(layers: Mapping[str, Layer], output: Output) -> ValueRange | None:
    """What the last activation gives, and its rounding, where the loss compares values and takes such outputs, or None.

    Args:
        layers: the layers by name.
        output: the output.
    """
    found = last_activation(layers, output.layer)
    if found is None or found.gives is None or output.loss.class_name not in VALUE_LOSSES:
        return None
    if disagreement(output.loss, output.layer, found):  # which is said already, with another remedy
        return None
    margin = _ROUNDING * min(1.0, found.gives.high - found.gives.low)
    return ValueRange(found.gives.low - margin, found.gives.high + margin)


def sum_problem(layers: Mapping[str, Layer], output: Output, loss: str, totals: tuple[float, float]) -> Problem | None:
    """Targets of a sample that add up to something else than the outputs of softmax, 1, or None.

    Args:
        layers: the layers by name.
        output: the output, of several units.
        loss: its loss by Keras's name for its class.
        totals: the smallest and the largest sum of a sample's targets.
    """
    found = last_activation(layers, output.layer)
    if found is None or found.label not in _SUMMING_TO_1 or sums_to_1(totals):
        return None
    if loss not in VALUE_LOSSES and loss not in (*_BINARY, "Dice", "Tversky"):
        return None
    message = f'The outputs "{output.layer}" ({found.name}) of a sample add up to 1; the {targets_sum(output, totals)}.'
    hint = "For several labels of 0 and 1 write activation: sigmoid. For other numbers leave the activation out."
    return Problem(message, found.place, hint)
