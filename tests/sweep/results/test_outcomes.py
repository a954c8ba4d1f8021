"""Trials with folders and trials that are rows of a table say the same of a sweep."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from experiments import EXPERIMENTS
from nnrun.errors import TrainingError
from nnrun.experiment.objective import Objective
from nnrun.load import load_experiment
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import NOT_MET, TrialOutcome
from nnrun.sweep.results.outcomes import FolderOutcomes
from nnrun.sweep.table.outcome_block import block_of_one
from nnrun.sweep.table.table_outcomes import TableOutcomes

XOR = load_experiment(EXPERIMENTS / "xor.yaml")
OBJECTIVES = [None, Objective("loss", largest=False), Objective("loss", largest=True)]
FAILED = TrialOutcome(0, "failed", "", "loss became nan in epoch 2.", epochs=2, exit_status=TrainingError.exit_status)


@st.composite
def ends(draw: st.DrawFn) -> list[TrialOutcome]:
    """The ends of the trials of a sweep, with few different numbers, so that many are equal."""
    number = st.sampled_from([None, 0.25, 0.5, 2.0])
    losses = draw(st.sampled_from([("loss",), ("loss", "val_loss")]))
    completed = st.builds(
        lambda met, **facts: TrialOutcome(
            0, "completed", "", expectations="met" if met else "not met", exit_status=0 if met else NOT_MET, **facts
        ),
        st.booleans(),
        epochs=st.just(3),
        reached=st.sampled_from([None, 1, 2]),
        final=st.fixed_dictionaries(dict.fromkeys(losses, number)),
        objective=number,
    )
    drawn = draw(st.lists(completed | st.just(FAILED), max_size=12))
    return [replace(outcome, index=i) for i, outcome in enumerate(drawn)]


@given(
    ends(), st.sampled_from([None, Objective("loss", largest=False), Objective("loss", largest=True)]), st.booleans()
)
def test_counts_the_best_trial_and_those_in_trouble_are_the_same(trials, objective, reaching):
    folders, table = FolderOutcomes((outcome.index, outcome) for outcome in trials), TableOutcomes()
    for outcome in trials:
        table.add(block_of_one(Trial(outcome.index, {}, XOR), outcome, {}, most_epochs=3))

    assert folders.counts().get("failed", 0) == table.counts()["failed"]
    assert folders.counts().get("completed", 0) == table.counts()["completed"]
    assert facts(folders.troubled()) == facts(table.troubled())
    one, other = (outcomes.leading(objective, reaching=reaching) for outcomes in (folders, table))
    assert facts([one] if one else []) == facts([other] if other else [])


def facts(outcomes) -> list[tuple[int, str, int]]:
    return sorted((outcome.index, outcome.status, outcome.exit_status) for outcome in outcomes)
