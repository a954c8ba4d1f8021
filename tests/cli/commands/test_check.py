"""`nnrun check`: a line per good file, every problem of a bad one."""

import json

import pytest
from click.testing import CliRunner

from experiments import EXPERIMENTS, SHIPPED
from nnrun.cli.main import nnrun, run


def test_every_shipped_experiment_is_well():
    files = [str(EXPERIMENTS / f"{name}.yaml") for name in SHIPPED]
    result = CliRunner().invoke(nnrun, ["check", *files], standalone_mode=False)
    assert result.stdout.splitlines() == [f"{file}: ok" for file in files]
    assert result.stderr == ""
    assert result.return_value == 0


def test_a_bad_file_does_not_hide_a_good_one(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text((EXPERIMENTS / "xor.yaml").read_text().replace("relu", "rellu").replace("epochs", "epoch"))
    good = str(EXPERIMENTS / "moons.yaml")
    result = CliRunner().invoke(nnrun, ["check", str(bad), good], standalone_mode=False)
    assert result.stdout == f"{good}: ok\n"
    assert 'Did you mean "relu"?' in result.stderr
    assert 'Did you mean "epochs"?' in result.stderr
    assert result.return_value == 2


def test_an_override_is_checked_as_part_of_the_file(capsys):
    assert run(["check", str(EXPERIMENTS / "xor.yaml"), "--set", "layers.0.units=0"]) == 2
    assert capsys.readouterr().err.startswith("--set layers.0.units=0: ")


def test_control_characters_of_a_file_never_reach_the_terminal(tmp_path, capsys):
    bad = tmp_path / "bad.yaml"
    bad.write_text('name: "\\e[31mred"\n"\\e]0;title": 1\n')
    assert run(["check", str(bad)]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_no_file_is_a_usage_error(capsys):
    assert run(["check"]) == 2
    assert "Missing argument" in capsys.readouterr().err


@pytest.fixture
def bad(tmp_path):
    """A file with two mistakes: the activation in line 4, the key in line 7."""
    path = tmp_path / "bad.yaml"
    path.write_text(
        "seed: 0\ndata: {generator: moons}\nlayers:\n  - Dense: {units: 1, activation: rellu}\n"
        "optimizer: adam\nloss: mse\nepoch: 1\n"
    )
    return path


def test_json_is_one_array_with_every_problem_of_every_file(bad, capsys):
    assert run(["check", "--format", "json", str(bad), str(EXPERIMENTS / "xor.yaml"), "missing.yaml"]) == 2
    output = capsys.readouterr()
    assert output.err == ""
    assert json.loads(output.out) == [
        {
            "file": str(bad),
            "line": 4,
            "column": 35,
            "option": None,
            "severity": "error",
            "message": 'Unknown activation "rellu".',
            "hint": 'Did you mean "relu"?',
        },
        {
            "file": str(bad),
            "line": 7,
            "column": 1,
            "option": None,
            "severity": "error",
            "message": 'An experiment has no setting "epoch".',
            "hint": 'Did you mean "epochs"?',
        },
        {
            "file": "missing.yaml",
            "line": None,
            "column": None,
            "option": None,
            "severity": "error",
            "message": "Cannot read missing.yaml: No such file or directory.",
            "hint": None,
        },
    ]


def test_json_names_the_option_that_a_problem_stands_in(capsys):
    assert run(["check", "--format", "json", str(EXPERIMENTS / "xor.yaml"), "--set", "epochs=0"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)
    assert (problem["line"], problem["column"], problem["option"]) == (None, None, "--set epochs=0")


def test_json_of_good_files_is_an_empty_array(capsys):
    assert run(["check", "--format", "json", str(EXPERIMENTS / "xor.yaml")]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_github_annotations_carry_file_line_and_column(bad, capsys):
    assert run(["check", "--format", "github", str(bad)]) == 2
    output = capsys.readouterr()
    assert output.err == ""
    first, second = output.out.splitlines()
    assert first == (
        f'::error file={bad},line=4,col=35,title=nnrun check::Unknown activation "rellu".%0ADid you mean "relu"?'
    )
    assert second.startswith(f"::error file={bad},line=7,col=1,title=nnrun check::An experiment has no setting")


def test_github_annotations_escape_what_ends_a_property_or_a_message(tmp_path, capsys):
    odd = tmp_path / "50%, a:b\r.yaml"
    odd.write_text('"100%\\nsure: yes, \\e[31m": 1\n')
    assert run(["check", "--format", "github", str(odd)]) == 2
    lines = capsys.readouterr().out.split("\n")
    assert all(line.startswith("::error file=") for line in lines[:-1])
    assert f"file={tmp_path}/50%25%2C a%3Ab%0D.yaml,line=1,col=1," in lines[0]
    message = lines[0].split("::", 2)[2]
    assert '"100%25%0Asure: yes, ' in message
    assert "\x1b" not in message


def test_github_annotations_of_an_override_have_no_line(capsys):
    xor = EXPERIMENTS / "xor.yaml"
    assert run(["check", "--format", "github", str(xor), "--set", "epochs=0"]) == 2
    assert capsys.readouterr().out.startswith(f"::error file={xor},title=nnrun check::--set epochs=0: ")


def test_github_annotations_of_good_files_are_none(capsys):
    assert run(["check", "--format", "github", str(EXPERIMENTS / "xor.yaml")]) == 0
    assert capsys.readouterr().out == ""


def test_another_format_is_a_usage_error(capsys):
    assert run(["check", "--format", "xml", str(EXPERIMENTS / "xor.yaml")]) == 2
    assert "'text', 'json', 'github'" in capsys.readouterr().err
