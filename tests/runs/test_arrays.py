"""Named arrays in one file: what is written is what is read, and all of it is finite."""

from __future__ import annotations

import copy
import io
import os
import pickle
import resource
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnrun.errors import StorageError
from nnrun.runs.arrays import read_arrays, write_arrays

elements = {"allow_nan": False, "allow_infinity": False}
arrays = hnp.arrays(
    st.sampled_from([np.float16, np.float32, np.float64, np.int64, np.uint8, np.bool_]),
    hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
    elements=elements,
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_/.]{0,12}", fullmatch=True), arrays, max_size=4))
def test_arrays_come_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, named: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("arrays") / "weights.npz"
    write_arrays(path, named)
    back = read_arrays(path)
    assert list(back) == list(named)
    for name, array in named.items():
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
        assert back[name].tobytes() == array.tobytes()


def test_any_name_will_do_and_numpy_reads_it(tmp_path: Path) -> None:
    write_arrays(tmp_path / "weights.npz", {"file": np.zeros(2), "hidden/kernel": np.ones((2, 3))})
    with np.load(tmp_path / "weights.npz") as archive:
        assert archive["hidden/kernel"].shape == (2, 3)
        assert archive["file"].shape == (2,)


def test_the_same_arrays_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        write_arrays(tmp_path / name, {"kernel": np.arange(6.0).reshape(2, 3)})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, complex(0, np.nan)])
def test_a_number_that_is_not_finite_is_refused_by_the_name_of_its_array(tmp_path: Path, value: complex) -> None:
    with pytest.raises(ValueError, match="the array hidden/bias holds a number that is not finite"):
        write_arrays(tmp_path / "weights.npz", {"hidden/kernel": np.ones(2), "hidden/bias": np.array([1.0, value])})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("array", [np.array([object()]), np.array(["text"]), np.zeros(2, "V2")])
def test_what_is_no_number_is_refused(tmp_path: Path, array: Any) -> None:
    with pytest.raises(ValueError, match=r"the array kernel has the type .*, which npz files cannot hold"):
        write_arrays(tmp_path / "weights.npz", {"kernel": array})


def test_code_in_a_file_is_never_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(marker),)

    trap = np.array([Trap()], dtype=object)
    np.savez(tmp_path / "weights.npz", trap=trap, allow_pickle=True)
    (tmp_path / "plain.npz").write_bytes(pickle.dumps(Trap()))
    for name in ("weights.npz", "plain.npz"):
        with pytest.raises(StorageError, match="is not a file of arrays") as caught:
            read_arrays(tmp_path / name)
        assert "pickle.load" not in str(caught.value)  # NumPy's advice
    assert not marker.exists()


def test_a_torn_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    write_arrays(path, {"kernel": np.ones(100)})
    whole = path.read_bytes()
    for length in (0, 10, 300, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(StorageError, match="is not a file of arrays"):
            read_arrays(path)


def test_a_file_with_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    write_arrays(path, {"kernel": np.ones(100)})
    data = bytearray(path.read_bytes())
    data[400] ^= 1
    path.write_bytes(data)
    with pytest.raises(StorageError, match="is not a file of arrays"):
        read_arrays(path)


def test_a_single_array_in_the_place_of_many_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "weights.npy", np.ones(3))
    (tmp_path / "weights.npy").rename(tmp_path / "weights.npz")
    with pytest.raises(StorageError, match="is not a file of arrays"):
        read_arrays(tmp_path / "weights.npz")


def test_a_stranger_in_the_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "weights.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(StorageError, match="is not a file of arrays"):
        read_arrays(tmp_path / "weights.npz")


def bomb(path: Path, shape: tuple[int, ...], *, compressed: bool, written: int) -> None:
    """An archive whose array claims a shape."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as archive, archive.open("kernel.npy", "w", force_zip64=True) as member:
        member.write(header.getvalue())
        for _ in range(written >> 20):
            member.write(bytes(2**20))


@pytest.mark.parametrize(
    ("shape", "compressed", "written"),
    [
        ((20_000, 20_000), True, 2**28),
        ((20_000, 20_000), False, 2**20),
        ((2**62,), False, 0),
        ((2**40, 2**40), False, 0),
        ((-1,), False, 0),
    ],
)
def test_an_array_larger_than_the_file_is_refused_without_its_memory(
    tmp_path: Path, shape: tuple[int, ...], compressed: bool, written: int
) -> None:
    bomb(tmp_path / "weights.npz", shape, compressed=compressed, written=written)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(StorageError, match=r"is not a file of arrays: \S"):
        read_arrays(tmp_path / "weights.npz")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    write_arrays(path, {"kernel": np.ones(100_000)})
    with zipfile.ZipFile(path, "a") as archive:
        member = archive.infolist()[0]
        for i in range(50):
            copied = copy.copy(member)
            copied.filename = f"kernel{i}.npy"
            archive.filelist.append(copied)
            archive.NameToInfo[copied.filename] = copied
        archive._didModify = True  # type: ignore[attr-defined]  # so that the list is written
    with pytest.raises(StorageError, match="is not a file of arrays"):
        read_arrays(path)


def test_a_header_that_is_huge_or_no_header_is_refused(tmp_path: Path) -> None:
    for header in (
        b"{" * 60_000,
        b"(" * 100,
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }" + b" " * 65_000,
    ):
        with zipfile.ZipFile(tmp_path / "weights.npz", "w") as archive:
            archive.writestr("kernel.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(8))
        with pytest.raises(StorageError, match="is not a file of arrays"):
            read_arrays(tmp_path / "weights.npz")


@pytest.mark.parametrize("kind", ["pipe", "device", "link", "folder", "endless"])
def test_what_is_no_file_of_the_folder_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "run" / "weights.npz"
    path.parent.mkdir()
    write_arrays(tmp_path / "elsewhere.npz", {"kernel": np.ones(2)})
    if kind == "endless":
        with path.open("wb") as stream:
            stream.truncate(2**40)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "../elsewhere.npz")
    with pytest.raises(StorageError, match=r"Could not read .*weights\.npz: it (is|has) ") as caught:
        read_arrays(path)
    assert caught.value.problems[0].hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"Could not read .*weights\.npz: there is no such file"):
        read_arrays(tmp_path / "weights.npz")


def test_the_room_is_entered_without_numpy() -> None:
    rooms = "arrays, atomic, storage_errors, folder, metrics_file, predictions_file, provenance, record"
    code = f"import sys; from nnrun.runs import {rooms}; print('numpy' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout == "False\n"
