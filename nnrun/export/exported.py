"""What an export says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnrun import __version__


@dataclass(frozen=True)
class Exported:
    """An export that has been written and loaded again.

    Args:
        path: the file or folder.
        said: what is to be known of it, in sentences or lines.
    """

    path: Path
    said: tuple[str, ...]


def release() -> str:
    """The version of nnrun."""
    return __version__
