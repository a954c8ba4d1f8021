"""`nnrun check`: a line per good file, every problem of a bad one."""

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
