"""The report of a sweep: one page, no network, no script."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnrun.html.frame import escaped, page
from nnrun.report.page.drawn import dark_style, drawn
from nnrun.report.page.pieces import Cell, asked_file, code, facts_table, lead, section, table
from nnrun.report.page.stylesheet import STYLE
from nnrun.report.page.write import LARGEST

# What stands between ` in a sentence.
_CODE = re.compile("`([^`]+)`")

_STYLE = f"""{STYLE}
.drawn svg {{ max-width: none; width: 100%; min-width: 38rem; overflow: visible; }}
.drawn svg text {{ font-family: system-ui, sans-serif; }}
.counts {{ display: flex; flex-wrap: wrap; gap: .4rem 2rem; margin: .8em 0; padding: 0; list-style: none; }}
.counts b {{ font-size: 1.5rem; font-weight: 600; display: block; line-height: 1.2; }}
.numbers td {{ white-space: nowrap; }}
.wide {{ width: max-content; min-width: 100%; max-width: min(100vw - 3rem, 72rem); margin-left: 50%;
  transform: translateX(-50%); }}
.facts th {{ overflow-wrap: normal; }}
.trials {{ font-size: .85rem; }}
.numbers.trials td:last-child, .numbers.trials th:last-child {{ text-align: left;
  white-space: normal; min-width: 11rem; }}
@media print {{ .drawn svg {{ min-width: 0; }}
  .wide {{ overflow: visible; width: auto; max-width: none; margin-left: 0; transform: none; }}
  .numbers td {{ white-space: normal; }} .trials {{ font-size: 7.5pt; }} }}
{dark_style()}
"""


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


@dataclass(frozen=True)
class PageTable:
    """A table with what is to be said below it."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@dataclass(frozen=True, eq=False)
class SweepFacts:
    """All that the report of a sweep tells.

    Args:
        name: the experiment's name.
        status: how the sweep ended.
        facts: what stands beside the status.
        counts: numbers that matter, by what they count.
        reasons: why trials failed, the most frequent reason first.
        summary: a row per point.
        comparison: sentences on the points, with commands between `.
        pictures: name, caption and SVG of each.
        trials: a row per trial.
        experiment: the experiment file as given.
        options: what the command line added to the file.
        command: the command line as it was.
        again: commands to be given in the sweep's folder.
        environment: with what the sweep was computed, and when.
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


def sweep_page(facts: SweepFacts) -> str:
    """The report of a sweep as HTML; at most `LARGEST` characters, as many pictures as have room."""
    above = [lead(facts.name, facts.status, facts.facts), _counts(facts.counts), _reasons(facts.reasons)]
    told = [_told("Points", facts.summary), _comparison(facts.comparison)]
    below = [_asked(facts), _told("Trials", facts.trials, "numbers trials"), _repeat(facts)]
    below.append(section("Environment", facts_table(facts.environment)))
    room = LARGEST - len("".join((*above, *told, *below)).encode()) - len(page(facts.name, "", _STYLE)) - 1000
    body = "\n".join(filter(None, (*above, *told, _pictures(facts.pictures, room), *below)))
    return page(f"{facts.name}: sweep", body, _STYLE, images=True)


def _counts(counts: Mapping[str, str]) -> str:
    items = "".join(f"<li><b>{escaped(value)}</b>{escaped(name)}</li>" for name, value in counts.items())
    return f'<ul class="counts">{items}</ul>'


def _reasons(reasons: Sequence[Reason]) -> str:
    rows = [(str(reason.count), reason.text, reason.first) for reason in reasons]
    return section("Failures", table(("trials", "reason", "first"), rows, "facts")) if rows else ""


def _told(title: str, content: PageTable, look: str = "numbers") -> str:
    if not content.rows:
        return ""
    note = f'<p class="faint">{escaped(content.note)}</p>' if content.note else ""
    return section(title, table(content.header, content.rows, look), note)


def _comparison(sentences: Sequence[str]) -> str:
    items = "".join(f"<li><bdi>{_CODE.sub(_as_code, escaped(sentence))}</bdi></li>" for sentence in sentences)
    return section("Comparison", f'<ul class="plain">{items}</ul>' if items else "")


def _as_code(found: re.Match[str]) -> str:
    return f"<code>{found[1]}</code>"


def _pictures(pictures: Sequence[tuple[str, str, bytes]], room: int) -> str:
    """The pictures; from the first on that has no room, their names."""
    figures, names = [], []
    for name, caption, svg in pictures:
        figure = drawn(name, caption, svg)
        room -= len(figure.encode())
        if room >= 0:
            figures.append(figure)
        else:
            names.append(name)
    note = f'<p class="faint">Too large for this page: {escaped(", ".join(names))} in the folder plots.</p>'
    return section("Pictures", *figures, note if names else "")


def _asked(facts: SweepFacts) -> str:
    options = f"<p>On the command line:</p>{code(chr(10).join(facts.options))}" if facts.options else ""
    return section("What was asked", asked_file(facts.experiment), options)


def _repeat(facts: SweepFacts) -> str:
    given = f"<p>This sweep was started with</p>{code(shlex.join(facts.command))}" if facts.command else ""
    again = code("\n".join(facts.again))
    return section("How to repeat it", given, "<p>In the sweep's folder:</p>", again)
