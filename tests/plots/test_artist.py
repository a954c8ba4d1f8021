"""The process that draws: what it is given comes back, whatever goes wrong."""

import io
import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress

import numpy as np
import psutil
import pytest
from waiting import wait_until

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


def test_it_draws_for_one_run_after_another_and_forgets_what_one_did_not_take():
    other = history({"loss": [1.0, 3.0]}, "moons")
    with Artist() as artist:
        artist.begin([HISTORY, other])
        assert len(list(artist.drawn())) == 2
        artist.begin([HISTORY, WRONG])  # of a run that fails before it takes them
        artist.begin([other])
        assert list(artist.drawn()) == [draw(other)]
        artist.begin([])
        assert list(artist.drawn()) == []


def test_a_run_that_requests_nothing_waits_for_nothing():
    with Artist() as artist:
        assert list(artist.drawn()) == []
        artist.begin([HISTORY])
        assert len(list(artist.drawn())) == 1
        assert list(artist.drawn()) == []


def test_it_says_how_many_are_drawn_while_it_draws():
    counts = []
    with Artist() as artist:
        artist.begin([HISTORY] * 6)
        assert len(list(artist.drawn(counts.append))) == artist.requested == 6
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert len(set(counts)) > 3


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
        artist._process.kill()
        artist.begin([HISTORY])
        (drawn,) = artist.drawn()
    assert drawn == Drawn("history.png", None, "the process that draws ended too early")


def test_it_ends_with_its_block_and_hears_no_interruption():
    with Artist() as artist:
        ready(artist)
        artist._process.send_signal(signal.SIGINT)
        artist.begin([HISTORY])
        (drawn,) = artist.drawn()
        assert drawn.data is not None
    assert artist._process.returncode is not None


# Its child has begun to load matplotlib, which takes an hour here.
LOADING = """
import subprocess, sys
code = "import time; from nnrun.plots import artist; "
code += "artist.load_all = lambda: print(flush=True) or time.sleep(3600); artist.main()"
pipe = subprocess.PIPE
child = subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, start_new_session=True)
child.stdout.readline()
print(child.pid, flush=True)
input()
"""
WAITING = "from nnrun.plots.artist import Artist; a = Artist(); print(a._process.pid, flush=True); input()"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal that cannot be caught")
@pytest.mark.parametrize("program", [WAITING, LOADING], ids=["waiting", "loading"])
def test_it_does_not_outlive_the_process_that_made_it(program):
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    wait_until(lambda: not is_running(child))


# Pictures that fill a pipe.
POINTS = np.random.default_rng(0).random(20_000).tolist()
LARGE = [history({f"loss{i}": POINTS for i in range(3)}, "xor") for _ in range(8)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal that cannot be caught")
def test_neither_does_the_process_that_helps_it():
    with Artist() as artist:
        helper = ready(artist)
        artist.begin(LARGE)
    wait_until(lambda: not is_running(helper))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal that cannot be caught")
def test_what_a_helper_that_dies_was_drawing_is_drawn_without_it():
    with Artist() as artist:
        helper = ready(artist)
        os.kill(helper, signal.SIGSTOP)  # so that it dies before it has drawn anything
        artist.begin(LARGE)
        os.kill(helper, signal.SIGKILL)
        assert [drawn.failure for drawn in artist.drawn()] == [None] * 8
        artist.begin([HISTORY, HISTORY])
        assert list(artist.drawn()) == [draw(HISTORY)] * 2


def ready(artist: Artist) -> int:
    """Waits until it draws, when it has set itself up; the process that helps it."""
    artist.begin([HISTORY])
    assert [drawn.failure for drawn in artist.drawn()] == [None]
    (helper,) = psutil.Process(artist._process.pid).children()
    return helper.pid


def is_running(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def test_where_there_is_no_fork_one_process_draws_all():
    program = "import os; del os.fork; from nnrun.plots.artist import main; main()"
    jobs = pickle.dumps([HISTORY, HISTORY])
    done = subprocess.run([sys.executable, "-c", program], input=jobs, capture_output=True, check=True)
    stream = io.BytesIO(done.stdout)
    assert [pickle.load(stream) for _ in range(3)] == [(0, 0, draw(HISTORY)), (0, 1, draw(HISTORY)), (0, 2, None)]
