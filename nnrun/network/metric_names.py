"""What an experiment expects, monitors and searches for, held against what its training measures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nnrun.errors import ExperimentError, Place, Problem, did_you_mean, listed, nearest
from nnrun.experiment.callbacks import monitored
from nnrun.experiment.columns import Columns
from nnrun.experiment.expectations import Expectation
from nnrun.experiment.experiment import Component, Experiment, Output
from nnrun.experiment.layer_names import snake_case
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.sweep_section import SweepSettings
from nnrun.experiment.text.yaml_text import Document

_RATE = "learning_rate"
_SPLIT = "data.validation_split"
_TEST_SPLIT = "data.test_split"
# What Keras puts behind a name that is there already, and nnrun behind the numbers of one that are a number per class.
_NUMBERED = re.compile(r"_[0-9]+$")


@dataclass(frozen=True)
class _Asked:
    """A metric that something looks at.

    Args:
        subject: what looks at it, as a sentence begins.
        metric: the metric.
        place: where that stands.
        written: the same with another metric for `{}`.
        let: how the advice to look at another one begins.
        looker: what looks at it while the model still changes; None for what may look at the test rows.
    """

    subject: str
    metric: str
    place: Place | None
    written: str
    let: str = "look at"
    looker: str | None = "training"


@dataclass(frozen=True)
class _Measured:
    """What is known of what a training measures.

    Args:
        names: what it measures of the training rows; None where that is not known.
        validated: whether rows are set apart for validation; None where that is not known.
        tested: whether there is a test part; None where that is not known.
    """

    names: tuple[str, ...] | None
    validated: bool | None
    tested: bool | None

    def holds(self, name: str) -> bool:
        """Whether the training rows may give a number of that name."""
        return self.names is None or name in self.names or _NUMBERED.sub("", name) in (*self.names, _RATE)

    def all_names(self, asked: _Asked) -> list[str]:
        """Every name that may stand where something asks."""
        names = self.names or ()
        validation = [f"val_{name}" for name in names if self.validated is not False]
        return [*names, *validation, *(f"test_{name}" for name in names if asked.looker is None and self.tested)]


def find_unmeasured(
    document: Document,
    columns: Columns,
    outputs: Sequence[Output],
    callbacks: Sequence[Component],
    expected: Sequence[tuple[Expectation, Place | None]],
    sweep: SweepSettings,
) -> Iterator[Problem]:
    """What is asked of metrics that no training measures for certain; silent where that is not known.

    Args:
        document: a document that the schema has passed.
        columns: what the generator makes; without input columns where that is not known.
        outputs: the outputs; none where they are not known.
        callbacks: the callbacks.
        expected: the expectations, each with its place.
        sweep: what its trials are to differ in, to reach and to be searched for.
    """
    measured = _measured(document, columns, outputs, _swept(sweep))
    for asked in _all_asked(callbacks, expected, sweep):
        if problem := _problem(asked, measured):
            yield problem


def measured_names(outputs: Sequence[Output]) -> tuple[str, ...]:
    """The names of what Keras measures of the training rows, without the numbers behind one that comes again."""
    several = len(outputs) > 1
    losses = [f"{output.layer}_loss" for output in outputs] if several else []
    metrics = [(output.layer, _name(metric)) for output in outputs for metric in output.metrics]
    names = [f"{layer}_{name}" if several else name for layer, name in metrics]
    return tuple(dict.fromkeys(["loss", *losses, *names]))


def refuse_unmeasured(experiment: Experiment, names: Sequence[str]) -> None:
    """Refuses to expect or to monitor what nothing measures.

    Args:
        experiment: the experiment.
        names: the names of all that its training measures.

    Raises:
        ExperimentError: with a problem for each metric that is none of them.
    """
    asked = [(e.metric, place) for e, place in zip(experiment.expect, experiment.expect_places, strict=True)]
    asked += [asking for callback in experiment.callbacks if (asking := monitored(callback))]
    problems = []
    for metric, place in asked:
        if metric not in names:
            problems.append(Problem(f'Nothing measures "{metric}".', place, measured_instead(metric, names)))
    if problems:
        raise ExperimentError(*problems)


def measured_instead(metric: str, names: Sequence[str]) -> str:
    """What to look at in place of a metric that nothing measures."""
    return did_you_mean(metric, names) or f"This experiment measures: {', '.join(names)}."


def _name(metric: Component) -> str:
    """The name under which Keras reports a metric: the identifier as it is written, or that of the class's object."""
    entry = load_catalog().entry("metrics", metric.name)
    if entry is None or (not metric.arguments and metric.name[0].islower()):
        return metric.name
    default = entry.arguments["name"].default if "name" in entry.arguments else entry.name
    return str(metric.arguments.get("name") or default or snake_case(entry.name))


