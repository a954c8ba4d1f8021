"""Planted regressions are caught, and runs with new seeds are no alarms: all four experiments."""

from __future__ import annotations

import pytest
from golden_study import ELSEWHERE, HERE, UPGRADED_TEN, WAYS, GoldenStudy, most_alarms
from planted_regressions import regressions

NEW_SEEDS = 200


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.parametrize("experiment", ["xor", "bilinear", "moons", "spirals"])
def test_at_least_seventeen_of_twenty_are_caught_and_no_more_false_alarms_than_the_level(experiment: str) -> None:
    study = GoldenStudy.frozen(experiment, NEW_SEEDS)
    assert study.false_alarms <= most_alarms(NEW_SEEDS, study.golden.level)
    caught = {name: study.caught(name) for name in regressions(experiment)}
    counts = {way: sum(one[way] for one in caught.values()) for way in WAYS}
    assert counts[HERE] == len(caught) == 20, caught
    assert counts[ELSEWHERE] >= 17, caught
    assert counts[UPGRADED_TEN] >= 17, caught
