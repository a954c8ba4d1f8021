"""The sets of `keras.datasets` are read from Keras's files, and from no others."""

from __future__ import annotations

import hashlib
import io
import pickle
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import source_of
from nnrun.data.dataset import Array
from nnrun.data.generators import cifar10, imdb
from nnrun.data.generators.download import KerasFile
from nnrun.data.generators.keras_pickle import ArrayUnpickler
from nnrun.errors import ExperimentError, StorageError
from nnrun.experiment.experiment import Component

NAMES = ("boston_housing", "california_housing", "cifar10", "cifar100", "imdb", "reuters")


def component(name: str, **arguments: Any) -> Component:
    housing = name.endswith("housing")
    return Component("generators", name, arguments if housing else {"samples": 20, **arguments})


def replace_file(monkeypatch: pytest.MonkeyPatch, module: Any, home: Path, content: bytes) -> None:
    """Puts a file in the place of the set's, as the one that is expected."""
    path = home / "datasets" / module.FILE.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    monkeypatch.setattr(module, "FILE", replace(module.FILE, sha256=hashlib.sha256(content).hexdigest()))


@pytest.mark.parametrize("name", NAMES)
def test_a_set_that_is_nowhere_tells_where_to_put_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module(f"nnrun.data.generators.{name}")
    monkeypatch.setattr(module, "FILE", replace(module.FILE, url="http://127.0.0.1:9/set"))
    where = tmp_path / "datasets" / module.FILE.name
    with pytest.raises(ExperimentError, match=f"Put the file from http://127.0.0.1:9/set at {where}"):
        source_of(component(name), tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_another_file_than_keras_has_is_not_opened(name: str, tmp_path: Path) -> None:
    module = import_module(f"nnrun.data.generators.{name}")
    path = tmp_path / "datasets" / module.FILE.name
    path.parent.mkdir()
    path.write_bytes(b"another file")
    with pytest.raises(StorageError, match=f"{path} is not the expected one of the SHA-256 {module.FILE.sha256}"):
        source_of(component(name), tmp_path)


def test_a_folder_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "datasets" / "set").mkdir(parents=True)
    with pytest.raises(ExperimentError, match="cannot be downloaded"):
        KerasFile("set", "http://127.0.0.1:9/set", "0").fetch(tmp_path)


def test_the_color_images_are_channels_last_and_their_classes_have_names(keras_home: Path) -> None:
    source = source_of(component("cifar10", scale=False), keras_home)
    first = source.rows.inputs["pixels"][0]
    assert first.shape == (32, 32, 3)
    stored = cifar_batch(keras_home, 1)[b"data"][0]
    np.testing.assert_array_equal(first, stored.reshape(3, 32, 32).transpose(1, 2, 0))
    assert source.rows.targets["class"][:5, 0].tolist() == [0, 1, 2, 3, 0]
    assert source.test is not None
    assert source.test.targets["class"][:, 0].tolist() == list(range(8))


def cifar_batch(home: Path, number: int) -> dict[bytes, Any]:
    with tarfile.open(home / "datasets" / cifar10.FILE.name) as archive:
        file = archive.extractfile(f"cifar-10-batches-py/data_batch_{number}")
        assert file is not None
        batch: dict[bytes, Any] = pickle.loads(file.read())
        return batch


def test_the_mode_chooses_the_labels_of_cifar100(keras_home: Path) -> None:
    fine = source_of(component("cifar100"), keras_home).rows.targets["class"][:, 0]
    coarse = source_of(component("cifar100", label_mode="coarse"), keras_home).rows.targets["class"][:, 0]
    assert np.array_equal(fine, coarse + 80)


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
def test_texts_are_cut_and_padded(padding: str, truncating: str, keras_home: Path) -> None:
    plain = source_of(component("imdb", maxlen=50), keras_home).rows.inputs["tokens"].astype(int)
    short = component("imdb", maxlen=6, padding=padding, truncating=truncating)
    for text, tokens in zip(plain, source_of(short, keras_home).rows.inputs["tokens"], strict=True):
        words = [int(token) for token in text if token]
        kept = words[-6:] if truncating == "pre" else words[:6]
        zeros = [0] * (6 - len(kept))
        assert tokens.tolist() == (zeros + kept if padding == "pre" else kept + zeros)


def test_rare_words_are_one_token(keras_home: Path) -> None:
    whole = source_of(component("reuters", maxlen=20), keras_home).rows.inputs["tokens"]
    few = source_of(component("reuters", maxlen=20, num_words=10), keras_home).rows.inputs["tokens"]
    np.testing.assert_array_equal(few, np.where(whole < 10, whole, 2))


def test_a_pickle_that_names_anything_but_arrays_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("x_train.npy", header.getvalue() + pickle.dumps(print))
    replace_file(monkeypatch, imdb, tmp_path, archive.getvalue())
    with pytest.raises(StorageError, match=r"it names builtins\.print, which is no array"):
        source_of(component("imdb"), tmp_path)


@pytest.mark.parametrize("value", [print, KerasFile, np.ndarray.__reduce__])
def test_a_pickle_of_code_is_not_read(value: Callable[..., Any]) -> None:
    with pytest.raises(pickle.UnpicklingError, match="which is no array"):
        ArrayUnpickler(io.BytesIO(pickle.dumps(value))).load()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_damaged_file_is_named(
    name: str, share: float, keras_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module(f"nnrun.data.generators.{name}")
    content = (keras_home / "datasets" / module.FILE.name).read_bytes()
    replace_file(monkeypatch, module, tmp_path, content[: int(share * len(content))])
    with pytest.raises(StorageError, match=f"{module.FILE.name} cannot be read"):
        source_of(component(name), tmp_path)


@pytest.mark.keras
@pytest.mark.parametrize("name", [name for name in NAMES if name != "cifar10"])  # whose batches have 10,000 rows each
def test_the_rows_are_those_of_keras(
    name: str, keras_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get_file(fname: str, extract: bool = False, **_: Any) -> str:
        path = keras_home / "datasets" / (f"{fname}_archive" if extract else fname)
        if extract:
            shutil.unpack_archive(path, tmp_path, "gztar", filter="data")
        return str(tmp_path if extract else path)

    keras_set = import_module(f"keras.src.datasets.{name}")
    monkeypatch.setattr(keras_set, "get_file", get_file)
    texts = name in ("imdb", "reuters")
    arguments = {"maxlen": 8, "num_words": 30} if texts else {"scale": False} if name == "cifar100" else {}
    parts = keras_set.load_data(**{"num_words": 30} if texts else {})
    source = source_of(component(name, **arguments), keras_home)
    for part, (x, y) in zip((source.rows, source.test), parts, strict=True):
        assert part is not None
        expected = pad_sequences(x, 8) if texts else x
        received = [*part.inputs.values()]
        joined = received[0] if len(received) == 1 else np.hstack(received)
        np.testing.assert_array_equal(joined, expected[: part.rows].astype(np.float32))
        (targets,) = part.targets.values()
        np.testing.assert_array_equal(targets[:, 0], np.ravel(y)[: part.rows].astype(targets.dtype))


def pad_sequences(texts: Array, length: int) -> Array:
    from keras.utils import pad_sequences

    return np.asarray(pad_sequences(list(texts), length))
