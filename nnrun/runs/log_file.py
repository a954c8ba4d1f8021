"""The log of a run, `run.log`: lines of plain text, each complete in the file as soon as it is written."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from io import TextIOBase
from pathlib import Path

from nnrun.experiment.text.regular_file import NotRegular
from nnrun.runs import layout
from nnrun.runs.storage_errors import storage_error

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT
# Neither a link nor a pipe in its place is written to; Windows has none of these.
_FLAGS |= sum(getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK"))


class LogFile(TextIOBase):
    """The log as a stream of text, which is kept until the run has its folder.

    A process that is killed loses at most an incomplete line. The log is no result: where it cannot be written, the run
    goes on without it.

    Args:
        on_failure: is told once, in a sentence, why the log is not written.
    """

    def __init__(self, on_failure: Callable[[str], None]) -> None:
        self._on_failure = on_failure
        self._text = ""
        self._descriptor: int | None = None
        self._failed = False

    def open(self, folder: Path, separator: str) -> None:
        """Opens or creates the log of a run and writes what was kept.

        Args:
            folder: the run's folder.
            separator: a line that stands between what the log already has and what follows.
        """
        self._path = folder / layout.LOG
        try:
            self._descriptor = os.open(self._path, _FLAGS, 0o666)
            found = os.fstat(self._descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise NotRegular(0, "it is not a regular file")
        except OSError as error:
            self._fail(error)
            return
        kept, self._text = self._text, f"{separator}\n" if found.st_size else ""
        self.write(kept)

    def write(self, text: str) -> int:
        """Writes all complete lines; never raises an error."""
        self._text += text
        if self._descriptor is not None:
            lines, end, self._text = self._text.rpartition("\n")
            self._append(lines + end)
        elif self._failed:
            self._text = ""
        return len(text)

    def close(self) -> None:
        """Writes what is left and closes the file."""
        if self._descriptor is not None:
            if self._text:
                self.write("\n")
            os.close(self._descriptor)
            self._descriptor = None
        super().close()

    def _append(self, text: str) -> None:
        data = memoryview(text.encode("utf-8", "replace"))
        try:
            while data and self._descriptor is not None:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        descriptor, self._descriptor, self._failed = self._descriptor, None, True
        if descriptor is not None:
            os.close(descriptor)
        self._on_failure(storage_error("write", self._path, error).problems[0].message)
