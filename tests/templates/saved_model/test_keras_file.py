"""`nnrun new FILE.keras` reads a configuration and nothing else, whatever is in the file."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import written
from nnrun.errors import ExperimentError
from nnrun.templates.saved_model.keras_file import read_config
from nnrun.templates.template import read_template


def dense(units: int = 1, name: str = "dense", **arguments: Any) -> dict[str, Any]:
    """A Dense layer as Keras saves it."""
    config = {"name": name, "trainable": True, "dtype": "float32", "units": units, "activation": "linear", **arguments}
    return {"module": "keras.layers", "class_name": "Dense", "config": config, "registered_name": None}


ENTRY = {
    "module": "keras.layers",
    "class_name": "InputLayer",
    "config": {"batch_shape": [None, 3], "dtype": "float32", "name": "input_layer"},
}


def sequential(*layers: Any, **more: Any) -> dict[str, Any]:
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [ENTRY, *layers]}, **more}


def saved(path: Path, config: Any, member: str = "config.json") -> Path:
    """A `.keras` file with this configuration and no weights."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, config if isinstance(config, str | bytes) else json.dumps(config))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ExperimentError) as caught:
        read_template(str(path), Path("x.yaml"))
    assert caught.value.exit_status == 2
    return str(caught.value)


def test_a_model_without_weights_and_without_keras_becomes_an_experiment_that_checks(tmp_path: Path) -> None:
    result = read_template(str(saved(tmp_path / "m.keras", sequential(dense(4), dense(1, "dense_1")))), Path("m.yaml"))
    experiment = written(result.text)
    assert [layer.component.arguments["units"] for layer in experiment.layers] == [4, 1]
    assert result.notes == ("The model was not compiled: optimizer and loss are the usual ones for its outputs.",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not a zip file"),
        (b"\x89HDF\r\n\x1a\n" + bytes(2000), "it is not a zip file"),
        (b"PK\x05\x06" + bytes(3), "it is not a zip file"),
        (b"PK\x05\x06" + bytes(18), "it has no config.json"),
        (b"layers: []\n", "it is not a zip file"),
    ],
)
def test_what_is_no_zip_file_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    path.write_bytes(content)
    assert reason in refusal(path)


def test_a_zip_file_without_a_model_is_refused(tmp_path: Path) -> None:
    assert "it has no config.json" in refusal(saved(tmp_path / "m.keras", {}, "other.json"))
    for config in ([], {}, {"config": 3}, "not JSON", b"\xff\xfe\x00", "[" * 100_000):
        assert "cannot be read as a model of Keras" in refusal(saved(tmp_path / "m.keras", config))


def test_a_configuration_that_would_fill_the_memory_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "bomb.keras", b" " * (200 << 20))
    assert path.stat().st_size < 1 << 20
    assert "more than 8 MB" in refusal(path)


def test_a_table_of_contents_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    path.write_bytes(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 2**31, 0, 0))
    assert "table of contents" in refusal(path)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 9, 9, 2**40, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    path.write_bytes(record + locator + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 46, 0, 0))
    assert "table of contents" in refusal(path)


def test_a_folder_a_pipe_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.keras").mkdir()
    os.mkfifo(tmp_path / "pipe.keras")
    assert "it is a folder" in refusal(tmp_path / "folder.keras")
    assert "not a regular file" in refusal(tmp_path / "pipe.keras")
    assert refusal(tmp_path / "missing.keras") == f"There is no file {tmp_path / 'missing.keras'}."


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "Sequential", "config": {"layers": [3]}},
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {}}]}},
        {"class_name": "Functional", "config": {"layers": [], "input_layers": [["a", 0, 0]], "output_layers": []}},
        {"class_name": "Functional", "config": {"layers": 3}},
        sequential({"class_name": "Dense", "config": 3}),
    ],
)
def test_a_configuration_that_keras_never_writes_is_refused(config: Any, tmp_path: Path) -> None:
    assert "cannot be read as a model of Keras" in refusal(saved(tmp_path / "m.keras", config))


def tensor(name: str) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}


