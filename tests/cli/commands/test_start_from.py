"""`nnrun train --start-from RUN` and `nnrun check` of a file that starts from a run."""

import json

import numpy as np
import pytest
from stored_runs import add_run

import nnrun.run
from experiments import EXPERIMENTS
from nnrun.cli.main import run
from nnrun.errors import Paused
from nnrun.runs.arrays import write_arrays

XOR = str(EXPERIMENTS / "xor.yaml")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = add_run(tmp_path / "runs", "20261123-142233-line")
    write_arrays(folder / "weights.npz", {"neuron/kernel": np.ones((1, 1), np.float32)})
    return folder


def test_the_option_names_the_run_as_everywhere_and_takes_it_in_place_of_that_of_the_file(folder, monkeypatch):
    taken = []

    def train(file, options, listener, *, overrides, name, runs_dir):
        taken.append(overrides)
        raise Paused("Stopped.")

    monkeypatch.setattr(nnrun.run, "train_file", train)
    assert run(["train", XOR, "--start-from", "latest:line", "--set", "start.epoch=7", "-q"]) == 130
    assert taken == [("start.epoch=7", f"start.run={json.dumps(str(folder))}", "start.sha256=null")]


def test_a_run_that_is_not_there_ends_the_command(folder, capsys):
    assert run(["train", XOR, "--start-from", "lates"]) == 2
    assert 'Did you mean "latest"?' in capsys.readouterr().err


def test_check_looks_at_run_epoch_and_layers(folder, tmp_path, capsys):
    file = tmp_path / "next.yaml"
    text = (folder / "experiment.yaml").read_text()
    file.write_text(text + "start: {run: latest, epoch: 401}\n")
    assert run(["check", str(file)]) == 2
    assert capsys.readouterr().err.startswith(f"{file}:12:29: {folder} has trained 400 epochs. Received: epoch 401\n")
    file.write_text(text + "start: {run: latest, layers: [neuron]}\n")
    assert run(["check", str(file)]) == 0
