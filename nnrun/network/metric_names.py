"""The metrics that an experiment expects, monitors and searches for, checked against those that training reports."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nnrun.data.splits.check import has_test_set, has_validation_set
from nnrun.errors import ExperimentError, Place, Problem, did_you_mean, listed, nearest
from nnrun.experiment.callbacks import monitored
from nnrun.experiment.columns import Columns
from nnrun.experiment.expect.section import PlacedExpectation
from nnrun.experiment.expect.terms import metric_of
from nnrun.experiment.experiment import Component, Experiment, Output
from nnrun.experiment.layer_names import snake_case
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.sweep_section import SweepSettings
from nnrun.experiment.text.yaml_text import Document, ValuePath

_RATE = "learning_rate"
# The settings that decide whether there is a validation or a test set.
_VALIDATION = {"data", "data.split", "data.validation_split", "data.validation", "data.folds"}
_TEST = {"data", "data.split", "data.test_split", "data.test", "data.generator"}
# What Keras appends to a name that is already used, and nnrun to a metric with a value per class.
_NUMBERED = re.compile(r"_[0-9]+$")


@dataclass(frozen=True)
class _MetricUse:
    """A use of a metric.

    Args:
        subject: what uses it, the beginning of a sentence.
        metric: the metric.
        place: its place.
        written: the same use of another metric, written with `{}` in its place.
        user: what uses it while the model still changes; None for a use that may be of a test metric.
        every_epoch: whether its values at the epochs are used.
    """

    subject: str
    metric: str
    place: Place | None
    written: str
    user: str | None = "training"
    every_epoch: bool = False


@dataclass(frozen=True)
class _KnownMetrics:
    """What is known of the metrics that a training reports.

    Args:
        names: those of the training set; None where they are not known.
        validated: whether there is a validation set; None where that is not known.
        tested: whether there is a test set; None where that is not known.
    """

    names: tuple[str, ...] | None
    validated: bool | None
    tested: bool | None

    def holds(self, name: str) -> bool:
        """Whether this may be a metric of the training set."""
        return self.names is None or name in self.names or _NUMBERED.sub("", name) in (*self.names, _RATE)

    def all_names(self, use: _MetricUse) -> list[str]:
        """Every metric that may be used there."""
        names = self.names or ()
        validation = [f"val_{name}" for name in names if self.validated is not False]
        return [*names, *validation, *(f"test_{name}" for name in names if use.user is None and self.tested)]


def find_unmeasured(
    document: Document,
    columns: Columns,
    outputs: Sequence[Output],
    callbacks: Sequence[Component],
    expected: Sequence[PlacedExpectation],
    sweep: SweepSettings,
    broken: Collection[ValuePath] = (),
) -> Iterator[Problem]:
    """A problem for each use of a metric that no training reports; none where its metrics are not known.

    Args:
        document: a document that is valid by the schema.
        columns: the columns of the data; without input columns where they are not known.
        outputs: the outputs; empty where they are not known.
        callbacks: the callbacks.
        expected: the expectations, each with its place.
        sweep: the settings of a sweep.
        broken: the paths of settings that are not known.
    """
    unknown = [*(part.path.split(".") for part in sweep.varied), *([str(step) for step in path] for path in broken)]
    known = _known_metrics(document, columns, outputs, unknown)
    for use in _uses(callbacks, expected, sweep):
        if problem := _problem(use, known):
            yield problem


def measured_names(outputs: Sequence[Output]) -> tuple[str, ...]:
    """The names under which Keras reports loss and metrics of the training set, without numbers for repeated ones."""
    several = len(outputs) > 1
    losses = [f"{output.layer}_loss" for output in outputs] if several else []
    metrics = [(output.layer, _name(metric)) for output in outputs for metric in output.metrics]
    names = [f"{layer}_{name}" if several else name for layer, name in metrics]
    return tuple(dict.fromkeys(["loss", *losses, *names]))


def refuse_unmeasured(experiment: Experiment, names: Sequence[str]) -> None:
    """Refuses expectations and callbacks with an unknown metric.

    Args:
        experiment: the experiment.
        names: all metrics that its training reports.

    Raises:
        ExperimentError: with a problem for each unknown metric.
    """
    uses = [use for callback in experiment.callbacks if (use := monitored(callback))]
    refuse_unknown_metrics([*expected_metrics(experiment.placed_expectations), *uses], names)


def refuse_unknown_metrics(uses: Iterable[tuple[str, Place | None]], names: Sequence[str]) -> None:
    """Refuses metrics, each with its place, that are not among these.

    Raises:
        ExperimentError: with a problem for each of them.
    """
    problems = [
        Problem(f'Unknown metric "{metric}".', place, measured_instead(metric, names))
        for metric, place in uses
        if metric not in names
    ]
    if problems:
        raise ExperimentError(*problems)


def expected_metrics(expected: Sequence[PlacedExpectation]) -> Iterator[tuple[str, Place | None]]:
    """Each metric of the run itself that expectations name, with its place."""
    for expectation, place in expected:
        for placed in expectation.terms:
            metric = metric_of(placed.term)
            if metric is not None and not placed.of_baseline:
                yield metric, expectation.place_at(placed.column, place)


def measured_instead(metric: str, names: Sequence[str]) -> str:
    """The hint for an unknown metric: the nearest name, or all of them."""
    return did_you_mean(metric, names) or f"The metrics are: {', '.join(names)}."


def _name(metric: Component) -> str:
    """The name under which Keras reports a metric: the identifier as written, or the name of the object."""
    entry = metric.entry or load_catalog().entry("metrics", metric.name)
    if entry is None or (not metric.arguments and metric.name[0].islower()):
        return metric.name
    default = entry.arguments["name"].default if "name" in entry.arguments else entry.name
    return str(metric.arguments.get("name") or default or snake_case(entry.name))


def _known_metrics(
    document: Document, columns: Columns, outputs: Sequence[Output], unknown: Sequence[Sequence[str]]
) -> _KnownMetrics:
    renamed = {"metrics", "outputs", *(["layers"] if len(outputs) > 1 else [])}
    settings = {".".join(steps[:2]) for steps in unknown}
    data = document.at(("data",)) or {}
    return _KnownMetrics(
        measured_names(outputs) if outputs and not any(steps[0] in renamed for steps in unknown) else None,
        None if settings & _VALIDATION else has_validation_set(data, columns),
        None if settings & _TEST or not columns.inputs else has_test_set(data, columns),
    )


def _uses(
    callbacks: Sequence[Component], expected: Sequence[PlacedExpectation], sweep: SweepSettings
) -> Iterator[_MetricUse]:
    for callback in callbacks:
        metric, place = monitored(callback) or ("", None)
        if metric:
            yield _MetricUse(callback.name, metric, place, "monitor: {}")
    yield from _expected_uses(expected)
    if sweep.reach:
        written = f"{{}} {sweep.reach.operator} {sweep.reach.number:g}"
        yield _MetricUse('"reach"', sweep.reach.metric, sweep.reach_place, written)
    if sweep.objective:
        objective, user = sweep.objective, "a search" if sweep.search else "a sweep"
        yield _MetricUse("The objective", objective.metric, objective.place, objective.of("{}"), user=user)


def _expected_uses(expected: Sequence[PlacedExpectation]) -> Iterator[_MetricUse]:
    for expectation, place in expected:
        plain = expectation.threshold
        for placed in expectation.terms:
            metric = metric_of(placed.term)
            if metric is None or placed.of_baseline:
                continue
            written = re.sub(rf"\b{re.escape(metric)}\b", "{}", placed.term.name, count=1)
            written = f"{written} {plain.operator} {plain.number:g}" if plain else written
            subject = "The expectation" if plain else f"The expectation {expectation}"
            where = expectation.place_at(placed.column, place)
            yield _MetricUse(subject, metric, where, written, user=None, every_epoch=placed.every_epoch)


def _problem(use: _MetricUse, known: _KnownMetrics) -> Problem | None:
    metric = use.metric
    if known.holds(metric) and (known.names is not None or not metric.startswith(("val_", "test_"))):
        return None
    part, _, name = metric.partition("_")
    if part == "val" and known.validated is not False and known.holds(name):
        return None
    if part == "test" and use.user is None and known.tested is not False and known.holds(name):
        return _once(use, name) if use.every_epoch else None
    nearby = name if known.holds(name) else nearest(name, known.names or ())
    if part == "test" and nearby and use.user:
        message = f"{use.subject} uses {metric}, but {use.user} must not use the test set."
        return Problem(message, use.place, f"Use the validation set: {use.written.format('val_' + nearby)}")
    absent = {"val": known.validated is False, "test": known.tested is False}
    if nearby and absent.get(part):
        return _no_such_set(use, part, name, nearby)
    names = known.all_names(use)
    return Problem(f'Unknown metric "{metric}".', use.place, did_you_mean(metric, names) or _all_of(names))


def _once(use: _MetricUse, name: str) -> Problem:
    """A metric of the test set, which no epoch has."""
    message = f"The metric {use.metric} is measured once, after the training. {use.subject} needs it at every epoch."
    return Problem(message, use.place, f"Use the validation set: {use.written.format('val_' + name)}")


def _no_such_set(use: _MetricUse, part: str, name: str, nearby: str) -> Problem:
    """A metric of a validation or test set that does not exist, and the two remedies."""
    held_out, setting = ("validation", "data.validation_split") if part == "val" else ("test", "data.test_split")
    message = f"{use.subject} uses {use.metric}, but there is no {held_out} set."
    meant = "" if nearby == name else f" for {part}_{nearby}"
    hint = f"Set {setting}, for example to 0.2{meant}, or use the training set: {use.written.format(nearby)}"
    return Problem(message, use.place, hint)


def _all_of(names: Sequence[str]) -> str:
    only_losses = all(name.endswith("loss") for name in names)
    more = " Add others under metrics, for example metrics: [accuracy]." if only_losses else ""
    return f"The metrics are: {listed(names)}.{more}"
