"""The stages of a command: a line at each change of stage, which a terminal shows in place of the one before."""

import io

from rich.console import Console

from nnrun.cli.stage_line import StageLine


def test_all_pictures_are_one_line_and_so_are_all_counts_of_a_stage():
    written = io.StringIO()
    line = StageLine(Console(file=written))
    for stage in ("building", *(f"drawing {i} of 9" for i in range(1, 10)), "writing tables", "drawing 1 of 1"):
        line.show(stage)
    assert written.getvalue() == "building …\ndrawing 9 pictures …\nwriting tables …\ndrawing 1 picture …\n"


def test_a_terminal_shows_every_stage_however_short_it_is():
    written = io.StringIO()
    line = StageLine(Console(file=written, force_terminal=True, width=40))
    stages = ("reading", "building", "epoch 1 of 9", "predicting")
    for stage in stages:
        line.show(stage)
    line.clear()
    line.show("building")
    shown = written.getvalue()
    line.clear()
    positions = [shown.find(f"{stage} …") for stage in stages]
    assert -1 not in positions
    assert positions == sorted(positions)
    assert shown.rfind("building …") > positions[-1]  # in a line of its own, as the first one was


def test_a_count_waits_for_the_spinner_so_that_a_thousand_of_them_take_no_time():
    written = io.StringIO()
    line = StageLine(Console(file=written, force_terminal=True, width=40))
    for epoch in range(1, 1001):
        line.show(f"epoch {epoch} of 1000")
    line.clear()
    assert written.getvalue().count("epoch") < 100
