"""Which runs are removed, and that nothing else is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from run_folder import START
from stored_runs import add_run, owned_by_another_process
from sweep_folder import make_sweep_folder

from nnrun.errors import ExperimentError, ResumeError
from nnrun.store.removal import check_removable, older_runs, remove_run, without_best


def names(folders: list[Path]) -> str:
    return "".join(folder.name for folder in folders)


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    """Two runs of one experiment, and two of another."""
    folder = tmp_path / "runs"
    add_run(folder, "a", minute=0, name="xor", final_metrics={"loss": 0.3, "accuracy": 0.9})
    add_run(folder, "b", minute=10, name="xor", final_metrics={"loss": 0.1, "accuracy": 0.8})
    add_run(folder, "c", minute=20, name="moons", final_metrics={"loss": 0.2, "accuracy": 0.7})
    add_run(folder, "d", minute=30, name="moons", status="failed", final_metrics={"loss": 0.0})
    return folder


def test_older_runs_are_those_that_started_longer_ago(runs_dir: Path) -> None:
    now = START + timedelta(minutes=40)
    assert names(older_runs(runs_dir, timedelta(minutes=25), now)) == "ba"
    assert names(older_runs(runs_dir, timedelta(minutes=30), now)) == "a"
    assert older_runs(runs_dir, timedelta(days=1), now) == []


def test_a_run_that_runs_or_whose_age_is_not_known_is_not_old(runs_dir: Path) -> None:
    (runs_dir / "b" / "run.json").write_text("{")
    running = add_run(runs_dir, "e", status="running")
    with owned_by_another_process(running):
        assert names(older_runs(runs_dir, timedelta(0), START + timedelta(days=9))) == "dca"
    assert names(older_runs(runs_dir, timedelta(0), START + timedelta(days=9))) == "dcea"


@pytest.mark.parametrize(("metric", "expected"), [("loss", "ad"), ("accuracy", "bd")])
def test_the_best_completed_run_of_each_experiment_is_kept(runs_dir: Path, metric: str, expected: str) -> None:
    folders = [runs_dir / name for name in "abcd"]
    removed, unmeasured = without_best(folders, runs_dir, metric)
    assert (names(removed), unmeasured) == (expected, [])


def test_of_an_experiment_without_the_metric_no_completed_run_is_removed(runs_dir: Path) -> None:
    add_run(runs_dir, "e", name="spirals", final_metrics={"val_loss": 0.5})
    add_run(runs_dir, "f", name="spirals", status="failed", final_metrics={})
    removed, unmeasured = without_best([runs_dir / name for name in "acef"], runs_dir, "loss")
    assert (names(removed), unmeasured) == ("af", ["spirals"])
    assert without_best([runs_dir / "a"], runs_dir, "loss") == ([runs_dir / "a"], [])


def test_an_unknown_metric_keeps_nothing_by_mistake(runs_dir: Path) -> None:
    with pytest.raises(ExperimentError, match='has the metric "los"'):
        without_best([runs_dir / "a"], runs_dir, "los")


def refused(folder: Path, runs_dir: Path) -> str:
    with pytest.raises(ExperimentError) as caught:
        check_removable([folder], runs_dir)
    return str(caught.value)


def test_runs_and_sweeps_in_the_folder_of_runs_can_be_removed(runs_dir: Path) -> None:
    sweep = make_sweep_folder(runs_dir / "sweep", "seed=0..1")
    check_removable([runs_dir / "a", sweep], runs_dir)


def test_a_link_is_refused(runs_dir: Path, tmp_path: Path) -> None:
    outside = add_run(tmp_path / "elsewhere", "mine")
    (runs_dir / "link").symlink_to(outside)
    assert "is a link" in refused(runs_dir / "link", runs_dir)
    (runs_dir / "inner").symlink_to(runs_dir / "a")
    assert "is a link" in refused(runs_dir / "inner", runs_dir)


def test_what_lies_outside_is_refused_however_it_is_named(runs_dir: Path, tmp_path: Path) -> None:
    outside = add_run(tmp_path / "elsewhere", "mine")
    (runs_dir / "folder").symlink_to(tmp_path / "elsewhere")
    for folder in (outside, runs_dir / ".." / "elsewhere" / "mine", runs_dir / "folder" / "mine"):
        assert "is not in" in refused(folder, runs_dir)
    for folder in (runs_dir, runs_dir / "..", runs_dir / "a" / "..", Path("/")):
        assert "is not in" in refused(folder, runs_dir)


def test_what_is_no_run_is_refused(runs_dir: Path) -> None:
    (runs_dir / "notes").mkdir()
    (runs_dir / "file").write_text("no run")
    for name in ("notes", "file", "nothing", "a/plots"):
        assert "is not the folder of a run or sweep" in refused(runs_dir / name, runs_dir)


def test_a_run_in_which_a_process_trains_is_refused(runs_dir: Path) -> None:
    with owned_by_another_process(runs_dir / "a"):
        assert "A process is training" in refused(runs_dir / "a", runs_dir)
        with pytest.raises(ResumeError, match="Another process is training"):  # also if it began after the check
            remove_run(runs_dir / "a")
        check_removable([runs_dir / "b"], runs_dir)
    assert (runs_dir / "a" / "run.json").is_file()
    check_removable([runs_dir / "a"], runs_dir)


def test_a_trial_of_a_sweep_that_is_trained_is_refused(runs_dir: Path) -> None:
    sweep = make_sweep_folder(runs_dir / "sweep", "seed=0..1")
    trial = add_run(sweep / "trials", "0000-x")
    check_removable([trial], runs_dir)
    with owned_by_another_process(sweep):
        assert "A process is training" in refused(trial, runs_dir)


def test_all_reasons_are_named_at_once(runs_dir: Path) -> None:
    with pytest.raises(ExperimentError) as caught:
        check_removable([runs_dir / "nothing", runs_dir / "a", runs_dir], runs_dir)
    assert len(caught.value.problems) == 2


def test_a_removed_run_is_gone_and_links_in_it_are_not_followed(runs_dir: Path, tmp_path: Path) -> None:
    kept = tmp_path / "data"
    kept.mkdir()
    (kept / "weights.npz").write_text("mine")
    (runs_dir / "a" / "data").symlink_to(kept)
    (runs_dir / "b" / "data").symlink_to(kept)
    remove_run(runs_dir / "a")
    remove_run(runs_dir / "b", weights_only=True)
    assert not (runs_dir / "a").exists()
    assert (kept / "weights.npz").read_text() == "mine"


def test_of_the_weights_only_everything_else_stays(runs_dir: Path) -> None:
    folder = runs_dir / "a"
    for name in ("model.keras", "weights.npz", "checkpoint", "checkpoint.previous"):
        (folder / name).write_text("large")
    before = {path.name for path in folder.iterdir()}
    remove_run(folder, weights_only=True)
    after = {path.name for path in folder.iterdir()}
    assert before - after == {"model.keras", "weights.npz", "trace.npz", "checkpoint", "checkpoint.previous"}


def test_of_a_sweep_the_weights_of_all_trials_are_removed(runs_dir: Path) -> None:
    sweep = make_sweep_folder(runs_dir / "sweep", "seed=0..1")
    for trial in (sweep / "trials").iterdir():
        (trial / "weights.npz").write_text("large")
    remove_run(sweep, weights_only=True)
    assert not list(sweep.rglob("weights.npz"))
    assert len(list(sweep.rglob("metrics.csv"))) == 2
