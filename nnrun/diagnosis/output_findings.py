"""Findings in the outputs: a loss that does not suit the last activation, and targets that it cannot output."""

from __future__ import annotations

import math

import numpy as np

from nnrun.diagnosis.evidence import Evidence, OutputEvidence
from nnrun.diagnosis.remedies import any_of
from nnrun.network.loss_domains import HINGES, VALUE_LOSSES
from nnrun.network.output_ranges import ANY_NUMBER, UNIT, ValueRange, activation_range, output_range
from nnrun.number_text import short
from nnrun.runs.finding import Finding

# The share of the targets that may lie beyond what the last activation can output: label noise, outliers.
BEYOND = 0.05
_ROUNDING = 1e-5

_BINARY = frozenset({"BinaryCrossentropy", "BinaryFocalCrossentropy"})
_CATEGORICAL = frozenset(
    {"CategoricalCrossentropy", "CategoricalFocalCrossentropy", "SparseCategoricalCrossentropy", "KLDivergence"}
)
_LOGARITHMS = frozenset({"MeanSquaredLogarithmicError", "Poisson"})


def mismatched_activation(evidence: Evidence) -> Finding | None:
    """The last layer outputs what its loss does not take: numbers that are no probabilities, or negative ones."""
    return next(filter(None, map(_mismatch, evidence.outputs)), None)


def _mismatch(output: OutputEvidence) -> Finding | None:
    layer, loss = output.layer, output.loss
    low, high = _gives(output)
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
        if (low, high) == ANY_NUMBER or not (UNIT.holds(_gives(output)) or loss in _BINARY):
            return None
        gives = "probabilities" if UNIT.holds(_gives(output)) else f"numbers {_interval(low, high)}"
        message = f"{loss} with from_logits takes logits, but {_outputs(output)} outputs {gives}."
        probabilities = f"take the outputs as probabilities (--set {output.loss_path}.from_logits=false)"
        remedy = any_of(_activation(output, "linear"), probabilities if gives == "probabilities" else "")
    elif loss in HINGES and not low < 0 < high:
        message = f"{loss} compares the sign of the outputs with -1 and 1, but {_outputs(output)} outputs "
        message += f"numbers {_interval(low, high)}."
        remedy = any_of(_activation(output, "tanh"), _activation(output, "linear"))
    elif loss == "KLDivergence" and layer.activation in ("sigmoid", "hard_sigmoid"):
        message = f"{loss} takes probabilities that add up to 1, but {_outputs(output)} outputs each by itself."
        labels = f"compare labels of 0 and 1 (--set {output.loss_path}=binary_crossentropy)"
        remedy = any_of(_activation(output, "softmax") if layer.outputs.shape[-1] > 1 else "", labels)
    elif loss in _BINARY | _CATEGORICAL and (least < -_ROUNDING or most > 1 + _ROUNDING):
        message = f"{loss} takes probabilities from 0 to 1, but {_outputs(output)} outputs {_spread(least, most)}."
        logits = f"take the outputs as logits (--set '{output.loss_path}={{{loss}: {{from_logits: true}}}}')"
        suits_logits = layer.activation in ("", "linear") and loss != "KLDivergence"
        usual = "sigmoid" if loss in _BINARY else "softmax"
        remedy = any_of(_activation(output, usual), logits if suits_logits else "")
    elif loss in _LOGARITHMS and (least < 0 or (low < 0 and known.size < layer.outputs.size)):
        message = f"{loss} takes the logarithm of the outputs, but those of {_outputs(output)} can be negative."
        remedy = any_of(*(_activation(output, name) for name in _usual(loss)))
    else:
        return None
    return Finding("mismatched activation", message, evidenced, remedy)


def unreachable_targets(evidence: Evidence) -> Finding | None:
    """Targets beyond the range of the last activation are never predicted, however long the training is."""
    return next(filter(None, (_beyond_reach(evidence, output) for output in evidence.outputs)), None)


def _beyond_reach(evidence: Evidence, output: OutputEvidence) -> Finding | None:
    targets, layer = output.targets, output.layer
    low, high = _gives(output)
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
    remedy = any_of(*(_activation(output, name) for name in _usual(output.loss) or ("linear",)), scale)
    evidenced: dict[str, float | str | None] = {
        "output": layer.name,
        "share": share,
        "smallest target": least,
        "largest target": most,
    }
    return Finding("unreachable targets", message, evidenced, remedy)


def _gives(output: OutputEvidence) -> ValueRange:
    """The numbers that an output can be."""
    known = output.last.gives if output.last else activation_range(output.layer.activation)
    return known or ANY_NUMBER


def _usual(loss: str) -> tuple[str, ...]:
    """The activations that give what a loss takes; none for a loss that takes any numbers."""
    taken = output_range(loss)
    return taken.activations if taken else ()


def _outputs(output: OutputEvidence) -> str:
    activation = output.last.label if output.last else output.layer.activation
    return f"{output.layer.name} ({activation})" if activation else output.layer.name


def _spread(least: float, most: float) -> str:
    return "other numbers" if math.isinf(least) or math.isinf(most) else f"numbers from {short(least)} to {short(most)}"


def _interval(low: float, high: float) -> str:
    if math.isinf(high):
        return f"from {low:g} up"
    return f"up to {high:g}" if math.isinf(low) else f"from {low:g} to {high:g}"


def _activation(output: OutputEvidence, name: str) -> str:
    """Give the output another activation, with a setting where the layer has one."""
    if output.last and not output.last.is_optional:
        return f"add a Dense layer{f' with {name}' if name != 'linear' else ''} at the end"
    if not output.layer.has_activation:
        behind = "Dense" if name == "linear" else f"Activation: {{activation: {name}}}"
        return f"add a layer at the end ({behind})"
    setting = f"--set {output.layer.path}.activation={name}"
    return f"leave the activation out ({setting})" if name == "linear" else f"use {name} ({setting})"
