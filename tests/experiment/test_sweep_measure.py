"""Trials are ranked by a loss that is the same in all of them, and the best first; else there is a warning."""

from __future__ import annotations

import pytest

from nnrun.experiment.sweep_measure import find_measure_warnings
from nnrun.experiment.sweep_section import read_sweep
from nnrun.experiment.text.yaml_text import parse_document

RANKED = "changes what the loss measures, and the trials are ranked by"
LOSSES = "[mse, mae]"


def told(section: str) -> list[tuple[str, str | None]]:
    document = parse_document(f"sweep: {{{section}}}\n", "x.yaml")
    problems: list[object] = []
    found = [*find_measure_warnings(read_sweep(document, problems))]  # type: ignore[arg-type]
    assert not problems
    assert all(problem.place for problem in found)
    return [(problem.message, problem.hint) for problem in found]


@pytest.mark.parametrize(
    ("section", "by"),
    [
        (f"grid: {{loss: {LOSSES}}}", "the final loss"),
        ("grid: {loss.label_smoothing: [0, 0.1]}", "the final loss"),
        (f"grid: {{outputs.p.loss: {LOSSES}}}", "the final loss"),
        ("grid: {outputs.p.loss_weight: [1, 2]}", "the final loss"),
        ("grid: {data.scale_targets: [none, standard]}", "the final loss"),
        ("grid: {layers.0.kernel_regularizer: [L1, L2]}", "the final loss"),
        ("grid: {layers.h.bias_regularizer.l2: [0.1, 0.01]}", "the final loss"),
        (f"zip: {{loss: {LOSSES}, seed: [1, 2]}}", "the final loss"),
        ("variants: {a: {loss: mse}, b: {loss: mae}}", "the final loss"),
        (f"grid: {{loss: {LOSSES}}}, objective: min(val_loss)", "min(val_loss)"),
        (f"grid: {{loss: {LOSSES}}}, objective: mean(min(val_p_loss))", "mean(min(val_p_loss))"),
        (f"search: {{loss: {LOSSES}}}, trials: 4, objective: min(loss)", "min(loss)"),
    ],
)
def test_losses_that_are_not_of_one_kind_do_not_rank_trials(section: str, by: str) -> None:
    (message, hint), *_ = told(section)
    assert f"{RANKED} {by}." in message
    assert hint is not None
    assert "{objective: max(val_accuracy)}" in hint


@pytest.mark.parametrize(
    "section",
    [
        "grid: {seed: [1, 2]}",
        "grid: {loss: [mse]}",
        "grid: {callbacks.0.monitor: [loss, val_loss]}",
        "grid: {optimizer.learning_rate: [0.1, 0.01]}, objective: min(val_loss)",
        f"grid: {{loss: {LOSSES}}}, objective: max(val_accuracy)",
        f"grid: {{loss: {LOSSES}}}, objective: median(min(val_mae))",
        f"grid: {{loss: {LOSSES}}}, reach: accuracy >= 0.9",
        "grid: {seed: [1, 2]}, objective: max(val_r2_score)",
    ],
)
def test_what_compares_trials_is_not_warned_of(section: str) -> None:
    assert told(section) == []


@pytest.mark.parametrize(
    ("objective", "message", "other"),
    [
        ("min(val_accuracy)", "min(val_accuracy) ranks the smallest accuracy first.", "max(val_accuracy)"),
        ("median(max(val_loss))", "max(val_loss) ranks the largest loss first.", "min(val_loss)"),
        ("max(mae)", "max(mae) ranks the largest mae first.", "min(mae)"),
    ],
)
def test_an_objective_that_ranks_the_worst_first_is_warned_of(objective: str, message: str, other: str) -> None:
    assert told(f"grid: {{seed: [1, 2]}}, objective: {objective}") == [(message, f"Write {other}.")]
