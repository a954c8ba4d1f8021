"""A run folder's reports: `report.html`, one page, no network, no script needed to read it, and `report.md`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nnrun.html.rendering import load_templates, render_page
from nnrun.report.page.cells import number
from nnrun.report.page.chart import curves
from nnrun.report.page.embedding import embed
from nnrun.report.page.model_card import model_card
from nnrun.report.page.moments import moments, unshown_prediction
from nnrun.report.page.run_facts import run_facts
from nnrun.report.page.run_files import RunFiles, read_run
from nnrun.report.page.text_mistakes import text_mistakes
from nnrun.report.page.yaml_colors import colored_yaml
from nnrun.runs import layout
from nnrun.runs.atomic import write_text

# The most bytes that a page may have.
LARGEST = 2_000_000


def prepare() -> None:
    """Loads what `write_report` needs, for a process that waits for its pictures anyway."""
    load_templates("run_report.html", "parts.html", "report.css", "report.js")
    colored_yaml("")


def write_report(folder: Path) -> Path:
    """Writes the report of the run in `folder`, as a page and as a model card; returns the path of the page.

    Raises:
        StorageError: there is no run, one of its files cannot be read, or a report cannot be written.
    """
    files = read_run(folder)
    write_text(folder / layout.REPORT, report_page(files))
    write_text(folder / layout.MODEL_CARD, model_card(files))
    return folder / layout.REPORT


def report_page(files: RunFiles) -> str:
    """The report of a run as HTML; at most `LARGEST` bytes, as many pictures as have room."""
    content = _content(files)
    script = "report.js" if content["moments"] else ""

    def page(figures: Sequence[object], left_out: Sequence[str]) -> str:
        named: dict[str, Any] = {"figures": figures, "left_out": left_out}
        return render_page("run_report.html", "report.css", script, images=True, **content, **named)

    room = LARGEST - len(page((), list(files.pictures)).encode()) - 1000
    return page(*embed(files.pictures, room))


def _content(files: RunFiles) -> dict[str, Any]:
    """What the template shows, but for the pictures."""
    prediction, slider = moments(files) or (None, None)
    return {
        "title": f"{files.record.name}: report",
        "record": files.record,
        "number": number,
        "run": run_facts(files),
        "charts": curves(files.metrics),
        "prediction": prediction,
        "moments": slider,
        "unshown": unshown_prediction(files) if slider and not prediction else "",
        "mistaken_texts": text_mistakes(files.folder),
        "experiment": colored_yaml(files.experiment),
    }
