"""What TensorFlow and Keras refuse only when they train, in words."""

import pytest

from experiments import data_of, written
from nnrun.data.rows import network_rows
from nnrun.errors import ExperimentError
from nnrun.model.build import build_model
from nnrun.model.runtime import Runtime
from nnrun.training.setup import build_setup
from nnrun.training.train import Training, TrainingPlan

pytestmark = pytest.mark.keras

DIGITS = """
data: {generator: {digits: {samples: 20, shape: [8, 8, 1]}}}
optimizer: sgd
loss: sparse_categorical_crossentropy
epochs: 1
layers:
"""
END = "\n  - Flatten\n  - Dense: {units: 10, activation: softmax}\n"


def refused(layers: str, tmp_path, engine: str = "graph", metrics: str = "[]") -> str:
    experiment = written(f"metrics: {metrics}\n{DIGITS}{layers}{END}")
    rows = network_rows(experiment, data_of(experiment, tmp_path).training)
    with pytest.raises(ExperimentError, match=r"XLA|train|compare") as caught:
        Training(build_model(experiment, rows), rows, None, TrainingPlan(0, 1, 8, True, engine)).run()
    return str(caught.value)


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        (
            "  - Conv2D: {filters: 2, kernel_size: 3}\n  - MaxPooling2D",
            'XLA cannot compile the layer "max_pooling2d" (MaxPooling2D): '
            "it does not support MaxPoolGrad on this device.",
        ),
        (
            "  - Flatten: {name: h}\n  - Hashing: {num_bins: 3, name: h_1}",
            'XLA cannot compile the layer "h_1" (Hashing): it does not support AsString on this device.',
        ),
    ],
)
def test_a_layer_that_xla_cannot_compile_is_named_with_the_remedy(layers, told, tmp_path):
    assert refused(layers, tmp_path, "xla") == f"{told}\n  Train without XLA: --set engine=graph"


@pytest.mark.parametrize("engine", ["graph", "xla", "keras"])
def test_a_layer_that_fails_in_training_alone_is_named(engine, tmp_path):
    message = refused("  - RandomSaturation: {factor: 0.5}", tmp_path, engine)
    assert message.startswith("Keras cannot train RandomSaturation: ")
    assert "\n" not in message
    assert "Arguments received" not in message


@pytest.mark.parametrize("metric", ["Precision", "TruePositives"])
def test_a_metric_that_cannot_take_the_targets_is_named_where_it_stands(metric, tmp_path):
    message = refused("  - ReLU", tmp_path, metrics=f"[accuracy, {metric}]")
    told = f'{metric} cannot compare the output "dense" of the shape (10) with its target (digit) (1).'
    assert message.startswith(f"test.yaml:1:21: {told}\n")
    assert message.endswith("For labels take accuracy, or data: {one_hot: true}.")


@pytest.mark.parametrize("changes", ["predict: [[7, 1]]", "data: {validation_split: 0.34, generator: GENERATOR}"])
def test_every_row_and_point_that_a_network_will_be_asked_is_held_against_its_tables(changes, tmp_path):
    rows = "[[0, 1, 0], [1, 0, 1], [7, 1, 1]]" if "data" in changes else "[[0, 1, 0], [1, 0, 1]]"
    generator = f"{{table: {{columns: [a, b, y], rows: {rows}}}}}"
    data = (
        changes.replace("GENERATOR", generator) if "data" in changes else f"data: {{generator: {generator}}}\n{changes}"
    )
    layers = "[{Embedding: {input_dim: 3, output_dim: 2}}, Flatten, {Dense: {units: 1}}]"
    experiment = written(f"{data}\nlayers: {layers}\noptimizer: sgd\nloss: mse\nepochs: 1\n")
    with pytest.raises(ExperimentError, match=r"from 0 to 2\. Received: 7"):
        build_setup(experiment, data_of(experiment, tmp_path), Runtime("cpu", 1))
