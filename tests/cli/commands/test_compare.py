"""`nnrun compare` of runs as a whole command; that of a sweep is in `test_sweep`."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import pytest
from stored_runs import add_run, seeded
from sweep_folder import make_sweep_folder

from nnrun.cli.main import run

FAST = ("optimizer: sgd", "optimizer: {SGD: {learning_rate: 0.5}}")
LOSSES = (0.1, 0.2, 0.6)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs with different seeds, and one with another learning rate, in the folder `runs` of the current one."""
    monkeypatch.chdir(tmp_path)
    for i, loss in enumerate(LOSSES):
        add_run(Path("runs"), f"slow-{i}", seeded(i), minute=i, final_metrics={"loss": loss, "val_loss": 2 * loss})
    add_run(Path("runs"), "fast", FAST, minute=9, final_metrics={"loss": 0.05, "val_loss": None})
    return Path("runs")


def compared(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["compare", *arguments]) == 0
    return capsys.readouterr().out


def test_two_runs_are_side_by_side(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compared(capsys, "slow-0", "fast").splitlines() == [
        "Settings that differ",
        "                           slow-0  fast",
        "  optimizer.learning_rate  0.01    0.5",
        "",
        "Final metrics",
        "            slow-0  fast",
        "  loss      0.1     0.05",
        "  val_loss  0.2     –",
    ]


def test_runs_that_differ_in_the_seed_alone_are_a_mean(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mean, deviation = statistics.fmean(LOSSES), statistics.stdev(LOSSES)
    lines = compared(capsys, "slow-0", "slow-1", "slow-2", "fast").splitlines()
    assert lines[1].split() == ["slow-0", "(3", "seeds)", "fast"]
    assert lines[2].split() == ["seed", "0,", "1,", "2", "0"]
    assert f"{mean:.4g} ± {deviation:.4g} (n = 3)  0.05" in "\n".join(lines)


def test_as_json_every_digit_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads(compared(capsys, "slow-0", "fast", "slow-1", "slow-2", "--format", "json"))
    assert [row["folder"] for row in content["runs"]] == ["runs/slow-0", "runs/slow-1", "runs/slow-2", "runs/fast"]
    assert content["settings"] == {"seed": [0, 1, 2, 0], "optimizer.learning_rate": [0.01, 0.01, 0.01, 0.5]}
    slow, fast = content["groups"]
    assert slow["metrics"]["loss"] == {
        "mean": statistics.fmean(LOSSES),
        "standard_deviation": statistics.stdev(LOSSES),
        "n": 3,
    }
    assert fast["metrics"] == {"loss": {"mean": 0.05, "standard_deviation": None, "n": 1}, "val_loss": None}


def test_many_runs_are_below_one_another(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for i in range(4):
        add_run(folder, f"other-{i}", ("epochs: 400", f"epochs: {i + 1}"))
    lines = compared(capsys, "slow-0", *(f"other-{i}" for i in range(4))).splitlines()
    assert lines[1:4] == ["           epochs", "  slow-0   400", "  other-0  1"]


def test_a_run_that_did_not_complete_shows_its_status(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_run(folder, "died", status="running", final_metrics={})
    assert "  status    completed  died" in compared(capsys, "slow-0", "died").splitlines()


def test_the_same_settings_need_no_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_run(folder, "again", seeded(0))
    assert "Settings that differ" not in compared(capsys, "slow-0", "again")


@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_losses_are_drawn_over_one_another(
    folder: Path, capsys: pytest.CaptureFixture[str], form: str, start: bytes
) -> None:
    compared(capsys, "slow-0", "slow-1", "fast", "--plot", f"losses.{form}")
    assert Path(f"losses.{form}").read_bytes().startswith(start)


def test_the_trials_of_a_sweep_can_be_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for i in range(2):
        add_run(folder / "xor-sweep" / "trials", f"000{i}-a", seeded(i))
    assert "0000-a (2 seeds)" in compared(capsys, "runs/xor-sweep/0", "runs/xor-sweep/1")


def test_the_curves_of_runs_of_different_length_end_where_they_end(folder: Path) -> None:
    import numpy as np

    from nnrun.store.loss_picture import _band

    band = _band([[4.0, 2.0, 1.0], [2.0, 2.0]], np.array([1, 2, 3]))
    assert band[:, :2].tolist() == [[2.0, 2.0], [3.0, 2.0], [4.0, 2.0]]
    assert np.isnan(band[:, 2]).all()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("slow-0",), 2, "at least two runs"),
        (("slow-0", "slow-0", "runs/slow-0"), 2, "at least two runs"),
        (("slow-0", "nothing"), 4, "There is no run"),
        (("slow-0", "fast", "--measure", "loss"), 2, "--measure does not apply"),
        (("slow-0", "fast", "--plot", "losses.gif"), 2, "losses.gif"),
        (("slow-0", "fast", "--plot", "no/folder/losses.png"), 4, "losses.png"),
        (("slow-0", "damaged"), 4, "run.json"),
        (("slow-0", "xor-sweep"), 4, "is the folder of a sweep"),
        (("xor-sweep", "--plot", "losses.png"), 2, "--plot does not apply"),
    ],
)
def test_a_mistake_is_refused_with_its_status(
    folder: Path, arguments: tuple[str, ...], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add_run(folder, "damaged")
    (folder / "damaged" / "run.json").write_text("{")
    make_sweep_folder(folder / "xor-sweep", "seed=0..1")
    assert run(["compare", *arguments]) == status
    assert message in capsys.readouterr().err
