"""What `nnrun train --watch` shows."""

import io
import re
import sys
from types import SimpleNamespace

from rich.console import Console

from nnrun.cli import curve_listener, train_options
from nnrun.cli.curve_listener import CurveListener
from nnrun.cli.progress import LogListener, ProgressListener


def shown(width: int, *, prediction: bool) -> list[str]:
    listener = CurveListener()
    listener.console = Console(file=io.StringIO(), force_terminal=True, width=width, height=60, color_system=None)
    listener.progress.live.console = listener.console
    listener.epochs = 50
    listener.task = listener.progress.add_task("", total=50, metrics="", spark="")
    if prediction:
        line = [(x / 10, x / 10) for x in range(11)]
        listener.on_preview(lambda: SimpleNamespace(input="age", target="price", samples=line, curve=line))
    with listener:
        listener.progress.start()
        for epoch in range(50):
            listener.on_epochs({"loss": [1 / (epoch + 1)], "seconds": [0.1]})
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", listener.console.file.getvalue())
    return text.splitlines()


def test_the_loss_is_drawn_and_the_live_line_stands_below():
    lines = shown(70, prediction=False)
    assert "epoch 50/50" in lines[-1]
    assert lines[-2].split() == ["1", "50", "epochs"]
    assert any(("┤" in line and "⠉" in line) or "⠤" in line for line in lines)


def test_the_prediction_stands_beside_the_loss_where_there_is_room_and_below_it_elsewhere():
    assert shown(120, prediction=True)[-2].split() == ["1", "50", "epochs", "0", "1", "age"]
    narrow = shown(70, prediction=True)
    assert narrow[-2].split() == ["0", "1", "age"]
    assert any(line.strip() == "price: prediction and samples" for line in narrow)


def replayed(monkeypatch, seconds: float, epochs: int = 50) -> tuple[list[int], float]:
    """The epochs that are shown after a training of one chunk, and how long that took."""
    listener = CurveListener()
    listener.console = Console(file=io.StringIO(), force_terminal=True, width=80, height=60, color_system=None)
    listener.progress.live.console = listener.stage.console = listener.console
    listener.epochs = epochs
    listener.task = listener.progress.add_task("", total=epochs, metrics="", spark="")
    pauses: list[float] = []
    monkeypatch.setattr(curve_listener, "time", SimpleNamespace(sleep=pauses.append))
    with listener:
        listener.on_epochs({"loss": [1 / (i + 1) for i in range(epochs)], "seconds": [seconds / epochs] * epochs})
        listener.on_stage("predicting and saving")
        listener.on_stage("drawing 1 of 9")
    shown = [int(number) for number in re.findall(r"epoch (\d+)/", listener.console.file.getvalue())]
    return [epoch for epoch in shown if epoch], sum(pauses)  # 0 is the empty line at the start


def test_a_training_that_is_over_at_once_is_replayed_slowly_enough_to_follow(monkeypatch):
    shown, took = replayed(monkeypatch, 0.1)
    assert shown[0] == shown[-1] == 50
    assert {3, 5, 8, 10, 25, 48} <= set(shown)
    assert 1.5 < took < 2.5
    assert set(replayed(monkeypatch, 0.1, epochs=3)[0]) == {1, 2, 3}


def test_a_training_that_could_be_followed_is_not_replayed(monkeypatch):
    shown, took = replayed(monkeypatch, 2.5)
    assert set(shown) == {50}
    assert took == 0


def test_curves_are_for_terminals_alone(monkeypatch):
    for variable in ("NO_COLOR", "CI", "TERM"):
        monkeypatch.delenv(variable, raising=False)
    assert isinstance(train_options.make_display(quiet=False, curves=True), LogListener)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert isinstance(train_options.make_display(quiet=False, curves=True), CurveListener)
    assert type(train_options.make_display(quiet=False)) is ProgressListener
