"""What `nnrun reproduce` prints of a run and its reproduction."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nnrun.cli.terminal import paragraph, table
from nnrun.errors import printable
from nnrun.number_text import short

if TYPE_CHECKING:
    from nnrun.reproduction import MetricPair, Reproduction

_DIGITS = 7  # of single precision
_IN_RUN = "in the run"


def as_text(done: Reproduction, width: int | None) -> str:
    """The result, the metrics where they differ, and what may be the reason, without a line end.

    Args:
        done: a run and its reproduction.
        width: the maximum length of a line, or None for any length.
    """
    lines = paragraph(f"{done.source} was trained again in {done.folder}: {_result(done)}", width)
    if done.result != "identical":
        lines += ["", *table([("  metric", "run", "again", "difference"), *map(_row, done.metrics)], width), ""]
    lines += [line for reason in _reasons(done) for line in paragraph(reason, width)]
    return printable("\n".join(lines))


def as_json(done: Reproduction) -> str:
    """Everything as one JSON object; a number that is not finite is null."""
    content = {
        "run": str(done.source),
        "reproduction": str(done.folder),
        "result": done.result,
        "weights": {None: "missing", True: "identical", False: "different"}[done.weights],
        "epochs": done.epochs,
        "tolerance": done.tolerance,
        "metrics": [_as_object(pair) for pair in done.metrics],
        "largest_difference": _as_object(done.largest) if done.largest else None,
        "differences": [vars(each) for each in done.deciding],
        "machine": [vars(each) for each in done.machine],
        "remarks": list(done.remarks),
    }
    return json.dumps(content, indent=2, allow_nan=False)


def _result(done: Reproduction) -> str:
    if done.identical:
        weights = "weights and metrics are" if done.weights else "the run no longer has its weights; its metrics are"
        return f"{weights} identical, bit for bit."
    largest = done.largest
    most = f"; {_at_most(largest)}" if largest else ""
    tolerance = f"the tolerance is {_percent(done.tolerance)} of the value or {short(_floor())}"
    if done.result == "equal":
        return f"the final metrics are equal within the tolerance, the weights are not identical{most}; {tolerance}."
    names = [pair.name for pair in done.beyond]
    if done.epochs[0] != done.epochs[1]:
        names.insert(0, "the number of epochs")
    return f"different in {', '.join(names)}{most}; {tolerance}."


def _at_most(largest: MetricPair) -> str:
    if math.isinf(largest.difference):
        return f"{largest.name} is finite in one of them only"
    return f"{largest.name} differs most, by {_percent(largest.difference)}"


def _reasons(done: Reproduction) -> Iterator[str]:
    """What decides the result and differs, then what may change its last bits, then the epochs."""
    for difference in (*done.deciding, *done.machine):
        yield difference.since(_IN_RUN)
    yield from done.remarks
    if not (done.identical or done.deciding or done.machine or done.remarks):
        yield "Nothing differs of what is recorded and decides a result."
    if done.epochs[0] != done.epochs[1]:
        yield f"The run trained {done.epochs[0]} epochs, its reproduction {done.epochs[1]}."


def _row(pair: MetricPair) -> tuple[str, ...]:
    return (f"  {pair.name}", _number(pair.first), _number(pair.second), _percent(pair.difference))


def _as_object(pair: MetricPair) -> dict[str, object]:
    numbers = {"run": pair.first, "reproduction": pair.second, "difference": pair.difference}
    return {"name": pair.name, **{name: value if math.isfinite(value) else None for name, value in numbers.items()}}


def _number(value: float) -> str:
    return short(value, _DIGITS) if math.isfinite(value) else "–"


def _percent(part: float) -> str:
    return f"{short(100 * part, 2)} %" if math.isfinite(part) else "–"


def _floor() -> float:
    from nnrun.reproduction import FLOOR

    return FLOOR
