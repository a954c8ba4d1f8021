"""`nnrun.load`: a run by its folder or name, and what it says."""

import math

import pytest
from run_folder import EPOCHS

import nnrun
from nnrun.errors import StorageError


def test_a_run_has_what_its_files_say(make_run):
    run = nnrun.load(make_run())
    assert run.name == run.path.name == "run"
    assert run.status == "completed"
    assert run.metrics["loss"] == 0.004
    assert math.isnan(run.metrics["val_loss"])
    assert run.best_metrics == {"epoch": 399, "loss": 0.004}
    assert [verdict.met for verdict in run.expectations] == [True, False]
    assert run.diagnosis[0].kind == "plateau"
    assert run.record.git.dirty
    assert {name: len(values) for name, values in run.history.items()} == dict.fromkeys(
        ("epoch", "loss", "val_loss", "learning_rate"), EPOCHS
    )
    assert repr(run) == f'<nnrun.Run "{run.path}">'


@pytest.mark.parametrize("reference", ["run", "ru", "latest", "best:loss"])
def test_a_run_is_found_by_the_names_that_commands_take(make_run, reference):
    folder = make_run()
    assert nnrun.load(reference, runs_dir=folder.parent).path == folder


def test_a_run_itself_is_taken_wherever_a_run_is(make_run):
    run = nnrun.load(make_run())
    assert nnrun.load(run) is run


def test_the_folder_of_all_runs_is_that_of_the_environment(make_run, monkeypatch):
    folder = make_run()
    monkeypatch.setenv("NNRUN_RUNS_DIR", str(folder.parent))
    assert nnrun.load("latest").path == folder
    assert nnrun.runs()[0]["path"] == str(folder)


def test_a_run_that_is_not_there_is_refused_with_the_nearest_name(make_run):
    folder = make_run()
    with pytest.raises(StorageError, match=r'There is no run "rum" in .*\n  Did you mean "run"\?'):
        nnrun.load("rum", runs_dir=folder.parent)


def test_a_folder_that_is_no_run_is_refused_when_it_is_loaded(tmp_path):
    with pytest.raises(StorageError, match=r"run\.json"):
        nnrun.load(tmp_path)
