"""Trainings with a known problem are flagged; the shipped experiments, all but one, get no findings."""

import re
import shlex

import numpy as np
import pytest
from busy import busy_seconds

from experiments import SHIPPED, data_of, shipped, written
from nnrun.diagnosis.diagnose import diagnose
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text.dump import dump
from nnrun.load import load_experiment
from nnrun.predict.task import task_of
from nnrun.runs.finding import Finding

pytestmark = pytest.mark.keras

LINE = "function: {samples: 60, x: 'linspace(-1, 1)', y: '%s'}"


def regression(formula: str, layers: str, optimizer: str, epochs: int, more: str = "") -> str:
    return f"""
data: {{generator: {{{LINE % formula}}}{more}}}
layers: {layers}
optimizer: {optimizer}
loss: mse
epochs: {epochs}
"""


def yes_or_no(data: str, layers: str, optimizer: str, epochs: int) -> str:
    return f"""
data: {data}
layers: {layers}
optimizer: {optimizer}
loss: binary_crossentropy
metrics: [accuracy]
epochs: {epochs}
"""


LINEAR = "[{Dense: {units: 1}}]"
SIGMOID = "[{Dense: {units: 1, activation: sigmoid}}]"
DEEP = ", ".join(["{Dense: {units: 8, activation: %s}}"] * 12)
HIDDEN = "{Dense: {units: 64, activation: relu}}"
WIDE = f"[{HIDDEN}, {HIDDEN}, {{Dense: {{units: 1, activation: sigmoid}}}}]"
UNRELATED = "x: 'uniform(-1, 1)', other: 'uniform(0, 1)', y: 'other > 0.3', inputs: [x], target: [y]"
CONSTANT = "kernel_initializer: {Constant: {value: %s}}"

