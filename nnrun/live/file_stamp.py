"""Whether files have changed, told without reading them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

# The time of the last change of a file, its size and its number; None where there is none.
Stamp = tuple[int, int, int] | None


def stamp_of(path: Path) -> Stamp:
    """What differs after a change of a file; of a folder there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if stat.S_ISREG(found.st_mode) else None


class SeenFiles:
    """Files with what was seen of them last."""

    def __init__(self) -> None:
        self._seen: dict[Path, Stamp] = {}

    def look(self, paths: Iterable[Path]) -> None:
        """Looks at these files from now on, in place of those before."""
        self._seen = {path: stamp_of(path) for path in paths}

    def have_changed(self) -> bool:
        """Whether one was written, replaced, removed or made since it was seen."""
        return any(stamp_of(path) != seen for path, seen in self._seen.items())
