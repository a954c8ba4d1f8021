"""The stages of a command where there is no terminal: a line at each change of stage."""

import io

from rich.console import Console

from nnrun.cli.stage_line import StageLine


def test_all_pictures_are_one_line_and_so_are_all_counts_of_a_stage():
    written = io.StringIO()
    line = StageLine(Console(file=written))
    for stage in ("building", *(f"drawing {i} of 9" for i in range(1, 10)), "writing tables", "drawing 1 of 1"):
        line.show(stage)
    assert written.getvalue() == "building …\ndrawing 9 pictures …\nwriting tables …\ndrawing 1 picture …\n"
