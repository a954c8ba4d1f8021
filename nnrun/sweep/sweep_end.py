"""How a sweep ends: what it came to, its tables, and its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from nnrun.runs import layout
from nnrun.runs.record import now
from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.results.configurations import read_configurations, write_summary
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.results.tables import write_trials
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
    outcomes: dict[int, TrialOutcome]

    @property
    def exit_status(self) -> int:
        """The worst exit status of the trials alone, where of a search only the best trial must meet expectations."""
        return max((outcome.exit_status for outcome in self.judged), default=0)

    @property
    def judged(self) -> list[TrialOutcome]:
        """The trials that decide the exit status: of a search the best one and those that failed, else all."""
        if self.record.search is None:
            return list(self.outcomes.values())
        best = self.record.best.index if self.record.best else None
        return [outcome for i, outcome in self.outcomes.items() if i == best or outcome.status == "failed"]


def write_tables(folder: Path, plan: SweepPlan, outcomes: Mapping[int, TrialOutcome]) -> None:
    """Writes the table of the trials and that of the configurations.

    Raises:
        StorageError: a file could not be read or written.
    """
    write_trials(folder, plan, outcomes)
    if outcomes and plan.search:
        write_ranking(folder / layout.SUMMARY, plan, outcomes)
    elif outcomes:
        write_summary(folder / layout.SUMMARY, read_configurations(folder, plan.columns), plan.columns)


def ended(record: SweepRecord, plan: SweepPlan, outcomes: Mapping[int, TrialOutcome], status: Status) -> SweepRecord:
    """The record of a sweep that ends now, with the counts of its trials and the best one."""
    statuses = [str(outcome.status) for outcome in outcomes.values()]
    kinds = ("completed", "failed", *(["pruned"] if plan.search else []))
    return msgspec.structs.replace(
        record,
        status=status,
        finished=now().isoformat(),
        counts={kind: statuses.count(kind) for kind in kinds},
        best=best_trial(plan, outcomes),
    )


def remedy(folder: Path, outcomes: Mapping[int, TrialOutcome]) -> str | None:
    """What to do about an interrupted sweep; None where no trial is finished."""
    return f"Resume with: nnrun resume {folder}" if outcomes else None
