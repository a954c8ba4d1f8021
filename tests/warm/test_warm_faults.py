"""Clients and workers that are killed, and signals: nothing is lost or left behind."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from warm_commands import Terminal, lives, terminal_in

import nnrun
from experiments import EXPERIMENTS

pytestmark = pytest.mark.keras

BARE = ("--no-plots", "--no-report")
LONG = ("train", str(EXPERIMENTS / "moons.yaml"), "--set", "epochs=100000", "--set", "expect=[]", *BARE)
SHORT = ("train", str(EXPERIMENTS / "xor.yaml"), "--set", "epochs=5", "--set", "expect=[]", *BARE)
DRAWN = ("train", str(EXPERIMENTS / "xor.yaml"), "--set", "epochs=20", "--set", "expect=[]")
PATIENCE = 600


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    with terminal_in(tmp_path_factory.mktemp("f")) as found:
        assert found.run("warm").status == 0
        yield found


def drawing(worker: int) -> list[str]:
    """The processes that a worker has started."""
    try:
        return Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    except OSError:
        return []


def start_training(terminal: Terminal, *words: str) -> subprocess.Popen[str]:
    """Starts a run in the worker and waits for its first epochs, after which a signal takes effect at once."""
    assert terminal.run("warm").status == 0  # a worker that a signal has ended in the middle of compiling is gone
    process = terminal.start(*LONG, *words)
    terminal.wait_for(lambda: bool(terminal.runs()) and terminal.record().get("status") == "running")
    metrics = terminal.newest_run() / "metrics.csv"
    terminal.wait_for(lambda: metrics.exists() and metrics.read_text().count("\n") > 1)
    return process


def test_a_signal_ends_a_run_as_without_a_worker_and_the_worker_goes_on(terminal: Terminal) -> None:
    worker = terminal.worker()
    process = start_training(terminal)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (130, "")
    assert "Interrupted.\n" in err
    assert f"nnrun resume {terminal.newest_run().relative_to(terminal.folder)}" in err
    assert terminal.record()["status"] == "interrupted"
    assert terminal.run(*SHORT).status == 0
    assert terminal.worker() == worker


def test_while_it_is_busy_other_commands_run_without_it(terminal: Terminal) -> None:
    process = start_training(terminal)
    assert not terminal.is_idle()
    before = terminal.commands()
    assert terminal.run("train", "no-such-file.yaml").status == 2
    assert terminal.commands() == before
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 143


@pytest.fixture(scope="module")
def longest(terminal: Terminal) -> float:
    """How many seconds a run takes in the worker, with its pictures."""
    assert terminal.run("warm").status == 0
    for _ in range(2):  # the first one compiles
        began = time.monotonic()
        assert terminal.run(*DRAWN).status == 0
    return time.monotonic() - began


def complete(terminal: Terminal, before: set[Path]) -> None:
    """Completes the run that has begun since, if any: a command resumes it, or draws one that was trained already."""
    for run in set(terminal.runs()) - before:
        if not terminal.record(run):  # killed as it took the folder, before it was a run
            assert not (run / "metrics.csv").exists()
            continue
        if terminal.record(run).get("status") != "completed":
            ended = terminal.run("resume", str(run))
            assert ended.status == 0, ended.err
        elif not (run / "report.html").exists():
            ended = terminal.run("report", str(run))
            assert ended.status == 0, ended.err
        assert terminal.record(run)["status"] == "completed"
        assert (run / "report.html").exists()


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_client_that_is_killed_at_any_moment_loses_no_run(times: int, longest: float, terminal: Terminal) -> None:
    rng = random.Random(times)
    for seed in range(times):
        assert terminal.run("warm").status == 0
        before = set(terminal.runs())
        process = terminal.start(*DRAWN, "--set", f"seed={seed}")
        time.sleep(rng.uniform(0, longest))
        process.kill()
        process.communicate()
        terminal.wait_for(lambda: terminal.is_idle() or terminal.worker() is None)  # it ends what does not end in time
        complete(terminal, before)


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_worker_that_is_killed_at_any_moment_loses_no_run_and_leaves_no_process(
    times: int, longest: float, terminal: Terminal
) -> None:
    rng = random.Random(times)
    for seed in range(times):
        assert terminal.run("warm").status == 0
        before = set(terminal.runs())
        worker = terminal.worker()
        assert worker is not None
        process = terminal.start(*DRAWN, "--set", f"seed={seed}")
        time.sleep(rng.uniform(0, longest))
        children = drawing(worker)
        os.kill(worker, signal.SIGKILL)
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == (137 if "The warm worker has died." in err else 0)  # it may have run without it
        terminal.wait_for(lambda: not any(map(lives, children)))  # noqa: B023
        assert terminal.worker() is None
        complete(terminal, before)


def test_a_worker_whose_socket_is_gone_ends(terminal: Terminal) -> None:
    terminal.start_worker(load=False)
    worker = terminal.worker()
    for path in (terminal.sockets / "nnrun-warm").glob("*.sock"):
        path.unlink()
    terminal.wait_for(lambda: not lives(worker))
    terminal.start_worker(load=False)


def test_after_many_programs_it_is_replaced_by_a_new_process(terminal: Terminal) -> None:
    terminal.start_worker(load=False, most_programs=1)
    for units in (3, 4):
        assert terminal.run(*SHORT, "--set", f"layers.0.units={units}").status == 0
    terminal.wait_for(lambda: terminal.is_idle() and terminal.commands() == 0)
    assert terminal.run(*SHORT).status == 0
    assert terminal.commands() == 1


@pytest.mark.slow
def test_a_worker_ends_when_a_file_of_nnrun_changes(terminal: Terminal, tmp_path: Path) -> None:
    shutil.copytree(Path(nnrun.__file__).parent, tmp_path / "nnrun", ignore=shutil.ignore_patterns("__pycache__"))
    ended = terminal.run("warm", PYTHONPATH=str(tmp_path))
    worker = int(ended.out.split()[1].strip(","))
    assert lives(worker)
    with (tmp_path / "nnrun" / "cli" / "words.py").open("a") as stream:
        stream.write("\n")
    terminal.wait_for(lambda: not lives(worker))


def test_a_worker_ends_after_some_time_without_a_command(terminal: Terminal) -> None:
    terminal.start_worker(load=False, idle=1.0)
    terminal.wait_for(lambda: terminal.worker() is None)


def test_it_ends_when_it_is_asked_to(terminal: Terminal) -> None:
    terminal.start_worker(load=False)
    worker = terminal.worker()
    ended = terminal.run("warm", "--status")
    assert (ended.status, ended.out.startswith(f"Process {worker}, ready: auto, ")) == (0, True)
    assert terminal.run("warm", "--stop").out == f"Stopped: process {worker}.\n"
    assert not lives(worker)  # no longer, once that is said
    ended = terminal.run("warm", "--status")
    assert (ended.status, ended.out) == (1, "There is no warm worker.\n")
    assert list((terminal.sockets / "nnrun-warm").glob("*.sock")) == []


# A worker that ends holds its place for a moment; here, until another one has been started in vain.
AFTER_ANOTHER = """
import os, subprocess
from pathlib import Path
from nnrun.cli.handing_over import worker_options
from nnrun.warm import worker_start
from nnrun.warm.worker_server import claim

options = worker_options(None, None, create=True, load=False)
held, started = claim(Path(options.socket)), []

class Started(subprocess.Popen):
    def __init__(self, *arguments, **settings):
        started.append(self)
        if len(started) == 2:
            os.close(held)
        super().__init__(*arguments, **settings)

subprocess.Popen = Started
print(worker_start.start_worker(options).pid == started[1].pid, started[0].returncode)
"""


def test_it_takes_the_place_of_one_that_is_just_ending(terminal: Terminal) -> None:
    terminal.run("warm", "--stop")
    ended = terminal.run_program(sys.executable, "-c", AFTER_ANOTHER)
    assert (ended.status, ended.out) == (0, "True 0\n"), ended.err


def test_the_first_command_starts_it_where_that_is_set(terminal: Terminal) -> None:
    terminal.run("warm", "--stop")
    assert terminal.run("train", "no-such-file.yaml", warm="auto").status == 2
    assert terminal.commands() == 1
    ended = terminal.run("train", "no-such-file.yaml", warm="sometimes")
    assert (ended.status, ended.err) == (64, 'NNRUN_WARM is auto, use or never. Received: "sometimes"\n')
