"""Folders that are full or gone, under a worker: what the command says without one, and the next command works."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from warm_commands import Ended, Terminal, terminal_in

from experiments import EXPERIMENTS

pytestmark = pytest.mark.keras

XOR = str(EXPERIMENTS / "xor.yaml")


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    with terminal_in(tmp_path_factory.mktemp("s")) as found:
        assert found.run("warm").status == 0
        yield found


def warm_and_cold(terminal: Terminal, line: str, *words: str) -> tuple[Ended, Ended]:
    """What a line of the shell with a command says in the worker and without it; the worker runs the next one, too."""
    before = terminal.commands() or 0
    warm = terminal.run_in_shell(line, *words)
    assert terminal.commands() == before + 1
    cold = terminal.run_in_shell(line, *words, warm="never")
    assert terminal.run("train", XOR, "--no-plots").status == 0
    assert terminal.commands() == before + 2
    return warm, cold


def test_a_full_disk_ends_the_run_with_the_same_words(terminal: Terminal, small_disk: Path) -> None:
    runs = small_disk / "runs"
    emptied = f'"$@"; status=$?; rm -r "{runs}"; exit $status'
    warm, cold = warm_and_cold(terminal, emptied, "train", XOR, "--runs-dir", str(runs))
    assert "the disk is full" in warm.err
    assert warm.timeless == cold.timeless


def test_a_full_output_ends_the_command_with_the_same_words(terminal: Terminal) -> None:
    warm, cold = warm_and_cold(terminal, '"$@" > /dev/full', "train", XOR, "--no-plots")
    assert warm.status == cold.status != 0
    assert warm.timeless == cold.timeless


def test_a_working_folder_that_is_gone_ends_the_command_before_the_worker_is_asked(terminal: Terminal) -> None:
    before = terminal.commands()
    gone = 'mkdir gone; cd gone; rmdir ../gone; "$@"'
    warm, cold = (terminal.run_in_shell(gone, "train", XOR, warm=warm) for warm in ("use", "never"))
    assert warm == cold
    assert warm.status == 4
    assert terminal.commands() == before


def test_a_runs_folder_that_is_removed_ends_the_run_in_words(terminal: Terminal, tmp_path: Path) -> None:
    runs, before = tmp_path / "runs", terminal.commands() or 0
    words = ("--set", "epochs=100000000", "--checkpoint-every", "1s", "--runs-dir", str(runs))
    process = terminal.start("train", XOR, *words)
    terminal.wait_for(lambda: any(runs.glob("*/metrics.csv")))
    shutil.rmtree(runs)
    _, err = process.communicate(timeout=600)
    assert process.returncode == 4
    assert "removed or renamed by another program" in err
    assert terminal.run("train", XOR, "--no-plots").status == 0
    assert terminal.commands() == before + 2
