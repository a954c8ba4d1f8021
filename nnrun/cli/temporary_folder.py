"""A folder for the runs of a command that keeps none of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nnrun.cli.signals import before_exit
from nnrun.errors import Interrupted
from nnrun.runs.storage_errors import temporary_file_errors


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is removed at the end, also of a process that a signal ends.

    Raises:
        Interrupted: a signal came; without the remedy of a run whose folder is removed.
    """
    import tempfile  # which takes longer to import than most commands do

    with temporary_file_errors():
        folder = Path(tempfile.mkdtemp(prefix="nnrun-"))
    before_exit(lambda: _remove(folder))
    try:
        yield folder
    except Interrupted as error:
        raise type(error)(error.problems[0].message) from error
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Removes a folder in which another thread may still write."""
    import shutil

    gone = folder.with_suffix(".removed")
    with suppress(OSError):
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
