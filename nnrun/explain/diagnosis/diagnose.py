"""All findings of a training, the gravest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nnrun.explain.diagnosis import data, layers, outcome, rate
from nnrun.explain.diagnosis.evidence import Evidence
from nnrun.store.finding import Finding

Rule = Callable[[Evidence], Finding | None]

RULES: tuple[Rule, ...] = (
    rate.divergence,
    data.unscaled_targets,
    layers.exploding_gradient,
    layers.dead_units,
    layers.saturated_units,
    layers.vanishing_gradient,
    outcome.no_better_than_constant,
    outcome.plateau,
    outcome.unfinished,
    outcome.overfitting,
    data.unscaled_inputs,
    data.imbalanced_classes,
    data.repeated_rows,
)

# What a finding explains needs no remedy of its own.
EXPLAINS: Mapping[str, frozenset[str]] = {
    "unscaled targets": frozenset({"exploding gradient", "no better than a constant", "plateau", "unfinished"}),
    "overfitting": frozenset({"unfinished"}),
}


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """What ails a training, as far as rules can tell; nothing for a healthy one."""
    found = [finding for rule in RULES if (finding := rule(evidence))]
    explained = frozenset[str]().union(*(EXPLAINS.get(finding.kind, ()) for finding in found))
    return tuple(finding for finding in found if finding.kind not in explained)
