"""A search at the command line: what it says beforehand, what it prints in the end, and what it needs."""

import importlib.util
import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from sweep_folder import make_sweep_folder

from experiments import EXPERIMENTS
from nnrun.cli.main import run
from nnrun.cli.sweep_output import conclude
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.results.outcomes import FolderOutcomes
from nnrun.sweep.sweep_end import Sweep
from nnrun.sweep.sweep_record import BestTrial, RecordedSearch, SweepRecord, read_sweep_record, write_sweep

SEARCH = (
    'sweep={search: {optimizer.learning_rate: "log_uniform(1e-4, 1)", layers.0.activation: [relu, tanh]}, '
    "trials: 20, objective: min(loss), pruner: halving}"
)
XOR = ["sweep", str(EXPERIMENTS / "xor.yaml"), "--set", SEARCH]


def record_of(folder: Path, best: BestTrial | None) -> SweepRecord:
    record = SweepRecord(
        **dict.fromkeys(("name", "started", "file", "base", "device"), "x"),
        **{"status": "completed", "keep": "all"},
        **{"overrides": (), "grids": (), "columns": ("optimizer",), "reach": None, "trials": 9, "threads": 1},
        search=RecordedSearch("min(loss)", "tpe", "none"),
        best=best,
    )
    write_sweep(folder, record)
    return record


def test_a_dry_run_says_what_will_be_searched(capsys):
    assert run([*XOR, "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "20 trials in batches of 8 for min(loss), sampler tpe",
        "pruner halving, after epochs 62, 125, 250",
        "setting                  drawn from",
        "optimizer.learning_rate  log_uniform(0.0001, 1)",
        'layers.0.activation      ["relu", "tanh"]',
    ]


def test_a_dry_run_as_json_is_one_line(capsys):
    assert run([*XOR, "--dry-run", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["trials"], told["objective"], told["rungs"]) == (20, "min(loss)", [62, 125, 250])
    assert told["search"]["optimizer.learning_rate"] == "log_uniform(0.0001, 1)"


def test_the_best_trial_is_told_with_its_settings(tmp_path, capsys):
    best = BestTrial(7, "trials/0007-sgd", 0.0123456789, {"optimizer": "sgd"}, "min(loss)")
    assert conclude(Sweep(tmp_path, record_of(tmp_path, best), FolderOutcomes()), quiet=False, as_json=False) == 0
    assert capsys.readouterr().err == "best trial trials/0007-sgd: min(loss) = 0.0123457\n  optimizer: sgd\n"
    conclude(Sweep(tmp_path, record_of(tmp_path, None), FolderOutcomes()), quiet=False, as_json=True)
    assert capsys.readouterr().err == "No trial was trained to its end.\n"


@pytest.mark.parametrize(
    ("statuses", "line"),
    [
        ([0, 1, 0, 1], "2 of 9 trials failed their expectations: trials/1, trials/3"),
        ([0, 1, 0, 0], "1 of 9 trials failed its expectations: trials/1"),
        ([0, 3], "1 of 9 trials failed, first trials/1: Training diverged."),
    ],
)
def test_trials_that_failed_are_counted_and_the_worst_is_the_status(statuses, line, tmp_path, capsys):
    ends = {0: "completed", 1: "completed", 3: "failed"}
    outcomes = FolderOutcomes()
    for i, status in enumerate(statuses):
        outcomes[i] = TrialOutcome(i, ends[status], f"trials/{i}", "Training diverged.", exit_status=status)
    record = replace(record_of(tmp_path, None), search=None)
    assert conclude(Sweep(tmp_path, record, outcomes), quiet=True, as_json=False) == max(statuses)
    assert tuple(capsys.readouterr()) == (f"{tmp_path}\n", f"{line}\n")


def failing(count: int, *lost: int) -> FolderOutcomes:
    outcomes = FolderOutcomes()
    for i in range(count):
        folder = f"trials/{i:04}-learning_rate-0.001-units-16"
        outcomes[i] = TrialOutcome(i, "failed", folder, "It died.", exit_status=3, lost=i in lost)
    return outcomes


@pytest.mark.parametrize(("lost", "command"), [((0, 1), "nnrun resume {}"), ((0,), "nnrun resume {} --retry-failed")])
def test_the_command_that_trains_failed_trials_again_is_told(lost, command, tmp_path, capsys):
    record = replace(record_of(tmp_path, None), search=None)
    conclude(Sweep(tmp_path, record, failing(2, *lost)), quiet=False, as_json=False)
    assert f"next: {command.format(tmp_path)}" in capsys.readouterr().err.splitlines()


def test_quiet_prints_the_folder_and_what_failed(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    record = replace(record_of(tmp_path, None), search=None)
    conclude(Sweep(tmp_path, record, failing(9)), quiet=True, as_json=False)
    out, err = capsys.readouterr()
    assert out == f"{tmp_path}\n"
    assert len(err.splitlines()) == 2
    assert err.endswith("and 3 more\n")


@pytest.mark.parametrize("width", [60, 80])
def test_no_line_is_wider_than_a_narrow_terminal_but_for_commands(width, tmp_path, capsys, monkeypatch):
    folder = make_sweep_folder(
        tmp_path / "s", "optimizer.learning_rate=[0.001, 0.0001, 1e-5]", "layers.0.units=[16, 32]", "seed=0..1"
    )
    monkeypatch.setenv("COLUMNS", str(width))
    record = replace(read_sweep_record(folder), best=BestTrial(7, "trials/0007", 0.0123456789, {}, "final_loss"))
    conclude(Sweep(folder, record, failing(7)), quiet=False, as_json=False)
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("next: ")]
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    assert {"learning_rate=0.0001,", "units=32", "trials/0005-learning_rate-0.001-units-16"} <= set(words)
    sentence = "The best configuration has the best median of its trials; the best trial is the best single training."
    assert sentence in " ".join(words)


def test_compare_says_why_a_search_has_nothing_to_compare(tmp_path, capsys):
    record_of(tmp_path, BestTrial(7, "trials/0007-sgd", 0.01, {}))
    assert run(["compare", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "A search trains each configuration once, so no difference can be tested for significance." in told
    assert f"nnrun sweep {tmp_path}/trials/0007-sgd/resolved.yaml --grid seed=0..19" in told


@pytest.fixture
def without_optuna(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "optuna" else find(name))


@pytest.mark.usefixtures("without_optuna")
def test_without_optuna_nothing_is_made_and_the_remedy_is_told(tmp_path, capsys):
    assert run([*XOR, "--runs-dir", str(tmp_path / "runs")]) == 2
    told = capsys.readouterr().err
    assert "A search needs Optuna, which is not installed." in told
    assert "pip install 'nnrun[optuna]'" in told
    assert not (tmp_path / "runs").exists()
    assert run([*XOR, "--dry-run"]) == 0


def test_a_search_takes_no_grid_beside_it(capsys):
    assert run([*XOR, "--grid", "seed=0..9"]) == 2
    assert "--grid seed=0..9: A search stands alone, without --grid." in capsys.readouterr().err


def test_how_to_make_the_run_of_the_best_row_of_a_table_is_told(tmp_path, capsys):
    record = record_of(tmp_path, BestTrial(7, "", 0.25, {"optimizer": "sgd"}, "min(loss)"))
    conclude(Sweep(tmp_path, replace(record, keep="table"), FolderOutcomes()), quiet=False, as_json=False)
    assert f"next: nnrun train --trial {tmp_path}/7\n" in capsys.readouterr().err
