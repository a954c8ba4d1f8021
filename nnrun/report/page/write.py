"""A run folder's `report.html`: one page, no network, no script needed to read it."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.html.rendering import load_templates, render_page
from nnrun.plots.scale import is_steady
from nnrun.predict.units import units_of_metrics
from nnrun.report.page.cells import moment, number, plain
from nnrun.report.page.chart import curves
from nnrun.report.page.embedding import embed
from nnrun.report.page.moments import moments
from nnrun.report.page.run_files import RunFiles, read_run
from nnrun.report.page.yaml_colors import colored_yaml
from nnrun.runs import layout
from nnrun.runs.atomic import write_text
from nnrun.runs.record import RunRecord

# The most bytes that a page may have.
LARGEST = 2_000_000
# The most columns of a table that are shown.
_MOST_COLUMNS = 30


def prepare() -> None:
    """Loads what `write_report` needs, for a process that waits for its pictures anyway."""
    load_templates("run_report.html", "parts.html", "report.css", "slider.js")
    colored_yaml("")


def write_report(folder: Path) -> Path:
    """Writes the report of the run in `folder`; returns its path.

    Raises:
        StorageError: there is no run, one of its files cannot be read, or the page cannot be written.
    """
    path = folder / layout.REPORT
    write_text(path, report_page(read_run(folder)))
    return path


def report_page(files: RunFiles) -> str:
    """The report of a run as HTML; at most `LARGEST` bytes, as many pictures as have room."""
    content = _content(files)
    script = "slider.js" if content["moments"] else ""

    def page(figures: Sequence[object], left_out: Sequence[str]) -> str:
        named: dict[str, Any] = {"figures": figures, "left_out": left_out}
        return render_page("run_report.html", "report.css", script, images=True, **content, **named)

    room = LARGEST - len(page((), list(files.pictures)).encode()) - 1000
    return page(*embed(files.pictures, room))


def _content(files: RunFiles) -> dict[str, Any]:
    """What the template shows, but for the pictures."""
    record = files.record
    prediction, slider = moments(files) or (None, None)
    return {
        "title": f"{record.name}: report",
        "record": record,
        "number": number,
        "facts": _facts(record),
        "units": units_of_metrics(record.target_units) or "",
        "charts": curves(files.metrics),
        "prediction": prediction,
        "moments": slider,
        **_metrics(record, files.metrics),
        **_predictions(files),
        "experiment": colored_yaml(files.experiment),
        "command": shlex.join(record.command),
        "again": [
            *(["nnrun resume ."] if record.status in ("interrupted", "running") else []),
            f"nnrun train {layout.RESOLVED}",
            "nnrun explain .",
        ],
        "environment": _environment(record),
    }


def _facts(record: RunRecord) -> list[str]:
    return [
        f"{record.epochs} epochs" if record.epochs is not None else "",
        f"{record.seconds:.1f} s" if record.seconds is not None else "",
        f"{record.parameters} parameters" if record.parameters is not None else "",
        f"seed {record.seed}",
        moment(record.started),
    ]


def _metrics(record: RunRecord, history: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """The metrics of the model and those of the best epoch; a loss that never changes has no best epoch."""
    losses = np.asarray(history.get("val_loss", history.get("loss", ())), np.float64)
    kept = f"epoch {record.kept_epoch}" if record.kept_epoch else "final"
    if losses.size > 1 and np.isfinite(losses).all() and is_steady(losses):
        metrics = [(name, number(value)) for name, value in record.final_metrics.items()]
        return {"metrics_header": ("metric", kept), "metrics": metrics}
    best = dict(record.best_metrics)
    epoch = best.pop("epoch", None)
    return {
        "metrics_header": ("metric", kept, f"best, epoch {epoch:.0f}" if epoch is not None else "best"),
        "metrics": [(name, number(value), number(best.get(name))) for name, value in record.final_metrics.items()],
    }


def _predictions(files: RunFiles) -> dict[str, Any]:
    """The first predictions, and how many more there are."""
    found = files.predictions
    if found is None:
        return {"predictions": [], "predictions_header": (), "more_predictions": 0}
    keep = slice(0, _MOST_COLUMNS)
    return {
        "predictions": [[plain(cell) for cell in row[keep]] for row in found.rows],
        "predictions_header": found.header[keep],
        "more_predictions": found.count - len(found.rows),
    }


def _environment(record: RunRecord) -> Mapping[str, object]:
    git = record.git
    return {
        "device": record.device,
        "threads": record.threads,
        "engine": record.engine,
        "started": moment(record.started),
        "resumed": ", ".join(map(moment, record.resumed)),
        "finished": moment(record.finished),
        "git": f"{git.commit}{', with uncommitted changes' if git.dirty else ''}" if git else None,
        "experiment SHA-256": record.experiment_sha256,
        **record.versions,
    }
