"""`nnrun show` as a whole command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from stored_runs import add_run

from nnrun.cli.main import nnrun, run
from nnrun.runs.data_record import ColumnRecord, DataRecord, data_json
from nnrun.runs.finding import Finding
from nnrun.runs.fitted_records import ScaleRecord
from nnrun.runs.layer_summary import LayerSummary
from nnrun.runs.record import SourceRun
from nnrun.runs.verdict import Verdict
from nnrun.store.annotations import change_note, change_tags

LAYERS = (LayerSummary("dense", "Dense", "(16)", 48, "16 × (2 + 1)"), LayerSummary("drop", "Dropout", "(16)", 0, ""))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run in the folder `runs` of the current one."""
    monkeypatch.chdir(tmp_path)
    return add_run(
        Path("runs"),
        "20261123-142233-xor",
        kept_epoch=399,
        final_metrics={"loss": 0.004, "val_loss": None, "test_loss": 0.005},
        best_metrics={"epoch": 399, "loss": 0.003, "val_loss": None},
        expectations=(
            Verdict("loss <= 0.02", 0.004, True, since=31, bound=0.02, margin=0.016),
            Verdict("loss <= 0.001", 0.004, False, bound=0.001, margin=-0.003),
        ),
        layers=(
            LayerSummary("dense", "Dense", "(16)", 48, "16 × (2 + 1)"),
            LayerSummary("drop", "Dropout", "(16)", 0, ""),
        ),
        diagnosis=(Finding("plateau", "The loss stands still.", {}, "Another seed: --set seed=1"),),
    )


def show(*arguments: str) -> str:
    result = CliRunner().invoke(nnrun, ["show", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_run_that_it_repeats_is_named_as_a_command_takes_it(folder: Path) -> None:
    add_run(Path("runs"), "20261124-000000-xor", source_run=SourceRun(f"../{folder.name}"))
    line = next(line for line in show("latest").splitlines() if line.startswith("trained again from"))
    assert line.split()[-1] == str(folder)
    assert run(["show", line.split()[-1]]) == 0


def test_the_page_has_facts_metrics_expectations_diagnostics_layers_settings_and_the_next_command(folder: Path) -> None:
    change_tags(folder, ["paper", "baseline"])
    change_note(folder, "a note")
    page = show("latest")
    facts, metrics, expectations, diagnosis, layers, settings, following = page.split("\n\n")
    assert facts.splitlines()[0] == "run         runs/20261123-142233-xor"
    for line in ("status      completed", "epochs      400, weights of epoch 399", "trained on  cpu, graph"):
        assert line in facts
    assert "tags        paper, baseline\nnote        a note" in facts
    assert metrics.splitlines() == [
        "Metrics",
        "             final       best",
        "  loss       0.004       0.003",
        "  val_loss   not finite  not finite",
        "  test_loss  0.005",
        "  epoch      399         399",
    ]
    assert expectations.splitlines()[1:] == [
        "  expectation            value  margin  first met",
        "  loss <= 0.02   passed  0.004  0.016   epoch 31",
        "  loss <= 0.001  FAILED  0.004  -0.003",
    ]
    assert diagnosis.splitlines()[1:] == ["  plateau: The loss stands still. Another seed: --set seed=1"]
    assert layers.splitlines() == [
        "Layers",
        "  layer  type     output shape  parameters",
        "  dense  Dense    (16)          16 × (2 + 1) = 48",
        "  drop   Dropout  (16)          0",
    ]
    assert ["optimizer.learning_rate", "0.01"] in [line.split() for line in settings.splitlines()]
    assert following == "Next\n  nnrun report runs/20261123-142233-xor --open\n"


@pytest.mark.parametrize("width", ["30", "60"])
def test_the_page_is_as_wide_as_the_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert max(map(len, show("latest").splitlines())) <= int(width) + 30  # a path is not broken
    assert max(map(len, show("latest").split("Metrics")[1].split("Next")[0].splitlines())) <= int(width)


def test_a_run_that_failed_says_why_and_one_that_died_how_to_resume(folder: Path) -> None:
    add_run(Path("runs"), "b", minute=1, status="failed", reason="Training diverged: loss became nan in epoch 3.")
    assert "status      failed: Training diverged: loss became nan in epoch 3." in show("b")
    add_run(Path("runs"), "c", minute=2, status="running", final_metrics={}, epochs=None, seconds=None)
    page = show("c")
    assert "status      died" in page
    assert page.endswith("Next\n  nnrun resume runs/c\n")
    assert "Metrics" not in page


def test_json_is_the_record_with_status_tags_and_note(folder: Path) -> None:
    change_tags(folder, ["paper"])
    content = json.loads(show("latest", "--json"))
    record = json.loads((folder / "run.json").read_text())
    assert content == {**record, "folder": str(folder), "tags": ["paper"], "note": ""}
    add_run(Path("runs"), "c", minute=2, status="running")
    assert json.loads(show("c", "--json"))["status"] == "died"


def test_odd_text_does_not_reach_the_terminal(folder: Path, odd_text: str) -> None:
    change_note(folder, odd_text.encode("utf-8", "replace").decode())
    add_run(Path("runs"), "b", status="failed", reason="\x1b[31m\x07 \u202e")
    for page in (show("20261123"), show("b")):
        assert not {"\x1b", "\x07", "\x00", "\u202e"} & set(page)


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("nothing", 2, "There is no run"),
        ("runs", 2, "run.json"),
        ("best:los", 2, 'Did you mean "loss"?'),
        ("damaged", 2, "run.json"),
        ("newer", 2, "format"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    folder: Path, name: str, status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for other, text in (("damaged", "{"), ("newer", '{"format": 2}')):
        add_run(Path("runs"), other)
        (Path("runs") / other / "run.json").write_text(text)
    assert run(["show", name]) == status
    assert message in capsys.readouterr().err


def test_what_was_fitted_to_the_training_set_is_a_table(folder: Path) -> None:
    scale = ScaleRecord((29.5,), (0.5,), fill=(30.0,), scaling="standard")
    inputs = (ColumnRecord(name="age", missing="median", scale=scale), ColumnRecord(name="sex", categories=("f", "m")))
    (folder / "data.json").write_text(data_json(DataRecord(inputs=inputs, targets=(ColumnRecord(name="y"),))))
    section = show("latest").split("\n\n")[5]
    assert section.splitlines() == [
        "Preparation",
        "  column  preparation                       fitted to the training set",
        "  age     missing: median, scale: standard  fill 30; mean 29.5, std 2",
        "  sex     words: one-hot                    f, m",
    ]
