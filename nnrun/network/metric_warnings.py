"""Metrics that measure something else than is probably meant, known without the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nnrun.errors import Problem
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component, Output
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.network.axes import Shape
from nnrun.network.output_ranges import last_activation, layers_by_name
from nnrun.network.wiring import Graph

_F_SCORES = ("F1Score", "FBetaScore")
_CATEGORICAL = ("CategoricalAccuracy", "TopKCategoricalAccuracy")


class _Measured(NamedTuple):
    """What a metric compares.

    Args:
        units: the size of the output's last axis.
        activation: the last activation; None where it is not known.
        labels: the number of target columns.
        one_hot: whether the class labels are one-hot encoded.
        from_logits: whether the loss takes logits.
    """

    units: int
    activation: str | None
    labels: int
    one_hot: bool
    from_logits: bool

    @property
    def is_multi_label(self) -> bool:
        """Whether each unit predicts 0 or 1 for a target of its own."""
        return self.labels > 1 and self.units == self.labels and self.activation == "sigmoid"


def find_metric_warnings(
    graph: Graph,
    outputs: Sequence[Output],
    shapes: Mapping[str, Shape | None],
    columns: Columns,
    data: Mapping[str, Any],
) -> Iterator[Problem]:
    """A warning for each metric that does not suit its output and targets, with one that does.

    Args:
        graph: the wired layers.
        outputs: the layers that are compared with targets.
        shapes: the shape of a sample at every layer; None where it is not known.
        columns: the columns of the data; without target columns where they are not known.
        data: the data settings as written.
    """
    layers = layers_by_name(graph)
    widths = {column.name: column.width for column in columns.targets}
    for output in outputs:
        shape = shapes.get(output.layer)
        if not shape or len(shape) != 1 or shape[0] is None or not all(name in widths for name in output.targets):
            continue
        found = last_activation(layers, output.layer)
        labels = sum(widths[name] for name in output.targets)
        logits = bool(output.loss.arguments.get("from_logits"))
        measured = _Measured(shape[0], found[0] if found else None, labels, bool(data.get("one_hot")), logits)
        for metric in output.metrics:
            if fault := _fault(metric, measured):
                yield Problem(fault[0], metric.place, fault[1])


def _fault(metric: Component, measured: _Measured) -> tuple[str, str] | None:
    """What a metric measures in place of what is meant, and the metric that fits."""
    entry = load_catalog().entry("metrics", metric.name)
    kind = entry.name if entry else metric.name
    units = measured.units
    if kind == "accuracy" and measured.is_multi_label:
        message = f"{metric.name} is CategoricalAccuracy here: it compares only the largest of the {units} outputs."
        return message, "For several labels of 0 and 1 write metrics: [binary_accuracy]."
    if kind in _CATEGORICAL:
        return _categorical_fault(metric, kind, measured)
    if kind == "SparseCategoricalAccuracy" and measured.one_hot and units > 1:
        return (
            f"{metric.name} takes class labels. The labels are one-hot encoded here.",
            "Write metrics: [categorical_accuracy].",
        )
    if kind in _F_SCORES and metric.arguments.get("threshold") is None and (units == 1 or measured.is_multi_label):
        message = f"{metric.name} without a threshold takes the largest output of a sample as 1, all others as 0."
        return message, f"Write {metric.name}: {{threshold: 0.5}}."
    if kind == "BinaryAccuracy" and measured.activation == "softmax" and units > 2:
        message = f"{metric.name} counts each of the {units} outputs by itself, most of which are 0 for every class."
        return message, "For classes write metrics: [accuracy]."
    is_binary = kind in ("accuracy", "BinaryAccuracy") and units == 1 and "threshold" not in metric.arguments
    if is_binary and measured.from_logits and measured.activation == "linear":
        message = (
            f"{metric.name} compares the output with 0.5. The output is a logit, which is 0 at a probability of 0.5."
        )
        return message, "Write BinaryAccuracy: {threshold: 0}."
    return None


def _categorical_fault(metric: Component, kind: str, measured: _Measured) -> tuple[str, str] | None:
    if measured.units == 1:
        message = f"{metric.name} compares the largest output of a sample. Of one output that is always the same."
        return message, "Write metrics: [binary_accuracy]."
    if measured.is_multi_label:
        message = f"{metric.name} compares only the largest of the {measured.units} outputs."
        return message, "For several labels of 0 and 1 write metrics: [binary_accuracy]."
    if measured.labels == 1 and not measured.one_hot:
        sparse = "accuracy" if kind == "CategoricalAccuracy" else "sparse_top_k_categorical_accuracy"
        return f"{metric.name} takes one-hot vectors. The target is a class label here.", f"Write metrics: [{sparse}]."
    return None
