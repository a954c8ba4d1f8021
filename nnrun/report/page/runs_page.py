"""The report of several runs side by side: one page, no network, no script."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from nnrun.html.rendering import render_page
from nnrun.report.page.cells import PageTable
from nnrun.report.page.svg_figure import dark_colors, embed_svg
from nnrun.report.page.write import LARGEST


def runs_page(
    title: str,
    names: Sequence[str],
    tables: Mapping[str, Sequence[Sequence[str]]],
    pictures: Mapping[str, bytes],
    command: Sequence[str],
) -> str:
    """The comparison of runs as HTML; at most `LARGEST` bytes, as many pictures as have room.

    Args:
        title: the heading of the page.
        names: the name of each run or group of runs.
        tables: rows by the title of their table, each with a name and a value per run.
        pictures: the SVG of each metric's curves, by the name of the metric.
        command: what compares the same runs.
    """
    shown = {title: PageTable(["", *names], rows) for title, rows in tables.items()}
    content: dict[str, Any] = {
        "title": title,
        "tables": shown,
        "dark_colors": dark_colors(),
        "command": shlex.join(command),
    }

    def page(figures: Sequence[tuple[str, Markup]], left_out: Sequence[str]) -> str:
        named: dict[str, Any] = {"figures": figures, "left_out": left_out}
        return render_page("runs_report.html", "sweep_report.css", images=True, **content, **named)

    drawn = [(f"{name}.svg", name.replace("_", " "), data) for name, data in pictures.items()]
    return page(*embed_svg(drawn, LARGEST - len(page((), list(pictures)).encode()) - 1000))
