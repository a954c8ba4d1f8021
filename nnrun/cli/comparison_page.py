"""Runs side by side: what `nnrun compare RUN RUN…` prints."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from nnrun.cli.run_tables import in_words, setting_in_words
from nnrun.cli.terminal import table, terminal_width
from nnrun.errors import printable
from nnrun.store.differences import RunGroup, Spread, differing_paths, differing_values, metrics_of, settings_of
from nnrun.store.stored_run import StoredRun

_SHA256 = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")  # as long as tables need to tell two apart
_MOST_COLUMNS = 4  # runs side by side; more are below one another


def comparison_page(groups: Sequence[RunGroup]) -> str:
    """The settings that differ and the final metrics, each run or group of seeds a column, without a line end.

    Args:
        groups: the compared runs, those together that differ in the seed alone.
    """
    names = ["", *(group.name for group in groups)]
    tables = comparison_tables(groups)
    return printable("\n\n".join("\n".join([title, *_lines(names, rows)]) for title, rows in tables.items() if rows))


def comparison_tables(groups: Sequence[RunGroup]) -> dict[str, list[list[str]]]:
    """The rows of settings and of metrics by the title of their table, a column for each group behind the name.

    Args:
        groups: the compared runs, those together that differ in the seed alone.
    """
    runs = [run for group in groups for run in group.runs]
    settings = [[path, *(_values(group, path) for group in groups)] for path in differing_paths(runs)]
    metrics = [[name, *(_in_words(group.spread(name)) for group in groups)] for name in metrics_of(runs)]
    if any(run.status != "completed" for run in runs):
        states = [", ".join(dict.fromkeys(run.status for run in group.runs)) for group in groups]
        metrics.insert(0, ["status", *states])
    return {"Settings that differ": settings, "Final metrics": metrics}


def _lines(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [list(names), *map(list, rows)]
    if len(names) - 1 > _MOST_COLUMNS:
        cells = [list(row) for row in zip(*cells, strict=True)]
    return table([[f"  {first}", *others] for first, *others in cells], terminal_width())


def _values(group: RunGroup, path: str) -> str:
    """The values of a setting in the runs of a group: one, but for the seed."""
    values = dict.fromkeys(setting_in_words(settings_of(run)[path]) for run in group.runs if path in settings_of(run))
    return _SHA256.sub(r"\1…", ", ".join(values)) or "–"


def _in_words(spread: Spread | None) -> str:
    if spread is None:
        return "–"
    if spread.n == 1:
        return in_words(spread.mean)
    return f"{in_words(spread.mean)} ± {in_words(spread.deviation)} (n = {spread.n})"


def comparison_json(groups: Sequence[RunGroup]) -> str:
    """The same as JSON: the groups of runs with their metrics, and the differing settings with a value per run.

    Args:
        groups: the compared runs, those together that differ in the seed alone.
    """
    runs = [run for group in groups for run in group.runs]
    metrics = metrics_of(runs)
    content = {
        "runs": [_facts(run) for run in runs],
        "settings": differing_values(runs),
        "groups": [
            {
                "runs": [str(run.folder) for run in group.runs],
                "metrics": {name: _numbers(group.spread(name)) for name in metrics},
            }
            for group in groups
        ],
    }
    return json.dumps(content, indent=2)


def _facts(run: StoredRun) -> dict[str, Any]:
    return {"folder": str(run.folder), "status": run.status, "seed": run.summary.seed if run.summary else None}


def _numbers(spread: Spread | None) -> dict[str, Any] | None:
    if spread is None:
        return None
    deviation = None if math.isnan(spread.deviation) else spread.deviation
    return {"mean": spread.mean, "standard_deviation": deviation, "n": spread.n}