def two_outputs(**second: Any) -> dict[str, Any]:
    """A functional model with the outputs `one` and `two`, both of an Embedding, as Keras saves it."""
    table = {**dense(name="table", input_dim=5, output_dim=2), "class_name": "Embedding"}
    calls = (
        (ENTRY, None),
        (table, "input_layer"),
        (dense(1, "one"), "table"),
        ({**dense(2, "two"), **second}, "table"),
    )
    saved_layers = [
        {
            **layer,
            "name": layer["config"]["name"],
            "inbound_nodes": [{"args": [tensor(given)], "kwargs": {}}] if given else [],
        }
        for layer, given in calls
    ]
    ends = {"input_layers": [["input_layer", 0, 0]], "output_layers": [["two", 0, 0], ["one", 0, 0]]}
    training = {"optimizer": "adam", "loss": ["mae", "mse"], "loss_weights": [0.5, 2]}
    config = {"name": "m", "layers": saved_layers, **ends}
    return {"module": "keras", "class_name": "Functional", "config": config, "compile_config": training}


def parts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all parts of a configuration."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [part for key, item in inner for part in ((*path, key), *parts(item, (*path, key)))]


DEEP: list[Any] = []
for _ in range(900):
    DEEP = [DEEP]
JUNK = (None, True, -1, 1e308, float("inf"), "", "x", "\n#", [], {}, [None], ["a", 0], ["a", "b", "c"], 10**12, DEEP)


@given(st.sampled_from(parts(two_outputs())), st.sampled_from(JUNK))
def test_whatever_a_part_of_a_configuration_is_the_file_is_read_or_refused(path: tuple[Any, ...], junk: Any) -> None:
    config = copy.deepcopy(two_outputs())
    inner: Any = config
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = junk
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(ExperimentError):
        read_template(str(saved(Path(folder) / "m.keras", config)), Path("m.yaml"))


def test_outputs_that_cannot_be_said_become_that_of_the_layer_before_them_once(tmp_path: Path) -> None:
    config = two_outputs()
    for layer in config["config"]["layers"][2:]:
        layer |= {"module": "mine", "registered_name": "mine>Dense"}
    result = read_template(str(saved(tmp_path / "m.keras", config)), Path("m.yaml"))
    assert [output.loss.name for output in written(result.text).outputs] == ["mae"]


def test_models_within_models_without_end_are_refused(tmp_path: Path) -> None:
    model = sequential(dense())
    for _ in range(60):
        model = sequential(model)
    assert "nested too deeply" in refusal(saved(tmp_path / "m.keras", model))


def test_a_subclassed_model_is_refused_by_its_name(tmp_path: Path) -> None:
    config = {"module": "mine", "class_name": "MyModel", "config": {"units": 3}, "registered_name": "MyModel"}
    assert "holds a MyModel, whose layers only its own code knows" in refusal(saved(tmp_path / "m.keras", config))


def test_custom_layers_are_named_and_left_out(tmp_path: Path) -> None:
    custom = {"module": "mine", "class_name": "Dense", "config": {"name": "own"}, "registered_name": "mine>Dense"}
    result = read_template(str(saved(tmp_path / "m.keras", sequential(custom, dense(2)))), Path("m.yaml"))
    assert result.notes[0] == 'The layer "own" is left out: Dense is a custom class.'
    assert f"# Note: {result.notes[0]}" in result.text
    assert [layer.component.arguments["units"] for layer in written(result.text).layers] == [2]
    assert "No layer of" in refusal(saved(tmp_path / "m.keras", sequential(custom)))


def test_names_of_the_file_steer_neither_the_terminal_nor_the_text(tmp_path: Path) -> None:
    hostile = "a\x1b[31m\n- Lambda: {}\r#"
    custom = {"module": "mine", "class_name": hostile, "config": {"name": hostile}, "registered_name": None}
    model = sequential(custom, dense(2, hostile))
    result = read_template(str(saved(tmp_path / "m.keras", model)), Path("m.yaml"))
    assert "\x1b" not in result.text + "".join(result.notes)
    assert len(written(result.text).layers) == 1


def test_only_the_configuration_is_unpacked(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.keras", sequential(dense()))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../outside", "x")
        archive.writestr("model.weights.h5", "no HDF5 file")
    assert read_config(path)["class_name"] == "Sequential"
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.keras"]
