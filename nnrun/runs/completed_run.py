"""A completed run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnrun.runs.record import RunRecord


@dataclass(frozen=True)
class CompletedRun:
    """A completed run: its folder and its record."""

    folder: Path
    record: RunRecord
