"""The rules on artificial evidence: their messages, and where they report nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.rows import Rows
from nnrun.diagnosis import (
    data_findings,
    layer_findings,
    learning_rate,
    output_findings,
    remedies,
    training_findings,
)
from nnrun.diagnosis.diagnose import diagnose
from nnrun.diagnosis.duplicates import count_duplicates, duplicate_probability
from nnrun.diagnosis.evidence import Evidence, LayerEvidence, OptimizerEvidence, OutputEvidence, PredictionEvidence

RNG = np.random.default_rng(0)
TARGETS = RNG.normal(size=(100, 1))


def predictions(skill: float) -> PredictionEvidence:
    """Values whose skill is the given one."""
    centred = TARGETS - TARGETS.mean()
    return PredictionEvidence("values", TARGETS + np.sqrt(1 - skill) * centred, TARGETS, np.ones(100))


HEALTHY = Evidence(
    history={"loss": np.geomspace(1.0, 0.01, 100).tolist()},
    epochs=100,
    seed=0,
    kept=100,
    stopped=False,
    diverged=None,
    loss="MeanSquaredError",
    optimizer=OptimizerEvidence(0.1, plain=True),
    layers=(LayerEvidence("neuron", "Dense", "layers.0", "linear", True, RNG.normal(size=(100, 1)), 0.1, 1.0),),
    inputs=RNG.normal(size=(100, 3)),
    input_names=("a", "b", "c"),
    inputs_scaled=False,
    targets_scaled=False,
    predictions=predictions(0.99),
    class_counts={},
    class_weighted=False,
    validation_rows=100,
    duplicate_rows=0,
    expected_duplicates=0.0,
    is_linear=True,
    has_bias=True,
)


def curve(*losses: float, validation: list[float] | None = None) -> dict[str, list[float]]:
    return {"loss": list(losses), **({"val_loss": validation} if validation else {})}


def test_a_healthy_training_gets_no_findings():
    assert diagnose(HEALTHY) == ()


@given(st.floats(0, 0.999))
def test_the_skill_of_values_is_the_coefficient_of_determination(skill):
    assert predictions(skill).skill() == pytest.approx(skill)


def test_accuracy_and_largest_class_count_samples_and_not_their_weights():
    targets = np.eye(2)[[0, 0, 0, 1]]
    result = PredictionEvidence("classes", np.full((4, 2), [0.9, 0.1]), targets, np.array([1.0, 1.0, 1.0, 3.0]))
    assert (result.accuracy(), result.majority_share()) == (0.75, 0.75)
    assert (
        training_findings.no_better_than_baseline(replace(HEALTHY, predictions=result)).kind
        == "no better than a baseline"
    )


@pytest.mark.parametrize(("times", "message"), [(0.9, None), (1.5, "1.5 × that of a last-value baseline")])
def test_a_forecast_that_is_worse_than_the_last_value_is_flagged(times, message):
    good = predictions(0.99)
    last = TARGETS + (good.predictions - TARGETS) / np.sqrt(times)
    found = training_findings.no_better_than_baseline(replace(HEALTHY, predictions=replace(good, last=last)))
    assert (found and found.message) == (message and f"The squared error is {message}.")


@given(st.integers(2, 30), st.integers(1, 4), st.booleans(), st.integers(0, 1000))
def test_gradient_descent_on_a_linear_neuron_is_stable_up_to_just_that_rate(rows, numbers, bias, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, numbers))
    stable = learning_rate.stable_rate(replace(HEALTHY, inputs=x, has_bias=bias))
    with_bias = np.concatenate([x, np.ones((rows, int(bias)))], axis=1)

    def size_after_descent(factor: float) -> float:
        weights = rng.normal(size=with_bias.shape[1])
        for _ in range(600):
            weights = weights - factor * stable * 2 / rows * with_bias.T @ (with_bias @ weights)
        return float(np.abs(weights).max())

    assert size_after_descent(0.95) < 10
    assert size_after_descent(1.05) > 1000


@pytest.mark.parametrize(
    "change",
    [{"is_linear": False}, {"loss": "MeanAbsoluteError"}, {"optimizer": OptimizerEvidence(0.1, plain=False)}],
)
def test_no_stable_rate_is_claimed_for_what_is_not_linear_least_squares(change):
    assert learning_rate.stable_rate(replace(HEALTHY, **change)) is None


def test_a_rate_is_rounded_down_to_one_digit():
    found = learning_rate.divergence(
        replace(
            HEALTHY, diverged="loss became inf in epoch 3", is_linear=False, optimizer=OptimizerEvidence(0.39, True)
        )
    )
    assert "--set optimizer.learning_rate=0.03)" in found.remedy


def relu(dead: int, units: int = 10, **facts) -> Evidence:
    outputs = np.abs(RNG.normal(size=(50, units))) + 0.1
    outputs[:, :dead] = 0
    return replace(
        HEALTHY, layers=(LayerEvidence("hidden", "Dense", "layers.0", "relu", False, outputs, 0.1, 1.0, **facts),)
    )


def test_a_few_dead_units_are_common_and_most_of_them_are_a_finding():
    assert layer_findings.dead_units(relu(7)) is None
    assert layer_findings.dead_units(relu(8)).message.startswith(
        "8 of 10 units of hidden (relu) output 0 for every sample."
    )
    assert (
        "All 10 units of hidden (relu) output 0 for every sample since epoch 4."
        in layer_findings.dead_units(relu(10, dead_since=4)).message
    )


def test_overfitting_is_what_gives_back_a_fifth_of_what_validation_had_gained():
    falling = np.linspace(1, 0.1, 40).tolist()
    little = [*np.linspace(1, 0.2, 20), *np.linspace(0.2, 0.3, 20)]
    much = [*np.linspace(1, 0.2, 20), *np.linspace(0.2, 0.6, 20)]
    assert training_findings.overfitting(replace(HEALTHY, history=curve(*falling, validation=little), kept=40)) is None
    found = training_findings.overfitting(replace(HEALTHY, history=curve(*falling, validation=much), kept=40))
    assert found.evidence["since epoch"] == pytest.approx(20, abs=2)


def test_a_model_that_went_back_to_its_best_epoch_does_not_overfit():
    much = [*np.linspace(1, 0.2, 20), *np.linspace(0.2, 0.9, 20)]
    history = curve(*np.linspace(1, 0.1, 40), validation=much)
    assert training_findings.overfitting(replace(HEALTHY, history=history, kept=40)) is not None
    assert training_findings.overfitting(replace(HEALTHY, history=history, kept=20)) is None


def test_a_training_that_overfits_is_not_advised_to_train_longer():
    validation = [*np.linspace(1, 0.2, 20), *np.linspace(0.2, 0.9, 20)]
    history = curve(*np.geomspace(1, 0.01, 40), validation=validation)
    evidence = replace(HEALTHY, history=history, kept=40, predictions=predictions(0.6))
    assert training_findings.not_converged(evidence) is not None
    assert [finding.kind for finding in diagnose(evidence)] == ["overfitting"]


def prices(predicted: float, **changes) -> Evidence:
    """Targets of about 300,000, and the same prediction for every sample."""
    targets = 300_000 + 80_000 * TARGETS
    steep = LayerEvidence("price", "Dense", "layers.1", "linear", True, RNG.normal(size=(100, 1)), 6e5, 1.0)
    flat = PredictionEvidence("values", np.full((100, 1), predicted), targets, np.ones(100))
    return replace(HEALTHY, predictions=flat, layers=(steep,), is_linear=False, **changes)


def test_large_targets_should_be_scaled_and_explain_the_other_findings():
    (found,) = diagnose(prices(100.0))
    assert found.kind == "unscaled targets"
    assert found.remedy == "Scale the targets (--set data.scale_targets=standard)."
    assert found.evidence["mean of the targets"] == pytest.approx(300_000, rel=0.1)


def test_a_bounded_last_layer_needs_targets_from_0_to_1():
    evidence = prices(100.0)
    (layer,) = evidence.layers
    bounded = replace(layer, activation="sigmoid")
    output = OutputEvidence(bounded, "MeanSquaredError", "loss", False, evidence.predictions.targets)
    (found,) = diagnose(replace(evidence, layers=(bounded,), outputs=(output,)))
    assert found.kind == "unreachable targets"
    assert found.remedy == (
        "Leave the activation out (--set layers.1.activation=linear) or scale the targets "
        "(--set data.scale_targets=minmax)."
    )


@pytest.mark.parametrize(("targets", "flagged"), [([-1.0] * 5 + [1.0] * 95, False), ([-1.0] * 6 + [1.0] * 94, True)])
def test_a_few_outliers_may_be_beyond_the_range_of_the_last_activation(targets, flagged):
    relu = LayerEvidence("price", "Dense", "layers.0", "relu", True, np.ones((100, 1)))
    output = OutputEvidence(relu, "MeanSquaredError", "loss", False, np.array(targets))
    assert (output_findings.unreachable_targets(replace(HEALTHY, outputs=(output,))) is not None) is flagged


@pytest.mark.parametrize("change", [{"targets_scaled": True}, {"loss": "Poisson"}, {"loss": ""}])
def test_targets_are_not_flagged_where_they_are_scaled_or_the_loss_is_relative(change):
    assert data_findings.unscaled_targets(replace(prices(100.0), **change)) is None


def test_large_targets_that_are_learned_are_no_finding():
    evidence = prices(100.0)
    targets = evidence.predictions.targets
    near = PredictionEvidence("values", targets + 0.1 * (targets - targets.mean()), targets, np.ones(100))
    assert diagnose(replace(evidence, predictions=near)) == ()


def test_divergence_on_large_targets_is_mended_by_scaling_them():
    found = learning_rate.divergence(prices(100.0, diverged="loss became inf in epoch 3"))
    assert found.remedy == (
        "Scale the targets (--set data.scale_targets=standard) or reduce the learning rate "
        "(--set optimizer.learning_rate=0.01)."
    )


@pytest.mark.parametrize(
    ("optimizer", "advised"), [(OptimizerEvidence(0.1, True), True), (OptimizerEvidence(0.1, False, clips=True), False)]
)
def test_an_optimizer_that_clips_is_not_advised_to_clip(optimizer, advised):
    evidence = prices(100.0, targets_scaled=True, optimizer=optimizer)
    found = layer_findings.exploding_gradient(evidence)
    assert ("clipnorm" in found.remedy) is advised
    assert found.remedy.lower().endswith("use smaller initial weights.")
    assert found.remedy[0].isupper()


def test_a_training_that_a_callback_stopped_is_finished():
    falling = replace(HEALTHY, predictions=predictions(0.6))
    assert training_findings.not_converged(falling).remedy == "Train longer: --set epochs=200."
    assert training_findings.not_converged(replace(falling, stopped=True)) is None


@pytest.mark.parametrize(
    "losses", [[], [1.0], [float(i) for i in range(5, 0, -1)], [0.0] * 50, [1e-30] * 50, [-1.0] * 30]
)
def test_every_rule_accepts_a_short_or_flat_history(losses):
    for skill in (0.0, 0.3, 0.99):
        diagnose(replace(HEALTHY, history=curve(*losses, validation=losses), predictions=predictions(skill)))


def test_one_value_for_all_targets_is_no_finding():
    flat = PredictionEvidence("values", np.zeros((5, 1)), np.ones((5, 1)), np.ones(5))
    assert diagnose(replace(HEALTHY, predictions=flat)) == ()


def test_inputs_that_are_scaled_by_the_network_may_be_of_any_size():
    large = replace(HEALTHY, inputs=1e6 * HEALTHY.inputs)
    assert data_findings.unscaled_inputs(large).remedy == "Scale the inputs (--set data.scale=standard)."
    assert data_findings.unscaled_inputs(replace(large, inputs_scaled=True)) is None


def test_classes_that_are_weighted_may_be_of_any_size():
    rare = replace(HEALTHY, class_counts={"0": 100, "1": 10})
    assert data_findings.imbalanced_classes(rare).evidence == {"largest class": 100, "smallest class": 10}
    assert data_findings.imbalanced_classes(replace(rare, class_weighted=True)) is None


@given(st.integers(0, 40), st.integers(1, 60))
def test_duplicate_rows_are_counted_exactly(repeated, numbers):
    rng = np.random.default_rng(repeated)
    x, y = rng.normal(size=(100, numbers)).astype(np.float32), rng.normal(size=(100, 1)).astype(np.float32)
    training = Rows((x[:60],), (y[:60],))
    rows = np.concatenate([rng.permutation(60)[:repeated], np.arange(60, 100 - repeated)])
    validation = Rows((x[rows],), (y[rows],))
    assert count_duplicates(training, validation) == (repeated, 40)


@pytest.mark.parametrize(("numbers", "digits", "chance"), [(1, 2, 0.5), (2, 1, 0.5), (2, 2, 0.0), (1, 9, 0.0)])
def test_few_digits_repeat_by_chance_and_many_numbers_do_not(numbers, digits, chance):
    x = np.random.default_rng(0).uniform(0, 1, (80, numbers)).round(digits)
    rows = Rows((x,), (x[:, :1],))
    assert duplicate_probability(rows) == pytest.approx(chance, abs=0.15 if chance else 0.01)


def test_rows_that_are_the_same_by_chance_are_no_finding():
    evidence = replace(HEALTHY, duplicate_rows=20)
    assert data_findings.duplicate_rows(replace(evidence, expected_duplicates=7.0)) is None
    assert data_findings.duplicate_rows(replace(evidence, expected_duplicates=6.0)).evidence["duplicates"] == 20


def test_a_row_with_another_target_is_another_row():
    x = np.zeros((3, 2), np.float32)
    training, validation = Rows((x,), (np.zeros((3, 1)),)), Rows((x,), (np.ones((3, 1)),))
    assert count_duplicates(training, validation) == (0, 3)


def layer(name: str, activation: str, gradient: float, is_output: bool = False) -> LayerEvidence:
    outputs = RNG.normal(size=(100, 3))
    return LayerEvidence(name, "Dense", f"layers.{name}", activation, is_output, outputs, gradient, 1.0)


def test_a_vanishing_gradient_is_not_mended_by_relu_in_the_output_layer():
    poor = replace(HEALTHY, predictions=predictions(0.5))
    early, output = layer("0", "relu", 1e-9), layer("2", "sigmoid", 1.0, is_output=True)
    found = layer_findings.vanishing_gradient(replace(poor, layers=(early, layer("1", "relu", 0.1), output)))
    assert found.remedy == (
        "Use fewer layers, add skip connections (Add) or add BatchNormalization between the layers."
    )
    found = layer_findings.vanishing_gradient(replace(poor, layers=(early, layer("1", "tanh", 0.1), output)))
    assert "--set layers.1.activation=relu" in found.remedy


def test_another_seed_is_not_the_seed_of_the_experiment():
    assert "--set seed=1)" in layer_findings.dead_units(relu(10)).remedy
    assert "--set seed=2)" in layer_findings.dead_units(replace(relu(10), seed=1)).remedy


@pytest.mark.parametrize(
    ("rate", "usual", "tried", "larger", "smaller"),
    [
        (0.1, 0.01, (1.0, 0.01), 0.3, 0.01),
        (0.1, None, (1.0, 0.01), 0.3, 0.01),
        (1e-6, 0.01, (0.01,), 0.01, 1e-7),
        (0.0, 0.001, (0.001,), 0.001, 0.0),
        (5.0, 0.001, (0.001,), 15.0, 0.001),
    ],
)
def test_a_rate_far_from_that_of_keras_is_answered_with_that_of_keras(rate, usual, tried, larger, smaller):
    evidence = replace(HEALTHY, optimizer=OptimizerEvidence(rate, plain=False, usual=usual))
    assert remedies.other_rates(evidence) == pytest.approx(tried)
    assert remedies.faster_rate(evidence) == pytest.approx(larger)
    assert remedies.slower_rate(evidence) == pytest.approx(smaller)


def test_a_rate_that_a_callback_sets_has_no_setting_of_the_optimizer():
    evidence = replace(HEALTHY, diverged="loss became inf", optimizer=OptimizerEvidence(0.1, False, scheduled=True))
    found = learning_rate.divergence(evidence)
    assert found.remedy.startswith("Reduce the learning rate in the schedule of LearningRateScheduler")
    assert "optimizer.learning_rate" not in found.remedy


def test_no_seed_revives_units_whose_initial_weights_are_written():
    found = layer_findings.dead_units(relu(10, dead_since=0, fixed="layers.0.kernel_initializer=glorot_uniform"))
    assert found.remedy.startswith("Leave the initializer out (--set layers.0.kernel_initializer=glorot_uniform) or")
    later = layer_findings.dead_units(relu(10, dead_since=3, fixed="layers.0.kernel_initializer=glorot_uniform"))
    assert later.remedy.startswith("Try another seed")


@pytest.mark.parametrize(
    ("weight", "advised"), [(1.0, "Use another activation"), (300.0, "Use smaller initial weights")]
)
def test_saturation_by_large_weights_is_not_answered_with_another_activation(weight, advised):
    outputs = np.ones((50, 8))
    layer = LayerEvidence("hidden", "Dense", "layers.0", "sigmoid", False, outputs, 0.1, weight)
    assert layer_findings.saturated_units(replace(HEALTHY, layers=(layer,))).remedy.startswith(advised)


def test_longer_training_is_not_advised_where_an_earlier_epoch_is_kept():
    evidence = replace(HEALTHY, predictions=predictions(0.5), kept=100)
    assert training_findings.not_converged(evidence)
    assert training_findings.not_converged(replace(evidence, kept=40)) is None


def test_a_baseline_is_beaten_by_less_regularization_and_by_weights_that_are_trained():
    worse = replace(HEALTHY, predictions=predictions(0), regularized=("the rate of dropout",))
    assert "reduce the rate of dropout" in training_findings.no_better_than_baseline(worse).remedy
    frozen = replace(worse, layers=(replace(HEALTHY.layers[0], gradient=None),))
    assert "trainable: false" in training_findings.no_better_than_baseline(frozen).remedy


def test_samples_of_one_class_leave_nothing_to_tell_apart():
    found = data_findings.imbalanced_classes(replace(HEALTHY, class_counts={"0": 40}))
    assert found.message == "All 40 training samples are of class 0, so there is nothing to tell apart."


@pytest.mark.parametrize(
    ("loss", "activation", "from_logits", "remedy"),
    [
        ("Hinge", "sigmoid", False, "Use tanh"),
        ("KLDivergence", "sigmoid", False, "Compare labels of 0 and 1 (--set loss=binary_crossentropy)"),
        ("BinaryCrossentropy", "relu", True, "Leave the activation out"),
        ("MeanSquaredLogarithmicError", "linear", False, "Use softplus"),
        ("Hinge", "tanh", False, None),
        ("SquaredHinge", "linear", False, None),
        ("BinaryCrossentropy", "linear", True, None),
        ("KLDivergence", "softmax", False, None),
    ],
)
def test_what_check_warns_of_is_named_after_the_training(loss, activation, from_logits, remedy):
    outputs = np.linspace(0, 1, 20)[:, None] - 0.5 * (activation in ("linear", "tanh"))
    layer = LayerEvidence("out", "Dense", "layers.1", activation, True, outputs)
    found = output_findings.mismatched_activation(
        replace(HEALTHY, outputs=(OutputEvidence(layer, loss, "loss", from_logits, TARGETS),))
    )
    assert (found and found.remedy.startswith(remedy)) is (remedy and True)
