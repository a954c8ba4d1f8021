"""The settings by path: each can be set by its path, and then exactly that one is another."""

from __future__ import annotations

from typing import Any

import pytest

from experiments import EXPERIMENTS, SHIPPED, shipped, written
from nnrun.errors import ExperimentError
from nnrun.experiment.flat_settings import flat_settings
from nnrun.load import load_experiment


def test_names_of_components_are_left_out_of_paths() -> None:
    flat = flat_settings(
        {
            "seed": 0,
            "data": {"generator": {"moons": {"samples": 400}}, "validation_split": 0.25},
            "layers": [{"Dense": {"units": 16, "activation": "relu"}}, {"Flatten": {}}],
            "optimizer": {"adam": {"learning_rate": 0.01}},
            "loss": "mse",
            "metrics": ["accuracy", {"MeanIoU": {"num_classes": 2}}],
        }
    )
    assert flat == {
        "seed": 0,
        "data.generator": "moons",
        "data.generator.samples": 400,
        "data.validation_split": 0.25,
        "layers.0": "Dense",
        "layers.0.units": 16,
        "layers.0.activation": "relu",
        "layers.1": "Flatten",
        "optimizer": "adam",
        "optimizer.learning_rate": 0.01,
        "loss": "mse",
        "metrics.0": "accuracy",
        "metrics.1": "MeanIoU",
        "metrics.1.num_classes": 2,
    }


def test_rows_of_data_and_long_texts_are_left_out() -> None:
    flat = flat_settings({"predict": [[0, 0], [0, 1]], "expect": ["loss < 1"], "epochs": 9, "note": "x" * 1000})
    assert flat == {"expect": ["loss < 1"], "epochs": 9}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_settings_of_every_shipped_experiment_are_plain(name: str) -> None:
    flat = flat_settings(shipped(name).resolved)
    assert flat["name"] == name
    plain = (str, int, float, bool, type(None))
    for path, value in flat.items():
        assert all(isinstance(item, plain) for item in (value if isinstance(value, list) else [value])), path


def another(value: Any) -> str | None:
    """Another value of the same kind, as --set takes it."""
    if isinstance(value, bool):
        return str(not value).lower()
    if isinstance(value, int):
        return str(value + 1)
    return repr(value * 0.5) if isinstance(value, float) and value else None


CHANGES = [
    (name, path, other)
    for name in ("xor", "spirals", "digits-sequential")
    for path, value in flat_settings(shipped(name).resolved).items()
    if (other := another(value))
]


@pytest.mark.parametrize(("name", "path", "other"), CHANGES)
def test_a_setting_can_be_set_by_its_path_and_no_other_changes(name: str, path: str, other: str) -> None:
    before = flat_settings(shipped(name).resolved)
    try:
        after = flat_settings(load_experiment(EXPERIMENTS / f"{name}.yaml", [f"{path}={other}"]).resolved)
    except ExperimentError as error:
        refusal = str(error)  # the value may not be allowed, but the path leads to the setting
    else:
        assert [key for key in before | after if before.get(key) != after.get(key)] == [path]
        return
    assert "no setting" not in refusal
    assert "nknown" not in refusal


def test_a_component_written_without_arguments_has_the_arguments_of_keras() -> None:
    short = written("data: {generator: moons}\nlayers: [Dense: {units: 1}]\noptimizer: adam\nloss: mse\nepochs: 1\n")
    assert flat_settings(short.resolved)["optimizer.learning_rate"] == 0.001
