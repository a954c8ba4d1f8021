"""Where the sockets of warm workers lie: in a folder of the user's own, which no other user can enter."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from nnrun.errors import Problem, StorageError
from nnrun.runs.storage_errors import storage_errors

_SUFFIX = ".sock"
# The longest path of a socket that all systems take.
_LONGEST = 100


def socket_folder() -> Path:
    """The folder of the sockets: below `XDG_RUNTIME_DIR`, else in the user's cache."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(runtime or cache) / "nnrun-warm"


def socket_of(key: str, *, create: bool = False) -> Path:
    """The socket of the worker with this key.

    Args:
        key: that of `process_key`.
        create: whether its folder is created where it is missing.

    Raises:
        StorageError: the folder or the socket belongs to another user or is open to others, or the path is too long.
    """
    folder = socket_folder()
    path = folder / f"{key}{_SUFFIX}"
    if len(os.fsencode(path)) > _LONGEST:
        hint = "Set XDG_RUNTIME_DIR to a folder with a shorter path."
        raise StorageError(Problem(f"The path of the warm worker's socket is too long: {path}", hint=hint))
    if create:
        with storage_errors("create", folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_foreign(folder, stat.S_ISDIR)
    if os.path.lexists(path):
        _refuse_foreign(path, stat.S_ISSOCK)
    return path


def has_sockets() -> bool:
    """Whether there may be a worker, which takes no time to find out."""
    try:
        with os.scandir(socket_folder()) as entries:
            return any(entry.name.endswith(_SUFFIX) for entry in entries)
    except OSError:
        return False


def sockets() -> list[Path]:
    """The sockets of all workers of this user.

    Raises:
        StorageError: as for `socket_of`.
    """
    folder = socket_folder()
    if not folder.exists():
        return []
    _refuse_foreign(folder, stat.S_ISDIR)
    return [socket_of(path.stem) for path in sorted(folder.glob(f"*{_SUFFIX}"))]


def _refuse_foreign(path: Path, is_kind: object) -> None:
    """Refuses what is a link, another kind of file, another user's, or open to other users."""
    with storage_errors("read", path):
        found = os.lstat(path)
    assert callable(is_kind)
    wrong = None
    if not is_kind(found.st_mode):
        wrong = "is not what nnrun has made"
    elif found.st_uid != os.geteuid():
        wrong = "belongs to another user"
    elif is_kind is stat.S_ISDIR and found.st_mode & 0o077:
        wrong = "is open to other users"
    if wrong:
        raise StorageError(Problem(f"{path} {wrong}. No warm worker is used.", hint=f"Remove it: rm -r {path}"))