def _swept(sweep: SweepSettings) -> list[list[str]]:
    """The paths of what trials change, in steps; those that a trial has changed already among them."""
    paths = [part.path for part in (*sweep.drawn, *(sweep.search.drawn if sweep.search else ()))]
    paths += [axis.path for axis in sweep.axes]
    paths += [setting.path for settings in sweep.variants.values() for setting in settings]
    return [path.split(".") for path in paths]


def _measured(
    document: Document, columns: Columns, outputs: Sequence[Output], swept: Sequence[Sequence[str]]
) -> _Measured:
    renamed = {"metrics", "outputs", *(["layers"] if len(outputs) > 1 else [])}
    settings = {".".join(steps[:2]) for steps in swept}
    validated = document.at(("data", "validation_split"))
    tested = document.at(("data", "test_split")) or columns.own_test
    return _Measured(
        measured_names(outputs) if outputs and not any(steps[0] in renamed for steps in swept) else None,
        None if settings & {"data", _SPLIT} else bool(validated),
        None if settings & {"data", _TEST_SPLIT, "data.generator"} or not columns.inputs else bool(tested),
    )


def _all_asked(
    callbacks: Sequence[Component], expected: Sequence[tuple[Expectation, Place | None]], sweep: SweepSettings
) -> Iterator[_Asked]:
    for callback in callbacks:
        metric, place = monitored(callback) or ("", None)
        if metric:
            yield _Asked(callback.name, metric, place, "monitor: {}", "let it look at")
    for expectation, place in expected:
        written = f"{{}} {expectation.operator} {expectation.number:g}"
        yield _Asked("The expectation", expectation.metric, place, written, looker=None)
    if sweep.reach:
        written = f"{{}} {sweep.reach.operator} {sweep.reach.number:g}"
        yield _Asked('"reach"', sweep.reach.metric, sweep.reach_place, written)
    if sweep.search:
        objective = sweep.search.objective
        yield _Asked("The objective", objective.metric, objective.place, objective.of("{}"), looker="search")


def _problem(asked: _Asked, measured: _Measured) -> Problem | None:
    metric = asked.metric
    if measured.holds(metric) and (measured.names is not None or not metric.startswith(("val_", "test_"))):
        return None
    part, _, name = metric.partition("_")
    if part == "val" and measured.validated is not False and measured.holds(name):
        return None
    if part == "test" and asked.looker is None and measured.tested is not False and measured.holds(name):
        return None
    there = name if measured.holds(name) else nearest(name, measured.names or ())
    if part == "test" and there and asked.looker:
        message = f"{asked.subject} looks at {metric}: rows that a {asked.looker} looks at would test nothing any more."
        return Problem(message, asked.place, f"Look at the validation rows: {asked.written.format('val_' + there)}")
    absent = {"val": measured.validated is False, "test": measured.tested is False}
    if there and absent.get(part):
        return _no_rows(asked, part, name, there)
    known = measured.all_names(asked)
    return Problem(f'Nothing measures "{metric}".', asked.place, did_you_mean(metric, known) or _list_of(known))


def _no_rows(asked: _Asked, part: str, name: str, there: str) -> Problem:
    """What looks at rows that nobody has set apart, and the two ways out."""
    purpose, setting = ("validation", _SPLIT) if part == "val" else ("the test", _TEST_SPLIT)
    message = f"{asked.subject} looks at {asked.metric}, and no rows are set apart for {purpose}."
    meant = "" if there == name else f" for {part}_{there},"
    hint = f"Set {setting}, as 0.2,{meant} or {asked.let} the training: {asked.written.format(there)}"
    return Problem(message, asked.place, hint)


def _list_of(known: Sequence[str]) -> str:
    losses_alone = all(name.endswith("loss") for name in known)
    more = " Others are named under metrics, as metrics: [accuracy]." if losses_alone else ""
    return f"This experiment measures: {listed(known)}.{more}"
