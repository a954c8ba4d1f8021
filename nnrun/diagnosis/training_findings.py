"""Findings in the answers: no better than a constant, standing still, not done yet."""

from __future__ import annotations

import numpy as np

from nnrun.data.dataset import Array
from nnrun.diagnosis.evidence import Evidence, PredictionEvidence
from nnrun.diagnosis.layer_findings import dead_units
from nnrun.runs.finding import Finding

# The least skill (1 − squared error over that of the mean) that counts as having learned something.
LEARNED = 0.05
# Losses whose best constant answer is the mean, or near it.
ABOUT_THE_MEAN = frozenset({"MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh", "Poisson"})
# A training with more skill than this is not said to stand still.
GOOD = 0.5
# How many epochs it takes to judge a course, and how much a loss falls at least that does not stand still.
COURSE = 20
STANDING = 0.01
# From what accuracy or skill on a training is left in peace; and how steeply the loss must still fall.
REACHED_ACCURACY, REACHED_SKILL = 0.95, 0.9
STEEP, STEADY = 0.1, 0.8
# By what share of its least value the validation loss must have risen, and of what it had gained since epoch 1.
RISEN, GIVEN_BACK = 0.2, 0.2


def no_better_than_constant(evidence: Evidence) -> Finding | None:
    """Whoever answers the mean, or the largest class, to every row does as well."""
    outcome = evidence.outcome
    if outcome is None or evidence.diverged:
        return None
    skill = outcome.skill()
    if not skill < LEARNED:
        return None
    if outcome.task == "values":
        return _no_better_than_mean(evidence, skill)
    accuracy, majority = outcome.accuracy(), outcome.majority()
    if accuracy > majority + 1 / len(outcome.targets):
        return None
    message = (
        f"An accuracy of {accuracy:.1%} is no better than answering the largest class, {majority:.1%} of the rows."
    )
    evidenced = {"accuracy": accuracy, "largest class": majority, "skill": skill}
    return Finding("no better than a constant", message, evidenced, _other_rate(evidence))


def _no_better_than_mean(evidence: Evidence, skill: float) -> Finding | None:
    if evidence.loss not in ABOUT_THE_MEAN:
        return None
    message = f"The squared error is {1 - skill:.3g} times that of answering the mean of the targets to every row."
    return Finding("no better than a constant", message, {"skill": skill}, _other_rate(evidence))


def _other_rate(evidence: Evidence) -> str:
    if dead_units(evidence):
        return "See to the dead units first."
    rate = evidence.descent.rate
    scale = "" if evidence.prepared else ", or scale the inputs: --set data.scale=standard"
    return (
        f"Try other learning rates: --set optimizer.learning_rate={rate * 10:g} "
        f"or --set optimizer.learning_rate={rate / 10:g}{scale}."
    )


def plateau(evidence: Evidence) -> Finding | None:
    """The loss has stood still for half of the training, far from good answers."""
    losses, outcome = evidence.losses, evidence.outcome
    if len(losses) < COURSE or outcome is None or evidence.diverged or not LEARNED <= outcome.skill() < GOOD:
        return None
    half = len(losses) // 2
    before, after = losses[:half].min(), losses[half:].min()
    if not after > before - STANDING * abs(before):
        return None
    since = int(np.argmax(losses <= before + STANDING * abs(before))) + 1
    skill = outcome.skill()
    message = (
        f"The loss has stood still at about {after:.4g} since epoch {since}, with {1 - skill:.0%} of the targets' "
        "variance unexplained."
    )
    remedy = (
        "Give the network more units or another layer, begin from other weights (--set seed=1), or change the "
        f"learning rate: --set optimizer.learning_rate={evidence.descent.rate * 3:g}. Noise in the targets stays."
    )
    evidenced = {"since epoch": since, "loss": float(after), "skill": skill}
    return Finding("plateau", message, evidenced, remedy)


def unfinished(evidence: Evidence) -> Finding | None:
    """The loss still falls steadily and steeply at the last epoch, and the answers are not good yet."""
    losses = evidence.losses
    count = max(4, len(losses) // 4)
    if len(losses) < count or evidence.stopped or evidence.diverged or _reached(evidence.outcome):
        return None
    last = losses[-count:]
    if (last <= 0).any():
        return None
    slope, straight = _trend(np.log(last))
    fall = float(1 - np.exp(slope * count))
    if fall < STEEP or straight < STEADY:
        return None
    message = (
        f"The loss is still falling at the last epoch: at the pace of the last {count} epochs by another {fall:.0%} "
        f"in the next {count}."
    )
    remedy = f"Train longer: --set epochs={2 * evidence.epochs}."
    return Finding("unfinished", message, {"fall": fall, "over epochs": count, "straightness": straight}, remedy)


def _trend(values: Array) -> tuple[float, float]:
    """The slope per epoch of the straight line through the values, and the share of their variance it explains."""
    epochs = np.arange(len(values)) - (len(values) - 1) / 2
    centred = values - values.mean()
    slope = float(epochs @ centred / (epochs @ epochs))
    whole = float(centred @ centred)
    return slope, slope**2 * float(epochs @ epochs) / whole if whole > 0 else 0.0


def _reached(outcome: PredictionEvidence | None) -> bool:
    if outcome is None:
        return True
    if outcome.task == "values":
        return not outcome.skill() < REACHED_SKILL
    return outcome.accuracy() >= REACHED_ACCURACY


def overfitting(evidence: Evidence) -> Finding | None:
    """The validation loss rises again while the training loss falls, and gives back much of what it had gained."""
    losses, validation = evidence.losses, np.asarray(evidence.history.get("val_loss", ()), np.float64)
    if len(validation) < COURSE // 2 or evidence.diverged or evidence.kept < len(losses):
        return None
    smooth, training = _smoothed(validation), _smoothed(losses)
    best = int(np.argmin(smooth))
    rise, gain = smooth[-1] - smooth[best], max(validation[0], smooth[0]) - smooth[best]
    falling = training[-1] < 0.9 * training[best]
    if not (falling and rise > RISEN * abs(smooth[best]) and rise > GIVEN_BACK * gain):
        return None
    since = best + 1
    message = (
        f"Since epoch {since} the validation loss has risen from {smooth[best]:.4g} to {smooth[-1]:.4g}, while the "
        f"training loss fell from {training[best]:.4g} to {training[-1]:.4g}."
    )
    remedy = (
        "Keep the weights of the best epoch (--set keep=best), stop early, learn from more rows, "
        "or take a smaller network, Dropout or a kernel_regularizer."
    )
    evidenced = {
        "since epoch": since,
        "best validation loss": float(smooth[best]),
        "validation loss": float(smooth[-1]),
        "training loss then": float(training[best]),
        "training loss": float(training[-1]),
    }
    return Finding("overfitting", message, evidenced, remedy)


def _smoothed(values: Array) -> Array:
    """The mean of each value and those before it, over a twentieth of the training."""
    width = max(1, len(values) // 20)
    sums = np.cumsum(np.concatenate([np.zeros(1), values]))
    starts = np.maximum(np.arange(1, len(values) + 1) - width, 0)
    ends = np.arange(1, len(values) + 1)
    return np.asarray((sums[ends] - sums[starts]) / (ends - starts))
