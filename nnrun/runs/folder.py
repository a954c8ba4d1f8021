"""Run folders: a new one for every run, made in one step that no other process can share."""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from nnrun.errors import ExperimentError, Problem, StorageError
from nnrun.runs import layout
from nnrun.runs.atomic import is_temporary
from nnrun.runs.storage_errors import storage_error, storage_errors

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WRITTEN_BEFORE_TRAINING = frozenset(
    {layout.EXPERIMENT, layout.RESOLVED, layout.RECORD, layout.PATCH, layout.LOG, layout.LOCK}
)


def claim_folder(root: Path, name: str, moment: datetime) -> Path:
    """Makes a run folder that no other run has: `root/20261123-142233-name`, or the same with `-2`, `-3`, …

    Args:
        root: the folder of all runs; made, with its parents, where it is missing.
        name: the experiment's name, of at most 64 letters, digits, dots, underscores and dashes.
        moment: the start of the run, in the local time that the folder should be named by.

    Returns:
        The new, empty folder.

    Raises:
        ExperimentError: the name could not be part of a path.
        StorageError: the folder could not be made.
    """
    _check_name(name)
    stem = f"{moment:%Y%m%d-%H%M%S}-{name}"
    with storage_errors("create", root):
        root.mkdir(parents=True, exist_ok=True)
    for suffix in itertools.chain([""], (f"-{number}" for number in itertools.count(2))):
        folder = root / f"{stem}{suffix}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise storage_error("create", folder, error) from error
        return folder
    raise AssertionError("unreachable: the suffixes have no end")


def release_folder(path: Path) -> bool:
    """Removes a claimed folder in which nothing was trained.

    Only files that nnrun writes before a training are removed. If anything else is there (a result, a link, a folder, a
    file of the user's own) all of it stays.

    Returns:
        Whether the folder was removed.

    Raises:
        StorageError: the folder could not be read or removed.
    """
    with storage_errors("remove", path):
        if path.is_symlink():
            return False
        with os.scandir(path) as entries:
            files = list(entries)
        if not all(_is_untrained(entry) for entry in files):
            return False
        for entry in files:
            if entry.name == layout.CODE:
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)
        path.rmdir()
    return True


def _is_untrained(entry: os.DirEntry[str]) -> bool:
    if entry.name == layout.CODE and entry.is_dir(follow_symlinks=False):
        return all(path.suffix == ".py" or path.is_dir() for path in Path(entry.path).rglob("*"))
    known = entry.name in _WRITTEN_BEFORE_TRAINING or is_temporary(entry.name)
    return known and entry.is_file(follow_symlinks=False)


def _check_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        message = f'"{name}" cannot be the name of a run.'
        hint = "A name has 1 to 64 letters, digits, dots, underscores and dashes, and begins with a letter or digit."
        raise ExperimentError(Problem(message, hint=hint))


@contextmanager
def removal_reported(folder: Path) -> Iterator[None]:
    """Reports an error inside the block as what it follows from where the folder is no longer there.

    Raises:
        StorageError: an error came, and the folder was removed.
    """
    try:
        yield
    except Exception as error:
        if folder.exists():
            raise
        message = f"{folder} was removed or renamed by another program while nnrun was writing into it."
        raise StorageError(Problem(message, hint="What was not renamed is lost; start again.")) from error


def remove_unfinished(folder: Path) -> None:
    """Removes the lock and the temporary files of this process, which is about to end, from its folder."""
    with suppress(OSError):
        for path in [*folder.iterdir(), *(folder / layout.PLOTS).glob(".*")]:
            if is_temporary(path.name) or path.name == layout.LOCK:
                path.unlink()
