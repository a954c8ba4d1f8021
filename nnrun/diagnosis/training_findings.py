"""Findings in the predictions and the loss curves: no better than a baseline, plateau, not converged, overfitting."""

from __future__ import annotations

import numpy as np

from nnrun.data.dataset import Array
from nnrun.diagnosis.evidence import Evidence, PredictionEvidence
from nnrun.diagnosis.layer_findings import dead_units
from nnrun.diagnosis.remedies import (
    another_seed,
    any_of,
    faster_rate,
    is_far_above,
    less_regularized,
    other_rates,
    reduce_learning_rate,
    scale_inputs,
    set_learning_rate,
    slower_rate,
)
from nnrun.number_text import short
from nnrun.runs.finding import Finding

# The least skill (1 − squared error over that of the mean) that counts as having learned something.
LEARNED = 0.05
# Losses whose best constant prediction is the mean, or near it.
ABOUT_THE_MEAN = frozenset({"MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh", "Poisson"})
# A training with more skill than this is not on a plateau.
GOOD = 0.5
# How many epochs it takes to judge a loss curve, and by how much the loss of no plateau decreases at least.
LEAST_EPOCHS = 20
IMPROVED = 0.01
# By what share of itself a constant loss changes: the rounding of float32.
CONSTANT = 1e-6
# The accuracy or skill that is good enough; how much the loss must still decrease, and how straight its curve must be.
REACHED_ACCURACY, REACHED_SKILL = 0.95, 0.9
STEEP, STEADY = 0.1, 0.8
# By what share of its minimum the validation loss must have risen, and by what share of its decrease since epoch 1.
RISEN, GIVEN_BACK = 0.2, 0.2


def no_better_than_baseline(evidence: Evidence) -> Finding | None:
    """Always predicting the mean, the largest class, or the last value of a window is as good."""
    found = evidence.predictions
    if found is None or evidence.diverged:
        return None
    if not (skill := found.skill()) < LEARNED:
        return _no_better_than_the_last_value(evidence, found)
    if found.task == "values":
        if evidence.loss not in ABOUT_THE_MEAN:
            return None
        message = f"The squared error is {short(1 - skill, 3)} × that of a mean-prediction baseline."
        return Finding("no better than a baseline", message, {"skill": skill}, _learn_anything(evidence))
    accuracy, majority = found.accuracy(), found.majority_share()
    if accuracy > majority + 1 / len(found.targets):
        return None
    message = f"The accuracy of {accuracy:.1%} is no better than that of a majority-class baseline, {majority:.1%}."
    evidenced = {"accuracy": accuracy, "largest class": majority, "skill": skill}
    return Finding("no better than a baseline", message, evidenced, _learn_anything(evidence))


def _no_better_than_the_last_value(evidence: Evidence, found: PredictionEvidence) -> Finding | None:
    times = found.over_last_value()
    if not times >= 1 or evidence.loss not in ABOUT_THE_MEAN:
        return None
    message = f"The squared error is {short(times, 3)} × that of a last-value baseline."
    return Finding("no better than a baseline", message, {"times": times}, _learn_anything(evidence))


def _learn_anything(evidence: Evidence) -> str:
    if dead_units(evidence):
        return "Fix the dead units first."
    if all(layer.gradient is None for layer in evidence.layers):
        return "Train the weights of some layers: leave trainable: false out."
    other_rate = set_learning_rate(evidence, "try another learning rate", *other_rates(evidence))
    return any_of(other_rate, scale_inputs(evidence), less_regularized(evidence), "use more units or another layer")


