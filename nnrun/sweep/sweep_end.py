"""How a sweep ends: what it came to, its tables, and its record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from nnrun.experiment.folds import FOLD_PATH
from nnrun.runs import layout
from nnrun.runs.record import now
from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.results.centers import write_ranked_summary
from nnrun.sweep.results.configurations import read_configurations
from nnrun.sweep.results.cross_validation import fold_verdicts
from nnrun.sweep.results.held_out import write_held_out
from nnrun.sweep.results.outcome import NOT_MET, TrialOutcome
from nnrun.sweep.results.outcomes import Outcomes
from nnrun.sweep.results.tables import read_table
from nnrun.sweep.search.ranking import best_trial, write_ranking
from nnrun.sweep.sweep_record import Status, SweepRecord


@dataclass(frozen=True, eq=False)
class Sweep:
    """A sweep that has ended.

    Args:
        folder: its folder.
        record: its record.
        outcomes: the outcomes of its trials, by index.
    """

    folder: Path
    record: SweepRecord
    outcomes: Outcomes

    @property
    def exit_status(self) -> int:
        """The worst exit status of the trials alone, where of a search only the best trial must meet expectations.

        Of folds the means must meet them.
        """
        statuses = [outcome.exit_status for outcome in self.judged]
        if FOLD_PATH in self.record.columns:
            met = all(one.met for verdicts in self.record.expectations.values() for one in verdicts)
            statuses = [0 if met else NOT_MET, *(status for status in statuses if status != NOT_MET)]
        return max(statuses, default=0)

    @property
    def judged(self) -> Sequence[TrialOutcome]:
        """The trials that decide the exit status: those in trouble, of a search the best one and those that failed."""
        if self.record.search is None:
            return self.outcomes.troubled()
        best = self.record.best.index if self.record.best else None
        return [outcome for i, outcome in self.outcomes.items() if i == best or outcome.status == "failed"]


def write_summary(folder: Path, plan: SweepPlan, outcomes: Outcomes) -> None:
    """Writes the table of the configurations, or of a search its ranking, and of finished folds the predictions.

    Raises:
        StorageError: a file could not be read or written.
    """
    if outcomes and plan.search and not plan.search.settings.repetitions:
        write_ranking(folder / layout.SUMMARY, plan, outcomes)
    elif outcomes:
        how = {"reaching": plan.reach is not None, "rated": plan.tracker is not None}
        configurations = read_configurations(folder, plan.columns, **how)
        write_ranked_summary(folder / layout.SUMMARY, configurations, plan.columns, plan.settings.objective)
    if plan.cross_validated and len(outcomes) == plan.count:
        write_held_out(folder, read_table(folder / layout.TRIALS_TABLE))


def ended(folder: Path, record: SweepRecord, plan: SweepPlan, outcomes: Outcomes, status: Status) -> SweepRecord:
    """The record of a sweep that ends now, with the counts of its trials, the best one, and verdicts on folds."""
    folded = FOLD_PATH in plan.columns and status != "interrupted"
    rows = read_table(folder / layout.TRIALS_TABLE) if folded else []
    counts = outcomes.counts()
    kinds = ("completed", "failed", *(["pruned"] if plan.search else []))
    return msgspec.structs.replace(
        record,
        status=status,
        finished=now().isoformat(),
        counts={kind: counts.get(kind, 0) for kind in kinds},
        best=best_trial(plan, outcomes),
        expectations=fold_verdicts(folder, rows, plan.columns) if folded else {},
    )


def remedy(folder: Path, outcomes: Outcomes) -> str | None:
    """What to do about an interrupted sweep; None where no trial is finished."""
    return f"Resume with: nnrun resume {folder}" if outcomes else None
