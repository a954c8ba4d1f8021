"""Expectations: conditions on a finished run, such as `val_accuracy >= 0.98 by epoch 150`."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field

from nnrun.errors import Place
from nnrun.experiment.expect.reader import ExpectationReader, PlacedTerm
from nnrun.experiment.expect.terms import (
    RESERVED,
    BaselineValue,
    EpochOf,
    MetricTerm,
    PredictedClass,
    PredictedNumber,
    WeightNumber,
)
from nnrun.experiment.expressions import Comparison, ExpressionError, Node, Number
from nnrun.experiment.threshold import Threshold, parse_threshold

_BY_EPOCH = re.compile(r"\s+by\s+epoch\s+([0-9]{1,15})\s*$")
_BY = re.compile(r"\bby\s+epoch\b")


@dataclass(frozen=True)
class Expectation:
    """A condition on a finished run.

    Args:
        text: the condition as it is shown and recorded.
        condition: its tree, whose names are terms.
        terms: what it looks up, in the order of the text.
        deadline: N and its column in the text, from 0, where the text ends with `by epoch N`.
        threshold: the same where it is METRIC OP NUMBER.
        written: the condition as it is written.
    """

    text: str
    condition: Node
    terms: tuple[PlacedTerm, ...]
    deadline: tuple[int, int] | None = None
    threshold: Threshold | None = None
    written: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text

    @property
    def needs_network(self) -> bool:
        """Whether it looks up predictions or weights."""
        return self._looks_up(PredictedNumber, PredictedClass, WeightNumber)

    @property
    def needs_baseline(self) -> bool:
        """Whether it looks up what another run has."""
        return self._looks_up(BaselineValue)

    def place_at(self, column: int, place: Place | None) -> Place | None:
        """The place of a column, from 0, of the written condition, which begins at a place."""
        return place and place.within(self.written, column)

    def _looks_up(self, *kinds: type) -> bool:
        return any(isinstance(placed.term, kinds) for placed in self.terms)


def parse_expectation(text: str) -> Expectation:
    """Reads a condition: METRIC OP NUMBER, or any of the language of `ExpectationReader`, which may end `by epoch N`.

    Args:
        text: at most 500 characters.

    Raises:
        ExpressionError: the text has another form.
    """
    with suppress(ValueError):
        threshold = parse_threshold(text)
        if threshold.metric not in RESERVED:
            return _plain(threshold, text)
    found = _BY_EPOCH.search(text)
    condition = text[: found.start()] if found else text
    if several := _BY.search(condition):
        message = '"by epoch" ends an expectation.'
        raise ExpressionError(message, several.start(), "Within one write epoch_of(val_loss <= 0.1) <= 150")
    reader = ExpectationReader(condition)
    if found is None:
        tree, deadline = reader.read_condition(), None
    else:
        first = EpochOf(f"epoch_of({condition.strip()})", reader.read_condition_on_epochs())
        deadline = int(found[1]), found.start(1)
        tree = Comparison(("<=",), (first, Number(float(found[1]))))
    if not reader.terms:  # numbers alone
        message = f"An expectation names a metric, or what else a run has. Received: {condition.strip()}"
        raise ExpressionError(message, len(condition) - len(condition.lstrip()))
    return Expectation(" ".join(text.split()), tree, tuple(reader.terms), deadline, written=text)


def _plain(threshold: Threshold, written: str) -> Expectation:
    column = len(written) - len(written.lstrip())
    term = MetricTerm(threshold.metric, threshold.metric)
    tree = Comparison((threshold.operator,), (term, Number(threshold.number)))
    return Expectation(str(threshold), tree, (PlacedTerm(term, column),), threshold=threshold, written=written)
