"""Findings in the outputs: a loss that does not suit the last activation, and targets that it cannot output."""

from __future__ import annotations

import math

import numpy as np

from nnrun.diagnosis.evidence import Evidence, OutputEvidence
from nnrun.diagnosis.remedies import any_of
from nnrun.network.loss_domains import VALUE_LOSSES
from nnrun.network.output_ranges import ANY_NUMBER, activation_range
from nnrun.number_text import short
from nnrun.runs.finding import Finding

# The share of the targets that may lie beyond what the last activation can output: label noise, outliers.
BEYOND = 0.05
_ROUNDING = 1e-5

_BINARY = frozenset({"BinaryCrossentropy", "BinaryFocalCrossentropy"})
_CATEGORICAL = frozenset(
    {"CategoricalCrossentropy", "CategoricalFocalCrossentropy", "SparseCategoricalCrossentropy", "KLDivergence"}
)


def mismatched_activation(evidence: Evidence) -> Finding | None:
    """The last layer outputs what its loss does not take: numbers that are no probabilities, or negative ones."""
    return next(filter(None, map(_mismatch, evidence.outputs)), None)


def _mismatch(output: OutputEvidence) -> Finding | None:
    layer, loss = output.layer, output.loss
    low, high = activation_range(layer.activation) or ANY_NUMBER
    known = layer.outputs[np.isfinite(layer.outputs)]
    # After a divergence the outputs are no numbers, and the activation alone says what they can be.
    least, most = (float(known.min()), float(known.max())) if known.size else (low, high)
    evidenced: dict[str, float | str | None] = {
        "output": layer.name,
        "loss": loss,
        "smallest output": least,
        "largest output": most,
    }
    if output.from_logits:
        if layer.activation not in ("sigmoid", "softmax"):
            return None
        message = f"{loss} with from_logits takes logits, but {layer.name} ({layer.activation}) outputs probabilities."
        remedy = any_of(
            _activation(output, "linear"),
            f"take the outputs as probabilities (--set {output.loss_path}.from_logits=false)",
        )
    elif loss in _BINARY | _CATEGORICAL and (least < -_ROUNDING or most > 1 + _ROUNDING):
        message = f"{loss} takes probabilities from 0 to 1, but {_outputs(output)} outputs {_spread(least, most)}."
        logits = f"take the outputs as logits (--set '{output.loss_path}={{{loss}: {{from_logits: true}}}}')"
        suits_logits = layer.activation in ("", "linear") and loss != "KLDivergence"
        usual = "sigmoid" if loss in _BINARY else "softmax"
        remedy = any_of(_activation(output, usual), logits if suits_logits else "")
    elif loss == "Poisson" and (least < 0 or (low < 0 and known.size < layer.outputs.size)):
        message = f"Poisson takes the logarithm of the outputs, but those of {_outputs(output)} can be negative."
        remedy = any_of(_activation(output, "softplus"), _activation(output, "exponential"))
    else:
        return None
    return Finding("mismatched activation", message, evidenced, remedy)


def unreachable_targets(evidence: Evidence) -> Finding | None:
    """Targets beyond the range of the last activation are never predicted, however long the training is."""
    return next(filter(None, (_beyond_reach(evidence, output) for output in evidence.outputs)), None)


def _beyond_reach(evidence: Evidence, output: OutputEvidence) -> Finding | None:
    targets, layer = output.targets, output.layer
    low, high = activation_range(layer.activation) or ANY_NUMBER
    if output.loss not in VALUE_LOSSES or not targets.size:
        return None
    rounding = _ROUNDING * max(1.0, float(np.abs(targets).max()))
    share = float(((targets < low - rounding) | (targets > high + rounding)).mean())
    if share <= BEYOND:
        return None
    least, most = float(targets.min()), float(targets.max())
    message = (
        f"{share:.0%} of the targets are beyond what {_outputs(output)} can output ({_interval(low, high)}): they go "
        f"from {short(least)} to {short(most)}."
    )
    scaled = low <= 0 and high >= 1 and output.loss != "Poisson"
    scale = "scale the targets (--set data.scale_targets=minmax)" if scaled else ""
    remedy = any_of(_activation(output, "linear"), scale)
    evidenced: dict[str, float | str | None] = {
        "output": layer.name,
        "share": share,
        "smallest target": least,
        "largest target": most,
    }
    return Finding("unreachable targets", message, evidenced, remedy)


def _outputs(output: OutputEvidence) -> str:
    return f"{output.layer.name} ({output.layer.activation})" if output.layer.activation else output.layer.name


def _spread(least: float, most: float) -> str:
    return "other numbers" if math.isinf(least) or math.isinf(most) else f"numbers from {short(least)} to {short(most)}"


def _interval(low: float, high: float) -> str:
    if math.isinf(high):
        return f"from {low:g} up"
    return f"up to {high:g}" if math.isinf(low) else f"from {low:g} to {high:g}"


def _activation(output: OutputEvidence, name: str) -> str:
    """Give the output another activation, with a setting where the layer has one."""
    if not output.layer.has_activation:
        return "" if name == "linear" else f"add a layer at the end (Activation: {{activation: {name}}})"
    setting = f"--set {output.layer.path}.activation={name}"
    return f"leave the activation out ({setting})" if name == "linear" else f"use {name} ({setting})"
