"""An example for every component of the catalog."""

from typing import Any

from nnrun.experiment.schema.catalog import Entry, load_catalog
from nnrun.experiment.schema.schema import SINGULAR, experiment_schema

# Values of required arguments by name.
_VALUES: dict[str, Any] = {
    "activation": "relu",
    "axes": 1,
    "boundaries": [1000, 2000],
    "cell": {"LSTMCell": {"units": 16}},
    "cells": [{"LSTMCell": {"units": 16}}, {"LSTMCell": {"units": 8}}],
    "columns": ["x", "y"],
    "decay_rate": 0.5,
    "decay_steps": 1000,
    "dims": [2, 1],
    "equation": "ab,bc->ac",
    "factor": 0.2,
    "filters": 8,
    "first_decay_steps": 1000,
    "head_dim": 8,
    "height": 8,
    "height_factor": 0.1,
    "initial_learning_rate": 0.01,
    "inner_optimizer": {"SGD": {"learning_rate": 0.01}},
    "input_dim": 1000,
    "kernel_size": 3,
    "key_dim": 8,
    "layer": {"Dense": {"units": 16}},
    "n": 4,
    "num_bins": 10,
    "num_classes": 2,
    "num_heads": 2,
    "num_key_value_heads": 1,
    "num_query_heads": 2,
    "num_tokens": 10,
    "output_dim": 16,
    "output_shape": 16,
    "output_size": 4,
    "pool_size": 2,
    "precision": 0.5,
    "rate": 0.5,
    "recall": 0.5,
    "rows": [[0, 0], [1, 2], [2, 4]],
    "scale": 0.5,
    "schedule": {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 50}},
    "sensitivity": 0.5,
    "specificity": 0.5,
    "stddev": 0.1,
    "target_class_ids": [0],
    "target_shape": [4, -1],
    "units": 16,
    "values": [0.1, 0.01, 0.001],
    "width": 8,
    "width_factor": 0.1,
}

# Examples for which the name of a required argument does not determine a value, or which need an optional argument.
_ARGUMENTS: dict[tuple[str, str], dict[str, Any]] = {
    ("layers", "Bidirectional"): {"layer": {"LSTM": {"units": 16}}},
    ("layers", "Discretization"): {"bin_boundaries": [0.0, 1.0, 2.0]},
    ("layers", "Input"): {"shape": [2]},
    ("layers", "RandomPosterization"): {"factor": 4},
    ("generators", "csv"): {"path": "flowers.csv"},
    ("generators", "function"): {"samples": 100, "x": "uniform(0, 1)", "y": "2 * x + 1"},
}


def example(kind: str, name: str) -> dict[str, Any] | None:
    """A setting of an experiment that contains the component.

    Args:
        kind: the kind, in the plural.
        name: the component's own name.

    Returns:
        The setting by its name, or None if no setting takes that kind.
    """
    entry = load_catalog().entry(kind, name)
    assert entry is not None, (kind, name)
    arguments = _arguments(entry)
    component = {entry.name: arguments} if arguments else entry.name
    return _setting(kind, component)


def _arguments(entry: Entry) -> dict[str, Any]:
    """The required arguments, or else the first optional one with a number as its default."""
    chosen = dict(_ARGUMENTS.get((entry.kind, entry.name), {}))
    for name, argument in entry.arguments.items():
        if argument.required:
            chosen.setdefault(name, _VALUES.get(name))
    if chosen or entry.kind in ("activations", "generators"):
        return chosen
    numbers = [(name, a.default) for name, a in entry.arguments.items() if type(a.default) in (int, float)]
    return dict(numbers[:1])


def _setting(kind: str, component: Any) -> dict[str, Any] | None:
    settings = experiment_schema()["properties"]
    if kind in settings:
        return {kind: [component]}
    if SINGULAR[kind] in settings:
        return {SINGULAR[kind]: component}
    if kind == "generators":
        return {"data": {"generator": component}}
    if kind == "schedules":
        return {"optimizer": {"Adam": {"learning_rate": component}}}
    if kind == "activations":
        return {"layers": [{"Dense": {"units": 16, "activation": component}}]}
    if kind in ("constraints", "initializers", "regularizers"):
        return {"layers": [{"Dense": {"units": 16, f"kernel_{SINGULAR[kind]}": component}}]}
    return None
