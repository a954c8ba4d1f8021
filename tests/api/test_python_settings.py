"""Settings as Python values become what an experiment file has, and messages name them by their paths."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import EXPERIMENTS
from nnrun.api import python_settings
from nnrun.api.python_settings import NAME, document_of, experiment_source, named_settings, overrides_of
from nnrun.errors import ExperimentError, Problem, TrainingError
from nnrun.experiment.text.overrides import apply_overrides
from nnrun.experiment.text.yaml_text import Document, parse_document
from nnrun.load import interpret, load_experiment

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=9)
NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=9,
)


@given(st.dictionaries(TEXTS, VALUES))
def test_an_experiment_reads_back_as_it_is(experiment):
    document = parse_document(experiment_source(experiment).decode(), NAME)
    assert document.value == experiment


@given(VALUES)
def test_a_setting_reads_back_as_it_is(value):
    document = Document({"predict": 0})
    apply_overrides(document, overrides_of({"predict": value}))
    assert document.value == {"predict": value}


def test_arrays_tuples_paths_and_numbers_of_numpy_are_taken():
    settings = {
        "a": np.float32(0.5),
        "b": np.arange(3),
        "c": (1, 2),
        "d": Path("x.csv"),
        "e": {0: 1.5},
        "f": range(2),
    }
    assert overrides_of(settings) == ("a=0.5", "b=[0, 1, 2]", "c=[1, 2]", 'd="x.csv"', 'e={"0": 1.5}', "f=[0, 1]")


@pytest.mark.parametrize(
    ("experiment", "message"),
    [
        ({"epochs": math.nan}, "epochs: Numbers must be finite. Received: nan"),
        ({"data": {"rows": [[1, math.inf]]}}, "data.rows.0.1: Numbers must be finite. Received: inf"),
        ({"loss": print}, "loss: A setting consists of numbers, texts, lists, mappings. Received: an object of type"),
        ({("a", "b"): 1}, "experiment: A key must be a text. Received: an object of type tuple"),
    ],
)
def test_what_an_experiment_file_cannot_have_is_refused_with_its_path(experiment, message):
    with pytest.raises(ExperimentError) as caught:
        experiment_source(experiment)
    assert str(caught.value).startswith(message)


def test_an_experiment_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(python_settings, "MAX_RESOLVED_BYTES", 2048)
    with pytest.raises(ExperimentError, match=r"larger than 2 KiB as YAML.\n  Save its rows in a CSV file"):
        experiment_source({"a": "x" * 2048})


EXPERIMENT = {
    "data": {"generator": {"function": {"samples": 8, "x": "uniform(0, 1)", "y": "x"}}},
    "layers": [{"Dense": {"unit": 3}}],
    "optimizer": "adam",
    "loss": "mse",
    "epochs": 0,
}


@pytest.mark.parametrize(
    ("document", "renamed"),
    [(document_of, lambda source: None), (lambda text: parse_document(text.decode(), NAME), bytes)],
)
def test_messages_name_the_settings_of_a_mapping_by_their_paths(document, renamed):
    source = experiment_source(EXPERIMENT)
    with pytest.raises(ExperimentError) as caught, named_settings(renamed(source)):
        interpret(document(source), source, NAME, Path.cwd())
    assert [str(problem) for problem in caught.value.problems] == [
        'layers.0.Dense.unit: The layer Dense has no argument "unit".\n  Did you mean "units"?',
        'epochs: "epochs" must be at least 1. Received: 0',
    ]


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("Train one: --set data.fold=1", 'Train one: settings={"data.fold": 1}'),
        ("Without XLA: --set engine=graph; or less.", 'Without XLA: settings={"engine": "graph"}; or less.'),
        ("Fit: --set 'start.layers=[a, b]'", "Fit: settings={\"start.layers\": ['a', 'b']}"),
        ("For example: --grid seed=0..99, or", 'For example: grid={"seed": "0..99"}, or'),
        ("No option here.", "No option here."),
    ],
)
@pytest.mark.parametrize("kind", [ExperimentError, TrainingError])
def test_remedies_name_settings_as_python_has_them(kind, hint, expected):
    with pytest.raises(kind) as caught, named_settings():
        raise kind(Problem("It fails.", hint=hint))
    assert caught.value.problems[0].hint == expected


def test_messages_name_changed_settings_by_their_paths_too():
    with pytest.raises(ExperimentError) as caught, named_settings():
        load_experiment(EXPERIMENTS / "xor.yaml", overrides_of({"epochs": 0}))
    assert str(caught.value) == 'epochs: "epochs" must be at least 1. Received: 0'
