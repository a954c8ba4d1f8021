"""Clients and workers that are killed, and signals: nothing is lost or left behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from warm_commands import Terminal, terminal_in

from experiments import EXPERIMENTS

pytestmark = pytest.mark.keras

LONG = ("train", str(EXPERIMENTS / "moons.yaml"), "--set", "epochs=100000", "--set", "expect=[]", "--no-plots")
SHORT = ("train", str(EXPERIMENTS / "xor.yaml"), "--set", "epochs=5", "--set", "expect=[]", "--no-plots")
PATIENCE = 60


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    with terminal_in(tmp_path_factory.mktemp("f")) as found:
        assert found.run("warm").status == 0
        yield found


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


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
    wait_for(lambda: (terminal.folder / "runs").exists() and terminal.record().get("status") == "running")
    metrics = terminal.newest_run() / "metrics.csv"
    wait_for(lambda: metrics.exists() and metrics.read_text().count("\n") > 1)
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


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_client_that_is_killed_interrupts_its_run(times: int, terminal: Terminal) -> None:
    rng = random.Random(times)
    for _ in range(times):
        assert terminal.run("warm").status == 0
        process = terminal.start(*LONG)
        time.sleep(rng.uniform(0, 3))
        process.kill()
        process.communicate()
        wait_for(lambda: terminal.is_idle() or terminal.worker() is None)
        assert terminal.record()["status"] != "running"
        assert list(terminal.newest_run().glob(".lock")) == []
    assert terminal.run(*SHORT).status == 0


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_a_worker_that_is_killed_loses_no_run(times: int, terminal: Terminal) -> None:
    rng = random.Random(times)
    for _ in range(times):
        process = start_training(terminal, "--checkpoint-every", "1")
        time.sleep(rng.uniform(0, 1))
        worker = terminal.worker()
        assert worker is not None
        children = drawing(worker)
        os.kill(worker, signal.SIGKILL)
        _, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, "The warm worker has died." in err) == (137, True)
        wait_for(lambda: not any(Path(f"/proc/{child}").exists() for child in children))  # noqa: B023
        assert terminal.worker() is None
        trained = (terminal.newest_run() / "metrics.csv").read_text().count("\n")
        ended = terminal.run("resume", "latest", "--set", f"epochs={trained + 9}", "--no-plots", "--json")
        assert ended.status == 0, ended.err
        assert terminal.run("warm").status == 0


@pytest.mark.slow
def test_a_worker_whose_socket_is_gone_ends(terminal: Terminal) -> None:
    assert terminal.run("warm").status == 0
    worker = terminal.worker()
    for path in (terminal.sockets / "nnrun-warm").glob("*.sock"):
        path.unlink()
    wait_for(lambda: not Path(f"/proc/{worker}").exists())
    assert terminal.run("warm").status == 0


@pytest.mark.slow
def test_after_many_programs_it_is_replaced_by_a_new_process(terminal: Terminal) -> None:
    terminal.run("warm", "--stop")
    program = "from nnrun.cli.handing_over import worker_options; from nnrun.warm.worker_start import start_worker; "
    program += "start_worker(worker_options(None, None, create=True, load=False, most_programs=1))"
    assert terminal.run_python("-c", program).status == 0
    for units in (3, 4):
        assert terminal.run(*SHORT, "--set", f"layers.0.units={units}").status == 0
    wait_for(lambda: terminal.commands() == 0)
    assert terminal.run(*SHORT).status == 0
    assert terminal.commands() == 1


def test_it_ends_when_it_is_asked_to(terminal: Terminal) -> None:
    worker = terminal.worker()
    assert terminal.run("warm", "--stop").out == f"Stopped: process {worker}.\n"
    wait_for(lambda: not Path(f"/proc/{worker}").exists())
    ended = terminal.run("warm", "--status")
    assert (ended.status, ended.out) == (1, "There is no warm worker.\n")
    assert list((terminal.sockets / "nnrun-warm").glob("*.sock")) == []


def test_the_first_command_starts_it_where_that_is_set(terminal: Terminal) -> None:
    assert terminal.worker() is None
    assert terminal.run(*SHORT, warm="auto").status == 0
    assert terminal.commands() == 1
    ended = terminal.run("train", "no-such-file.yaml", warm="sometimes")
    assert (ended.status, ended.err) == (64, 'NNRUN_WARM is auto, use or never. Received: "sometimes"\n')
