"""The report of a sweep: one page, no network, no script."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from nnrun.html.rendering import render_page
from nnrun.report.page.cells import Cell, PageTable
from nnrun.report.page.svg_figure import dark_colors, embed_svg
from nnrun.report.page.write import LARGEST
from nnrun.report.page.yaml_colors import colored_yaml


@dataclass(frozen=True)
class Reason:
    """Why trials failed.

    Args:
        text: the reason of the first of them.
        count: how many there are.
        first: the folder of the first.
    """

    text: str
    count: int
    first: Cell


@dataclass(frozen=True, eq=False)
class SweepFacts:
    """The content of a sweep's report.

    Args:
        name: the experiment's name.
        status: how the sweep ended.
        facts: what stands beside the status.
        counts: numbers that matter, by what they count.
        reasons: why trials failed, the most frequent reason first.
        summary: a row per configuration.
        comparison: sentences on the configurations, with commands between `.
        pictures: name, caption and SVG of each.
        trials: a row per trial.
        experiment: the experiment file as given.
        options: what the command line added to the file.
        command: the command line as it was.
        again: commands to be given in the sweep's folder.
        environment: with what the sweep was computed, and when.
        folded: whether `summary` has the folds of one configuration.
    """

    name: str
    status: str
    facts: Sequence[str]
    counts: Mapping[str, str]
    reasons: Sequence[Reason]
    summary: PageTable
    comparison: Sequence[str]
    pictures: Sequence[tuple[str, str, bytes]]
    trials: PageTable
    experiment: str
    options: Sequence[str]
    command: Sequence[str]
    again: Sequence[str]
    environment: Mapping[str, object]
    folded: bool = False


def sweep_page(facts: SweepFacts) -> str:
    """The report of a sweep as HTML; at most `LARGEST` bytes, as many pictures as have room."""
    content: dict[str, Any] = {
        "title": f"{facts.name}: sweep",
        "facts": facts,
        "dark_colors": dark_colors(),
        "reasons": [(str(reason.count), reason.text, reason.first) for reason in facts.reasons],
        "comparison": [sentence.split("`") for sentence in facts.comparison],
        "experiment": colored_yaml(facts.experiment),
        "command": shlex.join(facts.command),
    }

    def page(figures: Sequence[tuple[str, Markup]], left_out: Sequence[str]) -> str:
        named: dict[str, Any] = {"figures": figures, "left_out": left_out}
        return render_page("sweep_report.html", "sweep_report.css", images=True, **content, **named)

    names = [name for name, _, _ in facts.pictures]
    return page(*embed_svg(facts.pictures, LARGEST - len(page((), names).encode()) - 1000))
