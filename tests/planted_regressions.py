"""Twenty regressions for each of four shipped experiments: the same file trained as if the code had changed.

A regression is a setting that the golden file does not know: the run of the changed experiment is held against the
golden file of the unchanged one, as if a new version of a library did what the setting does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments import EXPERIMENTS
from nnrun.data.generate import generate_raw
from nnrun.load import load_experiment

Settings = Mapping[str, Any]


def dense(units: int, activation: str | None = None, **arguments: Any) -> Settings:
    named = {"activation": activation} if activation else {}
    return {"Dense": {"units": units, **named, **arguments}}


def adam(rate: float, **arguments: float) -> Settings:
    return {"optimizer": {"Adam": {"learning_rate": rate, **arguments}}}


def sgd(rate: float, **arguments: float) -> Settings:
    return {"optimizer": {"SGD": {"learning_rate": rate, **arguments}}}


def networks(
    build: Callable[..., list[Settings]], units: int, other: str, initializer: str = "he_normal"
) -> dict[str, Settings]:
    """Regressions of hidden layers; `build` makes all layers from their number of units and their arguments."""
    l2 = {"kernel_regularizer": {"L2": {"l2": 0.001}}}
    first, *rest = build(units)
    return {
        "layer removed": {"layers": rest},
        "units halved": {"layers": build(units // 2)},
        "units doubled": {"layers": build(2 * units)},
        "wrong activation": {"layers": build(units, activation=other)},
        "wrong initializer": {"layers": build(units, kernel_initializer=initializer)},
        "bias left out": {"layers": build(units, use_bias=False)},
        "regularizer added": {"layers": build(units, **l2)},
        "dropout added": {"layers": [first, {"Dropout": {"rate": 0.1}}, *rest]},
    }


def _xor() -> dict[str, Settings]:
    def layers(units: int, activation: str = "relu", **arguments: Any) -> list[Settings]:
        return [dense(units, activation, **arguments), dense(1, "sigmoid")]

    def rows(*rows: tuple[float, float, float]) -> Settings:
        table = {"columns": ["age", "income", "loyal"], "target": "loyal", "rows": [*map(list, rows)]}
        return {"data": {"generator": {"table": table}}}

    return {
        "learning rate halved": adam(0.0005),
        "learning rate doubled": adam(0.002),
        "SGD for Adam": sgd(0.01),
        "RMSprop for Adam": {"optimizer": {"RMSprop": {"learning_rate": 0.001}}},
        "beta_1 0.8": adam(0.001, beta_1=0.8),
        "gradient clipping": adam(0.001, clipnorm=0.01),
        **networks(layers, 16, "tanh", "he_uniform"),
        "loss swapped": {"loss": "mae"},
        "batch size 2": {"batch_size": 2},
        "epochs -20 %": {"epochs": 400},
        "inputs times 2": rows((0, 0, 0), (0, 2, 1), (2, 0, 1), (2, 2, 0)),
        "a label changed": rows((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 1)),
        "a row lost": rows((0, 0, 0), (0, 1, 1), (1, 0, 1)),
    }


def _bilinear() -> dict[str, Settings]:
    normal = {"RandomNormal": {"mean": 0.0, "stddev": 0.05}}

    def layers(activation: str | None = "relu", **arguments: Any) -> Settings:
        neuron = dense(1, name="neuron", **{"kernel_initializer": normal, **arguments})
        return {"layers": [neuron, *([{"Activation": {"activation": activation}}] if activation else [])]}

    def function(y: str, **changes: Any) -> Settings:
        return {"data": {"generator": {"function": {"samples": 200, "x": "linspace(0, 2)", "y": y, **changes}}}}

    exact = "maximum(0, 2 * (x - 1))"
    return {
        "learning rate halved": sgd(0.005),
        "learning rate doubled": sgd(0.02),
        "Adam for SGD": adam(0.01),
        "momentum 0.5": sgd(0.01, momentum=0.5),
        "weight decay": sgd(0.01, weight_decay=0.01),
        "gradient clipping": sgd(0.01, clipnorm=0.1),
        "activation removed": layers(None),
        "wrong activation": layers("leaky_relu"),
        "wrong initializer": layers(kernel_initializer="glorot_uniform"),
        "bias left out": layers(use_bias=False),
        "regularizer added": layers(kernel_regularizer={"L2": {"l2": 0.001}}),
        "loss swapped": {"loss": "mae"},
        "batch size times 2": {"batch_size": 256},
        "batch size halved": {"batch_size": 64},
        "shuffle off": {"shuffle": False},
        "epochs -20 %": {"epochs": 1600},
        "noise added": function(exact, noise={"y": 0.1}),
        "fewer rows": function(exact, samples=180),
        "inputs times 2": function("maximum(0, 2 * (x / 2 - 1))", x="linspace(0, 4)"),
        "another range": function(exact, x="linspace(0, 2.2)"),
    }


def _classes(
    name: str, rows: int, noise: float, activation: str, units: int, outputs: Settings, **arguments: Any
) -> dict[str, Settings]:
    """The regressions of two experiments on points in a plane."""

    def layers(units: int, activation: str = activation, **others: Any) -> list[Settings]:
        return [dense(units, activation, **others), dense(units, activation, **others), outputs]

    def data(samples: int = rows, noise: float = noise, **others: Any) -> Settings:
        generator = {"generator": {name: {"samples": samples, "noise": noise, **arguments}}}
        return {"data": {**generator, "validation_split": 0.2, **others}}

    return {
        "learning rate halved": adam(0.005),
        "learning rate doubled": adam(0.02),
        "SGD for Adam": sgd(0.01),
        "RMSprop for Adam": {"optimizer": {"RMSprop": {"learning_rate": 0.01}}},
        "beta_1 0.8": adam(0.01, beta_1=0.8),
        "gradient clipping": adam(0.01, clipnorm=0.1),
        **networks(layers, units, "relu" if activation == "tanh" else "tanh"),
        "batch size times 2": {"batch_size": 64},
        "shuffle off": {"shuffle": False},
        "epochs -20 %": {"epochs": {"moons": 80, "spirals": 160}[name]},
        "noise doubled": data(noise=2 * noise),
        "5 % of labels shuffled": {"data": {"generator": {"table": _shuffled(name)}, "validation_split": 0.2}},
        "inputs scaled": data(scale="standard"),
    }


def _shuffled(name: str, part: float = 0.05) -> Settings:
    """The rows of an experiment with a part of the labels shuffled among themselves."""
    dataset = generate_raw(load_experiment(EXPERIMENTS / f"{name}.yaml"), Path())
    parts = (dataset.training, dataset.validation)
    columns = {
        column: np.concatenate([{**rows.inputs, **rows.targets}[column][:, 0] for rows in parts if rows])
        for column in ("x1", "x2", "class")
    }
    rng = np.random.default_rng(0)
    labels = columns["class"]
    chosen = rng.choice(len(labels), int(part * len(labels)), replace=False)
    labels[chosen] = labels[rng.permutation(chosen)]
    texts = [f"class {label}" for label in labels]
    rows = [*map(list, zip(columns["x1"].tolist(), columns["x2"].tolist(), texts, strict=True))]
    return {"columns": ["x1", "x2", "class"], "target": "class", "rows": rows}


def regressions(experiment: str) -> dict[str, tuple[str, ...]]:
    """Twenty regressions of a shipped experiment: the overrides that each is, by name."""
    made: dict[str, Callable[[], dict[str, Settings]]] = {
        "xor": _xor,
        "bilinear": _bilinear,
        "moons": lambda: _classes("moons", 500, 0.15, "relu", 16, dense(1, "sigmoid")),
        "spirals": lambda: _classes("spirals", 600, 0.05, "tanh", 32, dense(3, "softmax"), arms=3),
    }
    found = made[experiment]()
    return {name: tuple(f"{path}={json.dumps(value)}" for path, value in one.items()) for name, one in found.items()}
