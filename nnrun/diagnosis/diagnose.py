"""All findings of a training, the most severe first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nnrun.diagnosis import data_findings, layer_findings, learning_rate, output_findings, training_findings
from nnrun.diagnosis.evidence import Evidence
from nnrun.runs.finding import Finding

Rule = Callable[[Evidence], Finding | None]

RULES: tuple[Rule, ...] = (
    output_findings.mismatched_activation,
    output_findings.unreachable_targets,
    learning_rate.divergence,
    data_findings.unscaled_targets,
    layer_findings.exploding_gradient,
    layer_findings.dead_units,
    layer_findings.saturated_units,
    layer_findings.vanishing_gradient,
    training_findings.no_better_than_baseline,
    training_findings.plateau,
    training_findings.not_converged,
    training_findings.overfitting,
    data_findings.unscaled_inputs,
    data_findings.imbalanced_classes,
    data_findings.duplicate_rows,
)

# What a finding explains is not reported next to it.
_NOT_LEARNING = frozenset({"exploding gradient", "no better than a baseline", "plateau", "not converged"})
_WRONG_OUTPUT = _NOT_LEARNING | {
    "divergence",
    "dead units",
    "saturated units",
    "vanishing gradient",
    "unscaled targets",
}
EXPLAINS: Mapping[str, frozenset[str]] = {
    "mismatched activation": _WRONG_OUTPUT | {"unreachable targets"},
    "unreachable targets": _WRONG_OUTPUT,
    "unscaled targets": _NOT_LEARNING,
    "overfitting": frozenset({"not converged"}),
}


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """The findings of all rules; none for a healthy training."""
    found = [finding for rule in RULES if (finding := rule(evidence))]
    explained = frozenset[str]().union(*(EXPLAINS.get(finding.kind, ()) for finding in found))
    return tuple(finding for finding in found if finding.kind not in explained)
