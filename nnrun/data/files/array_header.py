"""What an array is, read from the header of its NPY form alone, without NumPy.

The format is described at https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
"""

from __future__ import annotations

import ast
import math
import re
import struct
from dataclasses import dataclass
from typing import IO

_MAGIC = b"\x93NUMPY"
# How the length of a header is written in each version of the format, and how its text is encoded.
_VERSIONS = {1: ("<H", "latin-1"), 2: ("<I", "latin-1"), 3: ("<I", "utf-8")}
_LONGEST = 10_000  # bytes of a header, as `numpy.load` has it
_TYPE_NAMES = {"c": "complex", "M": "datetime64", "m": "timedelta64", "V": "void", "O": "object"}
_DESCRIPTION = re.compile(r"[<>=|]?([a-zA-Z])(\d*)(?:\[\w+\])?")


@dataclass(frozen=True)
class ArrayHeader:
    """The shape and type of an array.

    Args:
        shape: its shape, the rows first.
        kind: NumPy's letter for its type: `b` truth values, `i` and `u` whole numbers, `f` numbers, `U` and `S` texts,
            `O` Python objects, `V` records, `c` complex numbers, `M` dates, `m` spans of time.
        size: the bytes of an item.
    """

    shape: tuple[int, ...]
    kind: str
    size: int

    @property
    def is_text(self) -> bool:
        """Whether its items are texts."""
        return self.kind in "US"

    @property
    def type_name(self) -> str:
        """The type in words."""
        return _TYPE_NAMES.get(self.kind, f"{self.kind}{self.size}")

    @property
    def bytes(self) -> int:
        """The bytes of all items."""
        return math.prod(self.shape) * self.size


def read_header(stream: IO[bytes]) -> ArrayHeader:
    """The header of an array in the NPY format.

    Args:
        stream: the file, at its beginning.

    Raises:
        ValueError: it is no such file, or a damaged one.
    """
    start = stream.read(len(_MAGIC) + 2)
    if start[: len(_MAGIC)] != _MAGIC or len(start) < len(_MAGIC) + 2 or start[-2] not in _VERSIONS:
        raise ValueError("it does not begin as NumPy's files do")
    form, encoding = _VERSIONS[start[-2]]
    (length,) = struct.unpack(form, _exactly(stream, struct.calcsize(form)))
    if length > _LONGEST:
        raise ValueError(f"its header has {length:,} bytes, and at most {_LONGEST:,} are read")
    return _parse(_exactly(stream, length).decode(encoding))


def _exactly(stream: IO[bytes], count: int) -> bytes:
    content = stream.read(count)
    if len(content) < count:
        raise ValueError("it ends within its header")
    return content


def _parse(text: str) -> ArrayHeader:
    try:
        header = ast.literal_eval(text.strip())
        shape, described = header["shape"], header["descr"]
    except (SyntaxError, ValueError, TypeError, KeyError, MemoryError, RecursionError) as error:
        raise ValueError("its header cannot be read") from error
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("its header has no shape")
    if not isinstance(described, str):
        return ArrayHeader(shape, "V", 1)
    match = _DESCRIPTION.fullmatch(described)
    if match is None:
        raise ValueError(f"its header has no known type: {described[:40]}")
    characters = 4 if match[1] == "U" else 1
    return ArrayHeader(shape, match[1], int(match[2] or 1) * characters)
