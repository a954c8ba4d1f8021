"""Losses, activations, metrics and class weights that do not fit each other."""

import csv
from pathlib import Path

import pytest

from nnrun.cli.main import run
from nnrun.errors import ExperimentError
from nnrun.load import load_experiment
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions

CASES = Path(__file__).parent
SHORT = ("--set", "epochs=1", "--no-plots", "--no-report")
TABLE = "table: {columns: [x, y], rows: %s}"
MOONS = "moons: {samples: 60}"
SPARSE = "sparse_categorical_crossentropy"


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
def test_targets_that_the_activation_cannot_output_are_warned_of(tmp_path, activation, rows, words):
    (warning,) = warnings_of(tmp_path, f"Dense: {{units: 1, activation: {activation}}}", "mse", TABLE % rows)
    assert words in warning.message


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
def test_generated_targets_beyond_the_activation_are_warned_of_before_training(tmp_path, capsys):
    path = str(CASES / "sigmoid_beyond_reach" / "exp.yaml")
    words = "(sigmoid) gives 0 to 1; its targets (price) are, for example, 5.045 at x = 0.5113."
    assert run(["check", path]) == 0
    assert words in capsys.readouterr().err
    assert run(["train", path, "--runs-dir", str(tmp_path), *SHORT]) == 0
    assert capsys.readouterr().err.count("(sigmoid) gives 0 to 1") == 1


FUNCTION = "function: {%s}"
UNIT = 'samples: 500, x: "uniform(0, 1)"'


@pytest.mark.parametrize(
    ("columns", "loss", "words"),
    [
        (f'{UNIT}, y: "2 * x"', "binary_crossentropy", "The target y is, for example, 1.999 at x = 0.9994;"),
        (f'{UNIT}, y: "x - 1", z: "x", target: [y, z]', "poisson", "y, z is, for example, y = -0.9989"),
        ('x: "grid(0, 1, 5)", y: "2 * x"', "binary_crossentropy", "is, for example, 2 at x = 1; binary_crossentropy"),
        ('samples: 9, x: "linspace(0, 1)", y: "1 - 3*x"', "hinge", "is, for example, -2 at x = 1; hinge takes numbers"),
        (f'{UNIT}, y: "0.5", noise: 1', "binary_crossentropy", "takes numbers from 0 to 1."),
    ],
)
def test_computed_targets_that_the_loss_cannot_take_are_refused_by_check(tmp_path, columns, loss, words):
    units = 2 if "target" in columns else 1
    with pytest.raises(ExperimentError) as caught:
        warnings_of(tmp_path, f"Dense: {{units: {units}, activation: tanh}}", loss, FUNCTION % columns)
    (problem,) = caught.value.problems
    assert words in problem.message


@pytest.mark.parametrize(
    ("columns", "more"),
    [
        ('samples: 20, x: "normal(0, 1)", y: "where(x > 2.5, 2, 0)"', ""),  # none of the 20 rows may be beyond
        (f'{UNIT}, y: "where(x > 0.999, 2, 0)"', ""),
        (f'{UNIT}, y: "0.5", noise: 0.15', ""),
        (f'{UNIT}, y: "x"', ""),
        (f'{UNIT}, y: "where(1 / (x > 2) > 1, 2, 0)"', ""),  # NumPy computes with what is not finite
        (f'{UNIT}, y: "x > 0.5"', ""),
        ('x: "grid(0, 1, 5)", y: "where(x == 1, 2, 0)"', "validation_split: 0.4"),  # the row may be held out
        (f'{UNIT}, y: "2 * x"', "scale_targets: minmax"),
    ],
)
def test_targets_that_may_suit_the_loss_are_left_to_the_training(tmp_path, columns, more):
    path = tmp_path / "exp.yaml"
    path.write_text(
        f"data: {{generator: {{{FUNCTION % columns}}}{', ' * bool(more)}{more}}}\nepochs: 1\noptimizer: adam\n"
        "layers: [{Dense: {units: 1, activation: sigmoid}}]\nloss: binary_crossentropy\n"
    )
    load_experiment(path)


THREE = "Dense: {units: 3, activation: softmax}"
NOT_WHOLE = "sparse_categorical_crossentropy takes whole numbers as labels. Received: "


