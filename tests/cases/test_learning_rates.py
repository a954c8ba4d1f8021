"""Learning rates that are 0 before the training ends, go uphill, or are refused by Keras: known to `check`."""

import re
from pathlib import Path

import pytest

from nnrun.errors import ExperimentError
from nnrun.load import load_experiment

FILE = Path(__file__).parent / "set_in_callbacks" / "exp.yaml"


@pytest.mark.parametrize(
    ("schedule", "count"),
    [
        ("CosineDecay: {initial_learning_rate: 0.1, decay_steps: 3}", 1),
        ("CosineDecay: {initial_learning_rate: 0.1, decay_steps: 4}", 0),
        ("CosineDecay: {initial_learning_rate: 0.1, decay_steps: 3, alpha: 0.1}", 0),
        ("PolynomialDecay: {initial_learning_rate: 0.1, decay_steps: 2, end_learning_rate: 0}", 1),
        ("PolynomialDecay: {initial_learning_rate: 0.1, decay_steps: 2}", 0),
        ("ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 2, decay_rate: 0.5}", 0),
        ("ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 1, decay_rate: 1.0e-4}", 1),
        ("ExponentialDecay: {initial_learning_rate: 0, decay_steps: 2, decay_rate: 0.5}", 1),
        ("PiecewiseConstantDecay: {boundaries: [1], values: [0.1, 0]}", 1),
        ("PiecewiseConstantDecay: {boundaries: [1], values: [0, 0.1]}", 0),
        ("PiecewiseConstantDecay: {boundaries: [9], values: [0, 0.1]}", 1),
        ("PiecewiseConstantDecay: {boundaries: [9], values: [0.1, 0]}", 0),
        ("CosineDecay: {initial_learning_rate: 0, decay_steps: 4, warmup_target: 0.1, warmup_steps: 2}", 0),
    ],
)
def test_a_schedule_at_zero_before_the_end_is_warned_of(schedule, count):
    optimizer = f"optimizer={{Adam: {{learning_rate: {{{schedule}}}}}}}"  # 48 training rows, 2 steps an epoch
    overrides = [optimizer, "epochs=2", "callbacks=[]"]
    found = load_experiment(FILE, overrides).warnings
    assert len(found) == count
    assert all(re.search(r"from step \d on\. The training has 4 steps\.", warning.message) for warning in found)


def test_a_schedule_of_a_callback_at_zero_before_the_end_counts_epochs():
    schedule = "{CosineDecay: {initial_learning_rate: 0.1, decay_steps: 3}}"
    overrides = [f"callbacks=[{{LearningRateScheduler: {{schedule: {schedule}}}}}]", "epochs=5"]
    (warning,) = load_experiment(FILE, overrides).warnings
    assert warning.message.endswith("is 0 from epoch 3 on. The training has 5 epochs.")


@pytest.mark.parametrize(("decay_steps", "count"), [(94, 1), (95, 0), (100, 0)])
def test_a_schedule_may_be_at_zero_in_the_last_steps_which_full_batches_leave(decay_steps, count):
    schedule = f"{{CosineDecay: {{initial_learning_rate: 0.1, decay_steps: {decay_steps}}}}}"
    overrides = [f"optimizer={{SGD: {{learning_rate: {schedule}}}}}", "epochs=50", "callbacks=[]"]
    assert len(load_experiment(FILE, overrides).warnings) == count


def test_a_learning_rate_of_zero_is_warned_of():
    (warning,) = load_experiment(FILE, ["optimizer={SGD: {learning_rate: 0}}", "callbacks=[]"]).warnings
    assert "the weights never change" in warning.message


@pytest.mark.parametrize(
    ("optimizer", "words"),
    [
        (
            "learning_rate: {ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 1, decay_rate: -0.5}}",
            "more than 0",
        ),
        (
            "learning_rate: {PolynomialDecay: {initial_learning_rate: 0.1, decay_steps: 2, end_learning_rate: -1}}",
            "at least 0",
        ),
        ("learning_rate: {CosineDecay: {initial_learning_rate: 0.1, decay_steps: 2, alpha: -1}}", "at least 0"),
        ("learning_rate: {PiecewiseConstantDecay: {boundaries: [2], values: [0.1, -0.1]}}", "at least 0"),
        ("learning_rate: {PiecewiseConstantDecay: {boundaries: [2, 3], values: [0.1, 0.2]}}", "divide 3 values"),
        (
            "learning_rate: {PiecewiseConstantDecay: {boundaries: [3, 2], values: [0.1, 0.2, 0.3]}}",
            "Each boundary is larger",
        ),
        ("beta_1: 1", "less than 1"),
        ("beta_2: 1.2", "less than 1"),
        ("weight_decay: -0.1", "at least 0"),
        ("clipnorm: 1, clipvalue: 1", "in one way"),
    ],
)
def test_an_optimizer_that_would_go_uphill_or_be_refused_by_keras_is_refused_by_check(optimizer, words):
    with pytest.raises(ExperimentError, match=words):
        load_experiment(FILE, [f"optimizer={{Adam: {{{optimizer}}}}}"])
