"""The names of what is measured, against Keras itself."""

from __future__ import annotations

import pytest

from experiments import data_of, written
from nnrun.data.rows import network_rows
from nnrun.experiment.experiment import Component
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.model.build import build_model
from nnrun.model.compat import reset_names
from nnrun.model.components import build_component
from nnrun.network.metric_names import _name, measured_names
from nnrun.training.program import log_names

pytestmark = pytest.mark.keras

CATALOG = load_catalog()
EXAMPLES = {"num_classes": 2, "target_class_ids": [1], "recall": 0.5, "precision": 0.5}
EXAMPLES |= {"specificity": 0.5, "sensitivity": 0.5}


def component(name: str, /, **arguments: object) -> Component:
    entry = CATALOG.entry("metrics", name)
    assert entry is not None
    needed = {key: EXAMPLES[key] for key, argument in entry.arguments.items() if argument.required}
    return Component("metrics", name, {**needed, **arguments})


@pytest.mark.parametrize("name", CATALOG.names("metrics"))
def test_every_metric_has_the_name_of_its_object(name):
    reset_names()
    written_alone, built = component(name), build_component(component(name))
    assert _name(written_alone) == (built if isinstance(built, str) else built.name)
    if name not in ("accuracy", "acc"):
        assert _name(component(name, name="mine")) == build_component(component(name, name="mine")).name == "mine"


SEVERAL = """\
data: {generator: moons}
layers:
  - Dense: {units: 1, activation: sigmoid, name: a, inputs: input}
  - Dense: {units: 1, name: b, inputs: input}
outputs:
  a: {target: class, loss: bce, metrics: [accuracy, AUC]}
  b: {target: class, loss: mse, metrics: [RootMeanSquaredError]}
optimizer: adam
epochs: 1
"""
ONE = """\
data: {generator: moons}
layers: [{Dense: {units: 1, activation: sigmoid}}]
optimizer: adam
loss: bce
metrics: [acc, {AUC: {name: area}}, Precision, MSE, mse]
epochs: 1
"""


@pytest.mark.parametrize("text", [SEVERAL, ONE])
def test_a_network_measures_what_is_known_of_it(text, tmp_path):
    experiment = written(text)
    model = build_model(experiment, network_rows(experiment, data_of(experiment, tmp_path).training))
    names = log_names(model, validated=False)
    assert sorted(names) == sorted([*measured_names(experiment.outputs), "learning_rate"])
