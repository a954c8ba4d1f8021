"""Small files in the formats of the sets that `keras.datasets` downloads."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnrun.data.generators import boston_housing, california_housing, cifar10, cifar100, imdb, reuters

TRAINING, TEST = 20, 8


@contextmanager
def small_keras_home(home: Path) -> Iterator[Path]:
    """A Keras home whose small files are the expected ones, as long as the context lasts."""
    folder = home / "datasets"
    write_keras_sets(folder)
    with pytest.MonkeyPatch.context() as patch:
        for module in (boston_housing, california_housing, cifar10, cifar100, imdb, reuters):
            content = (folder / module.FILE.name).read_bytes()
            patch.setattr(module, "FILE", replace(module.FILE, sha256=hashlib.sha256(content).hexdigest()))
        yield home


def write_keras_sets(folder: Path) -> None:
    """Writes a file for each set into Keras's folder of data sets."""
    rng = np.random.default_rng(0)
    _write_digits(folder, rng)
    _write_cifar(folder, rng)
    _write_texts(folder, rng)
    for name, rows, inputs in (("boston", 506, 13), ("california", 20_640, 8)):
        np.savez(folder / f"{name}_housing.npz", x=rng.random((rows, inputs)), y=rng.random(rows))


def _write_digits(folder: Path, rng: np.random.Generator) -> None:
    arrays: dict[str, Any] = {}
    for part, rows in (("train", TRAINING), ("test", TEST)):
        arrays[f"x_{part}"] = rng.integers(0, 256, (rows, 28, 28), dtype=np.uint8)
        arrays[f"y_{part}"] = np.arange(rows, dtype=np.uint8) % 10
    (folder / "fashion-mnist").mkdir(parents=True)
    np.savez(folder / "mnist.npz", **arrays)
    for prefix, part in (("train", "train"), ("t10k", "test")):
        for kind, array in (("images-idx3", arrays[f"x_{part}"]), ("labels-idx1", arrays[f"y_{part}"])):
            header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
            path = folder / "fashion-mnist" / f"{prefix}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(header + array.tobytes()))


def _write_cifar(folder: Path, rng: np.random.Generator) -> None:
    ten = {f"data_batch_{number}": {b"labels": [*range(4)]} for number in range(1, 6)}
    ten["test_batch"] = {b"labels": [*range(TEST)]}
    hundred = {
        part: {b"fine_labels": [*range(80, 80 + rows)], b"coarse_labels": [*range(rows)]}
        for part, rows in (("train", TRAINING), ("test", TEST))
    }
    for classes, batches in ((10, ten), (100, hundred)):
        inside = {10: "cifar-10-batches-py", 100: "cifar-100-python"}[classes]
        file = {10: "cifar-10-batches-py-target_archive", 100: "cifar-100-python-target_archive"}[classes]
        with tarfile.open(folder / file, "w:gz") as archive:
            for name, batch in batches.items():
                rows = len(next(iter(batch.values())))
                images = rng.integers(0, 256, (rows, 3072), dtype=np.uint8)
                content = pickle.dumps({b"data": images, **batch}, protocol=3)
                member = tarfile.TarInfo(f"{inside}/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))


def _write_texts(folder: Path, rng: np.random.Generator) -> None:
    def texts(rows: int) -> Any:
        found = np.empty(rows, dtype=object)
        found[:] = [rng.integers(1, 40, rng.integers(2, 13)).tolist() for _ in range(rows)]
        return found

    parts = {"x_train": texts(TRAINING), "y_train": np.arange(TRAINING) % 2}
    np.savez(folder / "imdb.npz", **parts, x_test=texts(TEST), y_test=np.arange(TEST) % 2)
    np.savez(folder / "reuters.npz", x=texts(TRAINING + TEST), y=np.arange(TRAINING + TEST))
