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


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("slow-0",), 64, "at least two runs"),
        (("best:loss", "fast", "runs/fast"), 2, "All names mean the same run, runs/fast."),
        (("slow-0", "nothing"), 2, "There is no run"),
        (("slow-0", "fast", "--measure", "loss"), 64, "--measure does not apply"),
        (("slow-0", "fast", "--plot", "losses.gif"), 64, "losses.gif"),
        (("slow-0", "fast", "--plot", "no/folder/losses.png"), 4, "losses.png"),
        (("slow-0", "damaged"), 2, "run.json"),
        (("slow-0", "xor-sweep"), 2, "is the folder of a sweep"),
        (("xor-sweep", "--plot", "losses.png"), 64, "--plot does not apply"),
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


def test_the_page_of_a_comparison_has_settings_metrics_and_curves(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for i, run_folder in enumerate(sorted(folder.iterdir())):
        (run_folder / "metrics.csv").write_text(f"epoch,loss,val_loss,seconds\n1,0.{i + 1},0.5,1\n2,0.1,0.4,1\n")
    before = compared(capsys, "slow-0", "slow-1", "fast")
    assert compared(capsys, "slow-0", "slow-1", "fast", "--report", "page.html") == before
    page = Path("page.html").read_text()
    assert "<h1>3 runs</h1>" in page
    for text in ("Settings that differ", "optimizer.learning_rate", "Final metrics", "slow-0 (2 seeds)", "0.05"):
        assert text in page
    assert page.count("<figure") == 2  # loss and val_loss
    assert "nnrun compare slow-0 slow-1 fast" in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert "<script" not in page


def test_names_of_runs_are_escaped_in_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("<b>a", "b"):
        add_run(Path("runs"), name, seeded(1), minute=1, final_metrics={"loss": 0.5})
        (tmp_path / "runs" / name / "metrics.csv").write_text("epoch,loss\n1,0.5\n2,0.25\n")
    compared(capsys, "<b>a", "b", "--report", "page.html")
    assert "<b>a" not in Path("page.html").read_text()


@pytest.mark.parametrize("option", ["--plot=losses.png", "--report=page.html"])
def test_what_is_for_runs_is_refused_for_a_sweep(option: str, tmp_path: Path, capsys) -> None:
    assert run(["compare", str(make_sweep_folder(tmp_path / "s", "seed=0..1")), option]) == 64
    assert "does not apply" in capsys.readouterr().err


def test_the_name_of_a_page_ends_with_html(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "slow-0", "fast", "--report", "page.pdf"]) == 64
    assert "the name ends with .html" in capsys.readouterr().err


def test_the_configurations_of_a_sweep_as_json_are_those_of_the_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = make_sweep_folder(tmp_path / "s", "optimizer.learning_rate=[0.01, 0.1]", "seed=0..7")
    content = json.loads(compared(capsys, str(sweep), "--format", "json"))
    assert (content["measure"], content["reach"]) == ("final_loss", None)
    first, second = content["configurations"]
    assert first["settings"] == {"optimizer.learning_rate": "0.01"}
    assert first["trials"] == len(first["values"]) == 8
    assert first["low"] <= statistics.median(first["values"]) == first["median"] <= first["high"]
    (pair,) = content["comparisons"]
    assert pair["configurations"] == [first["name"], second["name"]]
    text = compared(capsys, str(sweep))
    if pair["better"] is not None:
        (other,) = {first["name"], second["name"]} - {pair["better"]}
        assert f"{pair['better']} {'is better' if pair['significant'] else 'has a better median'} than {other}" in text
    assert (": statistically" in text.replace(", statistically", ": statistically")) == pair["significant"]


def test_a_digest_is_shortened_in_the_table_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = "0123456789abcdef" * 4
    add_run(folder, "tuned", ("name: bilinear", f"name: bilinear\nstart: {{run: x, sha256: {digest}}}"), minute=10)
    assert any(
        line.split() == ["start.sha256", "–", "0123456789ab…"]
        for line in compared(capsys, "fast", "tuned").splitlines()
    )
    assert digest in compared(capsys, "fast", "tuned", "--format", "json")
