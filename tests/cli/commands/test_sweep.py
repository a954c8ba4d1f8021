"""`nnrun sweep` and `nnrun compare` as commands: what they print, and how they end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sweep_folder import make_sweep_folder

from experiments import EXPERIMENTS
from nnrun.cli.main import run

XOR = str(EXPERIMENTS / "xor.yaml")


def test_a_dry_run_lists_the_trials(capsys):
    assert run(["sweep", XOR, "--grid", "layers.0.units=[4, 8]", "--grid", "seed=0..1", "--dry-run"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["trial", "layers.0.units", "seed"],
        *(["0", "4", "0"], ["1", "4", "1"], ["2", "8", "0"], ["3", "8", "1"]),
    ]


def test_a_dry_run_of_many_trials_lists_the_first_and_the_last(capsys):
    assert run(["sweep", XOR, "--grid", "seed=5..2004", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 500 + 1 + 500
    assert [line.split() for line in (lines[1], lines[500])] == [["0", "5"], ["499", "504"]]
    assert lines[501] == "… and 1,000 more"
    assert [line.split() for line in (lines[502], lines[-1])] == [["1500", "1505"], ["1999", "2004"]]
    assert run(["sweep", XOR, "--grid", "seed=5..2004", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"index": i, "seed": i + 5} for i in range(2000)]


def test_what_a_file_names_cannot_steer_the_terminal(tmp_path, capsys):
    sweep = r'sweep: {variants: {"a\e[31m": {layers.0.units: 4}, b: {layers.0.units: 8}}, grid: {seed: 0..1}}'
    folder = make_sweep_folder(tmp_path / "s", sweep=sweep)
    assert run(["sweep", str(folder / "experiment.yaml"), "--dry-run"]) == 0
    assert run(["compare", str(folder)]) == 0
    told = capsys.readouterr().out
    assert told.count("a\N{REPLACEMENT CHARACTER}[31m") >= 3
    assert "\x1b" not in told


def test_a_dry_run_as_json_is_one_line(capsys):
    assert run(["sweep", XOR, "--grid", "seed=0..1", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"index": 0, "seed": 0}, {"index": 1, "seed": 1}]


def test_a_dry_run_of_a_shard_lists_its_trials_alone(capsys):
    assert run(["sweep", XOR, "--grid", "seed=0..4", "--shard", "2/2", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"index": 1, "seed": 1}, {"index": 3, "seed": 3}]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([], 64, "Missing argument 'FILE'."),
        ([XOR, "--resume", "runs/x"], 64, "--resume was replaced: nnrun resume SWEEP resumes a sweep."),
        (["--resume", "runs/x"], 64, "--resume was replaced: nnrun resume SWEEP resumes a sweep."),
        (["--merge", "runs/a", "runs/b"], 64, "--merge was replaced: nnrun merge SHARD… joins finished shards."),
        ([XOR, "--fail-fast"], 64, "--fail-fast was replaced: write --set sweep.fail_fast=true"),
        ([XOR, "--no-report"], 64, "--no-report was replaced: write --set sweep.report=false"),
        ([XOR, "--jobs", "2", "--dask", "tcp://a:1"], 64, "--jobs has no effect with --dask ADDRESS"),
        ([XOR, "--set", "sweep.fail_fast=1"], 2, "fail_fast"),
        ([XOR], 2, "nothing to sweep over"),
        ([XOR, "other.yaml", "--grid", "seed=0..1"], 64, "Got unexpected extra argument (other.yaml)"),
        ([XOR, "--grid", "layers.0.units=[16,", "32]"], 64, 'A list with blanks needs quotes: --grid "layers.0.units='),
        ([XOR, "--grid", "seed=0..1", "--shard", "3/2"], 64, 'I from 1 to N. Received: "3/2"'),
        ([XOR, "--grid", "seed=0..1", "--grid", "layers.0.units=[0]"], 2, "--grid layers.0.units=[0]: "),
    ],
)
def test_a_wrong_command_line_is_refused_with_its_status(arguments, status, message, capsys):
    assert run(["sweep", *arguments]) == status
    assert message in capsys.readouterr().err


def test_a_folder_that_is_no_sweep_is_exit_status_2(tmp_path, capsys):
    assert run(["compare", str(tmp_path)]) == 2
    assert run(["merge", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("is not the folder of a run") == 2


@pytest.mark.keras
def test_the_folder_is_the_last_line_and_compare_reads_it(tmp_path, capsys):
    words = ["sweep", XOR, "--grid", "seed=0..1", "--grid", "layers.0.units=[2, 3]"]
    assert run([*words, "--set", "epochs=3", "--set", "expect=[]", "--runs-dir", str(tmp_path)]) == 0
    told = capsys.readouterr()
    (folder,) = tmp_path.iterdir()
    assert told.out == f"{folder}\n"
    lines = told.err.splitlines()
    done = lines.index("4/4 trials")
    assert lines[done + 1] == "writing tables, plots and the report …"
    assert lines[done + 2].startswith("best configuration: layers.0.units=")
    assert {line.split()[0] for line in lines[done + 4 : done + 6]} == {"units=2", "units=3"}
    assert lines[-3].startswith("best trial trials/000")
    assert lines[-2:] == [f"next: nnrun compare {folder}", f"next: nnrun report {folder} --open"]
    assert run(["compare", str(folder)]) == 0
    compared = capsys.readouterr().out
    assert compared.startswith("units=2: median final loss 0.")
    assert "too few pairs of trials with the same seed to test" in compared
    assert Path(folder, "summary.csv").exists()
    assert "<svg" in Path(folder, "report.html").read_text(encoding="utf-8")
    assert sorted(path.name for path in Path(folder, "plots").iterdir()) == ["curves.svg", "distribution.svg"]


@pytest.mark.keras
def test_the_program_that_starts_several_processes_is_told_what_is_wrong_without_loading_tensorflow(tmp_path):
    program = "import sys; from nnrun.cli.main import run; status = run(sys.argv[1:]); sys.exit('keras' in sys.modules)"
    words = ["sweep", XOR, "--grid", "seed=0..1", "--set", "sweep={reach: loss_7 >= 1}", "--jobs", "2", "-q"]
    command = [sys.executable, "-c", program, *words, "--runs-dir", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.stderr.startswith('Unknown metric "loss_7" in the target of the trials.\n')
    assert ended.returncode == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.keras
def test_ctrl_c_while_the_processes_load_tensorflow_is_one_line(tmp_path):
    words = ["sweep", XOR, "--grid", "seed=0..1", "--jobs", "2", "-q", "--runs-dir", str(tmp_path)]
    words += ["--set", "epochs=10000000"]  # however late the signal comes, they are at it
    process = subprocess.Popen([sys.executable, "-m", "nnrun", *words], stderr=subprocess.PIPE, start_new_session=True)
    while process.poll() is None and not list(tmp_path.glob("*/sweep.json")):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=120)[1] == b"Interrupted.\n"
    assert process.returncode == 130
