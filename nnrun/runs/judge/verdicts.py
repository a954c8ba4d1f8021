"""The verdicts on a run: which of its expectations are met, by which margin, and since when."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from nnrun.experiment.expect.expectation import Expectation
from nnrun.experiment.expect.terms import EpochOf, FiniteTerm, MetricTerm, Term, terms_of
from nnrun.runs.judge.conditions import Lookup, judge_condition
from nnrun.runs.judge.first_epoch import first_epoch
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.record_file import finite
from nnrun.runs.verdict import Verdict


def judge(expectations: Sequence[Expectation], evidence: RunEvidence) -> tuple[Verdict, ...]:
    """Judges a run; an expectation is not met where what it looks up is not known.

    Args:
        expectations: the expectations.
        evidence: what the run is judged by.
    """
    return tuple(_judge(one, evidence) for one in expectations)


def verdict_on(
    expectation: Expectation, lookup: Lookup, *, since: int | None = None, why: Callable[[], str | None] | None = None
) -> Verdict:
    """The verdict on one expectation.

    Args:
        expectation: the expectation.
        lookup: gives the value of a term.
        since: the first epoch at which it was met.
        why: gives a reason for which it is not met, if there is one, beside that something is not known.
    """
    judged = judge_condition(expectation.condition, lookup)
    met = judged.holds is True
    margin = judged.margin if judged.margin is not None and math.isfinite(judged.margin) else None
    reason = None if met else judged.reason or (why() if why else None)
    return Verdict(str(expectation), judged.value, met, since, reason, judged.bound, margin)


def plain_verdict(verdict: Verdict) -> dict[str, Any]:
    """A verdict as `run.json` has it, but with all of its fields; a number that is not finite is None."""
    plain = msgspec.structs.asdict(verdict)
    return {name: finite(value) if isinstance(value, float) else value for name, value in plain.items()}


def _judge(expectation: Expectation, evidence: RunEvidence) -> Verdict:
    def why() -> str | None:
        reasons = (_reason(term, evidence) for term in terms_of(expectation.condition))
        return next((reason for reason in reasons if reason), None)

    return verdict_on(expectation, evidence.value, since=_since(expectation, evidence), why=why)


def _since(expectation: Expectation, evidence: RunEvidence) -> int | None:
    """The first epoch at which a condition on the metrics of an epoch was met; None for any other."""
    threshold = expectation.threshold
    if threshold is not None:
        return threshold.first_epoch(evidence.history().get(threshold.metric, ()))
    terms = list(terms_of(expectation.condition))
    metrics = {term.metric for term in terms if isinstance(term, MetricTerm) and term.which == "final"}
    others = [term for term in terms if not (isinstance(term, MetricTerm) and term.which == "final")]
    if others or not metrics or not metrics <= evidence.history().keys():
        return None
    return first_epoch(expectation.condition, evidence.history())


def _reason(term: Term, evidence: RunEvidence) -> str | None:
    """Why a term says nothing of the model, or what it says in words."""
    match term:
        case MetricTerm(metric=metric, which="final"):
            return _metric_reason(metric, evidence.final.get(metric, 0.0), evidence.equal_targets.get(metric))
        case FiniteTerm():
            return f"{evidence.first_infinite()} is not finite"
        case EpochOf() if evidence.value(term) == math.inf:
            return "it held at no epoch"
    return None


def _metric_reason(name: str, value: float, part: str | None) -> str | None:
    """Why a value says nothing; R² divides by the variance of the targets, which rounding keeps from being 0."""
    cause = f": all targets of the {part} set are equal" if part else ""
    if math.isnan(value):
        return f"{name} is not a number{cause}"
    if math.isinf(value):
        return f"{name} is infinite{cause}"
    return f"{name} is undefined{cause}" if cause and "r2_score" in name else None
