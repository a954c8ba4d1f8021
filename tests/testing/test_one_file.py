"""One experiment file is tested in this process, unless that has compiled too many programs."""

import pytest

from nnrun.run_options import RunOptions
from nnrun.testing.case_options import CaseOptions
from nnrun.testing.one_file import run_file
from nnrun.training import shared_models
from nnrun.training.shared_models import SharedModels

LINE = """
data: {generator: {table: {columns: [x, y], rows: [[0, 0], [1, 2]], target: y}}}
layers: [{Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 2
"""


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.parametrize(("most", "here"), [(1, 1), (0, 0)])
def test_a_process_that_is_full_trains_in_another_one(most, here, experiment_file, tmp_path, monkeypatch):
    monkeypatch.setattr(shared_models, "MOST_PROGRAMS", most)
    run = RunOptions(tmp_path, plotted=False, reported=False, models=SharedModels())
    assert run_file(experiment_file(LINE), CaseOptions(run, tmp_path / "runs")).status == "passed"
    assert run.models.programs == here