@pytest.mark.parametrize(
    ("columns", "words", "hint"),
    [
        (
            f'{UNIT}, y: "floor(4 * x)"',
            "The label y is, for example, 3 at x = ",
            "Write units: 4, activation: softmax.",
        ),
        ('samples: 9, x: "linspace(0, 1)", y: "floor(3 * x)"', "is, for example, 3 at x = 1; the output", "units: 4"),
        (f'{UNIT}, y: "floor(3 * x) - 1"', "is, for example, -1 at x = ", "Labels are numbered from 0."),
        (f'{UNIT}, y: "choice(1, 2, 3)"', "is, for example, 3 at x = ", "Write units: 4"),
        (f'{UNIT}, y: "3 * x"', NOT_WHOLE, "For values write loss: mse."),
        (f'{UNIT}, y: "floor(3 * x)", noise: 0.1', NOT_WHOLE, "Number the classes from 0."),
        ('x: "grid(0, 1, 3)", y: "2 * x", z: "x", target: [y, z]', f"{NOT_WHOLE}z = 0.5 at x = 0.5", "loss: mse"),
    ],
)
def test_computed_labels_that_are_not_whole_or_have_no_unit_are_refused_by_check(tmp_path, columns, words, hint):
    steps = "{Dense: {units: 6}}, {Reshape: {target_shape: [2, 3]}}, {" if "target" in columns else "{"
    with pytest.raises(ExperimentError) as caught:
        warnings_of(tmp_path, (steps + THREE).removeprefix("{"), SPARSE, FUNCTION % columns)
    (problem,) = caught.value.problems
    assert words in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("columns", "loss", "more"),
    [
        (f'{UNIT}, y: "floor(3 * x)"', SPARSE, ""),
        (f'{UNIT}, y: "floor(3 * x)"', "crossentropy", ""),
        ('samples: 4, x: "linspace(0, 0.9)", y: "floor(x / 0.3)"', SPARSE, "validation_split: 0.25"),
        (f'{UNIT}, y: "where(x > 0.999, 3, 0)"', SPARSE, ""),
        (f'{UNIT}, y: "floor(4 * x)"', "{SparseCategoricalCrossentropy: {ignore_class: 3}}", ""),
        (f'{UNIT}, y: "floor(4 * x) - 1"', "{SparseCategoricalCrossentropy: {ignore_class: -1}}", ""),
        (f'{UNIT}, y: "x > 0.5"', SPARSE, ""),
    ],
)
def test_computed_labels_that_may_suit_the_loss_are_left_to_the_training(tmp_path, columns, loss, more):
    path = tmp_path / "exp.yaml"
    path.write_text(
        f"data: {{generator: {{{FUNCTION % columns}}}{', ' * bool(more)}{more}}}\nepochs: 1\noptimizer: adam\n"
        f"layers: [{{{THREE}}}]\nloss: {loss}\n"
    )
    load_experiment(path)


@pytest.mark.keras
@pytest.mark.parametrize("labels", ["where(x > 0.99, 3, 0)", "where(x > 0.99, 0.5, 0)"])
def test_labels_that_only_the_training_finds_are_told_in_the_same_words(tmp_path, labels):
    path = tmp_path / "exp.yaml"
    columns = f'samples: 300, x: "uniform(0, 1)", y: "{labels}"'
    warnings_of(tmp_path, THREE, SPARSE, FUNCTION % columns)
    words = "The labels go from 0 to 3, which are 4 classes; the output" if "3" in labels else f"{NOT_WHOLE}0.5"
    with pytest.raises(ExperimentError) as caught:
        train_file(path, RunOptions(tmp_path, animated=False), RunListener(), runs_dir=tmp_path)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("layer", "target", "count"),
    [
        ("activation: sigmoid", "x + 0.8", 1),
        ("activation: sigmoid", "x + 0.4", 0),
        ("activation: sigmoid", "x + 0.51", 0),  # its mean is hardly beyond
        ("activation: relu", "-x - 1", 1),
        ("activation: tanh", "where(x > 0.5, 3, -3)", 0),
        ("activation: linear", "100 * x", 0),
    ],
)
def test_computed_targets_whose_mean_is_beyond_the_activation_are_warned_of(tmp_path, layer, target, count):
    columns = FUNCTION % f'{UNIT}, y: "{target}"'
    found = warnings_of(tmp_path, f"Dense: {{units: 1, {layer}}}", "mse", columns)
    assert len(found) == count
    assert all("are, for example," in warning.message for warning in found)


