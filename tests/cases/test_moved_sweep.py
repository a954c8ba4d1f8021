"""The trials of a sweep over a file find it again, also where project and sweep were moved together."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from nnrun.cli.main import run
from nnrun.load import load_experiment
from nnrun.run import resume_run
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.record import read_record
from nnrun.runs.recorded_files import data_files_of
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.plan import plan_sweep, request_sweep
from nnrun.sweep.sweep import SweepOptions, resume_sweep, run_sweep

EXPERIMENT = """
data: {generator: {csv: {path: PATH, target: y}}}
layers: [{Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 2
sweep: {grid: {optimizer.learning_rate: [0.01, 0.1]}}
"""
CELLS = "x,y\n" + "".join(f"{x / 8},{x / 4 + 1}\n" for x in range(16))


def project(home: Path, path: str) -> Path:
    file = home / "exp.yaml"
    (home / path).parent.mkdir(parents=True)
    (home / path).write_text(CELLS)
    file.write_text(EXPERIMENT.replace("PATH", path))
    return file


@pytest.mark.keras
@pytest.mark.parametrize("path", ["data/rows.csv", pytest.param("rows.csv", marks=pytest.mark.slow)])
def test_the_trials_of_a_moved_project_are_resumed_plotted_and_explained(path, tmp_path):
    file = project(tmp_path / "here", path)
    options = SweepOptions(tmp_path)
    sweep = run_sweep(plan_sweep(request_sweep(file)), options, SweepListener(), runs_dir=file.parent / "runs")
    trial = sweep.folder / sweep.outcomes[1].folder
    written = yaml.safe_load((trial / "resolved.yaml").read_text())["data"]["generator"]["csv"]["path"]
    assert (trial / written).resolve() == (file.parent / path).resolve()
    assert not Path(written).is_absolute()
    assert [each.sha256 for each in read_record(trial).data_files] == [sha256(CELLS.encode()).hexdigest()]

    moved = file.parent.rename(tmp_path / "there")
    trial = moved / trial.relative_to(tmp_path / "here")
    for name in ("resolved.yaml", "experiment.yaml"):
        found = load_experiment(trial / name, files=data_files_of(trial / name, ())).columns.files
        assert Path(found[0].path).resolve() == (moved / path).resolve()
    assert run(["explain", str(trial)]) == 0
    assert run(["plot", str(trial)]) == 0
    assert (
        resume_run(trial, RunOptions(tmp_path, plotted=False, reported=False), RunListener()).record.status
        == "completed"
    )
    folder = moved / sweep.folder.relative_to(tmp_path / "here")
    assert resume_sweep(folder, options, SweepListener()).record.status == "completed"


def test_a_trial_on_a_machine_with_a_folder_of_its_own_names_the_file_as_the_sweeps_folder_sees_it(tmp_path):
    plan = plan_sweep(request_sweep(project(tmp_path / "here", "rows.csv")))
    context = TrialContext(tmp_path / "here" / "runs" / "sweep", tmp_path, "cpu", 1, None, weights=True)
    elsewhere = replace(context, folder=tmp_path / "worker", kept_in=context.folder)
    texts = [each.resolved_text(plan.trials[0]) for each in (context, elsewhere)]
    assert yaml.safe_load(texts[0])["data"]["generator"]["csv"]["path"] == "../../../../rows.csv"
    assert texts[0] == texts[1]
