"""The header of an array is what NumPy reads of it, and damaged ones are refused with the reason."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nnrun.data.files.array_header import ArrayHeader, read_header


def header_of(array: Any, version: tuple[int, int] | None = None) -> ArrayHeader:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), version, allow_pickle=True)
    stream.seek(0)
    return read_header(stream)


@given(arrays.arrays(arrays.scalar_dtypes(), arrays.array_shapes(min_dims=0, max_dims=4)))
def test_the_header_of_every_array_is_what_numpy_has(array: np.ndarray[Any, Any]) -> None:
    header = header_of(array)
    assert (header.shape, header.kind, header.bytes) == (array.shape, array.dtype.kind, array.nbytes)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_all_versions_of_the_format_are_read(version: tuple[int, int]) -> None:
    assert header_of(np.zeros((2, 3)), version) == ArrayHeader((2, 3), "f", 8)


def test_objects_and_records_are_known_by_their_kind() -> None:
    assert header_of(np.array([{}])).kind == "O"
    assert header_of(np.zeros(3, [("a", "<i4"), ("b", "U3")])).kind == "V"


def framed(text: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "does not begin as NumPy's files do"),
        (b"\x93NUMPY\x09\x00", "does not begin as NumPy's files do"),
        (b"\x93NUMPY\x01\x00\xff", "ends within its header"),
        (framed(b"{'descr': '<f8'")[:-3], "ends within its header"),
        (framed(b"{'descr': '<f8'"), "header cannot be read"),
        (framed(b"__import__('os')"), "header cannot be read"),
        (framed(b"{'descr': '<f8', 'shape': (-1,)}"), "header has no shape"),
        (framed(b"{'descr': '<f8', 'shape': 3}"), "header has no shape"),
        (framed(b"{'descr': 'float', 'shape': (3,)}"), "no known type: float"),
        (b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31), "at most 10,000 are read"),
    ],
)
def test_a_damaged_header_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_header(io.BytesIO(content))


@given(st.binary(max_size=80))
def test_no_bytes_end_in_another_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="it"):
        read_header(io.BytesIO(framed(content)))
