"""`nnrun export`: the path on standard output, what is to be known on standard error."""

from __future__ import annotations

from pathlib import Path

import pytest
from training_runs import run_of

from nnrun.cli.main import run
from nnrun.export.export import SUFFIXES


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_format_is_a_choice(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--help"]) == 0
    text = capsys.readouterr().out
    assert all(form in text for form in SUFFIXES)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["latest"], 64, "Missing option '--format'"),
        (["latest", "--format", "h5"], 64, "'h5' is not one of 'keras'"),
        (["nothing", "--format", "keras"], 2, "nothing"),
        (["latest", "--format", "keras", "--no-check"], 64, "--no-check is for --format script"),
    ],
)
def test_a_wrong_command_line_is_refused_with_its_status(
    words: list[str], status: int, said: str, make_run, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run().rename("runs-of-old")
    Path("runs").mkdir()
    Path("runs-of-old").rename("runs/20260101-000000-bilinear")
    assert run(["export", *words]) == status
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("form", ["keras", "python", "script"])
def test_a_run_without_weights_is_refused_before_anything_is_written(
    form: str, make_run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", str(make_run()), "--format", form]) in (2, 4)
    assert "weights" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["run"]


@pytest.mark.keras
def test_the_path_is_the_last_line_of_standard_output(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    trained = str(run_of("house-prices", tmp_path_factory.mktemp("run"), "epochs=2", bare=True).folder)
    capsys.readouterr()
    assert run(["export", trained, "--format", "python"]) == 0
    out, err = capsys.readouterr()
    assert out == "house_prices_model.py\n"
    assert "input input (samples, 1): flats\noutput neuron (samples, 1): price\nLoaded again, it predicts" in err
    assert run(["export", trained, "--format", "python"]) == 2
    assert "already exists and was not overwritten" in capsys.readouterr().err
    assert run(["export", trained, "--format", "keras", "-q", "--out", "a b.keras"]) == 0
    assert capsys.readouterr() == ("a b.keras\n", "")
    assert {path.name for path in folder.iterdir()} == {"house_prices_model.py", "a b.keras"}
