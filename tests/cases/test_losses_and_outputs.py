"""Every loss against what the last layers can give, known before the training: a warning where they disagree."""

from pathlib import Path

import pytest

from nnrun.errors import ExperimentError
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.load import load_experiment
from nnrun.network.output_ranges import activation_range

MOONS = "generator: {moons: {samples: 60}}"
IRIS = "generator: iris"
LOGIT = "{BinaryCrossentropy: {from_logits: true}}"
SEVERAL = "generator: {table: {columns: [x, a, b], target: [a, b], rows: [[0, 1, 1], [1, 0, 1], [2, 0, 0]]}}"
SHARES = "generator: {table: {columns: [x, a, b], target: [a, b], rows: [[0, 0.5, 0.5], [1, 0, 1], [2, 1, 0]]}}"
TO_7 = "generator: {table: {columns: [x, y], rows: [[0, 1], [1, 7], [2, 0]]}}"
VALUES = 'generator: {function: {samples: 500, x: "uniform(0, 1)", y: "3 * x"}}'


def one(activation: str) -> str:
    return f"{{Dense: {{units: 1, activation: {activation}}}}}"


def two(activation: str) -> str:
    return f"{{Dense: {{units: 2, activation: {activation}}}}}"


def found(folder: Path, data: str, layers: str, loss: str) -> list[tuple[str, str]]:
    """What is said, each with its remedy: warnings, or errors."""
    file = folder / "exp.yaml"
    file.write_text(f"data: {{{data}}}\nlayers: [{layers}]\noptimizer: adam\nloss: {loss}\nepochs: 1\n")
    try:
        problems = load_experiment(file).warnings
    except ExperimentError as error:
        problems = error.problems
    return [(problem.message, problem.hint or "") for problem in problems]


SAID = {
    "gelu as a probability": (MOONS, one("gelu"), "bce", "(gelu) gives numbers from -0.17.", "activation: sigmoid"),
    "an ELU layer": (MOONS, f"{one('linear')}, ELU", "bce", "(elu) gives numbers from -1.", "activation: sigmoid"),
    "relu as a logit": (MOONS, one("relu"), LOGIT, "takes any number", "Leave the activation out."),
    "hard_sigmoid as a logit": (MOONS, one("hard_sigmoid"), LOGIT, "gives probabilities", "Leave from_logits"),
    "a sigmoid under hinge": (MOONS, one("sigmoid"), "hinge", "compares the sign", "activation: tanh"),
    "relu under hinge": (MOONS, one("relu"), "squared_hinge", "compares the sign", "activation: tanh"),
    "a sigmoid as a distribution": (MOONS, one("sigmoid"), "kld", "add up to 1", "loss: binary_crossentropy"),
    "labels as a distribution": (SEVERAL, two("softmax"), "kld", "add up to between 0 and 2", "binary_crossentropy"),
    "several labels for softmax": (SEVERAL, two("softmax"), "bce", "targets (a, b) of a sample", "activation: sigmoid"),
    "values for softmax": (SEVERAL, two("softmax"), "mse", "add up to 1; the targets", "leave the activation out"),
    "a direction of one number": (TO_7, one("linear"), "cosine_similarity", "compares directions", "loss: mse"),
    "vectors of any length": (IRIS, two("linear"), "Circle", "vectors of length 1", "UnitNormalization"),
    "one-hot labels for Circle": (f"{IRIS}, one_hot: true", two("linear"), "Circle", "one class label", "data.one_hot"),
    "values for Circle": (VALUES, two("linear"), "Circle", "takes whole numbers as labels", "loss: mse"),
    "CTC without steps": (IRIS, two("linear"), "CTC", "vector of classes for each step", "return_sequences"),
    "counts beyond a sigmoid": (TO_7, one("sigmoid"), "poisson", "go from 0 to 7", "activation: softplus"),
    "values beyond an LSTM": (
        TO_7,
        "{Reshape: {target_shape: [1, 1]}}, {LSTM: {units: 1}}",
        "mse",
        'The output "lstm" (tanh) gives -1 to 1',
        "Add a layer without an activation at the end",
    ),
    "an LSTM as a probability": (
        MOONS,
        "{Reshape: {target_shape: [2, 1]}}, {GRU: {units: 1}}",
        "bce",
        "(tanh) gives -1 to 1",
        "Add a layer at the end, such as Dense, with activation: sigmoid",
    ),
    "a rescaled probability": (
        MOONS,
        f"{one('sigmoid')}, {{Rescaling: {{scale: 2, offset: -1}}}}",
        "bce",
        "(sigmoid, rescaled) gives -1 to 1",
        "Add a layer at the end",
    ),
    "values for two classes": (VALUES, one("softplus"), "sparse_categorical_crossentropy", "1 unit", "loss: mse"),
    "several columns as one label": (
        SEVERAL,
        two("softmax"),
        "sparse_categorical_crossentropy",
        "one label per row",
        "binary_crossentropy",
    ),
}


