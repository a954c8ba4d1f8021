"""The index of a folder of runs: what was read of each, so that a list of thousands takes no second.

It is a cache in SQLite that may be deleted at any time. An entry counts only while the files that it was read from are
the same ones; where the index cannot be read or written, the runs are read themselves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from nnrun.runs import layout

# Changes with every change of what an entry holds.
_VERSION = 2
_PATIENCE = 2.0  # seconds to wait for another process
_MOST_NAMES = 500  # in one statement


class Stamped(NamedTuple):
    """What the index has of a run but its content.

    Args:
        stamp: changes whenever the files change that the content was read from.
        started: when the run started, in seconds since 1970; 0 where that is not known.
        settings: the digest of the settings that it was trained with; None where that is not known.
    """

    stamp: str
    started: float
    settings: str | None


class Row(NamedTuple):
    """A run in the index: what `Stamped` has, and what was read of the run."""

    stamp: str
    started: float
    settings: str | None
    content: bytes


def indexed_stamps(runs_dir: Path) -> dict[str, Stamped]:
    """The stamp of every run in the index, by the name of its folder; empty without a valid index."""
    rows = _read(runs_dir, lambda index: index.execute("SELECT name, stamp, started, settings FROM runs").fetchall())
    return {name: Stamped(*others) for name, *others in rows}


def indexed_contents(runs_dir: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The content of those of the runs that the index has, by name."""
    wanted = list(names)
    if len(wanted) > _MOST_NAMES:
        found = dict(_read(runs_dir, lambda index: index.execute("SELECT name, content FROM runs").fetchall()))
        return {name: found[name] for name in wanted if name in found}
    query = f"SELECT name, content FROM runs WHERE name IN ({', '.join('?' * len(wanted))})"
    return dict(_read(runs_dir, lambda index: index.execute(query, wanted).fetchall()))


def write_index(runs_dir: Path, changed: Mapping[str, Row], gone: Iterable[str]) -> None:
    """Stores rows and removes those of runs that are gone; without effect where the folder cannot be written."""
    path = runs_dir / layout.INDEX
    try:
        _update(path, changed, gone)
    except sqlite3.OperationalError:  # locked by another process, or the folder is read-only
        return
    except sqlite3.DatabaseError:  # damaged: the next list writes a new one
        with suppress(OSError):
            path.unlink()


def _read(runs_dir: Path, query: Callable[[sqlite3.Connection], list[Any]]) -> list[Any]:
    path = runs_dir / layout.INDEX
    if not path.is_file():
        return []
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE)) as index:
            return query(index) if _is_current(index) else []
    except sqlite3.DatabaseError:
        return []


def _update(path: Path, changed: Mapping[str, Row], gone: Iterable[str]) -> None:
    with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as index:
        index.execute("PRAGMA synchronous = OFF")  # a cache: after a power failure it is written anew
        index.execute("BEGIN IMMEDIATE")
        if not _is_current(index):
            index.execute("DROP TABLE IF EXISTS runs")
            columns = "name TEXT PRIMARY KEY, stamp TEXT, started REAL, settings TEXT, content BLOB"
            index.execute(f"CREATE TABLE runs ({columns})")
            index.execute(f"PRAGMA user_version = {_VERSION}")
        index.executemany(
            "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)", ((n, *row) for n, row in changed.items())
        )
        index.executemany("DELETE FROM runs WHERE name = ?", ((name,) for name in gone))
        index.execute("COMMIT")


def _is_current(index: sqlite3.Connection) -> bool:
    return bool(index.execute("PRAGMA user_version").fetchone() == (_VERSION,))
