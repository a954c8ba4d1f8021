"""Remedies that several findings share, each with a setting that can be typed."""

from __future__ import annotations

from nnrun.diagnosis.evidence import Evidence, OptimizerEvidence

# How many times as large or small as Keras's own a learning rate may be before that is advised.
FAR = 100.0


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


def reduce_learning_rate(evidence: Evidence, rate: float) -> str:
    """Reduce the learning rate to `rate`, rounded down to one digit."""
    digit, _, power = f"{rate:.6e}".partition("e")
    return set_learning_rate(evidence, "reduce the learning rate", float(f"{digit[0]}e{power}"))


def set_learning_rate(evidence: Evidence, doing: str, *rates: float) -> str:
    """What is to be done, with the settings that do it; a callback that sets every rate has no setting for it."""
    if evidence.optimizer.scheduled:
        return f"{doing} in the schedule of LearningRateScheduler"
    return f"{doing} ({' or '.join(f'--set optimizer.learning_rate={rate:g}' for rate in rates)})"


def other_rates(evidence: Evidence) -> tuple[float, ...]:
    """Learning rates to try: Keras's own where the present one is far from it, else a larger and a smaller one."""
    optimizer = evidence.optimizer
    if optimizer.usual and (is_far_above(optimizer) or _is_far_below(optimizer)):
        return (optimizer.usual,)
    return optimizer.learning_rate * 10, optimizer.learning_rate * 0.1


def slower_rate(evidence: Evidence) -> float:
    """A tenth of the learning rate, or Keras's own where that is far below."""
    optimizer = evidence.optimizer
    return optimizer.usual if optimizer.usual and is_far_above(optimizer) else optimizer.learning_rate / 10


def faster_rate(evidence: Evidence) -> float:
    """Three times the learning rate, or Keras's own where that is far above."""
    optimizer = evidence.optimizer
    return optimizer.usual if optimizer.usual and _is_far_below(optimizer) else optimizer.learning_rate * 3


def is_far_above(optimizer: OptimizerEvidence) -> bool:
    """Whether a learning rate is far above Keras's own for the optimizer."""
    return bool(optimizer.usual) and optimizer.learning_rate > FAR * (optimizer.usual or 0)


def _is_far_below(optimizer: OptimizerEvidence) -> bool:
    return bool(optimizer.usual) and optimizer.learning_rate * FAR <= (optimizer.usual or 0)


def less_regularized(evidence: Evidence) -> str:
    """Reduce what keeps the network from fitting; empty where nothing does."""
    return f"reduce {' and '.join(evidence.regularized[:2])}" if evidence.regularized else ""


def another_seed(evidence: Evidence) -> str:
    """Try the seed after the experiment's own."""
    return f"try another seed (--set {evidence.seed_path}={(evidence.seed + 1) % 2**32})"