def plateau(evidence: Evidence) -> Finding | None:
    """The loss has not improved in the second half of the training, and the predictions are far from good."""
    losses, found = evidence.losses, evidence.predictions
    if len(losses) < LEAST_EPOCHS or found is None or evidence.diverged or not LEARNED <= found.skill() < GOOD:
        return None
    if np.ptp(losses) <= CONSTANT * abs(losses).max():  # a loss that never changes has no plateau
        return None
    half = len(losses) // 2
    before, after = losses[:half].min(), losses[half:].min()
    if not after > before - IMPROVED * abs(before):
        return None
    since = int(np.argmax(losses <= before + IMPROVED * abs(before))) + 1
    skill = found.skill()
    message = (
        f"The loss has plateaued at about {short(after)} since epoch {since}. The model leaves {1 - skill:.0%} of the "
        "variance of the targets unexplained."
    )
    other_rate = reduce_learning_rate(evidence, slower_rate(evidence))
    if not is_far_above(evidence.optimizer):
        other_rate = set_learning_rate(evidence, "try a larger learning rate", faster_rate(evidence))
    more = "use more units or another layer"
    remedy = any_of(less_regularized(evidence), more, another_seed(evidence), other_rate)
    evidenced = {"since epoch": since, "loss": float(after), "skill": skill}
    return Finding("plateau", message, evidenced, f"{remedy} Label noise cannot be reduced.")


def not_converged(evidence: Evidence) -> Finding | None:
    """The loss still decreases steadily and steeply at the last epoch, and the predictions are not good yet."""
    losses = evidence.losses
    count = max(4, len(losses) // 4)
    if len(losses) < count or evidence.stopped or evidence.diverged or _is_good_enough(evidence.predictions):
        return None
    last = losses[-count:]
    if (last <= 0).any() or evidence.kept <= len(losses) - count:  # longer training has not been better
        return None
    slope, straightness = _trend(np.log(last))
    fall = float(1 - np.exp(slope * count))
    if fall < STEEP or straightness < STEADY:
        return None
    message = (
        f"The loss is still decreasing at the last epoch. At the rate of the last {count} epochs, another {count} "
        f"epochs would reduce it by {fall:.0%}."
    )
    evidenced = {"fall": fall, "over epochs": count, "straightness": straightness}
    return Finding("not converged", message, evidenced, f"Train longer: --set epochs={2 * evidence.epochs}.")


def _trend(values: Array) -> tuple[float, float]:
    """The slope of the least-squares line through the values, and its R²."""
    epochs = np.arange(len(values)) - (len(values) - 1) / 2
    centred = values - values.mean()
    slope = float(epochs @ centred / (epochs @ epochs))
    whole = float(centred @ centred)
    return slope, slope**2 * float(epochs @ epochs) / whole if whole > 0 else 0.0


def _is_good_enough(found: PredictionEvidence | None) -> bool:
    if found is None:
        return True
    if found.task == "values":
        return not found.skill() < REACHED_SKILL
    return found.accuracy() >= REACHED_ACCURACY


def overfitting(evidence: Evidence) -> Finding | None:
    """The validation loss rises again while the training loss falls, and gives back much of its decrease."""
    losses, validation = evidence.losses, np.asarray(evidence.history.get("val_loss", ()), np.float64)
    if len(validation) < LEAST_EPOCHS // 2 or evidence.diverged or evidence.kept < len(losses):
        return None
    smooth, training = _smoothed(validation), _smoothed(losses)
    best = int(np.argmin(smooth))
    rise, gain = smooth[-1] - smooth[best], max(validation[0], smooth[0]) - smooth[best]
    falling = training[-1] < 0.9 * training[best]
    if not (falling and rise > RISEN * abs(smooth[best]) and rise > GIVEN_BACK * gain):
        return None
    message = (
        f"The validation loss has increased from {short(smooth[best])} to {short(smooth[-1])} since epoch {best + 1}, "
        f"while the training loss decreased from {short(training[best])} to {short(training[-1])}."
    )
    remedy = any_of(
        "keep the weights of the best epoch (--set keep=best)",
        "add EarlyStopping",
        "train on more samples",
        "use a smaller network, Dropout or a kernel_regularizer",
    )
    evidenced = {
        "since epoch": best + 1,
        "best validation loss": float(smooth[best]),
        "validation loss": float(smooth[-1]),
        "training loss then": float(training[best]),
        "training loss": float(training[-1]),
    }
    return Finding("overfitting", message, evidenced, remedy)


def _smoothed(values: Array) -> Array:
    """The moving average of each value and those before it, over a twentieth of the training."""
    width = max(1, len(values) // 20)
    sums = np.cumsum(np.concatenate([np.zeros(1), values]))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - width, 0)
    return np.asarray((sums[ends] - sums[starts]) / (ends - starts))
