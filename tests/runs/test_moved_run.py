"""Runs that move to another folder."""

import hashlib

from run_folder import make_run_folder

from nnrun.experiment.columns import DataFile
from nnrun.load import load_experiment
from nnrun.runs.moved_run import move_run
from nnrun.runs.record import read_record
from nnrun.runs.recorded_files import data_files_of
from nnrun.runs.resolved_file import resolved_text

OF_A_FILE = """
data: {generator: {csv: {path: data/rows.csv, target: b}}}
layers: [{Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 2
"""


def test_a_moved_run_has_a_name_of_its_own_and_its_paths_lead_to_the_same_files(tmp_path):
    rows, file = tmp_path / "data" / "rows.csv", tmp_path / "rows.yaml"
    rows.parent.mkdir()
    rows.write_text("a,b\n1,2\n3,4\n")
    file.write_text(OF_A_FILE)
    experiment = load_experiment(file, files=data_files_of(file, ()))
    digest = hashlib.sha256(rows.read_bytes()).hexdigest()
    before = tmp_path / "runs" / "hidden" / "run"
    make_run_folder(before, name="rows", data_files=(DataFile(str(rows), digest),))
    (before / "resolved.yaml").write_text(resolved_text(experiment, before))
    assert "path: ../../../data/rows.csv" in (before / "resolved.yaml").read_text()
    (tmp_path / "runs" / "20261123-142233-rows").mkdir()

    after = move_run(before, tmp_path / "runs")

    assert (after.name, before.exists()) == ("20261123-142233-rows-2", False)
    resolved = (after / "resolved.yaml").read_bytes()
    assert b"path: ../../data/rows.csv" in resolved
    assert read_record(after).resolved_sha256 == hashlib.sha256(resolved).hexdigest()
    again = load_experiment(after / "resolved.yaml", files=data_files_of(after / "resolved.yaml", ()))
    assert again.columns == experiment.columns


def test_the_log_names_the_folder_that_the_run_is_in(tmp_path):
    before = tmp_path / "häufig" / "run"
    make_run_folder(before, name="rows")
    (before / "run.log").write_text(f"rows: 2 epochs, in {before}\nresume with: nnrun resume {before}\n")
    after = move_run(before, tmp_path / "runs")
    assert (after / "run.log").read_text() == f"rows: 2 epochs, in {after}\nresume with: nnrun resume {after}\n"
