"""The names by which a run is given."""

from __future__ import annotations

import re
from pathlib import Path
from shlex import quote

import pytest
from stored_runs import add_run
from sweep_folder import make_sweep_folder

from nnrun.errors import RunError, StorageError
from nnrun.store.references import find_run, find_trial, find_trials


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    """Three runs, the second with the lowest loss and the third with the highest accuracy, and a sweep."""
    folder = tmp_path / "runs"
    add_run(folder, "20261123-142233-xor", minute=0, name="xor", final_metrics={"loss": 0.3})
    add_run(folder, "20261123-142233-xor-2", minute=1, name="xor", final_metrics={"loss": 0.1, "val_accuracy": 0.9})
    add_run(folder, "20261124-090000-moons", minute=2, name="moons", final_metrics={"loss": 0.2, "val_accuracy": 1.0})
    make_sweep_folder(folder / "20261123-150000-xor-sweep", "seed=0..2")
    return folder


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("20261124-090000-moons", "20261124-090000-moons"),
        ("20261124", "20261124-090000-moons"),
        ("20261123-142233-xor", "20261123-142233-xor"),  # also the beginning of another
        ("latest", "20261124-090000-moons"),
        ("latest:xor", "20261123-142233-xor-2"),
        ("latest:moons", "20261124-090000-moons"),
        ("best:loss", "20261123-142233-xor-2"),
        ("best:val_accuracy", "20261124-090000-moons"),
        ("best:val_accuracy:xor", "20261123-142233-xor-2"),
        ("best:loss:moons", "20261124-090000-moons"),
    ],
)
def test_a_run_is_found_by_its_name(runs_dir: Path, reference: str, expected: str) -> None:
    assert find_run(reference, runs_dir) == runs_dir / expected


def test_a_folder_is_itself_wherever_it_is(runs_dir: Path, tmp_path: Path) -> None:
    other = add_run(tmp_path / "elsewhere", "mine")
    assert find_run(str(other), runs_dir) == other


def test_a_trial_is_found_by_its_sweep_and_index(runs_dir: Path) -> None:
    trials = runs_dir / "20261123-150000-xor-sweep" / "trials"
    for trial in trials.iterdir():
        (trial / "run.json").write_text("{}")
    for reference in ("20261123-150000-xor-sweep/1", "20261123-15/1", "latest:xor-sweep/1", f"{trials.parent}/1"):
        found = find_run(reference, runs_dir)
        assert found.parent == trials
        assert found.name.startswith("0001")


def test_a_sweep_is_found_only_where_one_is_possible(runs_dir: Path) -> None:
    assert find_run("20261123-15", runs_dir, sweeps=True) == runs_dir / "20261123-150000-xor-sweep"
    with pytest.raises(StorageError, match=r"of a sweep, not of a run[\s\S]*Name one of its trials"):
        find_run("20261123-15", runs_dir)


def test_a_trial_that_is_a_row_of_a_table_is_found_and_how_to_make_its_folder_is_said(runs_dir: Path) -> None:
    sweep = runs_dir / "20261123-150000-xor-sweep"
    assert find_trial("20261123-15/4711", runs_dir) == (sweep, 4711)
    (sweep / "trials.npz").touch()
    with pytest.raises(RunError, match=r"Trial 4711 of .* is a row of its table") as caught:
        find_run("latest:xor-sweep/4711", runs_dir)
    assert caught.value.problems[0].hint == f"Make its run folder: nnrun train --trial {quote(f'{sweep}/4711')}"
    with pytest.raises(RunError, match=re.escape(f"nnrun train --trial {quote(f'{sweep}/0')}")):
        find_run("20261123-15", runs_dir)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("latest", '"latest" names no trial of a sweep'),
        ("latest/best", '"latest/best" names no trial of a sweep'),
        ("zzz/3", 'There is no run or sweep "zzz"'),
    ],
)
def test_what_names_no_trial_of_a_sweep_is_refused(runs_dir: Path, reference: str, message: str) -> None:
    with pytest.raises(RunError, match=message):
        find_trial(reference, runs_dir)


