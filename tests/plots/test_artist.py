"""The processes that draw: every requested picture comes back, whatever goes wrong."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from nnrun.plots.artist import Artist
from nnrun.plots.picture import Drawing, Drawn, Picture, draw


def history(loss: object, title: str) -> Drawing:
    return Drawing(Picture("history", {"history": loss, "title": title}))


HISTORY = history({"loss": [2.0, 1.0]}, "xor")
WRONG = history(None, "xor")


def test_pictures_come_back_in_their_order_as_they_are_drawn_here():
    other = history({"loss": [1.0, 3.0]}, "moons")
    with Artist() as artist:
        artist.begin([HISTORY, other])
        assert list(artist.drawn()) == [draw(HISTORY), draw(other)]


def test_a_picture_that_fails_says_why_and_the_others_come():
    with Artist() as artist:
        artist.begin([WRONG, HISTORY])
        wrong, right = artist.drawn()
    assert wrong.data is None
    assert wrong.failure is not None
    assert wrong.failure.startswith("AttributeError: ")
    assert right == draw(HISTORY)


def test_a_process_that_dies_fails_its_pictures_and_nothing_else():
    with Artist() as artist:
        artist._processes[0].kill()
        artist.begin([HISTORY, HISTORY])
        gone, drawn = artist.drawn()
    assert gone == Drawn("history.png", None, "the process that draws ended too early")
    assert drawn == draw(HISTORY)


def test_they_end_with_their_block_and_ignore_an_interruption():
    with Artist() as artist:
        time.sleep(1.0)  # until they have told the system so
        for process in artist._processes:
            process.send_signal(signal.SIGINT)
        artist.begin([HISTORY, HISTORY])
        assert all(drawn.data is not None for drawn in artist.drawn())
    assert all(process.returncode is not None for process in artist._processes)


def test_they_end_with_their_block_in_the_middle_of_their_work():
    points = np.random.default_rng(0).random(20_000).tolist()  # pictures that fill a pipe
    with Artist() as artist:
        artist.begin([history({f"loss{i}": points for i in range(3)}, "xor") for _ in range(8)])
    assert all(process.returncode is not None for process in artist._processes)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal that cannot be caught")
def test_they_do_not_outlive_the_process_that_started_them():
    program = (
        "from nnrun.plots.artist import Artist\n"
        "artist = Artist()\n"
        "print(*(process.pid for process in artist._processes), flush=True)\n"
        "input()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children = [int(word) for word in parent.stdout.readline().split()]
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(map(_is_running, children)):
        time.sleep(0.1)
    assert len(children) == 2
    assert not any(map(_is_running, children))


def _is_running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state) and not state.startswith("Z")
