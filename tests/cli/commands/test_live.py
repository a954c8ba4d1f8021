"""`nnrun live` as a process: it opens the browser if it is asked to, and ends in a sentence where it cannot serve."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments import EXPERIMENTS
from nnrun.cli.main import run


@pytest.fixture
def file(experiment_file):
    return experiment_file("epochs: 0\n")


def test_open_gives_the_address_to_the_browser(file, tmp_path, monkeypatch):
    program, opened = tmp_path / "browser", tmp_path / "opened"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part && mv {opened}.part {opened}\n')
    program.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{program} %s")
    command = [sys.executable, "-m", "nnrun", "live", str(file), "--open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        address = process.stdout.readline().strip()
        try:
            wait_for(opened.exists)
        finally:
            process.terminate()
        assert process.wait(120) == 143
    assert opened.read_text() == address


@pytest.mark.parametrize(("name", "message"), [("nope.yaml", "No such file"), ("", "it is a folder")])
def test_what_is_no_file_is_refused(file, tmp_path, name, message, capsys):
    assert run(["live", str(file), str(tmp_path / name)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.keras
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells")
def test_one_that_is_killed_leaves_no_process_and_no_file(tmp_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("t")  # a short name, in which sockets can lie
    file = tmp_path / "xor.yaml"
    file.write_text((EXPERIMENTS / "xor.yaml").read_text().replace("epochs: 500", "epochs: 100000000"))
    command = [sys.executable, "-m", "nnrun", "live", str(file)]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            wait_for(lambda: any(folder.glob("*/live-*/*")))  # it trains
            started = processes_below(process.pid)
        finally:
            process.kill()
    assert len(started) >= 3
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))
    wait_for(lambda: list(folder.iterdir()) == [])


def processes_below(pid):
    """The processes that a process has started, and theirs."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended meanwhile
        return []
    return [*children, *(other for child in children for other in processes_below(child))]


def wait_for(condition):
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_port_that_is_taken_is_refused_in_a_sentence(file, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(["live", str(file), "--port", str(port)]) == 64
    assert capsys.readouterr().err == (
        f"Port {port} cannot be used: Address already in use.\n  Leave --port out for a free one.\n"
    )
