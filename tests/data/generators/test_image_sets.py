"""The sets of pictures are read from their files as they are."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import source_of
from nnrun.data.dataset import Array
from nnrun.data.generators import fashion_mnist, mnist
from nnrun.errors import ExperimentError, StorageError
from nnrun.experiment.experiment import Component

DOWNLOADED = pytest.mark.parametrize(("name", "target"), [("mnist", "digit"), ("fashion_mnist", "class")])


def component(name: str = "mnist", **arguments: Any) -> Component:
    return Component("generators", name, {"samples": 20, **arguments})


def stored(home: Path) -> Mapping[str, Array]:
    arrays: Mapping[str, Array] = np.load(home / "datasets" / "mnist.npz")
    return arrays


def test_the_digits_are_scikit_learns() -> None:
    part = source_of(Component("generators", "digits")).rows
    assert part.inputs["pixels"].shape == (1797, 64)
    assert (part.inputs["pixels"].min(), part.inputs["pixels"].max()) == (0, 1)
    assert part.targets["digit"][:5, 0].tolist() == [0, 1, 2, 3, 4]


@DOWNLOADED
def test_the_pixels_are_vectors_from_zero_to_one(name: str, target: str, keras_home: Path) -> None:
    source = source_of(component(name), keras_home)
    assert source.test is not None
    expected = stored(keras_home)
    np.testing.assert_allclose(source.rows.inputs["pixels"] * 255, expected["x_train"].reshape(20, 784), rtol=1e-6)
    np.testing.assert_allclose(source.test.inputs["pixels"] * 255, expected["x_test"].reshape(8, 784), rtol=1e-6)
    assert source.rows.targets[target][:, 0].tolist() == expected["y_train"].tolist()
    assert source.test.targets[target].dtype == np.int32


@DOWNLOADED
def test_shape_and_scale_change_the_pixels(name: str, target: str, keras_home: Path) -> None:
    source = source_of(component(name, shape=[28, 28, 1], scale=False), keras_home)
    assert np.array_equal(source.rows.inputs["pixels"][..., 0], stored(keras_home)["x_train"])


@DOWNLOADED
def test_samples_take_the_first_training_rows(name: str, target: str, keras_home: Path) -> None:
    source = source_of(component(name, samples=3), keras_home)
    assert source.test is not None
    assert (source.rows.rows, source.test.rows) == (3, 8)
    assert source.rows.targets[target][:, 0].tolist() == [0, 1, 2]


@DOWNLOADED
def test_more_samples_than_the_file_has_are_refused(name: str, target: str, keras_home: Path) -> None:
    with pytest.raises(ExperimentError, match="has 20 training rows here"):
        source_of(component(name, samples=21), keras_home)


@DOWNLOADED
def test_a_set_that_is_nowhere_tells_where_to_put_it(
    name: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (mnist, fashion_mnist):
        monkeypatch.setattr(module, "ORIGIN", "http://127.0.0.1:9/")
    with pytest.raises(ExperimentError, match=f"Put the file from http://127.0.0.1:9/.* at {tmp_path}/datasets/"):
        source_of(component(name), tmp_path)


@pytest.mark.parametrize(
    "name", ["mnist.npz", "fashion-mnist/train-images-idx3-ubyte.gz", "fashion-mnist/t10k-labels-idx1-ubyte.gz"]
)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_damaged_file_is_named(name: str, share: float, tmp_path: Path, keras_home: Path) -> None:
    home = shutil.copytree(keras_home, tmp_path / "home")
    path = home / "datasets" / name
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(StorageError, match=f"{path} cannot be read"):
        source_of(component("mnist" if name == "mnist.npz" else "fashion_mnist"), home)


def test_an_archive_without_the_arrays_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    np.savez(tmp_path / "datasets" / "mnist.npz", x=np.zeros(3))
    with pytest.raises(StorageError, match="cannot be read"):
        source_of(component(), tmp_path)


def test_an_array_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    with (tmp_path / "datasets" / "mnist.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(StorageError, match="cannot be read"):
        source_of(component(), tmp_path)


def test_an_archive_of_objects_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    np.savez(tmp_path / "datasets" / "mnist.npz", x_train=np.array([object()], dtype=object))
    with pytest.raises(StorageError, match="allow_pickle=False"):
        source_of(component(), tmp_path)
