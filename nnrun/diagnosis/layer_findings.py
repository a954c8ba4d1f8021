"""Findings in the layers: dead and saturated units, vanishing and exploding gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nnrun.diagnosis.evidence import Evidence, LayerEvidence
from nnrun.diagnosis.remedies import another_seed, any_of, reduce_learning_rate, scale_inputs, slower_rate
from nnrun.model.replay import CAN_DIE, inactive_units
from nnrun.number_text import short
from nnrun.runs.finding import Finding

# The share of a layer's units that must be dead; fewer are common in networks that learn well.
MOST_DEAD = 0.8
# How close to its limits an output of sigmoid or tanh is saturated, as a share of the whole range.
SATURATED = 0.01
MOST_SATURATED = 0.8
# The root mean square of weights that saturate outputs by themselves.
LARGE_WEIGHTS = 10.0
# How much smaller the gradient of a layer may be than the largest gradient of a layer.
VANISHED = 1e-4
# How many times as large as its weights the gradient of a layer may be.
EXPLODED = 1000.0
# A training with more skill than this has no gradient problem.
SUCCESS = 0.9


def _count_dead(layer: LayerEvidence) -> int:
    return int(inactive_units(layer.outputs).sum()) if layer.dead is None else layer.dead


def dead_units(evidence: Evidence) -> Finding | None:
    """Units of relu that output 0 for every sample have no gradient, so they never learn again."""
    layers = [layer for layer in evidence.layers if layer.activation in CAN_DIE]
    layer, share = _worst(layers, lambda layer: _count_dead(layer) / layer.outputs.shape[-1])
    if layer is None or share < MOST_DEAD:
        return None
    count, units = _count_dead(layer), layer.outputs.shape[-1]
    those = "The only unit" if units == 1 else f"All {units} units" if count == units else f"{count} of {units} units"
    since = {None: "", 0: " since initialization"}.get(layer.dead_since, f" since epoch {layer.dead_since}")
    message = (
        f"{those} of {layer.name} ({layer.activation}) {'outputs' if count == 1 else 'output'} 0 for every sample"
        f"{since}. Without a gradient, {'it' if count == 1 else 'they'} cannot learn."
    )
    evidenced: dict[str, float | str | None] = {"layer": layer.name, "dead units": count, "units": units}
    if layer.dead_since is not None:
        evidenced["since epoch"] = layer.dead_since
    setting = "negative_slope=0.1" if layer.kind == "ReLU" else "activation=leaky_relu"
    slower = reduce_learning_rate(evidence, slower_rate(evidence)) if layer.dead_since else ""
    is_fixed = layer.fixed and not layer.dead_since
    other = f"leave the initializer out (--set {layer.fixed})" if is_fixed else another_seed(evidence)
    remedy = any_of(other, f"use LeakyReLU (--set {layer.path}.{setting})", slower)
    return Finding("dead units", message, evidenced, remedy)


def _worst(
    layers: Sequence[LayerEvidence], measure: Callable[[LayerEvidence], float]
) -> tuple[LayerEvidence | None, float]:
    """The layer with the largest measure, and the measure."""
    measures = [measure(layer) for layer in layers]
    return (layers[measures.index(max(measures))], max(measures)) if layers else (None, 0.0)


def saturated_units(evidence: Evidence) -> Finding | None:
    """Saturated hidden units pass almost no gradient to the layers before them."""
    hidden = [layer for layer in evidence.layers if layer.activation in ("sigmoid", "tanh") and not layer.is_output]
    layer, share = _worst(hidden, _saturated_share)
    if layer is None or share < MOST_SATURATED:
        return None
    message = f"{share:.0%} of the outputs of {layer.name} ({layer.activation}) are saturated: the gradient is near 0."
    smaller = "use smaller initial weights"
    if layer.weight is not None and layer.weight > LARGE_WEIGHTS:  # which saturate outputs of any inputs
        remedy = any_of(smaller, reduce_learning_rate(evidence, slower_rate(evidence)))
    else:
        other = f"use another activation (--set {layer.path}.activation=relu)"
        remedy = any_of(other, scale_inputs(evidence), smaller)
    return Finding("saturated units", message, {"layer": layer.name, "saturated share": share}, remedy)


def _saturated_share(layer: LayerEvidence) -> float:
    low, high = (0.0, 1.0) if layer.activation == "sigmoid" else (-1.0, 1.0)
    margin = SATURATED * (high - low)
    return float(((layer.outputs < low + margin) | (layer.outputs > high - margin)).mean())


def vanishing_gradient(evidence: Evidence) -> Finding | None:
    """An early layer with a tiny gradient does not learn, while a later one does."""
    trained = _trained_layers(evidence)
    if len(trained) < 3 or _succeeds(evidence):
        return None
    gradients = [layer.gradient or 0.0 for layer in trained]
    least, most = int(np.argmin(gradients)), int(np.argmax(gradients))
    if not 0 < gradients[least] < VANISHED * gradients[most] or least > most:
        return None
    early, late = trained[least], trained[most]
    message = (
        f"The gradient of {early.name} is {short(gradients[least], 2)}, that of {late.name} "
        f"{short(gradients[most], 2)} (root mean squares). The early layers hardly learn."
    )
    hidden = [layer for layer in evidence.layers if layer.activation in ("sigmoid", "tanh") and not layer.is_output]
    relu = f"use relu in the hidden layers (--set {hidden[0].path}.activation=relu and so on)" if hidden else ""
    fewer = relu or "use fewer layers"
    remedy = any_of(fewer, "add skip connections (Add)", "add BatchNormalization between the layers")
    evidenced = {"gradient": gradients[least], "largest gradient": gradients[most]}
    return Finding("vanishing gradient", message, {"layer": early.name, **evidenced}, remedy)


def exploding_gradient(evidence: Evidence) -> Finding | None:
    """A gradient much larger than the weights moves them far away in one step."""
    layer, ratio = _worst(
        _trained_layers(evidence), lambda layer: (layer.gradient or 0.0) / max(layer.weight or 0.0, 1e-3)
    )
    if layer is None or layer.gradient is None or ratio < EXPLODED or _succeeds(evidence):
        return None
    message = (
        f"The gradient of {layer.name} is {short(layer.gradient, 3)}, {short(ratio, 3)} times as large as its weights "
        "(root mean squares)."
    )
    clip = "" if evidence.optimizer.clips else "clip the gradient (--set optimizer.clipnorm=1)"
    remedy = any_of(clip, scale_inputs(evidence), "use smaller initial weights")
    evidenced: dict[str, float | str | None] = {"layer": layer.name, "gradient": layer.gradient, "weight": layer.weight}
    return Finding("exploding gradient", message, evidenced, remedy)


def _trained_layers(evidence: Evidence) -> list[LayerEvidence]:
    return [layer for layer in evidence.layers if layer.gradient is not None]


def _succeeds(evidence: Evidence) -> bool:
    return evidence.predictions is not None and evidence.predictions.skill() > SUCCESS
