"""Divergence, and the learning rate below which the training would have been stable."""

from __future__ import annotations

import numpy as np

from nnrun.diagnosis.data_findings import has_large_targets
from nnrun.diagnosis.evidence import Evidence
from nnrun.diagnosis.remedies import any_of, reduce_learning_rate, scale_inputs, scale_targets, slower_rate
from nnrun.number_text import short
from nnrun.runs.finding import Finding


def divergence(evidence: Evidence) -> Finding | None:
    """The training ended because a number was no longer finite."""
    if evidence.diverged is None:
        return None
    rate, stable = evidence.optimizer.learning_rate, stable_rate(evidence)
    message = f"The training diverged with the learning rate {rate:g}: {evidence.diverged}."
    evidenced = {"learning rate": rate}
    if stable is not None:
        message += f" For these inputs, gradient descent is stable below {short(stable, 3)}."
        evidenced["stable below"] = stable
    if stable is None and has_large_targets(evidence):
        remedy = any_of(scale_targets(evidence), reduce_learning_rate(evidence, slower_rate(evidence)))
    else:
        lower = stable / 2 if stable is not None and stable < rate else slower_rate(evidence)
        remedy = any_of(reduce_learning_rate(evidence, lower), scale_inputs(evidence))
    return Finding("divergence", message, evidenced, remedy)


def stable_rate(evidence: Evidence) -> float | None:
    """The learning rate 2/λ below which gradient descent on a linear network with squared error converges.

    λ is the largest eigenvalue of the Hessian of the loss, 2/(samples · units) · XᵀX, X being the inputs with a 1
    for the bias (LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, section 5).

    Returns:
        None for any other network, loss or optimizer.
    """
    if not (evidence.is_linear and evidence.loss == "MeanSquaredError" and evidence.optimizer.plain):
        return None
    samples, units = len(evidence.inputs), evidence.layers[-1].outputs.shape[-1]
    x = evidence.inputs.astype(np.float64)
    if evidence.has_bias:
        x = np.concatenate([x, np.ones((samples, 1))], axis=1)  # (samples, numbers + 1)
    largest = 2 / (samples * units) * float(np.linalg.norm(x, 2)) ** 2
    return 2 / largest if largest > 0 else None
