"""Every template is an experiment that teaches: it opens with purpose, command and expectation, and it checks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from experiments import EXPERIMENTS, FLOWERS, written
from nnrun import templates
from nnrun.errors import ExperimentError
from nnrun.templates.template import TEMPLATES, default_file, text_of

FOLDER = Path(templates.__file__).parent
EVERY = pytest.mark.parametrize("name", TEMPLATES)


@EVERY
def test_a_template_is_an_experiment_that_expects_something(name: str) -> None:
    assert written(text_of(name, default_file(name))).expect


@EVERY
def test_a_template_opens_with_purpose_command_and_expected_result(name: str) -> None:
    purpose, command, expected, *_ = text_of(name, default_file(name)).splitlines()
    assert re.fullmatch(r"# [A-Z].*\.", purpose)
    assert command == f"#   nnrun train {name}.yaml"
    assert expected.startswith("# Expect: ")


@EVERY
def test_what_a_template_expects_is_what_its_opening_says(name: str) -> None:
    text = text_of(name, default_file(name))
    (expectation,) = re.findall(r"^  - (\w+) [<>]= ([\d.]+)$", text, re.MULTILINE)
    epochs = re.search(r"^epochs: (\d+)", text, re.MULTILINE)
    assert epochs
    opening = re.search(r"^# Expect: (\w+) (?:above|below) ([\d.]+) after (\d+) epochs", text, re.MULTILINE)
    assert opening
    assert opening.groups() == (*expectation, epochs[1])


@EVERY
def test_a_template_explains_most_of_its_settings_within_the_line(name: str) -> None:
    lines = text_of(name, default_file(name)).splitlines()
    assert sum(" #" in line for line in lines) >= 7
    assert max(map(len, lines)) <= 120


def test_every_file_of_the_room_is_a_template_and_is_shipped() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(TEMPLATES)
    project = tomllib.loads((EXPERIMENTS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = {
        path for glob in project["tool"]["setuptools"]["package-data"]["nnrun"] for path in FOLDER.parent.glob(glob)
    }
    assert set(FOLDER.glob("*.yaml")) <= shipped


def test_the_command_names_the_file_as_a_shell_takes_it() -> None:
    assert "\n#   nnrun train 'my files/a.yaml'\n" in text_of("regression", Path("my files/a.yaml"))
    assert text_of("regression", Path("a\n\x1b.yaml")).count("\n") == text_of("regression", Path("a.yaml")).count("\n")


def test_the_default_file_has_the_name_of_the_template_or_of_the_csv_file() -> None:
    assert [default_file(name) for name in ("graph", "data/my.flowers.csv", "a.TSV")] == [
        Path("graph.yaml"),
        Path("my.flowers.yaml"),
        Path("a.yaml"),
    ]


def test_a_csv_file_is_a_template() -> None:
    assert '"flowers.csv"' in text_of(str(FLOWERS), Path("x.yaml"))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("image", 'Did you mean "images"?'),
        ("flowers.txt", f"The templates are: {', '.join(TEMPLATES)}, a data file or a .keras file."),
        ("../spec/regression", 'Did you mean "regression"?'),
    ],
)
def test_an_unknown_template_gets_the_nearest_name_or_all(name: str, hint: str) -> None:
    with pytest.raises(ExperimentError, match="There is no template") as caught:
        text_of(name, Path("x.yaml"))
    assert caught.value.problems[0].hint == hint


def test_a_model_in_the_old_format_is_refused_with_what_saves_it_in_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "old.h5"
    file.write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ExperimentError, match=r"is an HDF5 file; nnrun reads models as \.keras files") as caught:
        text_of(str(file), Path("x.yaml"))
    (problem,) = caught.value.problems
    assert str(problem.hint).endswith(f"keras.models.load_model('{file}').save('{tmp_path / 'old.keras'}')")
