"""What `nnrun sweep --dry-run` prints: the trials of a plan, of a search what it draws them from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nnrun.cli.terminal import table, terminal_width
from nnrun.errors import listed, printable

if TYPE_CHECKING:
    from nnrun.experiment.sweep_values import ValueDistribution
    from nnrun.sweep.plan.plan import SweepPlan
    from nnrun.sweep.search.search import Search

# Of more trials a table has the first and the last ones.
_MOST_ROWS = 1000
_ENDS = 500

_MORE = "…"

_ROWS_AT_ONCE = 1000


def render_plan(plan: SweepPlan, as_json: bool) -> Iterator[str]:
    """The trials of a plan in parts of a text: all as a line of JSON, or at most 1,000 of them as a table."""
    if plan.search is not None:
        yield (_search_json(plan.search) if as_json else _search_text(plan.search)) + "\n"
    elif as_json:
        yield from _trials_json(plan)
    else:
        yield printable("\n".join(_trials_text(plan))) + "\n"


def _trials_json(plan: SweepPlan) -> Iterator[str]:
    trials = plan.trials
    for start in range(0, len(trials), _ROWS_AT_ONCE):
        positions = range(start, min(start + _ROWS_AT_ONCE, len(trials)))
        rows = [json.dumps({"index": trials.index(i), **trials.settings(i)}) for i in positions]
        yield (", " if start else "[") + ", ".join(rows)
    yield "]\n"


def _trials_text(plan: SweepPlan) -> list[str]:
    from nnrun.sweep.plan.trial import written

    count = len(plan.trials)
    first, last = (range(_ENDS), range(count - _ENDS, count)) if count > _MOST_ROWS else (range(count), range(0))

    def row(position: int) -> list[str]:
        settings = plan.trials.settings(position)
        return [str(plan.trials.index(position)), *(written(settings[path]) for path in plan.columns)]

    between = [[_MORE, *("" for _ in plan.columns)]] if last else []
    lines = table([["trial", *plan.columns], *map(row, first), *between, *map(row, last)], terminal_width())
    return [f"{_MORE} and {count - len(first) - len(last):,} more" if line == _MORE else line for line in lines]


def _search_text(search: Search) -> str:
    from nnrun.sweep.search.search import BATCH

    settings = search.settings
    batches = f" in batches of {BATCH}" if settings.trials > BATCH else ""
    what = "configuration" if settings.repetitions else "trial"
    drawn = f"1 {what}" if settings.trials == 1 else f"{settings.trials} {what}s"
    repeated = f", each trained {len(settings.repetitions)} times," if settings.repetitions else ""
    lines = [f"{drawn}{batches}{repeated} for {settings.objective}, sampler {settings.sampler}"]
    if search.tracker.rungs:
        lines.append(f"pruner {settings.pruner}, after epochs {listed([str(rung) for rung in search.tracker.rungs])}")
    return "\n".join([*lines, *table([["setting", "drawn from"], *_drawn(search).items()], terminal_width())])


def _search_json(search: Search) -> str:
    settings = search.settings
    record: dict[str, Any] = {"trials": settings.trials, **settings.terms}
    record |= {"repeat": len(settings.repetitions)} if settings.repetitions else {}
    return json.dumps({**record, "rungs": search.tracker.rungs, "search": _drawn(search)})


def _drawn(search: Search) -> dict[str, str]:
    return {part.path: _distribution(part.distribution) for part in search.settings.drawn}


def _distribution(distribution: ValueDistribution) -> str:
    """A distribution as an experiment file writes it."""
    if distribution.name == "choice":
        return json.dumps(list(distribution.arguments), ensure_ascii=False)
    return f"{distribution.name}({', '.join(map(json.dumps, distribution.arguments))})"
