"""The run that another one is compared with: its folder, or a file of its results."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from nnrun.errors import ExperimentError, Problem, RunError, listed
from nnrun.experiment.expect.section import PlacedExpectation
from nnrun.experiment.expect.terms import BaselineValue
from nnrun.experiment.text.regular_file import read_regular
from nnrun.runs import layout
from nnrun.runs.judge.conditions import UnknownValue, value_of
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.judge.stored_evidence import stored_evidence
from nnrun.runs.record import read_record
from nnrun.runs.storage_errors import storage_errors

_MOST_BYTES = 2**26
_HOW = "Name it, or a file such as its run.json: --baseline RUN, in Python baseline=RUN."
_FACTS = ("epochs", "seconds", "parameters")


def baseline_for(expected: Sequence[PlacedExpectation], path: Path | None) -> RunEvidence | None:
    """The run that expectations compare with; refused where they do and there is none, or it lacks what they name.

    Args:
        expected: the expectations.
        path: as for `read_baseline`; None where no run is named.

    Raises:
        ExperimentError: with a problem for each value that there is not.
        RunError, StorageError: as for `read_baseline`.
    """
    baseline = read_baseline(path) if path else None
    refuse_without_baseline(expected, baseline)
    return baseline


def read_baseline(path: Path) -> RunEvidence:
    """What a run has, to compare another one with.

    Args:
        path: the folder of a run, or its `run.json`; or a file as `metrics.json`: one object of numbers by name, which
            may be below `metrics`.

    Raises:
        RunError: there is no such run, or the file has other content.
        StorageError: it cannot be read.
    """
    if path.is_dir() or path.name == layout.RECORD:
        folder = path if path.is_dir() else path.parent
        return stored_evidence(folder, read_record(folder))
    with storage_errors("read", path):
        data = read_regular(path, _MOST_BYTES, path.parent)
    try:
        content = json.loads(data)
        final = _numbers(content)
        epochs, seconds, parameters = (content[name] if _is_number(content.get(name)) else None for name in _FACTS)
        return RunEvidence(final, epochs, seconds, parameters)
    except (ValueError, RecursionError) as error:
        hint = f"Name a run, or its {layout.RECORD} or {layout.FINAL_METRICS}."
        raise RunError(Problem(f"{path} has no metrics: {error}.", hint=hint)) from error


def refuse_without_baseline(expected: Sequence[PlacedExpectation], baseline: RunEvidence | None) -> None:
    """Refuses expectations that compare with another run, where there is none, or it lacks what they compare with.

    Raises:
        ExperimentError: with a problem for each of these.
        StorageError: a file of the other run cannot be read.
    """
    problems = [
        Problem(reason, expectation.place_at(placed.column, place), hint)
        for expectation, place in expected
        for placed in expectation.terms
        if isinstance(placed.term, BaselineValue)
        for reason, hint in _lack(placed.term, baseline)
    ]
    if problems:
        raise ExperimentError(*problems)


def _lack(term: BaselineValue, baseline: RunEvidence | None) -> Iterator[tuple[str, str]]:
    if baseline is None:
        yield f"The expectation compares with another run. Received: {term.name}", _HOW
        return
    try:
        value_of(term.value, baseline.value)
    except UnknownValue as error:
        names = [name for name, value in baseline.final.items() if not math.isnan(value)]
        reason = f": {error.reason}" if error.reason else ""
        yield f"The baseline has no {term.name[len('baseline(') : -1]}{reason}.", f"It has {listed(names)}."


def _numbers(content: Any) -> dict[str, float]:
    """The numbers of an object by name, or of what it has below `final_metrics` or `metrics`."""
    inner = (content.get("final_metrics") or content.get("metrics") or content) if isinstance(content, dict) else None
    found = {name: value for name, value in inner.items() if _is_number(value)} if isinstance(inner, dict) else {}
    if not found:
        raise ValueError("it is no JSON object of numbers by name")
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