def test_of_runs_that_begin_alike_all_are_named(runs_dir: Path) -> None:
    with pytest.raises(StorageError, match="could be any of 3 runs") as caught:
        find_run("20261123", runs_dir)
    for name in ("20261123-142233-xor", "20261123-142233-xor-2", "20261123-150000-xor-sweep"):
        assert name in str(caught.value)
    assert "Write more of its name." in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "remedy"),
    [
        ("20261124-090000-moon5", 'Did you mean "20261124-090000-moons"?'),
        ("lates", 'Did you mean "latest"?'),
        ("moons", "20261124-090000-moons"),
        ("zzz", "A run is named by its folder"),
        ("best:", "They have"),
        ("best:los", 'Did you mean "loss"?'),
        ("best:nothing_like_it", "They have loss"),
        ("latest:moon", 'Did you mean "moons"?'),
        ("best:loss:mons", 'Did you mean "moons"?'),
        ("latest:spirals", "nnrun list"),
        ("best:loss:spirals", "nnrun list"),
        ("best", "A run is named by its folder"),
        ("latest:", 'of an experiment "" in'),
        ("latest:xor-sweep", "Name one of its trials, as latest:xor-sweep/0."),
        ("best:loss:xor-sweep", 'There is no completed run of an experiment "xor-sweep"'),
        ("best:val_accuracy:failing", 'There is no completed run of an experiment "failing"'),
        ("best:val_los:moons", 'No completed run of the experiment "moons"'),
        ("20261123-150000-xor-sweep/3", "the first is 0"),
        ("20261124-090000-moons/0", "is not a sweep"),
        ("../nowhere", "A run is named by its folder"),
        ("*", "A run is named by its folder"),
    ],
)
def test_a_misspelt_name_is_refused_with_a_remedy(
    runs_dir: Path, reference: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_run(runs_dir, "20261122-000000-failing", name="failing", status="failed")
    monkeypatch.chdir(runs_dir)  # an existing folder is no misspelt name
    with pytest.raises(StorageError) as caught:
        find_run(reference, runs_dir)
    assert remedy in str(caught.value)


def test_a_file_is_no_run_and_that_of_a_model_becomes_an_experiment(runs_dir: Path) -> None:
    for name, remedy in (("model.keras", "nnrun new"), ("notes.txt", "A run is named by its folder")):
        (runs_dir / name).write_bytes(b"")
        with pytest.raises(RunError, match="is a file, not the folder of a run") as caught:
            find_run(str(runs_dir / name), runs_dir)
        assert remedy in str(caught.value)


def test_the_best_run_is_a_completed_one_with_a_finite_metric(runs_dir: Path) -> None:
    add_run(runs_dir, "20261125-000000-a", status="failed", final_metrics={"loss": 0.0})
    add_run(runs_dir, "20261125-000000-b", final_metrics={"loss": None})
    assert find_run("best:loss", runs_dir).name == "20261123-142233-xor-2"


def test_of_equally_good_runs_the_newest_is_the_best(runs_dir: Path) -> None:
    add_run(runs_dir, "20261125-000000-a", minute=9, final_metrics={"loss": 0.1})
    assert find_run("best:loss", runs_dir).name == "20261125-000000-a"


def test_hidden_folders_and_files_have_no_name(runs_dir: Path) -> None:
    add_run(runs_dir, ".20261126-staged")
    (runs_dir / "20261127-notes.txt").write_text("no run")
    (runs_dir / "20261127-empty").mkdir()
    assert find_run("latest", runs_dir).name == "20261124-090000-moons"
    with pytest.raises(StorageError, match="There is no run"):
        find_run("20261127", runs_dir)


def test_a_folder_without_a_record_is_no_run(runs_dir: Path) -> None:
    for sweeps in (False, True):
        with pytest.raises(RunError, match=r"is not the folder of a run: it has no run\.json"):
            find_run(str(runs_dir), runs_dir, sweeps=sweeps)


def test_without_runs_nothing_is_found(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="There is no run"):
        find_run("20261123", tmp_path / "nothing")
    with pytest.raises(StorageError):
        find_run("latest", tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    for reference in ("latest", "best:loss"):
        with pytest.raises(StorageError, match="There is no run"):
            find_run(reference, tmp_path / "empty")


def test_trials_that_are_rows_of_a_table_have_no_folder_of_folders(runs_dir: Path) -> None:
    sweep = runs_dir / "20261123-150000-xor-sweep"
    assert find_trials("latest:xor-sweep", runs_dir) == sweep / "trials"
    (sweep / "trials.npz").touch()
    with pytest.raises(RunError, match=r"are rows of its table trials.csv.*\n.*nnrun train --trial .*-xor-sweep/0"):
        find_trials("latest:xor-sweep", runs_dir)
