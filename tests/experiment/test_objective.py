"""Objectives: what is read, and what stands for the trials of a configuration."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.experiment.objective import Objective, parse_objective

NUMBERS = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        ("min(val_loss)", Objective("val_loss", False)),
        (" max( val_accuracy ) ", Objective("val_accuracy", True)),
        ("median(min(val_loss))", Objective("val_loss", False, center="median")),
        ("mean(max(auc))", Objective("auc", True, center="mean")),
        ("max(min(loss))", Objective("loss", False, center="max")),
        ("min ( min(loss) )", Objective("loss", False, center="min")),
    ],
)
def test_an_objective_reads_as_it_says(text, objective):
    assert parse_objective(text) == objective
    assert parse_objective(str(objective)) == objective


@pytest.mark.parametrize(
    "text",
    ["loss", "", "min()", "min(loss))", "median(loss)", "mode(min(loss))", "min(min(min(loss)))", "min(a)max(b)"],
)
def test_all_else_is_none(text):
    assert parse_objective(text) is None


@given(st.lists(NUMBERS, min_size=1, max_size=9), st.booleans())
def test_the_center_is_that_of_the_best_values_of_the_trials(values, largest):
    centers = {"median": statistics.median, "mean": statistics.fmean, "min": min, "max": max}
    for center, of in centers.items():
        assert Objective("loss", largest, center=center).over(values) == pytest.approx(of(values), rel=1e-9, abs=1e-6)
    assert Objective("loss", largest).over(values) == statistics.median(values)


@given(st.lists(NUMBERS, min_size=1, max_size=6), st.integers(1, 6), st.booleans())
def test_a_failed_trial_is_worse_than_all_others(values, failed, largest):
    worst = -math.inf if largest else math.inf
    objective = Objective("loss", largest, center="median")
    center = statistics.median([*values, *[worst] * failed])
    assert objective.over([*values, *[None] * failed]) == (center if math.isfinite(center) else None)
    assert Objective("loss", largest, center="mean").over([*values, None]) is None
    best, other = ("max", "min") if largest else ("min", "max")
    assert Objective("loss", largest, center=best).over([*values, None]) == (max(values) if largest else min(values))
    assert Objective("loss", largest, center=other).over([*values, None]) is None
