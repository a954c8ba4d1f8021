"""Losses, activations, metrics and class weights that do not fit each other."""

from pathlib import Path

import pytest

from nnrun.cli.main import run
from nnrun.errors import ExperimentError
from nnrun.load import load_experiment

CASES = Path(__file__).parent
TABLE = "table: {columns: [x, y], rows: %s}"
MOONS = "moons: {samples: 60}"


def warnings_of(tmp_path, layer, loss, generator=MOONS, more=""):
    path = tmp_path / "exp.yaml"
    path.write_text(
        f"data: {{generator: {{{generator}}}}}\nlayers: [{{{layer}}}]\noptimizer: adam\nloss: {loss}\nepochs: 1\n{more}"
    )
    return load_experiment(path).warnings


@pytest.mark.parametrize(
    ("case", "words", "line"),
    [
        ("logits_as_probabilities", "takes probabilities from 0 to 1", 4),
        ("poisson_linear", "takes outputs that are not negative", 6),
    ],
)
def test_a_loss_that_the_last_activation_does_not_suit_is_a_warning(case, words, line, capsys):
    path = str(CASES / case / "exp.yaml")
    assert run(["check", path]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{path}: ok\n"
    assert f"{path}:{line}:5: warning: " in captured.err
    assert words in captured.err
    assert run(["check", path, "--format", "github"]) == 0
    assert capsys.readouterr().out.startswith("::warning file=")
    assert run(["check", path, "--format", "json"]) == 0
    assert '"severity": "warning"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("layer", "loss"),
    [
        ("Dense: {units: 1}", "binary_crossentropy"),
        ("Dense: {units: 1, activation: tanh}", "binary_crossentropy"),
        ("Dense: {units: 1, activation: relu}", "BinaryFocalCrossentropy"),
        ("Dense: {units: 1, activation: sigmoid}", "{BinaryCrossentropy: {from_logits: true}}"),
        ("Dense: {units: 2, activation: softmax}", "{SparseCategoricalCrossentropy: {from_logits: true}}"),
        ("Dense: {units: 2, activation: relu}", "sparse_categorical_crossentropy"),
        ("Dense: {units: 1}", "msle"),
        ("Dense: {units: 1, activation: tanh}", "poisson"),
        ("Dense: {units: 1}", "kl_divergence"),
    ],
)
def test_disagreements_are_warned_of(tmp_path, layer, loss):
    assert len(warnings_of(tmp_path, layer, loss)) == 1


@pytest.mark.parametrize(
    ("layer", "loss"),
    [
        ("Dense: {units: 1, activation: sigmoid}", "binary_crossentropy"),
        ("Dense: {units: 1, activation: hard_sigmoid}", "binary_crossentropy"),
        ("Dense: {units: 1}", "{BinaryCrossentropy: {from_logits: true}}"),
        ("Dense: {units: 1, kernel_constraint: NonNeg}", "poisson"),
        ("Dense: {units: 1, activation: exponential}", "poisson"),
        ("Dense: {units: 1, activation: tanh}", "hinge"),
        ("Dense: {units: 1}", "squared_hinge"),
        ("Dense: {units: 1}", "mse"),
        ("Dense: {units: 2}", "{SparseCategoricalCrossentropy: {from_logits: true}}"),
    ],
)
def test_what_agrees_is_not_warned_of(tmp_path, layer, loss):
    assert warnings_of(tmp_path, layer, loss) == ()


def test_an_activation_in_a_layer_of_its_own_counts(tmp_path):
    two = "Dense: {units: 2}}, {Softmax"
    assert warnings_of(tmp_path, f"{two}: {{}}", "sparse_categorical_crossentropy") == ()


@pytest.mark.parametrize(
    ("activation", "rows", "words"),
    [
        ("sigmoid", [[0, 3], [1, 7]], "gives 0 to 1; its targets (y) go from 3 to 7"),
        ("tanh", [[0, -7], [1, -3]], "gives -1 to 1; its targets (y) go from -7 to -3"),
        ("relu", [[0, -7], [1, -3]], "gives numbers from 0; its targets (y) go from -7 to -3"),
    ],
)
def test_targets_none_of_which_can_be_output_are_refused(tmp_path, activation, rows, words):
    with pytest.raises(ExperimentError) as caught:
        warnings_of(tmp_path, f"Dense: {{units: 1, activation: {activation}}}", "mse", TABLE % rows)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("activation", "rows", "count"),
    [
        ("sigmoid", [[0, 0.5], [1, 7]], 1),
        ("sigmoid", [[0, 0], [1, 1]], 0),
        ("tanh", [[0, -1], [1, 1]], 0),
        ("linear", [[0, -100], [1, 100]], 0),
    ],
)
def test_targets_some_of_which_can_be_output(tmp_path, activation, rows, count):
    found = warnings_of(tmp_path, f"Dense: {{units: 1, activation: {activation}}}", "mse", TABLE % rows)
    assert len(found) == count


@pytest.mark.keras
def test_targets_beyond_the_activation_are_refused_before_training(tmp_path, capsys):
    path = str(CASES / "sigmoid_beyond_reach" / "exp.yaml")
    assert run(["train", path, "--runs-dir", str(tmp_path), "--quiet"]) == 2
    assert "(sigmoid) gives 0 to 1; its targets (price) go from 3" in capsys.readouterr().err


@pytest.mark.keras
def test_train_prints_warnings_unless_quiet(tmp_path, capsys):
    path = str(CASES / "logits_as_probabilities" / "exp.yaml")
    command = ["train", path, "--runs-dir", str(tmp_path), "--set", "epochs=1"]
    assert run(command) == 0
    assert "warning: sparse_categorical_crossentropy takes probabilities" in capsys.readouterr().err
    assert run([*command, "--quiet"]) == 0
    assert "warning" not in capsys.readouterr().err
