"""What becomes of the trials of workers that die."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import EXPERIMENTS
from nnrun.sweep.execute.backlog import Backlog
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.plan.group import chunks_for_dask, group_trials
from nnrun.sweep.plan.plan import plan_sweep, request_sweep
from nnrun.sweep.plan.planned_trials import PlannedTrials

GRIDS = ("layers.0.units=[2, 3]", "seed=0..3")


@pytest.fixture
def backlog(tmp_path) -> Backlog:
    (tmp_path / "trials").mkdir()
    context = TrialContext(tmp_path, tmp_path / "keras", "auto", 1, None, weights=True)
    waiting = Backlog(context)
    waiting.refill(group_trials(plan_sweep(request_sweep(EXPERIMENTS / "xor.yaml", (), GRIDS)).trials))
    return waiting


def test_the_trial_that_a_worker_died_in_is_trained_alone_and_the_rest_after_it(backlog):
    chunk = backlog.take()
    second, *rest = chunk[1:]
    assert backlog.requeue_or_fail([second, *rest], "was ended by SIGKILL") is None
    assert tuple(backlog.take()) == (second,)
    assert tuple(backlog.take()) == tuple(rest)


def test_a_trial_whose_worker_dies_twice_has_failed(backlog, tmp_path):
    trial, *rest = backlog.take()
    assert backlog.requeue_or_fail([trial, *rest], "was ended by SIGKILL") is None
    outcome = backlog.requeue_or_fail(backlog.take(), "ended with status 3")
    assert (outcome.index, outcome.status, outcome.exit_status) == (trial.index, "failed", 3)
    assert outcome.lost
    assert outcome.reason == "The process that trained it ended with status 3, twice."
    record = json.loads((tmp_path / outcome.folder / "run.json").read_text())
    # The sweep counts it as failed; a resumed one trains it again, since it is no fault of the trial.
    assert (record["status"], record["reason"]) == ("interrupted", outcome.reason)
    assert trial.index not in [other.index for other in backlog.take()]


def test_a_worker_that_dies_idle_costs_nothing(backlog):
    before = list(backlog.waiting)
    assert backlog.requeue_or_fail([], "was ended by SIGKILL") is None
    assert list(backlog.waiting) == before


def test_a_worker_goes_on_with_the_program_that_it_has(backlog):
    trials = [trial for _, chunk in backlog.waiting for trial in chunk]
    pieces = Backlog(backlog.context)
    pieces.refill(chunks_for_dask(group_trials(PlannedTrials.drawn(sorted(trials, key=lambda trial: trial.index))), 1))
    first, second = pieces.take(), pieces.take()
    assert first[0].settings["layers.0.units"] != second[0].settings["layers.0.units"]
    third, fourth = pieces.take(second), pieces.take(second)
    assert third[0].settings["layers.0.units"] == second[0].settings["layers.0.units"]
    assert fourth[0].settings["layers.0.units"] == first[0].settings["layers.0.units"]
    assert not pieces


@given(st.lists(st.integers(1, 90), min_size=1, max_size=6), st.integers(1, 50))
def test_groups_are_cut_into_pieces_that_hold_every_trial_once(sizes, workers):
    groups = [tuple((group, i) for i in range(size)) for group, size in enumerate(sizes)]
    pieces = chunks_for_dask(groups, workers)
    assert sorted(trial for piece in pieces for trial in piece) == [trial for group in groups for trial in group]
    assert all(0 < len(piece) <= 32 for piece in pieces)
    assert all(len({group for group, _ in piece}) == 1 for piece in pieces)
    assert len(pieces) >= min(sum(sizes), workers)
