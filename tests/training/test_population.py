"""Each training of a population has bit for bit the metrics and the weights of the same training alone."""

from dataclasses import replace
from functools import cache

import keras
import numpy as np
import pytest
from catalogue_experiments import (
    OTHER_LOSSES,
    OTHER_METRICS,
    OWN_EXPERIMENTS,
    SHAPES,
    each,
    layer_experiment,
    settings,
)
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from experiments import data_of, written
from nnrun.cli.examples import example
from nnrun.data.epoch_order import epoch_orders
from nnrun.data.rows import Rows, network_rows
from nnrun.errors import ExperimentError
from nnrun.experiment.compile_cache_key import learning_rate
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.text.dump import dump
from nnrun.model.build import build_model
from nnrun.model.components import build_component
from nnrun.model.initial_weights import InitialWeights
from nnrun.network.initializer_argument import InitializerArgument, initializer_numbers
from nnrun.sweep.plan.divide import BEGIN_WITH_WEIGHTS
from nnrun.training.population import Ends, Population, Starts
from nnrun.training.program import Program
from nnrun.training.state import put_state, take_state

pytestmark = pytest.mark.keras

EPOCHS = 2
SEEDS = (3, 4)


@cache
def sets_of(text: str) -> tuple[Rows, Rows | None]:
    experiment = written(text)
    dataset = data_of(experiment, None)
    validation = network_rows(experiment, dataset.validation) if dataset.validation else None
    return network_rows(experiment, dataset.training), validation


def with_seed(experiment: Experiment, seed: int) -> Experiment:
    return replace(experiment, named_seeds={"weights": seed, "order": seed})


def orders_of(training: Rows, epochs: int = EPOCHS) -> np.ndarray:
    return np.stack([epoch_orders(seed, training.count, 0, epochs) for seed in SEEDS])


def population_of(experiment: Experiment, training: Rows, validation: Rows | None, epochs: int = EPOCHS) -> Ends:
    """The trainings of all seeds as one call."""
    model = build_model(experiment, training)
    rate = learning_rate(experiment.resolved["optimizer"])
    drawn = InitialWeights(experiment, model).draw(SEEDS, np.zeros((len(SEEDS), 0), np.float32))
    own = [v for layer in experiment.layers for v in model.get_layer(layer.name).variables]
    sizes = {"epochs": epochs, "trainings": len(SEEDS), "shared_data": True}
    population = Population(model, own, experiment.batch_size, training, validation, **sizes)
    rates = None if rate is None else np.full(len(SEEDS), rate, np.float32)
    lengths = np.full(len(SEEDS), epochs, np.int32)
    return population.run(Starts(drawn, orders_of(training, epochs), lengths, rates, [(training, validation)]))


def is_as_alone(text: str, epochs: int = EPOCHS) -> None:
    """Trains each seed alone, from the weights of a new model, and compares every number.

    What XLA cannot compile, the population refuses too.
    """
    experiment = written(text)
    training, validation = sets_of(text)
    model = build_model(experiment, training)
    program = Program(model, experiment.batch_size, training, validation, trace=False, xla=True, epochs=epochs)
    ends = None
    for trial, seed in enumerate(SEEDS):
        put_state(model, take_state(build_model(with_seed(experiment, seed), training)))
        try:
            chunk = program.run(epoch_orders(seed, training.count, 0, epochs))
        except ExperimentError:
            with pytest.raises(ExperimentError):
                population_of(experiment, training, validation, epochs)
            return
        ends = ends or population_of(experiment, training, validation, epochs)
        assert ends.epochs[trial] == chunk.epochs
        for name, values in chunk.logs.items():
            np.testing.assert_array_equal(ends.logs[name][trial, : chunk.epochs], values)
        for weight, values in zip(model.weights, ends.weights, strict=True):
            np.testing.assert_array_equal(values[trial], weight.numpy())


def check(**changes: object) -> None:
    is_as_alone(dump(settings(**changes)))


