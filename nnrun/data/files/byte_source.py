"""The bytes of a data file, decompressed where it is compressed."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import IO

from nnrun.data.files.read_file import file_errors
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.text.regular_file import open_regular

GZIP, ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_COMPRESS = "A file of rows may be compressed by gzip (.gz) or zstandard (.zst)."
_DOWNLOAD = "Download the file itself."
_ZIP = "a zip archive"
_SAVE = "Save its sheet as CSV."
_A_LINE = "Write its objects a line each, as `jq -c '.[]' rows.json > rows.jsonl` does."
_WORKBOOKS = (".xlsx", ".xlsm", ".ods")  # zip archives, too
# Files that are no text of rows by their first bytes, in small letters, each with what it is and the remedy.
_OTHERS = {
    b"pk\x03\x04": (_ZIP, _COMPRESS),
    b"\xd0\xcf\x11\xe0": ("a workbook of Excel", _SAVE),
    b"[{": ("a list in JSON", _A_LINE),
    b"[\n": ("a list in JSON", _A_LINE),
    b"[\r\n": ("a list in JSON", _A_LINE),
    b"bzh": ("a bzip2 file", _COMPRESS),
    b"\xfd7zxz\x00": ("an xz file", _COMPRESS),
    b"par1": ("a Parquet file", "Write the generator parquet."),
    b"<!doctype": ("a web page", _DOWNLOAD),
    b"<html": ("a web page", _DOWNLOAD),
    b"version https://git-lfs": ("a pointer of Git LFS", "Run `git lfs pull`, which puts the file in its place."),
}
_MAGIC = max(map(len, _OTHERS))
_SUFFIXES = {".gz": (GZIP, "gzip"), ".zst": (ZSTANDARD, "zstandard")}
# The most bytes that a compressed file may become: tables seldom shrink to a fiftieth.
_MOST_AT_ALL, _MOST_PER_BYTE = 256 * 2**20, 200
_STEP = 2**12  # compressed bytes at a time, each of which may become 30,000


class ByteSource:
    """The bytes of a file.

    Args:
        name: the file's name, for messages.
        stream: its bytes as they are stored.
        size: how many they are.

    Raises:
        ExperimentError: it is compressed in a way that is not read.
    """

    def __init__(self, name: str, stream: IO[bytes], size: int) -> None:
        self.name = name
        self._stream = stream
        self._most = _MOST_AT_ALL + _MOST_PER_BYTE * size
        self._taken = 0
        first = stream.read(_MAGIC)
        stream.seek(0)
        self._read = self._reader(first)
        self.is_compressed = self._read != stream.read

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end.

        Raises:
            ExperimentError: the compressed file is broken, or becomes more bytes than it plausibly holds.
        """
        try:
            content = self._read(size)
        except (OSError, EOFError, zlib.error) as error:
            message = f"The compressed file {self.name} is broken: {error}."
            raise ExperimentError(
                Problem(message, hint="Compress it again, or use the file that it was made of.")
            ) from error
        self._taken += len(content)
        if self.is_compressed and self._taken > self._most:
            message = f"The compressed file {self.name} becomes more than {self._most >> 20:,} MB, which no table does."
            raise ExperimentError(Problem(message, hint="Decompress it, and name the file that comes out."))
        return content

    def _reader(self, first: bytes) -> Callable[[int], bytes]:
        for magic, (kind, remedy) in _OTHERS.items():
            if first.lower().startswith(magic):
                if kind == _ZIP and self.name.casefold().endswith(_WORKBOOKS):
                    kind, remedy = "a workbook of a spreadsheet", _SAVE
                raise ExperimentError(Problem(f"{self.name} is {kind}, not a file of rows.", hint=remedy))
        for suffix, (magic, kind) in _SUFFIXES.items():
            if self.name.casefold().endswith(suffix) and not first.startswith(magic):
                message = f"{self.name} is not a {kind} file, which its name says."
                raise ExperimentError(Problem(message, hint=f"If it is plain text, name it without {suffix}."))
        if first.startswith(GZIP):
            return gzip.GzipFile(fileobj=self._stream).read
        return _Zstandard(self._stream).read if first.startswith(ZSTANDARD) else self._stream.read


class _Zstandard:
    """The bytes of a zstandard file, a few at a time, so that none becomes more than memory holds."""

    def __init__(self, stream: IO[bytes]) -> None:
        import zstandard

        self._new = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj
        self._error = zstandard.ZstdError
        self._stream = stream
        self._frame = self._new()
        self._started = False
        self._rest = b""
        self._made = bytearray()

    def read(self, size: int) -> bytes:
        while len(self._made) < size and self._step():
            pass
        taken = bytes(self._made[:size])
        del self._made[:size]
        return taken

    def _step(self) -> bool:
        """Decompresses some more; False at the end."""
        stored = self._rest or self._stream.read(_STEP)
        self._rest = b""
        if not stored:
            if self._started:
                raise EOFError("it ends too early")
            return False
        try:
            self._made += self._frame.decompress(stored)
        except self._error as error:
            raise OSError(str(error)) from error
        self._started = True
        if self._frame.eof:
            self._rest, self._frame, self._started = self._frame.unused_data, self._new(), False
        return True


def open_source(path: Path) -> ByteSource:
    """The bytes of a file.

    Raises:
        ExperimentError: there is no such file, it is not a regular file or cannot be read, or is compressed otherwise.
    """
    with file_errors(path):
        stream = open_regular(path)
    try:
        return ByteSource(path.name, stream, os.fstat(stream.fileno()).st_size)
    except BaseException:
        stream.close()
        raise


def source_of_bytes(name: str, content: bytes) -> ByteSource:
    """Bytes that were read already, under the name of their file."""
    return ByteSource(name, BytesIO(content), len(content))
