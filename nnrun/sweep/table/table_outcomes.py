"""The outcomes of trials that have no folders, in arrays: a million of them take a hundred megabytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, cast

import numpy as np

from nnrun.data.dataset import Array
from nnrun.errors import TrainingError
from nnrun.experiment.objective import Objective
from nnrun.sweep.results.outcome import NOT_MET, TrialOutcome
from nnrun.sweep.results.outcomes import Outcomes
from nnrun.sweep.table.trial_block import FAILED, STATUSES, TrialBlock

_COMPLETED = STATUSES.index("completed")
_ENDED = (FAILED, STATUSES.index("pruned"))  # whose reasons are kept
_NONE = len(STATUSES)  # the status of a trial that is not finished
# The beginnings of the reasons of trials that failed through no fault of their own.
_LOST = ("The process that trained it", "There was not enough memory")


class TableOutcomes(Outcomes):
    """The outcomes of the finished trials by their numbers; each is made when it is asked for."""

    def __init__(self) -> None:
        self.status = np.full(0, _NONE, np.uint8)
        self.numbers: dict[str, Array] = {}  # float64 by name: `epochs`, `final/loss`, …; (trials,) each
        self.reasons: dict[int, str] = {}

    def add(self, block: TrialBlock) -> None:
        """Adds finished trials; of a number that is known already the new ones count."""
        where = block.index
        self._reserve(int(where.max(initial=-1)) + 1)
        for index in where[np.isin(self.status[where], _ENDED)]:
            self.reasons.pop(int(index), None)
        self.status[where] = block.status
        groups = {"final": block.final, "best": block.best, "rungs": block.rungs, "conditions": block.conditions}
        named = {f"{group}/{name}": values for group, part in groups.items() for name, values in part.items()}
        own = ("epochs", "reached", "met", "objective", "best_epoch", "seconds")
        for name, values in {**{name: getattr(block, name) for name in own}, **named}.items():
            if name not in self.numbers:
                self.numbers[name] = np.full(len(self.status), np.nan)
            self.numbers[name][where] = values
        for row in np.flatnonzero(block.status != _COMPLETED):
            self.reasons[int(where[row])] = str(block.reason[row])

    def discard_failed(self, *, lost_only: bool) -> None:
        """Forgets failed trials, so that they are trained again.

        Args:
            lost_only: only those that failed with their process or for lack of memory.
        """
        for index, reason in list(self.reasons.items()):
            if self.status[index] == FAILED and (not lost_only or reason.startswith(_LOST)):
                self.status[index] = _NONE
                del self.reasons[index]

    def _reserve(self, size: int) -> None:
        """Makes room for the numbers below `size`."""
        lacking = max(size, len(self.status) * 2) - len(self.status) if size > len(self.status) else 0
        if lacking:
            self.status = np.concatenate([self.status, np.full(lacking, _NONE, np.uint8)])
            self.numbers = {n: np.concatenate([v, np.full(lacking, np.nan)]) for n, v in self.numbers.items()}

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and 0 <= index < len(self.status) and self.status[index] != _NONE

    def __len__(self) -> int:
        return int((self.status != _NONE).sum())

    def __iter__(self) -> Iterator[int]:
        return iter(np.flatnonzero(self.status != _NONE).tolist())

    def __getitem__(self, index: int) -> TrialOutcome:
        if index not in self:
            raise KeyError(index)
        status = cast(Literal["completed", "failed", "pruned"], STATUSES[self.status[index]])
        completed = status != "failed"
        met = int(self.numbers["met"][index])
        best = {"epoch": self.numbers["best_epoch"][index], **self._group("best", index)}
        reason = self.reasons.get(index)
        return TrialOutcome(
            index=index,
            status=status,
            folder="",
            reason=reason,
            epochs=int(self.numbers["epochs"][index]),
            reached=int(self.numbers["reached"][index]) or None,
            final=self._group("final", index) if completed else {},
            best=best if completed else {},
            seconds=float(self.numbers["seconds"][index]),
            exit_status=(NOT_MET if met == 0 else 0) if completed else TrainingError.exit_status,
            expectations=None if met < 0 else "met" if met else "not met",
            objective=_number(self.numbers["objective"][index]),
            rungs=self._rungs(index, status),
            conditions={
                int(place): met == 1
                for place, met in self._group("conditions", index).items()
                if met is not None and status == "completed"
            },
            lost=reason is not None and reason.startswith(_LOST),
        )

    def _group(self, group: str, index: int) -> dict[str, float | None]:
        names = (name for name in self.numbers if name.startswith(f"{group}/"))
        return {name.partition("/")[2]: _number(self.numbers[name][index]) for name in names}

    def _rungs(self, index: int, status: str) -> tuple[float | None, ...]:
        """The best values up to each epoch at which a pruner decides, as far as those were reached."""
        found = list(self._group("rungs", index).values())
        while found and found[-1] is None and status != "completed":
            found.pop()
        return tuple(found)

    def counts(self) -> dict[str, int]:
        return {status: int((self.status == code).sum()) for code, status in enumerate(STATUSES)}

    def troubled(self) -> Sequence[TrialOutcome]:
        met = self.numbers.get("met", np.zeros(0))
        unmet = np.flatnonzero((self.status == _COMPLETED) & (met == 0))
        return [self[i] for i in (*np.flatnonzero(self.status == FAILED).tolist(), *unmet.tolist())]

    def leading(self, objective: Objective | None, *, reaching: bool) -> TrialOutcome | None:
        found = np.flatnonzero(self.status == _COMPLETED)
        if not len(found):
            return None
        loss = self.numbers.get("final/val_loss", self.numbers.get("final/loss"))
        keys = [found, _infinite(loss, found)]
        if objective is not None:
            keys = [found, np.array([objective.rank(_number(v)) for v in self.numbers["objective"][found]])]
        elif reaching:
            epochs = self.numbers["reached"][found]
            keys.append(np.where(epochs > 0, epochs, np.inf))
        return self[int(found[np.lexsort(keys)[0]])]


def _infinite(values: Array | None, where: Array) -> Array:
    """Numbers, infinite where there is none."""
    own = np.full(len(where), np.inf) if values is None else values[where]
    return np.where(np.isnan(own), np.inf, own)


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
