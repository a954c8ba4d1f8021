"""Every layer, optimizer, loss, metric and the rest of the catalogue trains in an experiment as `fit` trains it."""

from functools import cache

import numpy as np
import pytest
from catalogue_experiments import (
    END,
    OTHER_LOSSES,
    OTHER_METRICS,
    OWN_EXPERIMENTS,
    SHAPES,
    each,
    layer_experiment,
    names,
    settings,
)

from experiments import data_of, written
from nnrun.cli.examples import example
from nnrun.data.epoch_order import epoch_orders
from nnrun.data.rows import Rows, network_rows
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text.dump import dump
from nnrun.model.build import build_model
from nnrun.training.program import Program

pytestmark = pytest.mark.keras

# On some processors oneDNN computes x · sigmoid(x) in one operation in the steps of fit, and in two within our loop.
FUSED = 1e-7


def trains_as_fit_does(experiment: Experiment, rows: Rows) -> None:
    order = epoch_orders(0, rows.count, 0, 1)
    model = build_model(experiment, rows)
    Program(model, experiment.batch_size, rows, None, trace=False, xla=False).run(order)
    plain = build_model(experiment, rows)
    x, y = rows.take(order[0]).batch()
    plain.fit(x, y, batch_size=experiment.batch_size, shuffle=False, verbose=0)
    for a, b in zip(model.weights, plain.weights, strict=True):
        if "silu" in experiment.source.decode():
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=0, atol=FUSED)
        else:
            np.testing.assert_array_equal(a.numpy(), b.numpy())


@cache
def rows_of(text: str) -> Rows:
    experiment = written(text)
    return network_rows(experiment, data_of(experiment, None).training)


def check(**changes: object) -> None:
    text = dump(settings(**changes))
    trains_as_fit_does(written(text), rows_of(text))


SOFTMAX = {"units": 3, "activation": "softmax"}
TOGETHER = {
    "pictures and attention": settings(
        data={"generator": {"blobs": {"samples": 20, "centers": 3, "features": 64}}, "one_hot": True},
        layers=[
            {"Reshape": {"target_shape": [4, 4, 4]}},
            {"RandomFlip": {}},
            {"Conv2D": {"filters": 2, "kernel_size": 2}},
            {"GroupNormalization": {"groups": 2}},
            {"Reshape": {"target_shape": [9, 2], "name": "steps"}},
            {"MultiHeadAttention": {"num_heads": 1, "key_dim": 2, "inputs": ["steps", "steps"], "name": "attended"}},
            {"Add": {"inputs": ["steps", "attended"]}},
            *END,
        ],
        optimizer="RMSprop",
    ),
    "sequences": settings(
        layers=[
            {"Discretization": {"bin_boundaries": [-5.0, 0.0, 5.0]}},
            {"Embedding": {"input_dim": 4, "output_dim": 2}},
            {"Bidirectional": {"layer": {"LSTM": {"units": 2}}}},
            {"Dense": SOFTMAX},
        ],
        optimizer={"Ftrl": {"learning_rate": {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 5}}}},
    ),
    "losses, metrics and parts of a layer": settings(
        layers=[
            {
                "Dense": {
                    **{"units": 6, "activation": "gelu", "kernel_initializer": "Orthogonal", "name": "body"},
                    **{"kernel_constraint": "MaxNorm", "bias_regularizer": "L1L2"},
                }
            },
            {"Dense": {**SOFTMAX, "inputs": "body", "name": "one"}},
            {"Dense": {**SOFTMAX, "inputs": "body", "name": "two"}},
        ],
        outputs={
            "one": {
                **{"target": "class", "loss": "Huber"},
                "metrics": ["F1Score", "AUC", "KLDivergence", {"MeanIoU": {"num_classes": 3}}],
            },
            "two": {"target": "class", "loss": "KLDivergence"},
        },
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_parts_train_together(name):
    changes = TOGETHER[name]
    text = dump({key: value for key, value in changes.items() if key != "loss" or "outputs" not in changes})
    trains_as_fit_does(written(text), rows_of(text))


@pytest.mark.parametrize("name", each("layers"))
def test_every_layer_trains(name):
    if name in OWN_EXPERIMENTS:
        check(**OWN_EXPERIMENTS[name])
        return
    for shape in SHAPES:
        text = layer_experiment(name, shape)
        try:
            trains_as_fit_does(written(text), rows_of(text))
        except ExperimentError:  # some layers refuse a shape only in training
            continue
        return
    pytest.fail(f"{name} takes none of the shapes")


def test_at_least_130_layers_are_tried():
    assert len(set(names("layers"))) >= 130
    assert set(OWN_EXPERIMENTS) <= set(names("layers"))


@pytest.mark.parametrize("name", each("optimizers"))
def test_every_optimizer_trains(name):
    check(**example("optimizers", name))


@pytest.mark.parametrize("name", each("losses", OTHER_LOSSES))
def test_every_loss_trains(name):
    check(**example("losses", name))


@pytest.mark.parametrize("name", each("metrics", OTHER_METRICS))
def test_every_metric_is_measured(name):
    check(**example("metrics", name))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param(kind, *parameter.values, marks=parameter.marks)
        for kind in ("initializers", "regularizers", "constraints", "activations")
        for parameter in each(kind, {"STFT", "glu"})
    ],
)
def test_every_part_of_a_layer_trains(kind, name):
    (layer,) = example(kind, name)["layers"]
    check(layers=[layer, {"Dense": {"units": 3, "activation": "softmax"}}])


@pytest.mark.parametrize("name", each("schedules"))
def test_every_schedule_trains(name):
    check(**example("schedules", name))
