"""The sweeps of a folder in short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from nnrun.runs import layout
from nnrun.runs.lock import is_occupied
from nnrun.store.collection import folder_names
from nnrun.store.listing import age_in_words

COLUMNS = ("name", "status", "age", "trials", "completed", "failed", "settings")


class SweepSummary(msgspec.Struct, frozen=True):
    """Those fields of `sweep.json` that are shown of many sweeps at once."""

    status: str
    started: datetime
    trials: int
    columns: tuple[str, ...]
    counts: Mapping[str, int] = {}


_DECODE = msgspec.json.Decoder(SweepSummary).decode


def sweep_rows(runs_dir: Path, now: datetime) -> tuple[tuple[str, ...], list[list[Any]]]:
    """The columns and rows of a table of the sweeps in a folder, the newest first.

    Args:
        runs_dir: the folder of all runs.
        now: the current time, with its offset from UTC.

    Raises:
        StorageError: the folder cannot be read.
    """
    found = sorted(_sweeps(runs_dir), key=lambda sweep: (sweep[1].started, sweep[0]), reverse=True)
    return COLUMNS, [_row(runs_dir / name, summary, now) for name, summary in found]


def _sweeps(runs_dir: Path) -> Iterator[tuple[str, SweepSummary]]:
    for name in folder_names(runs_dir):
        path = runs_dir / name / layout.SWEEP_RECORD
        if path.is_file():
            try:
                yield name, _DECODE(path.read_bytes())
            except (OSError, msgspec.MsgspecError):
                continue  # `nnrun report` of it says what is wrong


def _row(folder: Path, sweep: SweepSummary, now: datetime) -> list[Any]:
    died = sweep.status == "running" and not is_occupied(folder)
    age = age_in_words((now - sweep.started).total_seconds())
    # They are recorded at the end of the sweep; until then they are not known.
    counts = [sweep.counts.get("completed", 0), sweep.counts.get("failed", 0)] if sweep.counts else [None, None]
    return [folder.name, "died" if died else sweep.status, age, sweep.trials, *counts, list(sweep.columns)]
