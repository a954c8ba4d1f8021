"""`nnrun check` reads the first rows of a large file, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnrun.cli.main import run
from nnrun.data.files import csv_file
from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError
from nnrun.load import load_experiment

NETWORK = "layers: [{Dense: {units: 1}}]\noptimizer: sgd\nloss: mse\nepochs: 1\n"


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An experiment on a file whose later rows have a text that the first do not have."""
    monkeypatch.setattr(csv_file, "LARGE", 2**20)
    rows = "".join(f"{i},{'red' if i % 2 else 'blue'},{i / 2}\n" for i in range(300_000))
    (tmp_path / "rows.csv").write_text(f"size,color,price\n{rows}5,green,1\n")
    path = tmp_path / "it.yaml"
    path.write_text(f"data: {{generator: {{csv: {{path: rows.csv}}}}, validation_split: 0.2}}\n{NETWORK}")
    return path


def warnings_of(path: Path, *overrides: str) -> list[str]:
    experiment = load_experiment(path, overrides, files=DataFiles(in_part=True))
    assert experiment.columns.samples is None
    return [warning.message for warning in experiment.warnings]


def test_a_check_says_how_many_rows_it_has_looked_at(large: Path) -> None:
    (message,) = warnings_of(large)
    assert message.startswith("The data file is large, and the first ")
    assert message.endswith(" rows of it were checked. nnrun train reads and checks all.")


def test_a_text_that_later_rows_may_have_is_no_error_of_a_check(large: Path) -> None:
    message, _ = warnings_of(large, "predict=[[1, green]]")
    assert message.startswith('The column "color" has no text "green". This is known from the first ')
    assert load_experiment(large, ["predict=[[1, green]]"]).columns.samples == 300_001


def test_what_is_wrong_in_the_first_rows_is_an_error(large: Path) -> None:
    with pytest.raises(ExperimentError, match='There is no column "colour"'):
        warnings_of(large, "data.generator.csv.inputs=colour")


def test_all_rows_are_checked_by_whoever_trains(large: Path) -> None:
    with (large.parent / "rows.csv").open("a") as file:
        file.write("1,2\n")
    assert len(warnings_of(large)) == 1
    with pytest.raises(ExperimentError, match=r"A row must have 3 cells.* Received: 2 in line 300003"):
        load_experiment(large)


@pytest.fixture
def damaged(large: Path) -> Path:
    """The same with a sweep, and with a damaged row at the end of its file."""
    with (large.parent / "rows.csv").open("a") as file:
        file.write("1,2\n")
    large.write_text(
        f"{large.read_text()}sweep: {{grid: {{optimizer.learning_rate: [0.1, 0.01], data.use: [1, 0.5]}}}}\n"
    )
    return large


def test_the_trials_of_a_sweep_are_checked_on_the_same_rows(damaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(damaged)]) == 0
    output = capsys.readouterr()
    assert output.out == f"{damaged}: ok\n"
    assert output.err.count("rows of it were checked") == 1
    assert run(["check", str(damaged), "--set", "sweep.grid.data.use=[1, -2]"]) == 2
    assert "line 300003" not in capsys.readouterr().err


def test_the_settings_are_shown_without_reading_all_rows(damaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show-config", str(damaged)]) == 0
    output = capsys.readouterr()
    assert output.out.startswith("name: it\n")
    assert output.err.startswith("The data file is large, and the first ")


def test_what_is_checked_before_trainings_takes_no_rows(damaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check-resume", str(damaged)]) == 2
    assert "The experiment has one epoch" in capsys.readouterr().err