# Each with the expected finding, and a part of its message.
SICK = {
    "a relu that is dead from the start": (
        regression(
            "x + 1",
            "[{Dense: {units: 1, activation: relu, bias_initializer: {Constant: {value: -9}}}}]",
            "sgd",
            5,
        ),
        "dead units",
        "since initialization",
    ),
    "a relu that one large step kills": (
        regression(
            "x",
            f"[{{Dense: {{units: 4, activation: relu, {CONSTANT % 1.0}}}}}, {{Dense: {{units: 1, {CONSTANT % 2.0}}}}}]",
            "{SGD: {learning_rate: 1.0}}",
            20,
        ),
        "dead units",
        "since epoch 1.",
    ),
    "a straight line on a wave": (
        regression("sin(50 * x)", LINEAR, "{SGD: {learning_rate: 0.1}}", 30),
        "no better than a baseline",
        "a mean-prediction baseline",
    ),
    "classes that no input separates": (
        yes_or_no(
            f"{{generator: {{function: {{samples: 200, {UNRELATED}}}}}}}",
            SIGMOID,
            "{SGD: {learning_rate: 0.1}}",
            10,
        ),
        "no better than a baseline",
        "a majority-class baseline",
    ),
    "a linear neuron with a step too large": (
        regression("3 * x", LINEAR, "{SGD: {learning_rate: 1.5}}", 200),
        "divergence",
        "gradient descent is stable below 1.",
    ),
    "a network with a step too large": (
        regression(
            "3 * x", "[{Dense: {units: 8, activation: relu}}, {Dense: {units: 1}}]", "{SGD: {learning_rate: 50.0}}", 50
        ),
        "divergence",
        "diverged with the learning rate 50",
    ),
    "a straight line on a line and a wave": (
        regression("x + sin(50 * x)", LINEAR, "{SGD: {learning_rate: 0.2}}", 60),
        "plateau",
        "The loss has plateaued",
    ),
    "a large network on thirty noisy rows": (
        yes_or_no(
            "{generator: {moons: {samples: 60, noise: 0.6}}, validation_split: 0.5}",
            WIDE,
            "{Adam: {learning_rate: 0.01}}",
            150,
        ),
        "overfitting",
        "The validation loss has increased",
    ),
    "a training that ends too soon": (
        regression(
            "3 * x + 1",
            "[{Dense: {units: 16, activation: tanh}}, {Dense: {units: 1}}]",
            "{Adam: {learning_rate: 0.002}}",
            25,
        ),
        "not converged",
        "still decreasing at the last epoch",
    ),
    "twelve layers of sigmoid": (
        regression(
            "sin(3 * x)", f"[{DEEP % (('sigmoid',) * 12)}, {{Dense: {{units: 1}}}}]", "{SGD: {learning_rate: 0.01}}", 3
        ),
        "vanishing gradient",
        "The early layers hardly learn",
    ),
    "huge initial weights": (
        regression(
            "x",
            "["
            + ", ".join(
                ["{Dense: {units: 16, activation: relu, kernel_initializer: {RandomNormal: {stddev: 5.0}}}}"] * 5
            )
            + ", {Dense: {units: 1}}]",
            "{SGD: {learning_rate: 1e-20}}",
            2,
        ),
        "exploding gradient",
        "times as large as its weights",
    ),
    "tanh at its limits": (
        regression(
            "x",
            "[{Dense: {units: 16, activation: tanh, kernel_initializer: {RandomNormal: {stddev: 1000.0}}}}, "
            "{Dense: {units: 1}}]",
            "sgd",
            3,
        ),
        "saturated units",
        "are saturated",
    ),
    "inputs in the thousands": (
        regression("x", LINEAR, "adam", 3).replace("linspace(-1, 1)", "linspace(0, 5000)"),
        "unscaled inputs",
        "The largest absolute input is 5000 (x)",
    ),
    "inputs of unlike sizes": (
        "data: {generator: {function: {samples: 50, a: 'uniform(0, 90)', b: 'uniform(0, 0.01)', y: a}}}\n"
        f"layers: {LINEAR}\noptimizer: adam\nloss: mse\nepochs: 2\n",
        "unscaled inputs",
        "differ by a factor of",
    ),
    "prices as they are": (
        regression("300000 + 80000 * x", f"[{HIDDEN}, {{Dense: {{units: 1}}}}]", "{Adam: {learning_rate: 0.01}}", 20),
        "unscaled targets",
        "The targets have a mean of 300,000",
    ),
    "prices whose gradient is limited": (
        regression(
            "300000 + 80000 * x",
            f"[{HIDDEN}, {{Dense: {{units: 1}}}}]",
            "{Adam: {learning_rate: 0.01, clipnorm: 1}}",
            20,
        ),
        "unscaled targets",
        "× that of a mean-prediction baseline",
    ),
    "one row of a class in thirty": (
        yes_or_no("{generator: {function: {samples: 300, x: 'linspace(0, 1)', y: 'x > 0.967'}}}", SIGMOID, "adam", 2),
        "imbalanced classes",
        "Class 0 has 290 training samples, class 1 only 10",
    ),
    "rows that are in the data twice": (
        "data: {generator: {table: {columns: [x, z, y], rows: "
        + str([[i % 20 / 20, i % 20 * 7 % 20 / 20, i % 20 / 10] for i in range(40)])
        + "}, }, validation_split: 0.25}\n"
        + f"layers: {LINEAR}\noptimizer: adam\nloss: mse\nepochs: 2\n",
        "duplicate rows",
        "of 10 validation rows are in the training set too",
    ),
}


def trained(experiment: Experiment, tmp_path) -> tuple[Finding, ...]:
    """The findings of a training, which must be fast."""
    from nnrun.diagnosis.gather import gather
    from nnrun.model.runtime import start_tensorflow
    from nnrun.training.setup import build_setup
    from nnrun.training.train import Training, TrainingPlan

    dataset = data_of(experiment, tmp_path)
    network = build_setup(experiment, dataset, start_tensorflow("cpu"))
    plan = TrainingPlan(experiment.seed, experiment.epochs, experiment.batch_size, experiment.shuffle, "graph")
    training = Training(network.model, network.training, network.validation, plan)
    training.run()
    end = training.finish()
    weights = [w.numpy() for w in network.model.weights]
    task = task_of(experiment, experiment.outputs[0], network.model.outputs[0].shape[1:])
    parts = (network.training, network.validation)
    findings: list[Finding] = []

    def examine() -> None:
        evidence = gather(network.model, experiment, *parts, end, task, np.random.default_rng(0))
        findings[:] = diagnose(evidence)

    assert busy_seconds(examine, 1.0) < 1.0
    for weight, before in zip(network.model.weights, weights, strict=True):
        np.testing.assert_array_equal(weight.numpy(), before)
    return tuple(findings)


