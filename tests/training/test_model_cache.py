"""A model put back to another seed is, in every variable, bit for bit the one that is built anew for it."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from experiments import data_of, written
from nnrun.errors import ExperimentError
from nnrun.model.runtime import Runtime
from nnrun.training import model_cache
from nnrun.training.experiment_training import plan_training
from nnrun.training.model_cache import ModelCache
from nnrun.training.setup import build_setup
from nnrun.training.state import State, put_state, take_state

pytestmark = pytest.mark.keras

RUNTIME = Runtime("cpu", 1)

HEADS = {
    "dense": "- Dense: {units: 4, kernel_initializer: he_normal, bias_initializer: {RandomNormal: {stddev: 0.1}}}",
    "fixed seed": "- Dense: {units: 4, kernel_initializer: {GlorotNormal: {seed: 3}}}",
    "regularized": "- Dense: {units: 4, kernel_regularizer: {L2: {}}, kernel_constraint: {MaxNorm: {}}}",
    "normalized": "- Dense: {units: 4}\n  - BatchNormalization\n  - PReLU",
    "random": "- Dropout: {rate: 0.5}\n  - GaussianNoise: {stddev: 0.1}\n"
    "  - Dense: {units: 3}\n  - AlphaDropout: {rate: 0.1}",
    "convolution": "- Reshape: {target_shape: [8, 8, 1]}\n  - Conv2D: {filters: 2, kernel_size: 3}\n"
    "  - SeparableConv2D: {filters: 2, kernel_size: 3}\n  - SpatialDropout2D: {rate: 0.2}\n  - Flatten",
    "recurrent": "- Reshape: {target_shape: [8, 8]}\n"
    "  - LSTM: {units: 3, return_sequences: true, dropout: 0.2}\n  - GRU: {units: 3, recurrent_dropout: 0.1}",
    "both ways": "- Reshape: {target_shape: [8, 8]}\n  - Bidirectional: {layer: {LSTM: {units: 3}}}",
    "attention": "- Reshape: {target_shape: [8, 8], name: r}\n"
    "  - MultiHeadAttention: {num_heads: 2, key_dim: 3, inputs: [r, r]}\n  - LayerNormalization\n  - Flatten",
}


ALL = {
    **HEADS,
    "several": "\n  ".join(HEADS[name] for name in ("dense", "fixed seed", "regularized", "normalized", "random")),
}
TRAINED = ("several", "attention")


def experiment_of(head: str, optimizer: str = "adam", extra: str = ""):
    text = f"""
data: {{generator: digits, validation_split: 0.9}}
layers:
  {head}
  - Dense: {{units: 10, activation: softmax}}