@pytest.mark.parametrize("scaling", ["standard", "minmax", "robust"])
@pytest.mark.parametrize("metric", [False, True])
def test_nothing_is_divided_by_targets_that_are_scaled(tmp_path, scaling, metric):
    loss, parts = ("mse\nmetrics: [mape]", "metrics: [mae]") if metric else ("mape", "loss: mae")
    scaled = f"{TO_7}, scale_targets: {scaling}"
    ((message, hint),) = found(tmp_path, scaled, one("linear"), loss)
    assert message.startswith(f"mape divides by the targets. They are scaled ({scaling})")
    assert hint == f"Write {parts}, or leave the targets unscaled."
    assert found(tmp_path, scaled, one("linear"), loss.replace("mape", "mae")) == []
    above_0 = TO_7.replace("[2, 0]", "[2, 3]")
    assert found(tmp_path, above_0, one("linear"), loss) == []
    assert found(tmp_path, f"{above_0}, prepare: {{columns: {{y: {{clip: [2, 5]}}}}}}", one("linear"), loss) == []


@pytest.mark.parametrize("name", SAID)
def test_what_disagrees_is_said_once_with_its_remedy(name, tmp_path):
    data, layers, loss, message, hint = SAID[name]
    (problem,) = found(tmp_path, data, layers, loss)
    assert message in problem[0]
    assert hint in problem[1]


AGREEING = {
    "a tanh that is rescaled": (MOONS, f"{one('tanh')}, {{Rescaling: {{scale: 0.5, offset: 0.5}}}}", "bce"),
    "a sigmoid that is rescaled": (TO_7, f"{one('sigmoid')}, {{Rescaling: {{scale: 10}}}}", "mse"),
    "numbers rescaled one by one": (SEVERAL, f"{two('sigmoid')}, {{Rescaling: {{scale: [1, 2]}}}}", "mse"),
    "a distribution": (SHARES, two("softmax"), "kld"),
    "shares": (SHARES, two("softmax"), "mse"),
    "several labels": (SEVERAL, two("sigmoid"), "bce"),
    "two directions": (SEVERAL, two("linear"), "cosine_similarity"),
    "vectors of length 1": (IRIS, f"{two('linear')}, UnitNormalization", "Circle"),
    "tanh under hinge": (MOONS, one("tanh"), "squared_hinge"),
    "elu under hinge": (MOONS, one("elu"), "hinge"),
    "an LSTM with gates of another kind": (
        TO_7,
        "{Reshape: {target_shape: [1, 1]}}, {LSTM: {units: 1, recurrent_activation: relu}}",
        "mse",
    ),
}


@pytest.mark.parametrize("name", AGREEING)
def test_nothing_is_said_of_what_agrees(name, tmp_path):
    assert found(tmp_path, *AGREEING[name]) == []


def test_the_numbers_of_every_activation_are_known():
    activations = [
        name for name in load_catalog().names("activations") if load_catalog().own_name("activations", name) == name
    ]
    assert [name for name in activations if activation_range(name) is None] == []
