"""`nnrun list` as a whole command."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from stored_runs import add_run, owned_by_another_process, seeded
from sweep_folder import make_sweep_folder

from nnrun.cli.main import nnrun, run
from nnrun.runs import record
from nnrun.store.annotations import change_tags

NOW = datetime(2026, 11, 23, 14, 32, 33).astimezone()


@pytest.fixture
def runs_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two completed runs and one that has died, in the folder `runs` of the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(record, "now", lambda: NOW)
    start = NOW - timedelta(minutes=10)
    add_run(Path("runs"), "20261123-142233-xor", started=start, final_metrics={"loss": 0.25})
    add_run(
        Path("runs"),
        "20261123-142333-xor",
        seeded(7),
        started=start + timedelta(minutes=1),
        final_metrics={"loss": 0.125},
    )
    add_run(
        Path("runs"),
        "20261123-143133-xor",
        started=start + timedelta(minutes=9),
        status="running",
        epochs=None,
        final_metrics={},
    )
    return Path("runs")


def listed(*arguments: str) -> Result:
    result = CliRunner().invoke(nnrun, ["list", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def test_the_newest_runs_are_a_table(runs_dir: Path) -> None:
    assert listed().stdout.splitlines() == [
        "name                 status     age     epochs  loss   seed",
        "20261123-143133-xor  died       1 min                  0",
        "20261123-142333-xor  completed  9 min   400     0.125  7",
        "20261123-142233-xor  completed  10 min  400     0.25   0",
    ]


def test_a_run_that_trains_is_running(runs_dir: Path) -> None:
    with owned_by_another_process(runs_dir / "20261123-143133-xor"):
        assert "running" in listed().stdout
        assert listed("--status", "died").stdout == ""


def test_runs_are_filtered_sorted_and_shown_in_chosen_columns(runs_dir: Path) -> None:
    change_tags(runs_dir / "20261123-142233-xor", ["paper"])
    assert listed("--tag", "paper", "--columns", "name").stdout == "name\n20261123-142233-xor\n"
    found = listed("--where", "loss < 1 and optimizer == sgd", "--sort", "loss", "--columns", "seed, loss")
    assert found.stdout.splitlines() == ["seed  loss", "7     0.125", "0     0.25"]


def test_only_the_newest_20_are_shown_unless_more_are_called_for(runs_dir: Path) -> None:
    for i in range(20):
        add_run(runs_dir, f"20261122-0000{i:02}-a", minute=-1000)
    result = listed()
    assert len(result.stdout.splitlines()) == 21
    assert result.stderr == "3 older runs not shown; --last 0 shows all.\n"
    assert len(listed("--last", "0").stdout.splitlines()) == 24
    assert listed("--last", "22").stderr == "1 older run not shown; --last 0 shows all.\n"


def test_a_narrow_terminal_shows_the_first_columns_whole(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = listed().stdout.splitlines()
    monkeypatch.setenv("COLUMNS", "50")
    narrow = listed()
    lines = narrow.stdout.splitlines()
    assert len(lines) == len(wide)
    assert max(map(len, [*lines, *narrow.stderr.splitlines()])) <= 50
    assert wide[0].startswith(lines[0])
    assert wide[0].split()[-1] in narrow.stderr
    assert "--columns shows them." in " ".join(narrow.stderr.split())
    assert "Not shown" not in listed("--columns", "name,status,age,epochs,loss,seed").stderr


def test_the_formats_for_programs_keep_every_digit(runs_dir: Path) -> None:
    add_run(runs_dir, "20261124-000000-a", minute=1000, final_metrics={"loss": 0.1234567890123}, epochs=3)
    change_tags(runs_dir / "20261124-000000-a", ["one", "two"])
    (first, *_) = json.loads(listed("--format", "json").stdout)
    assert (first["name"], first["loss"], first["tags"]) == ("20261124-000000-a", 0.1234567890123, ["one", "two"])
    assert first["optimizer.learning_rate"] == 0.01
    assert datetime.fromisoformat(first["started"]).tzinfo is not None
    rows = list(csv.DictReader(io.StringIO(listed("--format", "csv", "--columns", "name,loss,tags,note").stdout)))
    assert rows[0] == {"name": "20261124-000000-a", "loss": "0.1234567890123", "tags": "one two", "note": ""}
    assert listed("--format", "md", "--columns", "name,loss", "--last", "1").stdout.splitlines() == [
        "| name | loss |",
        "| --- | --- |",
        "| 20261124-000000-a | 0.1235 |",
    ]


def test_without_a_match_json_is_an_empty_list_and_csv_a_header(runs_dir: Path) -> None:
    for form, text in (("json", "[]\n"), ("csv", "name\n"), ("table", ""), ("md", "")):
        result = listed("--where", "loss > 9", "--columns", "name", "--format", form)
        assert result.stdout == text
        assert result.stderr == "No runs in runs match.\n"


def test_sweeps_and_the_trials_of_a_sweep_are_listed(runs_dir: Path) -> None:
    sweep = make_sweep_folder(runs_dir / "20261125-000000-xor-sweep", "seed=0..2")
    add_run(sweep / "trials", "0000-seed=0")
    result = listed("--sweep")
    assert result.stdout.splitlines()[0].split() == [
        "name",
        "status",
        "age",
        "trials",
        "completed",
        "failed",
        "settings",
    ]
    assert result.stdout.splitlines()[1].split()[:2] == ["20261125-000000-xor-sweep", "completed"]
    assert listed("latest:xor-sweep", "--columns", "name").stdout == "name\n0000-seed=0\n"
    assert listed("20261125", "--columns", "name").stdout == "name\n0000-seed=0\n"


def test_how_many_trials_of_a_sweep_are_finished_is_not_known_before_its_end(runs_dir: Path) -> None:
    sweep = make_sweep_folder(runs_dir / "20261125-000000-xor-sweep", "seed=0..2")
    record = json.loads((sweep / "sweep.json").read_text())
    for status, counts, shown in (
        ("interrupted", {"completed": 1, "failed": 0}, (1, 0)),
        ("running", {}, (None, None)),
    ):
        (sweep / "sweep.json").write_text(json.dumps({**record, "status": status, "counts": counts}))
        (row,) = json.loads(listed("--sweep", "--format", "json").stdout)
        assert (row["completed"], row["failed"]) == shown


def test_without_sweeps_that_is_said(runs_dir: Path) -> None:
    result = listed("--sweep")
    assert (result.stdout, result.stderr) == ("", "No sweeps in runs.\n")


def test_a_damaged_run_is_listed_and_the_reason_said(runs_dir: Path) -> None:
    (runs_dir / "20261123-142233-xor" / "run.json").write_text("{")
    result = listed("--status", "damaged", "--columns", "name,status")
    assert result.stdout.splitlines()[1] == "20261123-142233-xor  damaged"
    assert result.stderr.startswith("runs/20261123-142233-xor is damaged: ")


def test_the_environment_names_the_folder_of_runs(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs_dir.rename("elsewhere")
    monkeypatch.setenv("NNRUN_RUNS_DIR", "elsewhere")
    assert len(listed("--columns", "name").stdout.splitlines()) == 4
    assert "NNRUN_RUNS_DIR" in listed("--help").stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--where", "los < 1"), 2, 'Did you mean "loss"?'),
        (("--where", "loss <"), 64, "not a condition"),
        (("--sort", "los"), 2, 'Did you mean "loss"?'),
        (("--columns", "los"), 2, 'Did you mean "loss"?'),
        (("--last", "-1"), 64, "--last"),
        (("--status", "dead"), 64, "--status"),
        (("20261123-142233-xor",), 2, "not the folder of a sweep"),
        (("--sweep", "--sort", "loss"), 64, "--sort does not apply: --sweep lists sweeps."),
        (("--sweep", "latest"), 64, "latest does not apply: --sweep lists all sweeps."),
        (("--runs-dir", "nothing", "latest"), 2, "There is no folder nothing with runs."),
        (("nothing",), 2, "There is no run"),
        (("--runs-dir", "nothing"), 4, "There is no folder nothing with runs.\n  nnrun train makes it"),
        (("--sweep", "--runs-dir", "nothing"), 4, "There is no folder nothing with runs."),
    ],
)
def test_a_mistake_is_refused_with_its_status(
    runs_dir: Path, arguments: tuple[str, ...], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["list", *arguments]) == status
    assert message in capsys.readouterr().err
