"""`nnrun catalog`: kinds, names, and one component with its arguments and an example that is valid."""

import pytest
from jsonschema import Draft7Validator

from nnrun.cli import lookup
from nnrun.cli.examples import example
from nnrun.cli.main import run
from nnrun.experiment.component import read_component
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.schema.schema import experiment_schema
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.yaml_text import parse_document

SMALLEST = {"data": {"generator": "moons"}, "layers": ["Flatten"], "optimizer": "adam", "loss": "mse", "epochs": 1}
KINDS = load_catalog().kinds
ALL = [(kind, entry.name) for kind in KINDS for entry in lookup.entries(kind)]

DENSE = """\
Dense (layer)
Just your regular densely-connected NN layer.
https://keras.io/api/layers/core_layers/dense/

argument              type                   default         allowed
units                 whole number           required        at least 1
activation            activation or null     null
use_bias              true or false          true
kernel_initializer    initializer            glorot_uniform
"""


def printed(capsys, *arguments: str) -> str:
    assert run(["catalog", *arguments]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    return output.out


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)


def test_without_arguments_it_counts_the_components_of_every_kind(capsys):
    lines = printed(capsys).splitlines()
    assert [line.split()[0] for line in lines] == list(KINDS)
    assert "optimizers    15" in lines


def test_a_kind_is_a_table_of_its_names_one_per_line(capsys):
    lines = printed(capsys, "optimizers").splitlines()
    assert [line.split()[0] for line in lines] == [entry.name for entry in lookup.entries("optimizers")]
    (adam,) = (line for line in lines if line.startswith("Adam "))
    assert adam.endswith("  Optimizer that implements the Adam algorithm.")


def test_a_name_shows_what_it_is_and_its_arguments(capsys):
    assert printed(capsys, "layers", "Dense").startswith(DENSE)


def test_it_shows_aliases_and_an_alias_shows_the_same(capsys):
    text = printed(capsys, "losses", "mse")
    assert "Other names: MSE, mean_squared_error, mse" in text
    assert text == printed(capsys, "losses", "MeanSquaredError")


def test_it_shows_what_is_left_out_of_a_component_and_why(capsys):
    text = printed(capsys, "layers", "Dense")
    assert "quantization_config: it takes Python objects that an experiment file cannot hold" in text


def test_arguments_of_free_names_are_told(capsys):
    assert "any other name  text or number" in printed(capsys, "generators", "function")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["layer"], 'There is no kind "layer".\n  Did you mean "layers"?\n'),
        (["Dense"], 'There is no kind "Dense".\n  See nnrun catalog layers Dense\n'),
        (["layers", "dense"], 'There is no layer "dense".\n  Did you mean "Dense"?\n'),
        (["optimizers", "Dense"], 'There is no optimizer "Dense".\n  See nnrun catalog layers Dense\n'),
        (["layers", "zzz"], 'There is no layer "zzz".\n  See nnrun catalog layers\n'),
        (
            ["layers", "Lambda"],
            "The layer Lambda is not supported in experiments: it runs code that an experiment file cannot hold.\n",
        ),
    ],
)
def test_what_is_not_there_is_status_2_with_the_nearest_that_is(arguments, message, capsys):
    assert run(["catalog", *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == message


def test_an_unknown_kind_that_is_near_to_none_lists_them_all(capsys):
    assert run(["catalog", "zzz"]) == 2
    assert f"The kinds are {', '.join(KINDS)}." in capsys.readouterr().err


def test_every_refusal_is_told(capsys):
    for kind, refused in load_catalog().refused.items():
        for name, reason in refused.items():
            assert run(["catalog", kind, name]) == 2
            assert reason in capsys.readouterr().err


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_but_an_address_is_wider_than_the_terminal(width):
    assert all(len(line) <= width for kind in KINDS for line in lookup.names(kind, width))
    for kind, name in ALL:
        lines = lookup.component(kind, name, width)
        assert all(len(line) <= width or line.startswith("https://") for line in lines), name


def test_the_width_is_that_of_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, printed(capsys, "layers", "Dense").splitlines())) <= 60


def test_the_address_stays_whole_in_the_narrowest_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    assert "\nhttps://keras.io/api/layers/pooling_layers/max_pooling2d/\n" in printed(capsys, "layers", "MaxPool2D")


@pytest.mark.parametrize("width", [None, 60])
def test_the_example_that_is_shown_is_the_yaml_of_a_valid_experiment(width):
    validator = Draft7Validator(experiment_schema())
    for kind, name in ALL:
        settings = example(kind, name)
        if settings is None:
            continue
        text = "\n".join(lookup.component(kind, name, width)).partition("Example:\n")[2]
        assert parse_document(text, name).value == settings
        assert [error.message for error in validator.iter_errors({**SMALLEST, **settings})] == [], name
        assert name in dump(settings)


def test_every_kind_that_a_setting_takes_has_examples():
    without = {kind for kind, name in ALL if example(kind, name) is None}
    assert without == {"callbacks"} - set(experiment_schema()["properties"])


def test_every_argument_that_must_be_given_has_a_value():
    for kind, name in ALL:
        entry = load_catalog().entry(kind, name)
        written = dump(example(kind, name) or {})
        for key, argument in entry.arguments.items():
            if argument.required and kind != "callbacks":
                assert f"{key}:" in written, f"{name}.{key}"
        assert "null" not in written, name


@pytest.mark.keras
@pytest.mark.parametrize("kind", sorted({"layers", "optimizers", "losses", "metrics"} & set(KINDS)))
def test_keras_takes_every_example(kind):
    from nnrun.model.components import build_component

    for entry in lookup.entries(kind):
        if entry.name not in ("Input", "crossentropy", "accuracy"):
            settings = example(kind, entry.name)
            key = next(iter(settings))
            document = parse_document(dump({key: settings[key]}), entry.name)
            path = (key, 0) if isinstance(settings[key], list) else (key,)
            build_component(read_component(document, path, kind))
