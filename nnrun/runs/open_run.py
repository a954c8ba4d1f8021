"""A run under way: its folder and its record, which grows, and how it ends."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from nnrun.errors import Bug, Interrupted, NnrunError, ResumeError
from nnrun.runs.atomic import write_text
from nnrun.runs.folder import release_folder
from nnrun.runs.record import RunRecord, Status, write_record


@dataclass
class Run:
    """A run under way."""

    folder: Path
    record: RunRecord

    def note(self, **changes: object) -> None:
        """Changes the record and stores it."""
        self.record = msgspec.structs.replace(self.record, **changes)
        write_record(self.folder, self.record)

    def end(self, status: Status, reason: str | None = None, **changes: object) -> None:
        """Stores how the run ended."""
        moment = now()
        seconds = round((moment - self.record.started).total_seconds(), 3)
        self.note(status=status, reason=reason, finished=moment, seconds=seconds, **changes)


@contextmanager
def recorded(run: Run, *, release: bool) -> Iterator[None]:
    """Stores how the run ended when something ends it early.

    Args:
        run: the run.
        release: whether a folder in which nothing was trained goes.

    Raises:
        Bug: an error that is none of the family; its traceback lies in the folder.
    """
    try:
        yield
    except Interrupted as error:
        run.end("interrupted", error.problems[0].message)
        raise
    except ResumeError:  # the run is as it was
        raise
    except NnrunError as error:
        if not (release and release_folder(run.folder)):
            run.end("failed", error.problems[0].message)
        raise
    except Exception as error:
        write_text(run.folder / "traceback.txt", traceback.format_exc())
        run.end("failed", f"{type(error).__name__}: {error}")
        raise Bug(f"{type(error).__name__}: {error}. The traceback is in {run.folder / 'traceback.txt'}.") from error


def now() -> datetime:
    """This moment, with its offset from UTC."""
    return datetime.now().astimezone()
