"""A run as a page of text: what `nnrun show` prints."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from nnrun.cli.expectation_table import expectation_table
from nnrun.cli.run_tables import in_words, setting_in_words
from nnrun.cli.terminal import paragraph, table, terminal_width
from nnrun.errors import printable
from nnrun.runs.data_record import DataRecord
from nnrun.runs.layer_summary import COLUMNS
from nnrun.runs.preparation_table import HEADER, preparation_rows
from nnrun.runs.record import RunRecord, now
from nnrun.store.differences import settings_of
from nnrun.store.listing import age_in_words
from nnrun.store.stored_run import StoredRun


def run_page(run: StoredRun, record: RunRecord, data: DataRecord | None = None) -> str:
    """The page, without a line end.

    Args:
        run: the run.
        record: its whole record.
        data: how its data were prepared, where that is known.
    """
    parts = (
        ("", _facts(run, record)),
        ("Metrics", _metrics(record)),
        ("Expectations", _expectations(record)),
        ("Training diagnostics", _diagnosis(record)),
        ("Layers", _layers(record)),
        ("Preparation", _preparation(data)),
        ("Settings", _rows(settings_of(run))),
        ("Next", _next(run)),
    )
    shown = ["\n".join([title, *lines] if title else lines) for title, lines in parts if lines]
    return printable("\n\n".join(shown))


def _facts(run: StoredRun, record: RunRecord) -> list[str]:
    age = age_in_words((now() - record.started).total_seconds())
    kept = "" if record.kept_epoch in (None, record.epochs) else f", weights of epoch {record.kept_epoch}"
    facts = {
        "run": str(run.folder),
        "experiment": record.name,
        "status": f"{run.status}: {record.reason}" if record.reason else run.status,
        "started": f"{record.started:%Y-%m-%d %H:%M:%S} ({age} ago)",
        "seconds": record.seconds,
        "epochs": None if record.epochs is None else f"{record.epochs}{kept}",
        "parameters": record.parameters,
        "trained again from": _source(run, record),
        "trained on": ", ".join(word for word in (record.device, record.engine) if word) or None,
        "tags": list(run.annotations.tags) or None,
        "note": run.annotations.note or None,
    }
    return table([[name, in_words(value)] for name, value in facts.items() if value is not None], terminal_width())


def _source(run: StoredRun, record: RunRecord) -> str | None:
    """The run whose experiment was trained again, as a command takes it; the record names it from its own folder."""
    return os.path.normpath(run.folder / record.source_run.run) if record.source_run else None


def _metrics(record: RunRecord) -> list[str]:
    rows, at_best = [["  ", "final", "best"]], record.best_metrics
    for name, value in record.final_metrics.items():  # those of the test set are measured once, at the end
        rows.append([f"  {name}", _number(value), _number(at_best[name]) if name in at_best else ""])
    best = at_best.get("epoch")
    epochs = [in_words(record.kept_epoch), in_words(None if best is None else int(best))]
    return table([*rows, ["  epoch", *epochs]], terminal_width()) if record.final_metrics else []


def _number(value: float | None) -> str:
    return "not finite" if value is None else in_words(value)


def _expectations(record: RunRecord) -> list[str]:
    return [f"  {line}" for line in expectation_table(record.expectations, _room())]


def _diagnosis(record: RunRecord) -> list[str]:
    lines: list[str] = []
    for finding in record.diagnosis:
        text = f"{finding.kind}: {finding.message}" + (f" {finding.remedy}" if finding.remedy else "")
        lines += [f"  {line}" for line in paragraph(text, _room(), indent="  ")]
    return lines


def _room() -> int | None:
    width = terminal_width()
    return width and max(20, width - 2)


def _layers(record: RunRecord) -> list[str]:
    rows = [COLUMNS, *(layer.cells() for layer in record.layers)]
    return table([[f"  {name}", *cells] for name, *cells in rows], terminal_width()) if record.layers else []


def _preparation(data: DataRecord | None) -> list[str]:
    rows = preparation_rows(data) if data else []
    return table([[f"  {name}", *cells] for name, *cells in (HEADER, *rows)], terminal_width()) if rows else []


def _rows(values: Mapping[str, Any]) -> list[str]:
    rows = [[f"  {name}", setting_in_words(value)] for name, value in values.items()]
    return table(rows, terminal_width()) if rows else []


def _next(run: StoredRun) -> list[str]:
    if run.status in ("died", "interrupted"):
        return [f"  nnrun resume {run.folder}"]
    return [] if run.status == "running" else [f"  nnrun report {run.folder} --open"]