optimizer: {optimizer}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
batch_size: 64
{extra if "epochs:" in extra else f"epochs: 2{chr(10)}{extra}"}
"""
    return written(text)


def bits(model) -> list[bytes]:
    return [np.asarray(value).tobytes() for value in take_state(model).values]


def planned(bench: ModelCache, experiment, tmp_path):
    network = bench.network(experiment, data_of(experiment, tmp_path))
    return network, bench.training(network, plan_training(experiment, network.engine, tmp_path))


def trained(bench: ModelCache, experiment, tmp_path):
    network, training = planned(bench, experiment, tmp_path)
    training.run()
    return network, training


def is_like_new(experiment, tmp_path, seeds=(0, 4_000_000_000), use=trained) -> ModelCache:
    bench = ModelCache(RUNTIME)
    for seed in seeds:
        seeded = replace(experiment, seed=seed, resolved={**experiment.resolved, "seed": seed})
        network = bench.network(seeded, data_of(seeded, tmp_path))
        assert bits(network.model) == bits(build_setup(seeded, network.dataset, RUNTIME).model)
        use(bench, seeded, tmp_path)
    return bench


def overwritten(bench: ModelCache, experiment, tmp_path) -> None:
    """Changes every variable, those of the optimizer and the metrics too: more than a training, in less time."""
    ((known),) = bench.models.values()
    before = bits(known.model)
    put_state(known.model, State(tuple(np.asarray(value) + 1 for value in take_state(known.model).values)))
    assert all(now != then for now, then in zip(bits(known.model), before, strict=True))


def is_reset(head: str, tmp_path, use) -> None:
    bench = is_like_new(experiment_of(head), tmp_path, use=use)
    ((model),) = bench.models.values()
    assert model.reuse == "reset"


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_model_whose_variables_have_changed_is_put_back_to_a_new_one(head, tmp_path):
    is_reset(head, tmp_path, overwritten)


@pytest.mark.parametrize(
    "head",
    [pytest.param(head, id=name, marks=() if name in TRAINED else pytest.mark.slow) for name, head in ALL.items()],
)
def test_a_trained_model_is_put_back_to_a_new_one(head, tmp_path):
    is_reset(head, tmp_path, trained)


@pytest.mark.parametrize(
    "optimizer",
    ["sgd", "{SGD: {momentum: 0.9, nesterov: true}}", "{Adam: {use_ema: true}}", "ftrl", "{Adamax: {clipnorm: 1.0}}"],
)
def test_so_is_its_optimizer(optimizer, tmp_path):
    is_like_new(experiment_of("- Flatten", optimizer), tmp_path, (0, 1), overwritten)


def test_so_is_an_optimizer_that_replaces_the_weights_at_the_end(tmp_path):
    is_like_new(experiment_of("- Flatten", "{Adam: {use_ema: true}}"), tmp_path, (0, 1))


def test_so_is_a_model_of_mixed_precision(tmp_path):
    is_like_new(experiment_of("- Dense: {units: 4}", extra="precision: mixed_float16"), tmp_path, (0, 1), overwritten)


def test_a_model_that_cannot_be_put_back_is_built_anew(tmp_path, monkeypatch):
    def wrong(model: keras.Model, experiment) -> None:
        model.weights[0].assign_add(np.ones(model.weights[0].shape))

    monkeypatch.setattr(model_cache, "reinitialize", wrong)
    bench = is_like_new(experiment_of("- Dense: {units: 4}"), tmp_path, use=overwritten)
    ((model),) = bench.models.values()
    assert model.reuse == "copy"


def test_a_model_whose_configuration_has_the_seed_is_built_anew(tmp_path):
    head = "- Reshape: {target_shape: [8, 8, 1]}\n  - RandomCrop: {height: 8, width: 8}\n  - Flatten"
    bench = is_like_new(experiment_of(head), tmp_path, (0, 1), overwritten)
    configs = []
    for seed in (1, 2):
        experiment = experiment_of(head)
        seeded = replace(experiment, seed=seed, resolved={**experiment.resolved, "seed": seed})
        network = bench.network(seeded, data_of(seeded, tmp_path))
        new = build_setup(seeded, network.dataset, RUNTIME).model
        assert network.model.get_config() == new.get_config()
        configs.append(new.get_config())
    assert configs[0] != configs[1]


def test_layers_that_are_added_to_a_used_model_have_the_names_of_those_added_to_a_new_one(tmp_path):
    experiment = experiment_of("- Flatten")
    bench = ModelCache(RUNTIME)
    names = []
    for _ in range(3):
        bench.network(experiment, data_of(experiment, tmp_path))
        names.append([keras.Input((1,)).name, keras.layers.Rescaling(2.0).name])
    build_setup(experiment, data_of(experiment, tmp_path), RUNTIME)
    new = [keras.Input((1,)).name, keras.layers.Rescaling(2.0).name]
    assert names == [new, new, new]


def test_models_give_way_to_others_where_they_have_too_many_numbers(tmp_path):
    bench = ModelCache(RUNTIME, most_numbers=1)
    for head in ("- Flatten", "- Dense: {units: 2}"):
        planned(bench, experiment_of(head), tmp_path)
        assert len(bench.models) == 1
    several = ModelCache(RUNTIME, most_numbers=1_000_000)
    for units in range(1, 6):
        planned(several, experiment_of(f"- Dense: {{units: {units}}}"), tmp_path)
    assert len(several.models) == 4
    assert 0 < sum(model.numbers for model in several.models.values()) < 1_000_000


@pytest.mark.parametrize("part", ["validation_split", "test_split"])
def test_rows_set_apart_are_held_against_an_embedding_as_those_learned_from(part, tmp_path):
    rows = [[number, 1] for number in range(10)]
    text = f"""
data: {{generator: {{table: {{columns: [x, y], rows: {rows}}}}}, {part}: 0.5}}
layers: [{{Embedding: {{input_dim: 10, output_dim: 2, name: words}}}}, Flatten, {{Dense: {{units: 1}}}}]
optimizer: sgd
loss: mse
epochs: 1
"""
    experiment = written(text)
    dataset = data_of(experiment, tmp_path)
    (dataset.validation or dataset.test).inputs["x"][0] = 10
    with pytest.raises(ExperimentError, match=r"takes whole numbers from 0 to 9\. Received: 10"):
        ModelCache(RUNTIME).network(experiment, dataset)


def test_learning_rates_and_epochs_share_a_program_and_other_shapes_do_not(tmp_path):
    bench = ModelCache(RUNTIME)

    def program_of(*changes: str):
        experiment = experiment_of("- Dense: {units: 4}", extra="\n".join(changes))
        return planned(bench, experiment, tmp_path)[1].engine

    first = trained(bench, experiment_of("- Dense: {units: 4}"), tmp_path)[1].engine
    rate = experiment_of("- Dense: {units: 4}", "{adam: {learning_rate: 0.1}}")
    network, training = trained(bench, rate, tmp_path)
    assert training.engine is first
    assert float(network.model.optimizer.learning_rate) == np.float32(0.1)
    assert program_of("seed: 3") is first
    assert program_of("seed: 0", "epochs: 10").capacity == 2
    assert program_of("seed: 0", "epochs: 1000").capacity == 1000  # and not five hundred calls
    other = experiment_of("- Dense: {units: 4}")
    wider = replace(other, data=replace(other.data, validation_split=0.8))
    assert planned(bench, wider, tmp_path)[1].engine is not first
