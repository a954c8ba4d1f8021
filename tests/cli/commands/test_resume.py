"""`nnrun resume` takes the folder of a run or of a sweep, and refuses what does not apply to it."""

import pytest
from sweep_folder import make_sweep_folder

from nnrun.cli.main import run


@pytest.mark.parametrize(
    "option", [("--set", "epochs=9"), ("--device", "cpu"), ("--threads", "2"), ("--checkpoint-every", "9")]
)
def test_a_sweep_keeps_the_settings_that_it_began_with(option, tmp_path, capsys):
    folder = make_sweep_folder(tmp_path / "sweep", "seed=0..1")
    assert run(["resume", str(folder), *option]) == 64
    reason = "a sweep keeps the settings that it began with."
    assert capsys.readouterr().err.endswith(f"Error: {option[0]} does not apply: {reason}\n")


@pytest.mark.parametrize("option", [("--jobs", "2"), ("--dask", "local")])
def test_a_run_is_trained_in_one_process(option, make_run, capsys):
    folder = make_run()
    assert run(["resume", str(folder), *option]) == 64
    assert f"{option[0]} does not apply: {folder} is not the folder of a sweep." in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_exit_status_2(tmp_path, capsys):
    assert run(["resume", str(tmp_path / "none")]) == 2
    assert "there is no such file or folder" in capsys.readouterr().err
