"""What came of a trial is the same when it has just ended and when it is read from its folder."""

import math
from datetime import UTC, datetime

from msgspec.structs import replace

from experiments import EXPERIMENTS
from nnrun.load import load_experiment
from nnrun.runs.record import begun, read_record, write_record
from nnrun.sweep.results.outcome import TrialOutcome, by_loss, by_reach, outcome_of

EXPERIMENT = load_experiment(EXPERIMENTS / "xor.yaml")


def test_a_metric_that_is_not_finite_is_none_before_and_after_it_was_stored(tmp_path):
    record = begun(EXPERIMENT, datetime.now(UTC), (), {})
    metrics = {"loss": 0.5, "pearson_correlation": math.nan, "mean_absolute_percentage_error": math.inf}
    record = replace(record, status="completed", final_metrics=metrics, best_metrics={"epoch": 1, **metrics})
    write_record(tmp_path, record)
    ended = outcome_of(0, tmp_path, record, {"loss": [0.5]}, None)
    assert ended == outcome_of(0, tmp_path, read_record(tmp_path), {"loss": [0.5]}, None)
    assert ended.final == {"loss": 0.5, "pearson_correlation": None, "mean_absolute_percentage_error": None}


def test_the_best_trial_is_never_one_whose_loss_on_validation_rows_is_no_number(tmp_path):
    record = replace(begun(EXPERIMENT, datetime.now(UTC), (), {}), status="completed")
    values = ({"loss": 0.1, "val_loss": math.nan}, {"loss": 0.1, "val_loss": 0.7}, {"loss": 0.2, "val_loss": 0.6})
    outcomes = [outcome_of(i, tmp_path, replace(record, final_metrics=v), {}, None) for i, v in enumerate(values)]
    assert min(outcomes, key=by_loss).index == 2


def test_with_a_target_the_best_trial_is_the_first_to_reach_it_then_the_one_with_the_lowest_loss():
    reached = {0: None, 1: 9, 2: 5, 3: 5, 4: None}
    loss = {0: 0.1, 1: 0.1, 2: 0.4, 3: 0.3, 4: 0.05}
    outcomes = [TrialOutcome(i, "completed", "", reached=reached[i], final={"loss": loss[i]}) for i in reached]
    assert [outcome.index for outcome in sorted(outcomes, key=by_reach)] == [3, 2, 1, 4, 0]
