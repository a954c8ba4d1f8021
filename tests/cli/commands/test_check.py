"""`nnrun check`: a line per good file, every problem of a bad one."""

import io
import json

import pytest
from click.testing import CliRunner

from experiments import EXPERIMENTS, SHIPPED
from nnrun.cli.main import nnrun, run


def test_every_shipped_experiment_is_well():
    files = [str(EXPERIMENTS / f"{name}.yaml") for name in SHIPPED]
    result = CliRunner().invoke(nnrun, ["check", *files], standalone_mode=False)
    lines = result.stdout.splitlines()
    assert [line.partition(" (")[0] for line in lines] == [f"{file}: ok" for file in files]
    partly = [line for line in lines if "(" in line]
    assert all("trainability" in line and line.endswith("configurations of its sweep checked)") for line in partly)
    assert len(partly) == 2
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


def test_a_dash_reads_standard_input_with_paths_from_the_current_folder(tmp_path, monkeypatch, capsys):
    def check_piped(text, *options):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return run(["check", "-", *options])

    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("x,y\n" + "1,2\n" * 9)
    text = "data: {generator: {csv: {path: rows.csv}}}\nlayers: [{Dense: {units: 1}}]\nloss: mse\nepochs: 1\n"
    assert check_piped(text + "optimizer: adam\n") == 0
    assert capsys.readouterr() == ("standard input: ok\n", "")
    assert check_piped(text + "optimizer: adm\nsweep: {grid: {epochs: [1, 0]}}\n", "--format", "json") == 2
    found = json.loads(capsys.readouterr().out)
    assert [(record["file"], record["line"]) for record in found] == [("standard input", 5), ("standard input", 6)]
    assert check_piped("") == 2
    assert capsys.readouterr().err.startswith("standard input is empty.")


def test_control_characters_of_a_file_never_reach_the_terminal(tmp_path, capsys):
    bad = tmp_path / "bad.yaml"
    bad.write_text('name: "\\e[31mred"\n"\\e]0;title": 1\n')
    assert run(["check", str(bad)]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_no_file_is_a_usage_error(capsys):
    assert run(["check"]) == 64
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
    assert run(["check", "--format", "xml", str(EXPERIMENTS / "xor.yaml")]) == 64
    assert "'text', 'json', 'github'" in capsys.readouterr().err


SWEPT = """\
data: {generator: moons, validation_split: 0.2}
layers: [{Dense: {units: 4}}, {Dense: {units: 1, activation: sigmoid}}]
optimizer: adam
loss: binary_crossentropy
epochs: 1
sweep:
"""


@pytest.mark.parametrize(
    ("section", "line", "column", "message"),
    [
        ("  grid: {batch_size: [8, 0]}", 7, 26, '"batch_size" must be at least 1'),
        ("  grid: {layers.0.activation: [tanh, rellu]}", 7, 38, 'Unknown activation "rellu"'),
        ("  grid: {layers.5.units: [1]}", 7, 17, '"layers" has no entry 5'),
        ("  grid: {optimizer: [adam, sgd], optimizer.beta_1: [0.5]}", 7, 44, 'SGD has no argument "beta_1"'),
        ("  grid: {layers.1.units: [1, 2]}", 4, 7, "In the trial with layers.1.units: 2: The output"),
        ("  variants: {a: {epochs: 3}, b: {epochs: 0}}", 7, 42, '"epochs" must be at least 1'),
        ("  random: {trials: 3, batch_size: [0]}", 7, 35, '"batch_size" must be at least 1'),
        ("  random: {trials: 1000000000, epochs: 'integers(1, 9)'}", 7, 20, "at most 10,000,000 trials. Received: 1,0"),
        ("  grid: {epochs: 1..99999, batch_size: 1..99999}", 7, 10, "at most 10,000,000 trials. Received: 9,99"),
        ("  grid: {seed: [0, -1]}", 7, 20, '"seed" must be at least 0'),
        ("  search: {epochs: 'integers(0, 4)'}\n  trials: 2\n  objective: min(loss)", 7, 20, '"epochs" must be at'),
    ],
)
def test_a_sweep_that_cannot_run_is_shown_in_its_place(tmp_path, capsys, section, line, column, message):
    path = tmp_path / "swept.yaml"
    path.write_text(SWEPT + section + "\n")
    assert run(["check", str(path)]) == 2
    (place, *others) = [text for text in capsys.readouterr().err.splitlines() if text.startswith(str(path))]
    assert place.startswith(f"{path}:{line}:{column}: ")
    assert message in place
    assert others == []


def test_the_trials_of_a_sweep_are_checked_as_before_it_trains(tmp_path, capsys):
    path = tmp_path / "swept.yaml"
    path.write_text(SWEPT + "  grid: {layers.0.units: [1, 2, 3, 4, 5, 6], batch_size: 1..20}\n")
    assert run(["check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: ok\n"
    # Only the last of 120 combinations cannot be trained.
    path.write_text(SWEPT + "  grid: {layers.1.units: [1, 1, 1, 1, 1, 2], batch_size: 1..20}\n")
    assert run(["check", str(path)]) == 2
    assert "In the trial with layers.1.units: 2, batch_size: 1: The output" in capsys.readouterr().err


def test_of_a_large_sweep_each_value_and_the_ends_of_all_are_checked(tmp_path, capsys):
    path = tmp_path / "swept.yaml"
    path.write_text(SWEPT + "  grid: {optimizer.learning_rate: 'log(1e-4, 1, 5000)', batch_size: 1..16}\n")
    assert run(["check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: ok (116 of 80,000 configurations of its sweep checked)\n"
    path.write_text(path.read_text().replace("1..16", "[1, 2, 3, 0]"))
    assert run(["check", str(path)]) == 2
    path.write_text(SWEPT + "  random: {trials: 50000, batch_size: 'integers(0, 100000000)'}\n")
    assert run(["check", str(path)]) == 2


def test_a_trial_that_no_machine_has_the_memory_for_is_an_error(tmp_path, capsys):
    path = tmp_path / "swept.yaml"
    wide = SWEPT.replace("layers: [", "layers: [{Dense: {units: 4}}, ")
    path.write_text(wide + "  grid: {layers.0.units: [4, 2000000], layers.1.units: [4, 1000000, 2000000]}\n")
    assert run(["check", str(path)]) == 2
    told = capsys.readouterr().err
    assert told.count("In the trial with layers.0.units: 2000000, layers.1.units: 1000000: A training needs at") == 1
    assert told.count("of memory") == 1


def test_mistakes_of_the_experiment_do_not_come_again_for_its_trials(tmp_path, capsys):
    path = tmp_path / "swept.yaml"
    path.write_text(SWEPT.replace("adam", "adm").replace("units: 1,", "units: 3,") + "  grid: {batch_size: [0, 1]}\n")
    assert run(["check", "--format", "json", str(path)]) == 2
    found = [(record["line"], record["column"]) for record in json.loads(capsys.readouterr().out)]
    assert found[0] == (3, 12)
    assert found[-1] == (7, 23)
    assert len(set(found)) == len(found)


def test_a_trial_that_is_probably_not_meant_is_a_warning(tmp_path, capsys):
    path = tmp_path / "swept.yaml"
    path.write_text(SWEPT + "  grid: {layers.1.activation: [sigmoid, linear]}\n")
    assert run(["check", str(path)]) == 0
    assert f"{path}:7:41: warning: binary_crossentropy takes" in capsys.readouterr().err
