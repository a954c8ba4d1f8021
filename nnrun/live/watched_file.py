"""An experiment file that is watched, read whole, and written back only where it is still the one that was read."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from nnrun.errors import ExperimentError
from nnrun.experiment.text.yaml_text import read_source
from nnrun.live.file_stamp import Stamp, stamp_of
from nnrun.runs.atomic import write_bytes

_PAUSE = 0.01  # seconds between two looks at a file that is being written
_LOOKS = 20


@dataclass(frozen=True)
class FileContent:
    """What a file held.

    Args:
        data: its bytes.
        digest: their SHA-256, in hexadecimal digits.
    """

    data: bytes
    digest: str

    @property
    def text(self) -> str:
        """The bytes as text, with marks in place of what is not UTF-8."""
        return self.data.decode("utf-8", "replace")


class FileConflict(Exception):
    """The file is no longer the one that was read.

    Args:
        present: what it holds now.
    """

    def __init__(self, present: FileContent) -> None:
        super().__init__("The file has changed since it was read.")
        self.present = present


class WatchedFile:
    """An experiment file whose changes are noticed by looking at it.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: Stamp = None
        self._known = False
        self._writing = threading.Lock()

    def has_changed(self) -> bool:
        """Whether the file has another size, time or identity than when it was read last, or is gone or new."""
        return not self._known or stamp_of(self.path) != self._seen

    def read(self) -> FileContent:
        """The content of the file, of one moment: it is read again while it changes.

        Raises:
            ExperimentError: it cannot be read.
        """
        for _ in range(_LOOKS):
            before = stamp_of(self.path)
            self._seen, self._known = before, True
            data = read_source(self.path)
            if before is not None and before[1] == len(data) and stamp_of(self.path) == before:
                break
            time.sleep(_PAUSE)
        return FileContent(data, hashlib.sha256(data).hexdigest())

    def write(self, text: str, digest: str | None) -> FileContent:
        """Writes the file in one step.

        Args:
            text: the new content.
            digest: the SHA-256 of what the file holds if nobody else has written it; None to replace whatever it holds.

        Raises:
            FileConflict: it holds something else.
            StorageError: it cannot be written.
        """
        data = text.encode("utf-8")
        with self._writing:
            if digest is not None:
                present = self._present()
                if present.digest != digest:
                    raise FileConflict(present)
            real = Path(os.path.realpath(self.path))  # a link stays a link
            mode = real.stat().st_mode & 0o7777 if real.exists() else None
            write_bytes(real, data)
            if mode is not None:
                real.chmod(mode)
        return FileContent(data, hashlib.sha256(data).hexdigest())

    def _present(self) -> FileContent:
        """What the file holds; nothing where it is gone."""
        try:
            data = read_source(self.path)
        except ExperimentError:
            data = b""
        return FileContent(data, hashlib.sha256(data).hexdigest())
