"""Folders that are complete or not there: written under a hidden name, then renamed in one step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nnrun.runs.storage_errors import storage_errors

_SUFFIX = ".part"


@contextmanager
def staged_folder(final: Path) -> Iterator[Path]:
    """A hidden folder beside `final` that gets its name at the end of the block; an error inside removes it.

    A folder that is already at `final` is replaced. Nothing is synced to the disk.

    Raises:
        StorageError: the hidden folder could not be made or renamed.
    """
    hidden = final.with_name(f".{final.name}.{os.urandom(6).hex()}{_SUFFIX}")
    with storage_errors("create", hidden):
        hidden.mkdir()
    try:
        yield hidden
        with storage_errors("write", final):
            if final.exists():
                shutil.rmtree(final)
            hidden.rename(final)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A hidden folder in `parent` that is removed at the end of the block, or as what a killed process left.

    Raises:
        StorageError: the folder could not be made.
    """
    hidden = parent / f".scratch.{os.urandom(6).hex()}{_SUFFIX}"
    with storage_errors("create", hidden):
        hidden.mkdir()
    try:
        yield hidden
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def remove_staged(parent: Path, name: str = "") -> None:
    """Removes the hidden folders that killed processes left in `parent`: those of one name, or all."""
    for hidden in parent.glob(f".{name}.*{_SUFFIX}" if name else f".*{_SUFFIX}"):
        shutil.rmtree(hidden, ignore_errors=True)
