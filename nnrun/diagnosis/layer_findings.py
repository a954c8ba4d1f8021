"""Findings in the layers: dead units, saturated ones, gradients that vanish or explode."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnrun.data.dataset import Array
from nnrun.diagnosis.evidence import Evidence, LayerEvidence
from nnrun.runs.finding import Finding

# The share of a layer's units that must be silent; fewer are common in networks that learn well.
MOST_SILENT = 0.8
# How close to its limits an answer of sigmoid or tanh counts as saturated, as a share of the whole range.
SATURATED = 0.01
MOST_SATURATED = 0.8
# How much smaller the gradient of a layer may be than that of the layer with the largest one.
VANISHED = 1e-4
# How many times as large as its weights the gradient of a layer may be.
EXPLODED = 1000.0
# A training whose answers leave less than a tenth unexplained is not ailing.
SUCCESS = 0.9


def silent_units(outputs: Array) -> Array:
    """Which units give 0, or less, for every row; (rows, …, units) to bool, (units,)."""
    return np.asarray(outputs.reshape(-1, outputs.shape[-1]).max(axis=0) <= 0)


def dead_units(evidence: Evidence) -> Finding | None:
    """Units of relu that answer 0 to every row have no gradient, so they never learn again."""
    layers = [layer for layer in evidence.layers if layer.activation == "relu"]
    found = [(layer, silent_units(layer.outputs)) for layer in layers]
    worst = max(found, key=lambda pair: pair[1].mean(), default=None)
    if worst is None or worst[1].mean() < MOST_SILENT:
        return None
    layer, silent = worst
    count, units = int(silent.sum()), len(silent)
    those = "The only unit" if units == 1 else f"All {units} units" if count == units else f"{count} of {units} units"
    since = {None: "", 0: ", from the initial weights on"}.get(
        layer.silent_since, f", since epoch {layer.silent_since}"
    )
    message = (
        f"{those} of {layer.name} ({layer.activation}) {'answers' if count == 1 else 'answer'} 0 to every row{since}; "
        f"without a gradient {'it' if count == 1 else 'they'} can no longer learn."
    )
    evidenced: dict[str, float | str | None] = {"layer": layer.name, "silent units": count, "units": units}
    if layer.silent_since is not None:
        evidenced["since epoch"] = layer.silent_since
    remedy = f"Begin from other weights (--set seed=1), or let 0 leak: --set {_leaky(layer)}"
    if layer.silent_since:
        remedy += f"; a smaller learning rate may keep them alive: --set optimizer.learning_rate={_less(evidence):g}"
    return Finding("dead units", message, evidenced, f"{remedy}.")


def _leaky(layer: LayerEvidence) -> str:
    if layer.kind == "ReLU":
        return f"{layer.path}.negative_slope=0.1"
    return f"{layer.path}.activation=leaky_relu"


def _less(evidence: Evidence) -> float:
    return evidence.descent.rate / 10


def saturated_units(evidence: Evidence) -> Finding | None:
    """Hidden sigmoids and tanhs at their limits have next to no slope, so that what is before them learns nothing."""
    layers = [layer for layer in evidence.layers if layer.activation in ("sigmoid", "tanh") and not layer.last]
    found = [(layer, _saturated_share(layer)) for layer in layers]
    worst = max(found, key=lambda pair: pair[1], default=None)
    if worst is None or worst[1] < MOST_SATURATED:
        return None
    layer, share = worst
    message = (
        f"{share:.0%} of the answers of {layer.name} ({layer.activation}) are at the limits, where its slope is 0."
    )
    scale = "" if evidence.prepared else ", scale the inputs (--set data.scale=standard)"
    remedy = f"Take another activation (--set {layer.path}.activation=relu){scale} or smaller initial weights."
    return Finding("saturated units", message, {"layer": layer.name, "saturated share": share}, remedy)


def _saturated_share(layer: LayerEvidence) -> float:
    low, high = (0.0, 1.0) if layer.activation == "sigmoid" else (-1.0, 1.0)
    margin = SATURATED * (high - low)
    return float(((layer.outputs < low + margin) | (layer.outputs > high - margin)).mean())


def vanishing_gradient(evidence: Evidence) -> Finding | None:
    """An early layer that gets next to no gradient does not learn, while a later one does."""
    learners = _learners(evidence)
    if len(learners) < 3 or _succeeds(evidence):
        return None
    gradients = [layer.gradient or 0.0 for layer in learners]
    least, most = int(np.argmin(gradients)), int(np.argmax(gradients))
    if not 0 < gradients[least] < VANISHED * gradients[most] or least > most:
        return None
    early, late = learners[least], learners[most]
    message = (
        f"The gradient of {early.name} is {gradients[least]:.2g}, that of {late.name} {gradients[most]:.2g}: "
        "next to nothing reaches the early layers."
    )
    squashed = next((layer for layer in evidence.layers if layer.activation in ("sigmoid", "tanh")), None)
    other = f"Take relu in the hidden layers (--set {squashed.path}.activation=relu and so on)" if squashed else ""
    remedy = f"{other or 'Leave out some layers'}, or add skips (Add) or BatchNormalization between the layers."
    evidenced = {"gradient": gradients[least], "largest gradient": gradients[most]}
    return Finding("vanishing gradient", message, {"layer": early.name, **evidenced}, remedy)


def exploding_gradient(evidence: Evidence) -> Finding | None:
    """A gradient that dwarfs the weights throws them far away in one step."""
    found = [(layer, (layer.gradient or 0.0) / max(layer.weight or 0.0, 1e-3)) for layer in _learners(evidence)]
    worst = max(found, key=lambda pair: pair[1], default=None)
    if worst is None or worst[1] < EXPLODED or _succeeds(evidence):
        return None
    layer, ratio = worst
    message = f"The gradient of {layer.name}, {layer.gradient:.3g}, is {ratio:.3g} times as large as its weights."
    limit = "" if evidence.descent.clips else "limit the gradient (--set optimizer.clipnorm=1)"
    scale = "" if evidence.prepared else "scale the inputs (--set data.scale=standard)"
    others = ", ".join(filter(None, (limit, scale)))
    advice = f"{others} or take smaller initial weights." if others else "take smaller initial weights."
    remedy = advice[0].upper() + advice[1:]
    evidenced: dict[str, float | str | None] = {"layer": layer.name, "gradient": layer.gradient, "weight": layer.weight}
    return Finding("exploding gradient", message, evidenced, remedy)


def _learners(evidence: Evidence) -> Sequence[LayerEvidence]:
    return [layer for layer in evidence.layers if layer.gradient is not None]


def _succeeds(evidence: Evidence) -> bool:
    return evidence.outcome is not None and evidence.outcome.skill() > SUCCESS
