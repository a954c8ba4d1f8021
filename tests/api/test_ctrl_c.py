"""Ctrl-C in Python: a training ends where nothing is lost; a second Ctrl-C does not wait."""

import signal
import threading

import pytest

from nnrun.api.ctrl_c import deferred_interrupt
from nnrun.errors import Interrupted

DEFAULT = signal.default_int_handler


def press() -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def default_handler():
    before = signal.signal(signal.SIGINT, DEFAULT)
    yield
    assert signal.getsignal(signal.SIGINT) is DEFAULT
    signal.signal(signal.SIGINT, before)


def test_it_waits_for_a_point_where_nothing_is_lost_and_says_how_to_resume():
    reached = []

    def train() -> None:
        with deferred_interrupt(lambda: "resume it") as check:
            check()
            press()
            reached.append("not yet")
            check()
            reached.append("never")

    with pytest.raises(KeyboardInterrupt, match="resume it"):
        train()
    assert reached == ["not yet"]


def test_a_second_one_does_not_wait():
    def train() -> None:
        with deferred_interrupt(lambda: "resume it"):
            press()
            press()

    with pytest.raises(KeyboardInterrupt) as caught:
        train()
    assert str(caught.value) == ""


def test_one_that_comes_too_late_is_not_lost():
    with pytest.raises(KeyboardInterrupt, match="it is complete"), deferred_interrupt(lambda: "it is complete"):
        press()


def test_an_error_inside_is_not_hidden():
    with pytest.raises(ZeroDivisionError), deferred_interrupt(str):
        _ = 1 / 0


def test_a_program_with_a_handler_of_its_own_keeps_it():
    numbers = []
    signal.signal(signal.SIGINT, lambda number, frame: numbers.append(number))
    with deferred_interrupt(str) as check:
        press()
        check()
    assert numbers == [signal.SIGINT]
    signal.signal(signal.SIGINT, DEFAULT)


def test_on_another_thread_nothing_is_changed():
    found = []

    def look() -> None:
        with deferred_interrupt(str) as check:
            check()
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [DEFAULT]


def test_what_ends_the_training_itself_is_a_keyboard_interrupt_outside():
    with pytest.raises(KeyboardInterrupt), deferred_interrupt(str):
        raise Interrupted("Interrupted.")
