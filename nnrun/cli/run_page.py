"""A run as a page of text: what `nnrun show` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nnrun.cli.run_tables import in_words
from nnrun.cli.terminal import paragraph, table, terminal_width
from nnrun.errors import printable
from nnrun.runs.record import RunRecord, now
from nnrun.store.annotations import Annotations
from nnrun.store.listing import age_in_words


def run_page(folder: Path, record: RunRecord, annotations: Annotations, status: str) -> str:
    """The page, without a line end.

    Args:
        folder: the run's folder.
        record: its record.
        annotations: its tags and its note.
        status: that of its record, or `died`.
    """
    parts = (
        ("", _facts(folder, record, annotations, status)),
        ("Metrics", _metrics(record)),
        ("Expectations", _expectations(record)),
        ("Training diagnostics", _diagnosis(record)),
        ("Settings", _rows(record.settings)),
        ("Next", _next(folder, status)),
    )
    shown = ["\n".join([title, *lines] if title else lines) for title, lines in parts if lines]
    return printable("\n\n".join(shown))


def _facts(folder: Path, record: RunRecord, annotations: Annotations, status: str) -> list[str]:
    age = age_in_words((now() - record.started).total_seconds())
    epochs = (
        record.epochs if record.kept_epoch in (None, record.epochs) else f"{record.epochs}, kept {record.kept_epoch}"
    )
    facts = {
        "run": str(folder),
        "experiment": record.name,
        "status": f"{status}: {record.reason}" if record.reason else status,
        "started": f"{record.started:%Y-%m-%d %H:%M:%S} ({age} ago)",
        "seconds": record.seconds,
        "epochs": epochs,
        "parameters": record.parameters,
        "trained on": ", ".join(str(x) for x in (record.device, record.engine) if x) or None,
        "tags": list(annotations.tags) or None,
        "note": annotations.note or None,
    }
    return table([[name, in_words(value)] for name, value in facts.items() if value is not None], terminal_width())


def _metrics(record: RunRecord) -> list[str]:
    rows = [["", "final", "best"]]
    for name, value in record.final_metrics.items():
        rows.append([f"  {name}", _number(value), _number(record.best_metrics.get(name))])
    epochs = [str(x) if x is not None else "" for x in (record.kept_epoch, _whole(record.best_metrics.get("epoch")))]
    return table([*rows, ["  epoch", *epochs]], terminal_width()) if record.final_metrics else []


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _number(value: float | None) -> str:
    return "not finite" if value is None else in_words(value)


def _expectations(record: RunRecord) -> list[str]:
    rows = [
        [
            f"  {v.expectation}",
            "met" if v.met else "not met",
            _number(v.value) if v.value is not None else "not measured",
        ]
        for v in record.expectations
    ]
    return table(rows, terminal_width()) if rows else []


def _diagnosis(record: RunRecord) -> list[str]:
    lines: list[str] = []
    for finding in record.diagnosis:
        text = f"  {finding.kind}: {finding.message}" + (f" {finding.remedy}" if finding.remedy else "")
        lines += paragraph(text, terminal_width(), indent="    ")
    return lines


def _rows(values: Mapping[str, Any]) -> list[str]:
    return table([[f"  {name}", in_words(value)] for name, value in values.items()], terminal_width()) if values else []


def _next(folder: Path, status: str) -> list[str]:
    return [f"  {command}" for command in _commands(folder, status)]


def _commands(folder: Path, status: str) -> Iterator[str]:
    if status in ("died", "interrupted"):
        yield f"nnrun resume {folder}"
    if status in ("completed", "failed", "pruned"):
        yield f"nnrun report {folder} --open"
