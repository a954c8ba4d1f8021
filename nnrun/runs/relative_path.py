"""Paths that stay right when a project is moved."""

from __future__ import annotations

import os
from pathlib import Path


def relative_path(path: str, folder: Path) -> str:
    """An absolute path as seen from a folder; the path itself where only the root folder holds both."""
    target = Path(path).parent.resolve() / Path(path).name
    base = folder.resolve()
    if target.parts[:2] != base.parts[:2]:
        return path
    return Path(os.path.relpath(target, base)).as_posix()
