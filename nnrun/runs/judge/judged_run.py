"""A finished run judged by its own expectations or by others; its folder stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nnrun.errors import ExperimentError, Place, Problem, first_problems
from nnrun.experiment.expect.faults import RunParts, refuse_unknown_parts
from nnrun.experiment.expect.section import PlacedExpectation, place_expectation, read_expectations
from nnrun.experiment.expect.terms import PredictedClass, PredictedNumber, WeightNumber
from nnrun.network.metric_names import expected_metrics, refuse_unknown_metrics
from nnrun.runs.judge.baseline_run import baseline_for
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.judge.stored_evidence import read_resolved, stored_evidence
from nnrun.runs.judge.verdicts import judge
from nnrun.runs.record import RunRecord, read_record
from nnrun.runs.verdict import Verdict

_NOT_FINISHED = ("running", "interrupted")


@dataclass(frozen=True)
class JudgedRun:
    """A run, its record, and the verdicts on it."""

    folder: Path
    record: RunRecord
    verdicts: tuple[Verdict, ...]


def judge_run(folder: Path, texts: Sequence[str], baseline: Path | None = None, option: str = "--expect") -> JudgedRun:
    """Judges a finished run; nothing is trained or written, and TensorFlow is not loaded.

    Args:
        folder: the run's folder.
        texts: the expectations; where there are none, those of its experiment count.
        baseline: the folder or file of the run that it is compared with.
        option: what gives the texts, for their places.

    Raises:
        ExperimentError: the run is not finished or expects nothing; an expectation has another form, or names what
            the run or the baseline does not have.
        RunError, StorageError: a file cannot be read.
    """
    record = read_record(folder)
    if record.status in _NOT_FINISHED:
        hint = f"To train it to its end: nnrun resume {folder}"
        raise ExperimentError(Problem(f"{folder} cannot be judged: its status is {record.status}.", hint=hint))
    expected = _given(texts, option) if texts else _own(folder)
    evidence = stored_evidence(folder, record, baseline_for(expected, baseline))
    if record.status != "failed":
        names = [*record.final_metrics, *(evidence.history() if _is_over_epochs(expected) else ())]
        refuse_unknown_metrics(expected_metrics(expected), list(dict.fromkeys(names)))
        refuse_unknown_parts(expected, _parts(expected, evidence))
    return JudgedRun(folder, record, judge([expectation for expectation, _ in expected], evidence))


def _given(texts: Sequence[str], option: str) -> list[PlacedExpectation]:
    problems: list[Problem] = []
    found = [place_expectation(text, Place(option, 0, 1, text), problems) for text in texts]
    if problems:
        raise ExperimentError(*problems)
    return [one for one in found if one is not None]


def _own(folder: Path) -> Sequence[PlacedExpectation]:
    problems: list[Problem] = []
    expected = read_expectations(read_resolved(folder), problems)
    if problems:
        raise ExperimentError(*first_problems(problems))
    if not expected:
        hint = "Write what you expect, as in --expect 'val_loss <= 0.1'"
        raise ExperimentError(Problem(f"The experiment of {folder} has no expectations.", hint=hint))
    return expected


def _is_over_epochs(expected: Sequence[PlacedExpectation]) -> bool:
    return any(placed.every_epoch for expectation, _ in expected for placed in expectation.terms)


def _parts(expected: Sequence[PlacedExpectation], evidence: RunEvidence) -> RunParts:
    """What the run has of what the expectations name; a file is read only where they name something of it."""
    terms = [p.term for expectation, _ in expected for p in expectation.terms if not p.of_baseline]
    weights: dict[str, dict[str, tuple[int, ...]]] = {}
    if any(isinstance(term, WeightNumber) for term in terms):
        for name, array in evidence.weights().items():
            layer, _, own = name.partition("/")
            weights.setdefault(layer, {})[own] = array.shape
    predicted = any(isinstance(term, PredictedNumber | PredictedClass) for term in terms)
    return RunParts(evidence.epochs, weights or None, evidence.samples() if predicted else None)
