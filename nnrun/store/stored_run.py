"""A run in short: the fields of its record that lists and comparisons show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from nnrun.runs.lock import is_occupied
from nnrun.runs.verdict import Verdict
from nnrun.store.annotations import Annotations

FORMAT = 1

SETTINGS = "settings"

_RESULTS = ("engine", "epochs", "loss")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Those fields of `run.json` that are shown of many runs at once; `RunRecord` describes them."""

    format: int
    name: str
    experiment_sha256: str
    status: str
    started: datetime
    reason: str | None = None
    finished: datetime | None = None
    seconds: float | None = None
    seed: int
    device: str | None = None
    engine: str | None = None
    parameters: int | None = None
    epochs: int | None = None
    kept_epoch: int | None = None
    settings: Mapping[str, Any] = {}
    settings_sha256: str | None = None
    final_metrics: Mapping[str, float | None] = {}
    best_metrics: Mapping[str, float | None] = {}
    expectations: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class StoredRun:
    """A run in the folder of all runs.

    Args:
        folder: its folder.
        summary: its record in short; None where that cannot be read.
        annotations: its tags and its note.
        damage: why its record cannot be read.
    """

    folder: Path
    summary: RunSummary | None
    annotations: Annotations = field(default_factory=Annotations)
    damage: str | None = None

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def started(self) -> datetime:
        """When it started; long ago where that is not known."""
        return self.summary.started if self.summary else _LONG_AGO

    @property
    def status(self) -> str:
        """That of its record; `died` where its process is gone, `damaged` where the record cannot be read."""
        if self.summary is None:
            return "damaged"
        died = self.summary.status == "running" and not is_occupied(self.folder)
        return "died" if died else self.summary.status

    def metric(self, name: str) -> float:
        """A final metric; NaN where the run does not have it."""
        value = self.summary.final_metrics.get(name) if self.summary else None
        return math.nan if value is None else value

    def fields(self) -> dict[str, Any]:
        """Everything that it can be listed and filtered by: facts, final metrics, best metrics, settings, by name."""
        return dict(self._fields())

    def field_of(self, path: str) -> str:
        """The field of a setting: its path, or `settings.loss` and the like where a result has the same name."""
        is_result = self.summary and (path in _RESULTS or path in self.summary.final_metrics)
        return f"{SETTINGS}.{path}" if is_result else path

    def _fields(self) -> Iterator[tuple[str, Any]]:
        yield "name", self.name
        yield "status", self.status
        yield "tags", list(self.annotations.tags)
        yield "note", self.annotations.note or None
        if self.summary is None:
            return
        yield "experiment", self.summary.name
        yield from ((name, getattr(self.summary, name)) for name in ("seconds", "seed", "device", "parameters"))
        yield from ((self.field_of(path), value) for path, value in self.summary.settings.items() if path != "name")
        yield from ((f"best.{name}", value) for name, value in self.summary.best_metrics.items())
        yield from self.summary.final_metrics.items()
        yield "engine", self.summary.engine  # the one that trained it, where the setting may be auto
        yield "epochs", self.summary.epochs  # the trained ones, where a callback may have stopped it
        if self.summary.expectations:
            yield "expectations", "met" if all(verdict.met for verdict in self.summary.expectations) else "not met"
