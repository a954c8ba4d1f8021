"""`nnrun new`: a file to begin with, never in place of another one."""

import shlex
import shutil
import sys

import pytest

from experiments import FLOWERS
from nnrun.cli.main import run
from nnrun.load import load_experiment
from nnrun.templates.template import TEMPLATES, text_of


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_becomes_a_file_of_its_name_that_checks(name, folder, capsys):
    assert run(["new", name]) == 0
    assert capsys.readouterr() == (f"{name}.yaml\n", "")
    assert load_experiment(folder / f"{name}.yaml").name == name
    assert run(["check", f"{name}.yaml"]) == 0


def test_the_file_may_be_named(folder, capsys):
    (folder / "deep").mkdir()
    assert run(["new", "graph", "deep/my graph.yaml"]) == 0
    assert capsys.readouterr().out == "deep/my graph.yaml\n"
    assert "#   nnrun train 'deep/my graph.yaml'\n" in (folder / "deep" / "my graph.yaml").read_text(encoding="utf-8")


def test_a_dash_shows_the_text_and_writes_nothing(folder, capsys):
    assert run(["new", "images", "-"]) == 0
    assert capsys.readouterr().out == text_of("images", folder / "images.yaml").replace(f"{folder}/", "")
    assert list(folder.iterdir()) == []


def test_a_csv_file_becomes_an_experiment_that_reads_it_from_where_it_lies(folder, capsys, monkeypatch):
    (folder / "data").mkdir()
    (folder / "mine").mkdir()
    shutil.copy(FLOWERS, folder / "data" / "Flowers.CSV")
    assert run(["new", "data/Flowers.CSV"]) == 0
    assert run(["new", "data/Flowers.CSV", "mine/petals.yaml"]) == 0
    assert capsys.readouterr().out == "Flowers.yaml\nmine/petals.yaml\n"
    assert "path: data/Flowers.CSV" in (folder / "Flowers.yaml").read_text(encoding="utf-8")
    assert "path: ../data/Flowers.CSV" in (folder / "mine" / "petals.yaml").read_text(encoding="utf-8")
    assert run(["check", "Flowers.yaml"]) == 0
    assert run(["check", "mine/petals.yaml"]) == 2
    (command,) = (line for line in (folder / "mine" / "petals.yaml").read_text().splitlines() if "nnrun train" in line)
    assert command == "#   nnrun train mine/petals.yaml --set data.generator.csv.path=../data/Flowers.CSV"
    assert run(["check", *shlex.split(command)[3:]]) == 0
    monkeypatch.setenv("NNRUN_DATA_DIR", f"elsewhere:{folder / 'data'}")
    assert run(["check", "mine/petals.yaml"]) == 0
    capsys.readouterr()
    assert run(["new", "data/Flowers.CSV", "-"]) == 0
    assert capsys.readouterr().out == (folder / "Flowers.yaml").read_text(encoding="utf-8")


def test_a_file_that_is_there_stays_as_it_is(folder, capsys):
    (folder / "regression.yaml").write_text("mine")
    assert run(["new", "regression"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        "regression.yaml already exists and was not overwritten.\n  Name another file to write, or remove this one.\n"
    )
    assert (folder / "regression.yaml").read_text() == "mine"


def test_a_folder_that_is_missing_is_status_4(capsys):
    assert run(["new", "regression", "missing/a.yaml"]) == 4
    assert capsys.readouterr().err.startswith("Could not write missing/a.yaml: ")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("regresion", 'There is no template "regresion".\n  Did you mean "regression"?\n'),
        ("flowers.csv", "There is no file "),
    ],
)
def test_what_is_no_template_is_status_2_and_writes_nothing(template, message, folder, capsys):
    assert run(["new", template]) == 2
    assert capsys.readouterr().err.startswith(message)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("arguments", "told"), [([], "Train it: nnrun train a.yaml\n"), (["--quiet"], "")])
def test_a_terminal_is_told_what_to_do_next_unless_it_wants_quiet(arguments, told, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert run(["new", "regression", "a.yaml", *arguments]) == 0
    assert capsys.readouterr() == ("a.yaml\n", told)