@pytest.mark.parametrize("name", SICK)
def test_the_problem_is_flagged_and_its_remedies_can_be_typed(name, tmp_path):
    text, kind, word = SICK[name]
    findings = {finding.kind: finding for finding in trained(written(text), tmp_path)}
    assert kind in findings, findings
    assert word in findings[kind].message
    (tmp_path / "sick.yaml").write_text(text)
    for finding in findings.values():
        for setting in re.findall(r"--set (\S+?)[,;:.)]*(?= |$)", finding.remedy):
            assert load_experiment(tmp_path / "sick.yaml", tuple(shlex.split(setting))).epochs


# What tests/test_run_experiments.py trains and expects no findings of.
HEALTHY_RUNS = ("bilinear", "bilinear-full-batch", "house-prices", "rounding", "moons")
HEALTHY_RUNS += ("digits-functional", "digits-sequential")


@pytest.mark.parametrize(
    "name", [name for name in SHIPPED if "mnist" not in name and name not in ("dying-relu", *HEALTHY_RUNS)]
)
def test_a_healthy_experiment_gets_no_findings(name, tmp_path):
    assert trained(shipped(name), tmp_path) == ()


def test_the_dying_relu_is_dead_from_the_start(tmp_path):
    findings = trained(shipped("dying-relu", "epochs=5"), tmp_path)
    assert [finding.kind for finding in findings] == ["dead units", "no better than a baseline"]
    assert findings[0].evidence == {"layer": "activation", "dead units": 1, "units": 1, "since epoch": 0}
    assert findings[1].remedy == "Fix the dead units first."


GRAPH = """
data:
  generator:
    function:
      {samples: 80, a: "uniform(0, 1)", b: "normal(0, 1)", s: a + b, t: a >= b, inputs: [a, b], target: [s, t]}
  validation_split: 0.25
layers:
  - Input: {name: left, columns: [a]}
  - Input: {name: right, columns: [b]}
  - Concatenate: {inputs: [left, right], name: both}
  - Dense: {units: 8, activation: relu, name: body}
  - BatchNormalization: {name: norm}
  - Dropout: {rate: 0.2, name: drop}
  - Dense: {units: 1, inputs: drop, name: total}
  - Dense: {units: 1, activation: sigmoid, inputs: drop, name: verdict}
outputs:
  total: {loss: mse, target: s}
  verdict: {loss: binary_crossentropy, target: t}
optimizer: adam
epochs: 3
"""


def test_a_graph_with_several_inputs_and_outputs_can_be_diagnosed(tmp_path):
    assert trained(written(GRAPH), tmp_path) == ()


@pytest.mark.parametrize(
    "layer", ["LSTM: {units: 4}", "Conv1D: {filters: 3, kernel_size: 2}", "MaxPooling1D: {pool_size: 2}"]
)
def test_other_layers_can_be_diagnosed(layer, tmp_path):
    text = f"""
data: {{generator: {{function: {{samples: 40, x: "uniform(0, 1)", z: "uniform(0, 1)", y: x + z}}}}}}
layers: [{{Reshape: {{target_shape: [2, 1]}}}}, {{{layer}}}, Flatten, {{Dense: {{units: 1}}}}]
optimizer: {{SGD: {{learning_rate: 0.05, momentum: 0.9}}}}
loss: mse
epochs: 60
"""
    assert {finding.kind for finding in trained(written(text), tmp_path)} <= {
        "not converged",
        "no better than a baseline",
    }


def test_the_resolved_file_of_a_sick_experiment_is_as_sick(tmp_path):
    text, kind, _ = SICK["twelve layers of sigmoid"]
    again = written(dump(written(text).resolved))
    assert kind in {finding.kind for finding in trained(again, tmp_path)}
