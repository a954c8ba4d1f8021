"""A run folder's `report.html`: one page, no network, no script needed to read it."""

from __future__ import annotations

from pathlib import Path

from nnrun.html.frame import page
from nnrun.report.page import parts
from nnrun.report.page.embedded import embed
from nnrun.report.page.metric_charts import curves
from nnrun.report.page.moments import as_json, moments
from nnrun.report.page.run_files import RunFiles, read_run
from nnrun.report.page.script import SCRIPT
from nnrun.report.page.stylesheet import STYLE
from nnrun.runs.atomic import write_text

REPORT_NAME = "report.html"
# The most characters that a page may have.
LARGEST = 2_000_000


def write_report(folder: Path) -> Path:
    """Writes the report of the run in `folder`; returns its path.

    Raises:
        StorageError: there is no run, one of its files cannot be read, or the page cannot be written.
    """
    path = folder / REPORT_NAME
    write_text(path, report_page(read_run(folder)))
    return path


def report_page(files: RunFiles) -> str:
    """The report of a run as HTML; at most `LARGEST` characters, as many pictures as have room."""
    record = files.record
    found = moments(files)
    prediction, content = found if found else ("", None)
    charts = curves(files.metrics) + ([f'<div id="prediction">{prediction}</div>'] if prediction else [])
    above = [
        parts.heading(record),
        parts.verdicts(record),
        parts.diagnosis(record.diagnosis),
        parts.training(charts, parts.slider(content, as_json(content or {})), record),
    ]
    below = [
        parts.predictions(files),
        parts.asked(files),
        parts.repeat(record),
        parts.environment(record),
    ]
    frame = len(page(record.name, "", STYLE, SCRIPT))
    room = LARGEST - frame - len("".join((*above, *below)).encode()) - 1000
    body = "\n".join(filter(None, (*above, parts.pictures(embed(files.pictures, room)), *below)))
    return page(f"{record.name}: report", body, STYLE, SCRIPT if content else "", images=True)
