"""Divergence, and the learning rate at which it would not have come to that."""

from __future__ import annotations

import numpy as np

from nnrun.diagnosis.data_findings import large_targets, scaled_targets
from nnrun.diagnosis.evidence import Evidence
from nnrun.runs.finding import Finding


def divergence(evidence: Evidence) -> Finding | None:
    """The training ended because a number was no longer finite."""
    if evidence.diverged is None:
        return None
    rate, stable = evidence.descent.rate, stable_rate(evidence)
    message = f"Training diverged at the learning rate {rate:g}: {evidence.diverged}."
    evidenced = {"learning rate": rate}
    if stable is not None:
        message += f" With these inputs it is stable below {stable:.3g}."
        evidenced["stable below"] = stable
    if stable is None and large_targets(evidence):
        remedy = f"Scale the targets ({scaled_targets(evidence)}) or take smaller steps"
        return Finding("divergence", message, evidenced, f"{remedy}: {_slower(rate / 10)}.")
    slower = stable / 2 if stable is not None and stable < rate else rate / 10
    remedy = f"Take smaller steps: {_slower(slower)}"
    scale = "" if evidence.prepared else ", or scale the inputs: --set data.scale=standard"
    return Finding("divergence", message, evidenced, f"{remedy}{scale}.")


def _slower(rate: float) -> str:
    return f"--set optimizer.learning_rate={_rounded_down(rate):g}"


def stable_rate(evidence: Evidence) -> float | None:
    """The learning rate 2/λ below which gradient descent on a linear network with squared error converges.

    λ is the largest eigenvalue of the loss's second derivatives, 2/(rows · units) · XᵀX, X being the inputs with a 1
    for the bias (LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, section 5).

    Returns:
        None for any other network, loss or optimizer.
    """
    if not (evidence.linear and evidence.loss == "MeanSquaredError" and evidence.descent.plain):
        return None
    rows, units = len(evidence.inputs), evidence.layers[-1].outputs.shape[-1]
    x = evidence.inputs.astype(np.float64)
    if evidence.bias:
        x = np.concatenate([x, np.ones((rows, 1))], axis=1)  # (rows, numbers + 1)
    steepest = 2 / (rows * units) * float(np.linalg.norm(x, 2)) ** 2
    return 2 / steepest if steepest > 0 else None


def _rounded_down(rate: float) -> float:
    """The rate with one digit, never more than it was."""
    digit, _, power = f"{rate:.6e}".partition("e")
    return float(f"{digit[0]}e{power}")
