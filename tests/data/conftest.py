"""A Keras home with small files in the formats of the downloaded sets."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TRAINING, TEST = 20, 8


@pytest.fixture(scope="session")
def keras_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("keras")
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for part, rows in (("train", TRAINING), ("test", TEST)):
        arrays[f"x_{part}"] = rng.integers(0, 256, (rows, 28, 28), dtype=np.uint8)
        arrays[f"y_{part}"] = np.arange(rows, dtype=np.uint8) % 10
    folder = home / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    np.savez(home / "datasets" / "mnist.npz", **arrays)
    for prefix, part in (("train", "train"), ("t10k", "test")):
        for kind, array in (("images-idx3", arrays[f"x_{part}"]), ("labels-idx1", arrays[f"y_{part}"])):
            header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
            (folder / f"{prefix}-{kind}-ubyte.gz").write_bytes(gzip.compress(header + array.tobytes()))
    return home