@pytest.mark.keras
def test_train_prints_warnings_unless_quiet(tmp_path, capsys):
    path = str(CASES / "logits_as_probabilities" / "exp.yaml")
    command = ["train", path, "--runs-dir", str(tmp_path), *SHORT]
    assert run(command) == 0
    assert "warning: sparse_categorical_crossentropy takes probabilities" in capsys.readouterr().err
    assert run([*command, "--quiet"]) == 0
    assert "warning" not in capsys.readouterr().err


def refused(tmp_path, data, more, loss="mse"):
    path = tmp_path / "exp.yaml"
    path.write_text(f"data: {data}\nlayers: [{{Dense: {{units: 1}}}}]\noptimizer: sgd\nloss: {loss}\nepochs: 1\n{more}")
    with pytest.raises(ExperimentError) as caught:
        load_experiment(path)
    return str(caught.value)


def test_class_weights_of_a_target_that_is_no_label_are_refused(capsys):
    path = str(CASES / "class_weight_on_numbers" / "exp.yaml")
    assert run(["check", path]) == 2
    assert 'The target "y" has numbers that are not whole, so it is no class label.' in capsys.readouterr().err


def test_class_weights_of_several_targets_are_refused(tmp_path):
    data = "{generator: {table: {columns: [x, a, b], target: [a, b], rows: [[0, 1, 0], [1, 0, 1]]}}}"
    assert "one target. The targets are: a, b." in refused(tmp_path, data, "class_weight: {0: 1, 1: 2}")


def test_a_class_that_is_not_there_is_refused(tmp_path):
    data = "{generator: {moons: {samples: 60}}}"
    assert "There is no class 7. The labels go up to 1." in refused(tmp_path, data, "class_weight: {7: 2.0}")


def test_a_class_that_is_not_there_is_named_with_the_option_that_weights_it(capsys):
    assert run(["check", str(CASES / "set_in_callbacks" / "exp.yaml"), "--set", "class_weight={7: 2.0}"]) == 2
    assert capsys.readouterr().err.startswith("--set class_weight={7: 2.0}: There is no class 7.")


@pytest.mark.parametrize("target", ["choice(0.5, 1)", "3 * x"])
@pytest.mark.keras
def test_class_weights_of_numbers_are_refused_before_training(tmp_path, target, capsys):
    path = tmp_path / "exp.yaml"
    path.write_text(
        f'data: {{generator: {{function: {{samples: 50, x: "uniform(0, 1)", y: "{target}"}}}}}}\n'
        "layers: [{Dense: {units: 1}}]\noptimizer: sgd\nloss: mse\nepochs: 1\nclass_weight: {0: 1, 1: 5}\n"
    )
    assert run(["train", str(path), "--runs-dir", str(tmp_path), "--quiet"]) == 2
    assert "so it is no class label" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (
            "exp.yaml",
            ["accuracy is CategoricalAccuracy here", "write metrics: [binary_accuracy]", "F1Score: {threshold: 0.5}"],
        ),
        ("exp2.yaml", ["categorical_accuracy takes one-hot vectors", "Write metrics: [accuracy]."]),
    ],
)
def test_a_metric_that_measures_something_else_is_warned_of(file, words, capsys):
    assert run(["check", str(CASES / "metric_that_does_not_fit" / file)]) == 0
    written = capsys.readouterr().err
    assert all(word in written for word in words)


SOFTMAX = "Flatten: {}}, {Dense: {units: 10, activation: softmax}"
SIGMOID = "Dense: {units: 1, activation: sigmoid}"
LOGIT = "Dense: {units: 1}"
BLOBS = "digits: {}"


