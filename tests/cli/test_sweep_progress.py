"""The line that counts the trials of a sweep."""

from types import SimpleNamespace

import pytest

from nnrun.cli import sweep_progress
from nnrun.cli.sweep_progress import SweepProgress

PLAN = SimpleNamespace(
    name="xor",
    count=100,
    search=None,
    shard=None,
    columns=("seed",),
    warnings=(),
    cross_validated=False,
    settings=SimpleNamespace(objective=None),
)


@pytest.fixture
def clock(monkeypatch):
    """The time, which stands still until it is set."""
    time = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(sweep_progress, "time", SimpleNamespace(monotonic=lambda: time.now))
    return time


@pytest.mark.parametrize("finished", [0, 20])
def test_the_time_left_waits_for_three_trials_and_leaves_out_what_only_the_first_waits_for(
    finished, clock, capsys, tmp_path
):
    progress = SweepProgress(live=False)
    progress.on_sweep_begin(PLAN, tmp_path, finished)
    outcome = SimpleNamespace(status="completed")
    for moment in (1008.0, 1010.0, 1012.0, 1014.0):  # TensorFlow took 8 seconds, a trial takes 2
        clock.now = moment
        progress.on_trial_end(None, outcome)
    begun, stage, *lines = capsys.readouterr().err.splitlines()
    assert begun.startswith("xor: 100 trials")
    assert stage.startswith("loading TensorFlow 2.")
    left = 2 * (100 - finished - 4)
    assert lines == [
        *(f"{finished + done}/100 trials" for done in (1, 2, 3)),
        f"{finished + 4}/100 trials, {left} s left",
    ]


def test_where_all_trials_are_finished_nothing_is_said_to_be_trained(capsys, tmp_path):
    SweepProgress(live=False).on_sweep_begin(PLAN, tmp_path, 100)
    assert capsys.readouterr().err.splitlines()[1:] == ["writing tables, plots and the report …"]


def test_a_build_server_sees_how_far_a_sweep_is_every_ten_seconds(clock, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("CI", "true")
    progress = SweepProgress(live=False)
    progress.on_sweep_begin(PLAN, tmp_path, 0)
    outcome = SimpleNamespace(status="completed")
    for _ in range(100):
        clock.now += 0.5
        progress.on_trial_end(None, outcome)
    lines = capsys.readouterr().err.splitlines()
    counts = [line.partition(" ")[0] for line in lines[1:]]
    assert counts == ["20/100", "40/100", "60/100", "80/100", "100/100"]
