"""The result of testing one experiment: what was checked, and why it failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from nnrun.errors import ExperimentError, NnrunError, Place, Problem, TrainingError
from nnrun.experiment.experiment import Experiment
from nnrun.number_text import short
from nnrun.runs.verdict import Verdict

CaseStatus = Literal["passed", "failed", "error", "skipped"]

# The exit status where a model failed an expectation.
NOT_MET = 1


@dataclass(frozen=True)
class CaseCheck:
    """Something that was checked of a training.

    Args:
        text: what, such as `val_accuracy >= 0.98`.
        met: whether it holds.
        detail: what was found, such as `0.947, met first at epoch 12, not by the saved weights`.
        place: where it stands in the experiment file; None for what does not stand there.
    """

    text: str
    met: bool
    detail: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        return f"{self.text} ({self.detail})" if self.detail else self.text


@dataclass(frozen=True)
class CaseResult:
    """The result of testing an experiment file.

    Args:
        index: the number of the file.
        file: the file.
        name: the experiment's name; that of the file where it could not be read.
        status: `failed` for a training that diverged or failed a check, `error` for what could not be trained,
            `skipped` for what was not begun.
        exit_status: that of `nnrun train FILE`.
        seconds: how long it took.
        checks: what was checked, in the order of the file.
        problems: why it could not be trained to its end.
        folder: its run or sweep, where it was kept.
        metrics: the final metrics.
        log: the metrics of the last epochs and the training diagnostics, in lines.
        seed: its seed; None where the file could not be read, or several seeds were trained.
        versions: version by distribution name.
    """

    index: int
    file: Path
    name: str
    status: CaseStatus
    exit_status: int = 0
    seconds: float = 0.0
    checks: tuple[CaseCheck, ...] = ()
    problems: tuple[Problem, ...] = ()
    folder: Path | None = None
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def failed_checks(self) -> list[CaseCheck]:
        """The checks that do not hold."""
        return [check for check in self.checks if not check.met]

    @property
    def reason(self) -> str:
        """Why it did not pass, in a line: the first problem, or every failed check; empty for one that passed."""
        if self.problems:
            return self.problems[0].message
        return "; ".join(map(str, self.failed_checks))


def invalid(index: int, file: Path, error: ExperimentError) -> CaseResult:
    """The result of a file that is no valid experiment."""
    return CaseResult(index, file, file.stem, "error", error.exit_status, problems=error.problems)


def judged(checks: Sequence[CaseCheck]) -> tuple[CaseStatus, int]:
    """The status and the exit status of a training that came to its end."""
    return ("passed", 0) if all(check.met for check in checks) else ("failed", NOT_MET)


def ended_by(error: NnrunError) -> CaseStatus:
    """The status of a training that an error ended: a diverged one failed, of any other the result is not known."""
    return "failed" if isinstance(error, TrainingError) else "error"


def checks_of(verdicts: Sequence[Verdict], experiment: Experiment) -> tuple[CaseCheck, ...]:
    """The checks that the expectations of an experiment are.

    Args:
        verdicts: the verdicts, in the order of the expectations.
        experiment: the experiment, which knows the places of its expectations.
    """
    places = [*experiment.expect_places, *[None] * len(verdicts)]
    pairs = zip(verdicts, places, strict=False)
    return tuple(CaseCheck(one.expectation, one.met, one.describe(short), place) for one, place in pairs)
