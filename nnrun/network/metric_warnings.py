"""Metrics that measure something else than is probably meant, known without the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from nnrun.errors import Problem
from nnrun.experiment.column_steps import scaled_targets
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component, Output
from nnrun.network.axes import Shape
from nnrun.network.loss_domains import HINGES, VALUE_LOSSES, sums_to_1
from nnrun.network.loss_warnings import disagreement
from nnrun.network.output_ranges import LastActivation, last_activation, layers_by_name
from nnrun.network.wiring import Graph
from nnrun.number_text import short

_F_SCORES = ("F1Score", "FBetaScore")
# Which count outputs on the sides of thresholds from 0 to 1, 0.5 by default.
_COUNTED = ("Precision", "Recall", "TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")
_AT_THRESHOLDS = ("SensitivityAtSpecificity", "SpecificityAtSensitivity", "PrecisionAtRecall", "RecallAtPrecision")
_OF_0_AND_1 = ("accuracy", "AUC", "BinaryAccuracy", "BinaryIoU", *_F_SCORES, *_COUNTED, *_AT_THRESHOLDS)
_CATEGORICAL = ("CategoricalAccuracy", "TopKCategoricalAccuracy")
_SPARSE = ("SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy")
_OF_CLASSES = ("IoU", "MeanIoU")
# Which compare the outputs of a sample with one another, and what is to be written for one output.
_OF_SEVERAL = {
    "CategoricalCrossentropy": "Write metrics: [binary_crossentropy].",
    "ConcordanceCorrelation": "Write ConcordanceCorrelation: {axis: 0}, for the samples of each batch.",
    "CosineSimilarity": "Write metrics: [mae].",
    "KLDivergence": "Write metrics: [binary_crossentropy].",
    "OneHotIoU": "Write metrics: [BinaryIoU].",
    "OneHotMeanIoU": "Write metrics: [BinaryIoU].",
    "PearsonCorrelation": "Write PearsonCorrelation: {axis: 0}, for the samples of each batch.",
}
_BY_ITSELF = "For several labels of 0 and 1 write metrics: [binary_accuracy]."

_Fault = tuple[str, str]


class _Measured(NamedTuple):
    """What a metric compares.

    Args:
        output: the output.
        units: the size of the output's last axis.
        last: the last activation; None where it is not known.
        labels: the number of target columns.
        one_hot: whether the class labels are one-hot encoded.
        other: gives a target that is neither 0 nor 1, in words, where one is known; rows are drawn for it.
        below_0: gives whether a target is known to be negative; rows are drawn for it.
        per_step: whether there is a label for each step.
        totals: the smallest and the largest sum of a sample's targets, where it is known.
    """

    output: Output
    units: int
    last: LastActivation | None
    labels: int
    one_hot: bool
    other: Callable[[], str]
    below_0: Callable[[], bool]
    per_step: bool = False
    totals: tuple[float, float] | None = None

    @property
    def activation(self) -> str | None:
        """The name of the last activation, if it is known."""
        return self.last.name if self.last else None

    @property
    def is_multi_label(self) -> bool:
        """Whether each unit predicts 0 or 1 for a target of its own."""
        is_one_class = self.totals is not None and sums_to_1(self.totals)  # a one-hot vector in columns of its own
        return self.labels > 1 and self.units == self.labels and self.activation == "sigmoid" and not is_one_class

    @property
    def is_one_label(self) -> bool:
        """Whether one class label is compared with several outputs."""
        return self.labels == 1 and self.units > 1 and not self.one_hot

    @property
    def is_hinge(self) -> bool:
        """Whether the loss separates two classes by the sign of the output, which has both signs."""
        gives = self.last.gives if self.last else None
        return self.output.loss.class_name in HINGES and (gives is None or gives.low < 0 < gives.high)

    @property
    def is_logit(self) -> bool:
        """Whether the outputs are no probabilities yet."""
        return bool(self.output.loss.arguments.get("from_logits")) and self.activation == "linear"


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
        if not shape or shape[-1] is None or not all(name in widths for name in output.targets):
            continue
        last, labels = last_activation(layers, output.layer), sum(widths[name] for name in output.targets)
        per_step = len(shape) == 2 and shape[0] == labels and shape[-1] > 1 and not data.get("one_hot")
        if len(shape) > 1 and not per_step:
            continue
        other = partial(_other_target, output, columns, data)
        below_0 = partial(_is_below_0, output, columns, data)
        totals = columns.totals if len(output.targets) == len(columns.targets) else None
        one_hot, labels = bool(data.get("one_hot")), 1 if per_step else labels
        measured = _Measured(output, shape[-1], last, labels, one_hot, other, below_0, per_step, totals)
        for metric in output.metrics if labels else ():
            if metric.code is None and (fault := _fault(metric, measured)):
                yield Problem(fault[0], metric.place, fault[1])


def _is_below_0(output: Output, columns: Columns, data: Mapping[str, Any]) -> bool:
    """Whether some target of an output is known to be negative."""
    targets = [column for column in columns.targets if column.name in output.targets]
    scaling = scaled_targets(data, [column.name for column in targets])
    if scaling != "none":
        return scaling in ("standard", "robust")
    lows = [column.extent[0] for column in targets if column.extent]
    return min([*lows, *(value for _, value in _drawn_targets(output, columns))], default=0) < 0


def _drawn_targets(output: Output, columns: Columns) -> Iterator[tuple[str, float]]:
    """The targets of some rows of a function, each with its name; none of other data."""
    for row in columns.sample.rows() if columns.sample else ():
        yield from ((name, row.targets[name]) for name in output.targets if row and name in row.targets)


def _other_target(output: Output, columns: Columns, data: Mapping[str, Any]) -> str:
    """A target that is neither 0 nor 1, or the range of such targets, in words; empty where none is known."""
    numbers = [column for column in columns.targets if column.name in output.targets and not column.is_label]
    scaling = scaled_targets(data, [column.name for column in numbers])
    if not numbers or data.get("one_hot"):
        return ""
    if scaling != "none":  # of other ones 0 and 1 may be what is left
        return f"The targets are scaled ({scaling})." if scaling in ("standard", "robust") else ""
    for column in numbers:
        if column.extent and not {*column.extent} <= {0, 1}:
            return f"The target {column.name} goes from {column.extent[0]:g} to {column.extent[1]:g}."
    other = next(((name, value) for name, value in _drawn_targets(output, columns) if value not in (0, 1)), None)
    return f"The target {other[0]} is, for example, {short(other[1])}." if other else ""


def _fault(metric: Component, measured: _Measured) -> _Fault | None:
    """What a metric measures in place of what is meant, and the metric that fits."""
    rules = (_of_labels, _of_units, _of_0_and_1, _of_vectors, _of_classes, _of_sides, _of_loss)
    return next(filter(None, (rule(metric, metric.class_name, measured) for rule in rules)), None)


def _of_labels(metric: Component, kind: str, measured: _Measured) -> _Fault | None:
    """A metric of one class label per sample, where there is none, or of exact equality."""
    name, units = metric.name, measured.units
    if kind == "Accuracy":
        return f"{name} counts the outputs that equal their targets exactly.", "Write metrics: [accuracy]."
    if kind == "accuracy" and measured.is_multi_label:
        message = f"{name} is CategoricalAccuracy here: it compares only the largest of the {units} outputs."
        return message, _BY_ITSELF
    if kind in (*_CATEGORICAL, *_SPARSE) and units == 1:
        message = f"{name} compares the largest output of a sample. Of one output that is always the same."
        return message, "Write metrics: [binary_accuracy]."
    if kind in _CATEGORICAL and measured.is_multi_label:
        return f"{name} compares only the largest of the {units} outputs.", _BY_ITSELF
    if kind in _CATEGORICAL and measured.is_one_label:
        sparse = "accuracy" if kind == "CategoricalAccuracy" else "sparse_top_k_categorical_accuracy"
        return f"{name} takes one-hot vectors. The target is a class label here.", f"Write metrics: [{sparse}]."
    if kind not in _SPARSE or measured.is_one_label:
        return None
    dense = metric.name.replace("sparse_", "").replace("Sparse", "")
    if measured.one_hot:
        return f"{name} takes class labels. The labels are one-hot encoded here.", f"Write metrics: [{dense}]."
    return f"{name} takes one class label. There are {measured.labels} targets here.", _BY_ITSELF


def _of_units(metric: Component, kind: str, measured: _Measured) -> _Fault | None:
    """A metric that counts every output by itself, for outputs that belong together."""
    units = measured.units
    if kind == "BinaryAccuracy" and measured.activation == "softmax" and units > 2:
        message = f"{metric.name} counts each of the {units} outputs by itself, most of which are 0 for every class."
        return message, "For classes write metrics: [accuracy]."
    if not measured.is_one_label or kind in ("accuracy", *_SPARSE, *_OF_CLASSES):
        return None
    message = f"{metric.name} compares each of the {units} outputs with a target. The target is one class label here."
    loss = " and loss: categorical_crossentropy" * (measured.output.loss.class_name == "SparseCategoricalCrossentropy")
    vectors = "" if measured.per_step else f", or data: {{one_hot: true}}{loss}"
    return message, f"Write metrics: [accuracy]{vectors}."


def _of_vectors(metric: Component, kind: str, measured: _Measured) -> _Fault | None:
    """A metric that compares the outputs of a sample with one another, of which there is one."""
    if kind in _F_SCORES and metric.arguments.get("threshold") is None:
        message = f"{metric.name} without a threshold takes the largest output of a sample as 1, all others as 0."
        alone = measured.units == 1 or measured.is_multi_label
        return (message, f"Write {metric.name}: {{threshold: 0.5}}.") if alone else None
    if kind not in _OF_SEVERAL or measured.units > 1 or metric.arguments.get("axis", -1) != -1:
        return None
    message = f"{metric.name} compares the outputs of a sample with one another, and there is one."
    return message, _OF_SEVERAL[kind]


def _of_classes(metric: Component, kind: str, measured: _Measured) -> _Fault | None:
    """A metric that takes predicted classes as whole numbers, for their probabilities."""
    if kind not in _OF_CLASSES or metric.arguments.get("sparse_y_pred") is False:
        return None
    if measured.units == 1 and measured.activation != "sigmoid":
        return None
    message = f"{metric.name} takes predicted classes as whole numbers. The outputs are no whole numbers."
    if measured.units == 1 or measured.is_multi_label:
        return message, "Write metrics: [BinaryIoU]."
    wanted = "sparse_y_pred: false" if measured.is_one_label else "sparse_y_true: false, sparse_y_pred: false"
    return message, f"Write {metric.name}: {{…, {wanted}}}."


def _of_0_and_1(metric: Component, kind: str, measured: _Measured) -> _Fault | None:
    """A metric of labels of 0 and 1, for other targets."""
    is_accuracy = kind in ("accuracy", "BinaryAccuracy")
    if kind not in _OF_0_AND_1 or (is_accuracy and measured.units > 1) or not (other := measured.other()):
        return None
    message = f"{metric.name} counts how often an output on the right side of 0.5 meets a target of 0 or 1."
    if not is_accuracy:
        message = f"{metric.name} takes targets of 0 and 1."
    return f"{message} {other}", "For values write metrics: [mae]; write two classes as 0 and 1."


def _of_sides(metric: Component, kind: str, measured: _Measured) -> _Fault | None:
    """A metric that separates two classes at 0.5, for outputs that are separated at 0."""
    if not (measured.is_logit or measured.is_hinge):
        return None
    loss = measured.output.loss.name
    outputs = "are logits" if measured.is_logit else f"are above or below 0 under {loss}"
    message = f"{metric.name} compares the outputs with numbers from 0 to 1, and they {outputs}."
    if kind == "AUC" and not metric.arguments.get("from_logits"):
        return message, "Write AUC: {from_logits: true}."
    by_rank = metric.arguments.get("top_k") is not None  # without a threshold
    if kind in _COUNTED and metric.arguments.get("thresholds") is None and not by_rank:
        message = f"{metric.name} compares the outputs with 0.5, and they {outputs}."
        return message, f"Write {kind}: {{thresholds: 0}}."
    if kind in _AT_THRESHOLDS:
        return message, "Write activation: sigmoid in the last layer, and loss: binary_crossentropy."
    if kind in ("accuracy", "BinaryAccuracy") and measured.units == 1 and "threshold" not in metric.arguments:
        message = f"{metric.name} compares the output with 0.5. "
        logit = "The output is a logit, which is 0 at a probability of 0.5."
        message += logit if measured.is_logit else f"Under {loss} the classes are above and below 0."
        return message, "Write BinaryAccuracy: {threshold: 0}."
    return None


def _of_loss(metric: Component, kind: str, measured: _Measured) -> _Fault | None:
    """A metric that computes a loss which the last activation does not suit."""
    last, loss = measured.last, measured.output.loss
    if kind == "MeanSquaredLogarithmicError" and loss.class_name in VALUE_LOSSES and not measured.below_0():
        return None  # a negative output counts as 0, as it should where no target is below
    problem = disagreement(metric, measured.output.layer, last) if last and kind != loss.class_name else None
    if problem is None:
        return None
    if loss.arguments.get("from_logits") and "Crossentropy" in kind:
        return problem.message, f"Write {kind}: {{from_logits: true}}."
    return problem.message, "Leave the metric out."