def layer_text(name: str) -> str:
    """An experiment with the layer, of the first shape of a digit that it takes in training."""
    if name in OWN_EXPERIMENTS:
        return dump(settings(**OWN_EXPERIMENTS[name]))
    for shape in SHAPES:
        text = layer_experiment(name, shape)
        try:
            experiment = written(text)
            training, _ = sets_of(text)
            model = build_model(experiment, training)
            Program(model, experiment.batch_size, training, None, trace=False, xla=False, epochs=1).trace()
        except ExperimentError:
            continue
        return text
    pytest.fail(f"{name} takes none of the shapes")


# To compile each part alone takes seconds: these together always run.
TOGETHER = {
    "layers that draw, look up and count": settings(
        layers=[
            {"Discretization": {"bin_boundaries": [-5.0, 0.0, 5.0]}},
            {"Embedding": {"input_dim": 4, "output_dim": 2}},
            "Flatten",
            "BatchNormalization",
            {"Dropout": {"rate": 0.3}},
            {"Dense": {"units": 3, "activation": "softmax"}},
        ],
        metrics=["AUC"],
    ),
    "a scheduled optimizer, a loss and an initializer": settings(
        layers=[
            {"Dense": {"units": 6, "activation": "tanh", "kernel_initializer": "Orthogonal"}},
            {"Dense": {"units": 3, "activation": "softmax"}},
        ],
        optimizer={"Ftrl": {"learning_rate": {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 5}}}},
        loss="Huber",
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_parts_together(name):
    is_as_alone(dump(TOGETHER[name]))


@pytest.mark.parametrize("name", each("layers"))
def test_every_layer_that_xla_compiles(name):
    is_as_alone(layer_text(name))


@pytest.mark.parametrize("name", each("optimizers", BEGIN_WITH_WEIGHTS))
def test_every_optimizer(name):
    check(**example("optimizers", name))


def test_all_other_optimizers_begin_with_the_same_variables_whatever_the_weights_are():
    found = set()
    for name in load_catalog().names("optimizers"):
        component = written(dump(settings(**example("optimizers", name)))).optimizer
        starts = []
        for number in (1, 2):
            optimizer = build_component(component)
            optimizer.build([keras.Variable(np.full((3, 2), number, np.float32))])
            starts.append([variable.numpy() for variable in optimizer.variables])
        if any(not np.array_equal(*pair) for pair in zip(*starts, strict=True)):
            found.add(load_catalog().own_name("optimizers", name))
    assert found == BEGIN_WITH_WEIGHTS


@pytest.mark.parametrize("name", each("losses", OTHER_LOSSES))
def test_every_loss(name):
    check(**example("losses", name))


@pytest.mark.parametrize("name", each("metrics", OTHER_METRICS))
def test_every_metric(name):
    check(**example("metrics", name))


@pytest.mark.parametrize("name", each("initializers", {"STFT"}))
def test_every_initializer(name):
    (layer,) = example("initializers", name)["layers"]
    check(layers=[layer, {"Dense": {"units": 3, "activation": "softmax"}}])


@pytest.mark.parametrize("name", each("schedules"))
def test_every_schedule(name):
    check(**example("schedules", name))


units = st.integers(1, 6)
activations = st.sampled_from(["relu", "tanh", "sigmoid", "linear", "gelu"])
dense = st.builds(lambda n, activation: {"Dense": {"units": n, "activation": activation}}, units, activations)
drawing = st.sampled_from([{"Dropout": {"rate": 0.3}}, {"GaussianNoise": {"stddev": 0.1}}, "BatchNormalization"])
optimizers = st.sampled_from(["adam", {"SGD": {"learning_rate": 0.1, "momentum": 0.9}}, {"RMSprop": {}}, "lion"])


@st.composite
def random_experiments(draw: st.DrawFn) -> str:
    layers = [*draw(st.lists(st.one_of(dense, drawing), max_size=3)), {"Dense": {"units": 3, "activation": "softmax"}}]
    samples = draw(st.integers(5, 24))
    data = {"generator": {"blobs": {"samples": samples, "centers": 3, "features": 4}}}
    if draw(st.booleans()):
        data |= {"validation_split": 2}
    return dump(
        settings(
            data=data,
            layers=layers,
            optimizer=draw(optimizers),
            loss="sparse_categorical_crossentropy",
            metrics=draw(st.sampled_from([[], ["accuracy"]])),
            batch_size=draw(st.integers(1, 30)),
            epochs=3,
        )
    )


@hypothesis_settings(max_examples=1)
@given(random_experiments())
def test_random_experiments(text):
    is_as_alone(text, epochs=3)


@pytest.mark.slow
@hypothesis_settings(max_examples=60)
@given(random_experiments())
def test_many_random_experiments(text):
    is_as_alone(text, epochs=3)


def two_layers(stddev: float, rate: float) -> str:
    kernel = {"RandomNormal": {"stddev": stddev}}
    layers = [{"Dense": {"units": 5, "activation": "tanh", "kernel_initializer": kernel}}, {"Dense": {"units": 3}}]
    loss = {"SparseCategoricalCrossentropy": {"from_logits": True}}
    data = {"generator": {"blobs": {"samples": 20, "centers": 3, "features": 4}}}
    return dump(settings(data=data, layers=layers, optimizer={"SGD": {"learning_rate": rate}}, loss=loss))


def test_learning_rates_and_initializers_differ_and_one_that_diverges_leaves_the_others_alone():
    points = [(0.1, 0.5), (2.0, 3e38), (0.7, 0.01)]
    experiments = [written(two_layers(*point)) for point in points]
    training, _ = sets_of(two_layers(*points[0]))
    model = build_model(experiments[0], training)
    argument = InitializerArgument("dense", "kernel_initializer", "stddev")
    assert initializer_numbers(experiments[0]) == {argument: 0.1}
    stddevs = np.array([[stddev] for stddev, _ in points], np.float32)
    drawn = InitialWeights(experiments[0], model, [argument]).draw([0, 0, 0], stddevs)
    own = [v for layer in experiments[0].layers for v in model.get_layer(layer.name).variables]
    sizes = {"epochs": 30, "trainings": 3, "shared_data": True, "one_order": True}
    population = Population(model, own, 8, training, None, **sizes)
    orders = epoch_orders(0, training.count, 0, 30)
    rates = np.array([rate for _, rate in points], np.float32)
    ends = population.run(Starts(drawn, orders[None], np.full(3, 30, np.int32), rates, [(training, None)]))
    assert ends.finite.tolist() == [True, False, True]
    alone = build_model(experiments[0], training)
    program = Program(alone, 8, training, None, trace=False, xla=True, epochs=30)
    for trial, experiment in enumerate(experiments):
        put_state(alone, take_state(build_model(experiment, training)))
        chunk = program.run(orders)
        epochs = int(ends.epochs[trial])
        np.testing.assert_array_equal(ends.logs["loss"][trial, :epochs], chunk.logs["loss"][:epochs])
        if ends.finite[trial]:
            assert epochs == 30
            for weight, values in zip(alone.weights, ends.weights, strict=True):
                np.testing.assert_array_equal(values[trial], weight.numpy())


def test_trainings_of_different_lengths_and_data():
    sgd = {"SGD": {"learning_rate": 0.1}}
    text = dump(settings(layers=[{"Dense": {"units": 3, "activation": "softmax"}}], optimizer=sgd, epochs=6))
    experiment = written(text)
    training, _ = sets_of(text)
    other = training.take(np.arange(training.count)[::-1])
    model = build_model(experiment, training)
    drawn = InitialWeights(experiment, model).draw(SEEDS, np.zeros((2, 0), np.float32))
    own = [v for layer in experiment.layers for v in model.get_layer(layer.name).variables]
    population = Population(model, own, 8, training, None, epochs=6, trainings=2, shared_data=False)
    lengths, rates = np.array([2, 6], np.int32), np.full(2, 0.1, np.float32)
    ends = population.run(Starts(drawn, orders_of(training, 6), lengths, rates, [(training, None), (other, None)]))
    assert ends.epochs.tolist() == [2, 6]
    for trial, (seed, rows) in enumerate(zip(SEEDS, (training, other), strict=True)):
        alone = build_model(with_seed(experiment, seed), rows)
        program = Program(alone, 8, rows, None, trace=False, xla=True, epochs=6)
        program.run(epoch_orders(seed, rows.count, 0, int(lengths[trial])))
        for weight, values in zip(alone.weights, ends.weights, strict=True):
            np.testing.assert_array_equal(values[trial], weight.numpy())
