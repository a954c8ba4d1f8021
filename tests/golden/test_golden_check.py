"""A run held against a golden file: what is compared in which environment, and what is said of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from golden_files import ENVIRONMENT, drawn_golden, drawn_run
from msgspec.structs import replace

from nnrun.golden.golden_check import GoldenVerdict, golden_verdicts
from nnrun.golden.golden_file import FrozenRun
from nnrun.runs.identity import Identity

GOLDEN = drawn_golden()
TWO_THREADS = replace(ENVIRONMENT, threads=2)
OTHER_PROCESSOR = replace(ENVIRONMENT, processor="Intel Xeon with avx512f")
OTHER_KERAS = replace(ENVIRONMENT, versions={**(ENVIRONMENT.versions or {}), "keras": "3.16.0"})
ELSEWHERE = (TWO_THREADS, OTHER_PROCESSOR)


def check(run: FrozenRun, environment: Identity = ENVIRONMENT, **network: Any) -> dict[str, GoldenVerdict]:
    """The verdicts by what was compared."""
    found = golden_verdicts(GOLDEN, [run], replace(GOLDEN.network, **network), environment)
    return {verdict.check: verdict for verdict in found}


def results(found: dict[str, GoldenVerdict]) -> dict[str, bool | None]:
    return {name: verdict.met for name, verdict in found.items()}


def rounded_elsewhere(seed: int, part: float = 1e-6) -> FrozenRun:
    """The run of a seed as another machine computes it."""
    run = drawn_run(seed)
    losses = tuple(loss * (1 + part) for loss in run.metrics["loss"] if loss is not None)
    return replace(run, weights="e" * 16, metrics={**run.metrics, "loss": losses})


@pytest.mark.parametrize("seed", [0, 17, 119])
def test_the_same_run_has_the_weights_of_the_frozen_one_in_every_environment(seed: int) -> None:
    for environment in (ENVIRONMENT, OTHER_KERAS, *ELSEWHERE):
        found = check(drawn_run(seed), environment)
        assert results(found) == {"weights": True}
        assert found["weights"].message == f"those of the frozen run of seed {seed}, bit for bit"


def test_with_the_same_versions_threads_and_processor_other_weights_are_a_failure() -> None:
    found = check(rounded_elsewhere(3))
    assert results(found) == {"data": True, "weights": False, "early epochs": True, "band": True}
    assert "with the same versions, threads and processor" in found["weights"].message


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        (TWO_THREADS, "not compared, since the number of threads is 2, not 1"),
        (OTHER_PROCESSOR, 'not compared, since the processor is "Intel Xeon with avx512f", not "AMD EPYC with avx2"'),
        (OTHER_KERAS, 'not compared, since the version of keras is "3.16.0", not "3.15.1"'),
    ],
)
def test_elsewhere_weights_may_differ_and_the_reason_is_said(environment: Identity, reason: str) -> None:
    found = check(rounded_elsewhere(3), environment)
    assert results(found) == {"data": True, "weights": None, "early epochs": True, "band": True}
    assert found["weights"].message == reason


def test_the_same_weights_with_other_metrics_are_a_failure() -> None:
    run = drawn_run(0)
    found = check(replace(run, metrics={**run.metrics, "accuracy": (0.5, 0.75, 0.75, 1.0)}))
    assert found["weights"].met is False
    assert found["weights"].message.endswith("but accuracy at epoch 5 is 0.75, not 1")


@pytest.mark.parametrize("environment", ELSEWHERE)
def test_elsewhere_the_early_epochs_must_be_those_of_the_same_seed(environment: Identity) -> None:
    run = drawn_run(5)
    first, second, *later = run.metrics["loss"]
    assert second is not None
    changed = replace(run, weights="e" * 16, metrics={**run.metrics, "loss": (first, second * 1.01, *later)})
    found = check(changed, environment)
    assert results(found) == {"data": True, "weights": None, "early epochs": False, "band": True}
    assert found["early epochs"].message.startswith("loss at epoch 2 is ")


def test_other_versions_may_draw_other_numbers_so_that_only_the_band_decides() -> None:
    found = check(replace(drawn_run(500), seed=5, data="c" * 16), OTHER_KERAS)
    assert results(found) == {"data": None, "weights": None, "early epochs": None, "band": True}
    assert 'and the version of keras is "3.16.0", not "3.15.1"' in found["data"].message
    slow = check(replace(drawn_run(500, rate=0.2), seed=5), OTHER_KERAS)
    assert slow["band"].met is False
    assert slow["band"].message.startswith("p = 0.0083, level 0.01: ")


def test_a_new_seed_has_only_its_data_and_the_band() -> None:
    found = check(drawn_run(500))
    assert results(found) == {"data": True, "weights": None, "band": True}
    assert found["weights"].message == "not compared, since seed 500 is not among the frozen ones"


def test_a_metric_outside_of_its_interval_is_named() -> None:
    run = drawn_run(500)
    found = check(replace(run, metrics={**run.metrics, "loss": (3.0, 2.5, 1.5, 0.4)}))
    assert found["band"].met is False
    assert "loss at epoch 1 is 3, outside of [" in found["band"].message


def test_other_rows_are_a_failure_with_the_same_versions_wherever_it_runs() -> None:
    for environment in (ENVIRONMENT, *ELSEWHERE):
        assert check(drawn_run(500, data="c" * 16), environment)["data"].met is False
    assert check(drawn_run(500, data=None))  # of streamed rows nothing is known
    assert "data" not in check(drawn_run(500, data=None))


@pytest.mark.parametrize(
    ("network", "changes", "message"),
    [
        ({"parameters": 5}, {}, "parameters: 5, not 3"),
        ({"training_rows": 1200}, {}, "training rows: 1,200, not 4"),
        ({"shapes": {"dense/kernel": (2, 1)}}, {}, "its layers have weights of other names or shapes"),
        ({}, {"epochs": 8}, "trained epochs: 8, not 10"),
        ({}, {"metrics": {"loss": (1.0, 0.9, 0.8, 0.7)}}, "metrics: loss, not accuracy, loss"),
    ],
)
def test_what_no_seed_changes_must_be_the_same_in_every_environment(
    network: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    for environment in (ENVIRONMENT, OTHER_KERAS):
        found = check(drawn_run(0, **changes), environment, **network)
        assert found == {"network": GoldenVerdict("network", False, message)}


def test_a_metric_that_is_no_number_any_more_is_a_failure() -> None:
    run = drawn_run(500)
    assert check(replace(run, metrics={**run.metrics, "loss": (1.0, None, None, None)}))["band"].met is False


def test_of_runs_under_new_seeds_no_more_than_the_level_are_false_alarms() -> None:
    alarms = [any(verdict.met is False for verdict in check(drawn_run(seed)).values()) for seed in range(1000, 1100)]
    assert np.sum(alarms) <= 5  # the 99.9 % quantile of a binomial distribution with 100 runs and the level 0.01


def test_several_seeds_are_held_against_it_together() -> None:
    found = golden_verdicts(GOLDEN, [drawn_run(seed) for seed in range(5)], GOLDEN.network, ENVIRONMENT)
    assert found == [
        GoldenVerdict("weights", True, "5 of 5 seeds, such as 0: those of the frozen run of seed 0, bit for bit")
    ]
    runs = [drawn_run(0), rounded_elsewhere(1), rounded_elsewhere(2, 1e-2)]
    elsewhere = {one.check: one for one in golden_verdicts(GOLDEN, runs, GOLDEN.network, TWO_THREADS)}
    assert results(elsewhere) == {"data": True, "weights": None, "early epochs": False, "band": True}
    assert elsewhere["early epochs"].message.startswith("1 of 3 seeds, such as 2: loss at epoch 1 is ")


def test_a_change_too_small_for_one_run_is_found_with_several_seeds() -> None:
    slower = [drawn_run(seed, rate=0.29) for seed in range(500, 515)]
    alone = [one for run in slower for one in golden_verdicts(GOLDEN, [run], GOLDEN.network, ENVIRONMENT)]
    assert sum(one.met is False for one in alone) < 5
    (band,) = [one for one in golden_verdicts(GOLDEN, slower, GOLDEN.network, ENVIRONMENT) if one.check == "band"]
    assert band.met is False
    assert "each metric is in its interval, but not their course together" in band.message
