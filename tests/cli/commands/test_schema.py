"""`nnrun schema`: what it prints is a schema of draft-07 by which plain tools can check experiment files."""

import json

import pytest
from jsonschema import Draft7Validator

from experiments import EXPERIMENTS, SHIPPED
from nnrun.cli.main import run
from nnrun.experiment.text.yaml_text import parse_document


@pytest.fixture
def printed(capsys):
    assert run(["schema"]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    return json.loads(output.out)


def test_it_is_valid_by_the_meta_schema_of_draft_7(printed):
    assert printed["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(printed)


def test_every_shipped_experiment_is_valid_for_a_plain_validator(printed):
    validator = Draft7Validator(printed)
    for name in SHIPPED:
        value = parse_document((EXPERIMENTS / f"{name}.yaml").read_text(), name).value
        assert [error.message for error in validator.iter_errors(value)] == []


def test_a_mistake_is_found_by_a_plain_validator_where_it_stands(printed):
    value = parse_document((EXPERIMENTS / "xor.yaml").read_text().replace("relu", "rellu"), "xor").value
    (error,) = Draft7Validator(printed).iter_errors(value)
    assert list(error.absolute_path) == ["layers", 0, "Dense", "activation"]
