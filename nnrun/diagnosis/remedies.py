"""Remedies that several findings share, each with a setting that can be typed."""

from __future__ import annotations

from nnrun.diagnosis.evidence import Evidence


def any_of(*remedies: str) -> str:
    """One sentence of alternatives, "A, b or c."; empty ones are left out."""
    *others, last = filter(None, remedies)
    text = f"{', '.join(others)} or {last}" if others else last
    return f"{text[0].upper()}{text[1:]}."


def scale_inputs(evidence: Evidence) -> str:
    """Scale the inputs; empty where they are scaled already."""
    return "" if evidence.inputs_scaled else "scale the inputs (--set data.scale=standard)"


def scale_targets(evidence: Evidence) -> str:
    """Scale the targets to the range of the last layer's activation."""
    bounded = any(layer.is_output and layer.activation not in ("", "linear") for layer in evidence.layers)
    return f"scale the targets (--set data.scale_targets={'minmax' if bounded else 'standard'})"


def reduce_learning_rate(rate: float) -> str:
    """Reduce the learning rate to `rate`, rounded down to one digit."""
    digit, _, power = f"{rate:.6e}".partition("e")
    return f"reduce the learning rate (--set optimizer.learning_rate={float(f'{digit[0]}e{power}'):g})"


def another_seed(evidence: Evidence) -> str:
    """Try the seed after the experiment's own."""
    return f"try another seed (--set {evidence.seed_path}={(evidence.seed + 1) % 2**32})"
