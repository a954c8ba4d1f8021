"""What the page is sent, as plain JSON."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from nnrun.errors import Place, Problem, Reported, printable
from nnrun.experiment.experiment import Experiment
from nnrun.live.single_training import SingleTraining
from nnrun.live.watched_file import FileContent
from nnrun.report.page.cells import number
from nnrun.report.page.chart import curves
from nnrun.runs.finding import Finding
from nnrun.runs.verdict import Verdict


def file_message(content: FileContent) -> dict[str, Any]:
    """The text of the file, for the editor."""
    return {"text": content.text, "digest": content.digest}


def started_message(experiment: Experiment, shown: SingleTraining) -> dict[str, Any]:
    """What is trained from now on, what is doubtful about it or not shown, and the command that trains the same."""
    doubts = (*(warning.as_warning() for warning in experiment.warnings), *shown.notes)
    warnings, command = [printable(text) for text in doubts], shlex.join(shown.command)
    return {"name": experiment.name, "epochs": experiment.epochs, "warnings": warnings, "command": command}


def problems_message(error: Reported | None) -> dict[str, Any]:
    """What is wrong with an experiment, a training or a file; an empty list where nothing is."""
    return {"problems": [_problem(problem) for problem in error.problems] if error else []}


def progress_message(history: Mapping[str, Sequence[float]], epochs: int) -> dict[str, Any]:
    """The curves so far, of so many epochs that are to be trained."""
    return {"epoch": len(history["loss"]), "epochs": epochs, "charts": [asdict(chart) for chart in curves(history)]}


def results_message(
    metrics: Mapping[str, float], verdicts: Sequence[Verdict], findings: Sequence[Finding], reason: str | None
) -> dict[str, Any]:
    """Final metrics, expectations and findings of a training that has ended."""
    return {
        "reason": reason,
        "metrics": [(name, number(value)) for name, value in metrics.items()],
        "verdicts": [
            {"expectation": str(one.expectation), "met": one.met, "text": one.describe(number)} for one in verdicts
        ],
        "findings": [
            {"kind": printable(one.kind), "message": printable(one.message), "remedy": printable(one.remedy)}
            for one in findings
        ],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    place: Place | None = problem.place
    in_file = place is not None and place.line > 0
    return {
        "message": printable(problem.message),
        "hint": printable(problem.hint) if problem.hint else "",
        "line": place.line if place and in_file else 0,
        "column": place.column if place and in_file else 0,
        "place": str(place) if place else "",
        "excerpt": place.excerpt() if place else "",
    }