@pytest.mark.parametrize(
    ("layer", "loss", "generator", "metric", "count"),
    [
        (SIGMOID, "binary_crossentropy", MOONS, "F1Score", 1),
        (SIGMOID, "binary_crossentropy", MOONS, "F1Score: {threshold: 0.5}", 0),
        (SIGMOID, "binary_crossentropy", MOONS, "categorical_accuracy", 1),
        (SIGMOID, "binary_crossentropy", MOONS, "accuracy", 0),
        (SOFTMAX, "sparse_categorical_crossentropy", BLOBS, "accuracy", 0),
        (SOFTMAX, "sparse_categorical_crossentropy", BLOBS, "sparse_categorical_accuracy", 0),
        (SOFTMAX, "sparse_categorical_crossentropy", BLOBS, "top_k_categorical_accuracy", 1),
        (LOGIT, "{BinaryCrossentropy: {from_logits: true}}", MOONS, "accuracy", 1),
        (LOGIT, "{BinaryCrossentropy: {from_logits: true}}", MOONS, "BinaryAccuracy: {threshold: 0}", 0),
        (LOGIT, "mse", MOONS, "mae", 0),
    ],
)
def test_metrics_and_what_they_measure(tmp_path, layer, loss, generator, metric, count):
    metric = f"{{{metric}}}" if ":" in metric else metric
    assert len(warnings_of(tmp_path, layer, loss, generator, f"metrics: [{metric}]\n")) == count


@pytest.mark.parametrize("path", ["callbacks.0.patience", "callbacks.0.EarlyStopping.patience"])
def test_the_name_of_a_callback_may_be_left_out(path):
    experiment = load_experiment(CASES / "set_in_callbacks" / "exp.yaml", [f"{path}=3"])
    assert experiment.callbacks[0].arguments == {"patience": 3}


def test_a_callback_without_arguments_takes_one():
    overrides = ["callbacks=[EarlyStopping]", "callbacks.0.patience=4"]
    experiment = load_experiment(CASES / "set_in_callbacks" / "exp.yaml", overrides)
    assert experiment.callbacks[0].arguments == {"patience": 4}


@pytest.mark.parametrize(("text", "name"), [("unifrm(0, 1)", "uniform"), ("nrmal(0, 1)", "normal")])
def test_a_misspelt_distribution_has_a_nearest_name(tmp_path, text, name):
    data = f'{{generator: {{function: {{samples: 9, x: "{text}", y: x}}}}}}'
    assert f'Did you mean "{name}"?' in refused(tmp_path, data, "")


@pytest.mark.parametrize("setting", ["batch_size: 3000000000", "batch_size: 1000000000000000000000"])
def test_a_batch_larger_than_can_be_counted_is_refused(tmp_path, setting):
    assert "at most 2147483647" in refused(tmp_path, "{generator: {moons: {samples: 60}}}", setting)


@pytest.mark.parametrize(
    ("layers", "count"),
    [
        ("Dense: {units: 4, trainable: false}}, {Dense: {units: 1, activation: sigmoid, trainable: false}", 1),
        ("Dense: {units: 4, trainable: false}}, {Dense: {units: 1, activation: sigmoid}", 0),
        ("Dropout: {rate: 0.1, trainable: false}}, {Dense: {units: 1, activation: sigmoid}", 0),
    ],
)
def test_a_network_that_learns_nothing_is_warned_of(layers, count, tmp_path):
    found = warnings_of(tmp_path, layers, "bce")
    assert [warning.message.partition(":")[0] for warning in found] == ["No weight is trained"] * count


WORDS = ("ant", "bee", "cat")


def sequence_file(tmp_path, layers, loss, cell, data="", name="exp.yaml"):
    """An experiment over sequences of three inputs and three targets, whose cells `cell` makes of label and column."""
    rows = [[(i + j) % 3 for j in range(3)] for i in range(30)]
    lines = [",".join([*map(str, row), *(str(cell(label, j)) for j, label in enumerate(row))]) for row in rows]
    (tmp_path / "rows.csv").write_text("\n".join(["a,b,c,p,q,r", *lines, ""]))
    file = tmp_path / name
    generator = "generator: {csv: {path: rows.csv, inputs: [a, b, c], target: [p, q, r]}}, validation_split: 0.25"
    file.write_text(
        f"data: {{{generator}{data}}}\nlayers:\n  - Embedding: {{input_dim: 3, output_dim: 4}}\n  - {layers}\n"
        f"optimizer: {{Adam: {{learning_rate: 0.1}}}}\nloss: {loss}\nepochs: 15\n"
    )
    return file


CLASSES = "Dense: {units: 3, activation: softmax}"
ONE = "Dense: {units: 1, activation: sigmoid}"


