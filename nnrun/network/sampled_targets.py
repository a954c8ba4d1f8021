"""Targets of a function that the loss or the last activation does not suit, told from a sample of its rows.

Whatever is told here is certain to be told of the training set, too: as an error or a warning alike.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from nnrun.data.splits.sizes import training_size
from nnrun.errors import Problem
from nnrun.experiment.class_weight import not_labels
from nnrun.experiment.column_steps import scaled_targets
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Layer, Output
from nnrun.experiment.split_section import read_split
from nnrun.experiment.text.yaml_text import Document
from nnrun.network.label_problems import label_problem, whole_number_problem
from nnrun.network.loss_domains import domain_problem, has_domain
from nnrun.network.loss_warnings import reach_problem, reachable
from nnrun.network.output_ranges import ANY_NUMBER, layers_by_name
from nnrun.network.target_values import TargetValues
from nnrun.network.wiring import Graph
from nnrun.number_text import short

if TYPE_CHECKING:
    from nnrun.experiment.function_sample import FunctionSample, SampledRow

_DOUBT = 1e-6  # the largest probability that the training set is otherwise
_MOST_INPUTS = 3  # that an example names


class _Target(NamedTuple):
    """A target of a sampled row."""

    value: float
    column: str
    row: SampledRow


def sampled_domain_problem(output: Output, loss: str, columns: Columns, data: Mapping[str, Any]) -> Problem | None:
    """Targets that the loss cannot take, if the training set is certain to have such targets.

    Args:
        output: the output.
        loss: its loss by Keras's name for its class.
        columns: the columns of the data.
        data: the data settings as written.
    """
    sample = _sample(columns, data)
    if sample is None or not has_domain(loss):
        return None
    beyond = _certain(
        output,
        sample,
        sample.rows(),
        _training_share(sample, data),
        lambda value: bool(domain_problem(output, loss, TargetValues(value, value))),
    )
    if not beyond:
        return None
    return domain_problem(output, loss, _example(max(beyond, key=lambda target: abs(target.value)), output))


def sampled_label_problem(
    output: Output, units: int | None, columns: Columns, data: Mapping[str, Any]
) -> Problem | None:
    """Labels that are no whole numbers or have no unit, if the training set is certain to have such labels.

    Args:
        output: the output, whose loss takes labels.
        units: the number of its units, where it is known.
        columns: the columns of the data.
        data: the data settings as written.
    """
    sample = _sample(columns, data)
    if sample is None:
        return None
    rows, share = sample.rows(), _training_share(sample, data)
    if broken := _certain(output, sample, rows, share, lambda value: value != math.floor(value)):
        return whole_number_problem(output, _example(broken[0], output).example)
    ignored = output.loss.arguments.get("ignore_class")
    if units is None:
        return None
    beyond = _certain(output, sample, rows, share, lambda value: value != ignored and not 0 <= value < units)
    if not beyond:
        return None
    values = sorted(beyond, key=lambda target: target.value)
    return label_problem(output, _example(values[0 if values[0].value < 0 else -1], output), units)


def sampled_weight_problems(document: Document, output: Output, columns: Columns) -> list[Problem]:
    """Class weights of numbers that are not whole, if the training set is certain to have such numbers.

    Args:
        document: the experiment, which has class weights.
        output: its only output.
        columns: the columns of its data.
    """
    data = document.at(("data",)) or {}
    sample = _sample(columns, data)
    if sample is None or len(output.targets) != 1:
        return []
    share = _training_share(sample, data)
    broken = _certain(output, sample, sample.rows(), share, lambda value: value != math.floor(value))
    problem = replace(not_labels(output.targets[0]), place=document.place(("class_weight",)))
    return [problem] if broken else []


def find_sampled_reach_warnings(
    graph: Graph, outputs: Sequence[Output], columns: Columns, data: Mapping[str, Any]
) -> Iterator[Problem]:
    """A warning for targets that are certain to be in their mean beyond what the last activation gives.

    Args:
        graph: the wired layers.
        outputs: the layers that are compared with targets.
        columns: the columns of the data.
        data: the data settings as written.
    """
    layers = layers_by_name(graph)
    for output in outputs:
        if problem := _reach_problem(layers, output, columns, data):
            yield problem


def _reach_problem(
    layers: Mapping[str, Layer], output: Output, columns: Columns, data: Mapping[str, Any]
) -> Problem | None:
    sample, reach = _sample(columns, data), reachable(layers, output)
    if sample is None or reach is None or reach == ANY_NUMBER:
        return None
    rows = sample.rows()
    targets = [target for row in rows if row for target in _targets(output, row)]
    if None in rows or not targets:
        return None
    mean = statistics.fmean(target.value for target in targets)
    error = _error_of_mean(targets, sample, _training_share(sample, data))
    if reach.low <= mean + error and mean - error <= reach.high:
        return None
    beyond = [target for target in targets if not reach.low <= target.value <= reach.high]
    return reach_problem(layers, output, _example(min(beyond, key=lambda target: abs(target.value - mean)), output))


def _sample(columns: Columns, data: Mapping[str, Any]) -> FunctionSample | None:
    """The sample of targets that are used as they are, or None."""
    numbers = [column.name for column in columns.targets if not column.is_label]
    changed = data.get("one_hot") or scaled_targets(data, numbers) != "none"
    return None if changed else columns.sample


def _training_share(sample: FunctionSample, data: Mapping[str, Any]) -> float:
    """The share of the rows that are in the training set, of which those with a gap may be dropped."""
    if read_split(data).kind == "column":  # which of them is not known without the rows
        return 0.0
    return training_size(sample.count, data) / sample.count * sample.whole


def _targets(output: Output, row: SampledRow) -> list[_Target]:
    return [_Target(row.targets[name], name, row) for name in output.targets]


def _certain(
    output: Output,
    sample: FunctionSample,
    rows: Sequence[SampledRow | None],
    share: float,
    is_wrong: Callable[[float], bool],
) -> list[_Target]:
    """The wrong targets of the sample; none where the training set may be without any."""
    wrong = [target for row in rows if row for target in _targets(output, row) if is_wrong(target.value)]
    found = len({id(target.row) for target in wrong})
    return wrong if found and _is_certain(found, len(rows), sample, share) else []


def _is_certain(found: int, tried: int, sample: FunctionSample, share: float) -> bool:
    """Whether the training set has such a row as so many of the sample, but for a probability of one in a million."""
    if sample.is_exact:  # these very rows, as far as they are not held out
        return bool((1 - share) ** found < _DOUBT)
    part = found / tried
    part -= 4 * math.sqrt(part * (1 - part) / tried) + 4 / tried  # 4 standard errors, and those of a rare event
    return part > 0 and (1 - part) ** (sample.count * share) < _DOUBT


def _error_of_mean(targets: list[_Target], sample: FunctionSample, share: float) -> float:
    """By how much the mean of the training set may differ from that of the sample: 6 standard errors of both."""
    if sample.is_exact and share == 1 and len(targets) >= sample.count:
        return 0.0
    deviation = statistics.pstdev(target.value for target in targets)
    rows = (len({id(target.row) for target in targets}), sample.count * share)
    return 6 * deviation * sum(1 / math.sqrt(number) for number in rows)


def _example(target: _Target, output: Output) -> TargetValues:
    inputs = [f"{name} = {short(number)}" for name, number in target.row.inputs.items()]
    column = f"{target.column} = " if len(output.targets) > 1 else ""
    where = f" at {', '.join(inputs[:_MOST_INPUTS])}{', …' * (len(inputs) > _MOST_INPUTS)}" if inputs else ""
    return TargetValues(target.value, target.value, f"{column}{short(target.value)}{where}")
