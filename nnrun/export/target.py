"""Where an export is written: into a hidden folder beside its place first, and never over what is there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nnrun.errors import ExperimentError, Problem
from nnrun.runs.storage_errors import refuse_missing_folder, storage_errors


@contextmanager
def staged(places: Sequence[Path]) -> Iterator[list[Path]]:
    """Paths in a hidden folder, of the same names as `places`, to which they are moved at the end of the block.

    Args:
        places: where the files or folders are to be, all in one folder.

    Raises:
        ExperimentError: something is there already; it is unchanged.
        StorageError: the folder cannot be written.
    """
    for place in places:
        refuse_existing(place)
    with storage_errors("write", places[0]):
        folder = Path(tempfile.mkdtemp(prefix=f".{places[0].name}.", dir=places[0].parent))
    try:
        inside = [folder / place.name for place in places]
        yield inside
        for source, place in zip(inside, places, strict=True):
            with storage_errors("write", place):
                refuse_existing(place)
                os.rename(source, place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def refuse_existing(place: Path) -> None:
    """Refuses a place where something is, or whose folder is not there."""
    refuse_missing_folder(place)
    if place.is_symlink() or place.exists():
        hint = "Name another place: --out PATH"
        raise ExperimentError(Problem(f"{place} already exists and was not overwritten.", hint=hint))
