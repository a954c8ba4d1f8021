"""All findings of a training, the gravest first."""

from __future__ import annotations

from collections.abc import Callable

from nnrun.explain.diagnosis import data, layers, outcome, rate
from nnrun.explain.diagnosis.evidence import Evidence
from nnrun.store.finding import Finding

Rule = Callable[[Evidence], Finding | None]

RULES: tuple[Rule, ...] = (
    rate.divergence,
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


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """What ails a training, as far as rules can tell; nothing for a healthy one."""
    return tuple(finding for rule in RULES if (finding := rule(evidence)))