@pytest.mark.parametrize(
    ("layers", "loss", "cell", "data", "message"),
    [
        (CLASSES, SPARSE, lambda label, j: WORDS[label], "", None),
        (CLASSES, SPARSE, lambda label, j: label, "", None),
        (CLASSES, "crossentropy", lambda label, j: WORDS[label], "", None),
        (ONE, "binary_crossentropy", lambda label, j: ["no", "yes"][label > 0], "", None),
        (ONE, "mse", lambda label, j: label / 2, "", None),
        (CLASSES, SPARSE, lambda label, j: WORDS[max(label, j == 1)], "", "have different texts"),
        (ONE, "binary_crossentropy", lambda label, j: ["no", "yes"][label > 0 or j == 1], "", "have different texts"),
        (CLASSES.replace("3", "2"), SPARSE, lambda label, j: WORDS[label], "", "which are 3 classes"),
        (CLASSES.replace("3", "2"), SPARSE, lambda label, j: label, "", "which are 3 classes"),
        (CLASSES, SPARSE, lambda label, j: label - 1, "", "go from -1 to 1"),
        (CLASSES, "categorical_crossentropy", lambda label, j: WORDS[label], ", one_hot: true", "one vector with one"),
        (CLASSES, SPARSE, lambda label, j: label, ", one_hot: true", "one vector with one_hot"),
    ],
)
def test_labels_per_step_are_numbered_alike_and_have_a_unit(tmp_path, layers, loss, cell, data, message):
    file = sequence_file(tmp_path, layers, loss, cell, data)
    if message is None:
        assert load_experiment(file).outputs[0].targets == ("p", "q", "r")
        return
    with pytest.raises(ExperimentError, match=message) as caught:
        load_experiment(file)
    (problem,) = caught.value.problems
    assert problem.hint


@pytest.mark.keras
@pytest.mark.parametrize(
    ("layers", "loss", "words"),
    [(CLASSES, SPARSE, WORDS), (ONE, "binary_crossentropy", ("no", "yes", "yes"))],
)
def test_each_step_has_a_true_and_a_predicted_text(tmp_path, layers, loss, words):
    file = sequence_file(tmp_path, layers, loss, lambda label, j: words[label])
    folder = train_file(
        file, RunOptions(tmp_path, animated=False, reported=False), RunListener(), runs_dir=tmp_path
    ).folder
    with (folder / "predictions.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        for column, target in zip("abc", "pqr", strict=True):
            assert row[target] == row[f"predicted_{target}"] == words[int(float(row[column]))]
    assert {"confusion.png", "classes.png"} <= {path.name for path in (folder / "plots").iterdir()}


SCALED = "data: {{generator: {{function: {{samples: 99, x: 'uniform(0, 1)', y: {y}}}}}, scale_targets: {scaling}}}\n"


def load_scaled(tmp_path, scaling, layer, loss, y="x"):
    path = tmp_path / "exp.yaml"
    text = SCALED.format(scaling=scaling, y=y)
    path.write_text(f"{text}layers: [{{Dense: {{{layer}}}}}]\noptimizer: adam\nloss: {loss}\nepochs: 1\n")
    return load_experiment(path)


@pytest.mark.parametrize("loss", ["binary_crossentropy", "poisson", "msle", "kl_divergence", "crossentropy"])
def test_targets_scaled_to_a_mean_of_0_are_refused_by_losses_without_negative_targets(tmp_path, loss):
    with pytest.raises(ExperimentError, match="scaled to a mean of 0") as caught:
        load_scaled(tmp_path, "standard", "units: 1, activation: sigmoid", loss)
    assert "scale_targets: minmax" in caught.value.problems[0].hint
    load_scaled(tmp_path, "minmax", "units: 1, activation: sigmoid", loss)


@pytest.mark.parametrize("loss", ["mse", "mae", "hinge", "{Huber: {delta: 2.0}}"])
def test_targets_scaled_to_a_mean_of_0_suit_losses_for_values(tmp_path, loss):
    assert load_scaled(tmp_path, "standard", "units: 1", loss).warnings == ()


def test_an_activation_without_negative_outputs_does_not_suit_targets_with_a_mean_of_0(tmp_path):
    for activation in ("sigmoid", "relu", "softplus"):
        (warning,) = load_scaled(tmp_path, "standard", f"units: 1, activation: {activation}", "mse").warnings
        assert f"({activation}) gives" in warning.message
        assert load_scaled(tmp_path, "minmax", f"units: 1, activation: {activation}", "mse").warnings == ()
