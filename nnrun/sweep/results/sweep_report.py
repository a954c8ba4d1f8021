"""The report of a sweep: its pictures in `plots/`, and the facts of its page, `report.html`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from nnrun.errors import Problem, StorageError
from nnrun.experiment.folds import FOLD_PATH
from nnrun.experiment.text.regular_file import read_regular
from nnrun.experiment.text.yaml_text import MAX_BYTES
from nnrun.plots.figure import Form
from nnrun.plots.picture import PIXELS, Drawing, Picture, draw, drawings
from nnrun.plots.scale import LEAST_FOR_A_BOX, MOST_DOTS
from nnrun.plots.style import Theme
from nnrun.report.page.cells import Cell
from nnrun.report.page.sweep_page import Reason, SweepFacts, sweep_page
from nnrun.report.redraw import redraw_pictures
from nnrun.runs import layout
from nnrun.runs.atomic import write_bytes, write_text
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.results.comparison_sentences import MOST_CONFIGURATIONS, describe_configurations
from nnrun.sweep.results.cross_validation import describe_verdicts
from nnrun.sweep.results.labels import short_columns
from nnrun.sweep.results.map_picture import MapRequest
from nnrun.sweep.results.report_tables import folds_table, link_to, summary_table, trials_table
from nnrun.sweep.results.results import Results, read_results
from nnrun.sweep.results.sweep_pictures import choose_pictures, sweep_pictures
from nnrun.sweep.results.tables import Row
from nnrun.sweep.results.trial_columns import FAILED
from nnrun.sweep.sweep_record import SweepRecord, command_of
from nnrun.sweep.table.column_names import REACHED

_MOST_REASONS = 10


def redraw_sweep(
    folder: Path,
    only: Sequence[str],
    theme: Theme,
    form: Form | None,
    on_stage: Callable[[str], None],
    request: MapRequest | None = None,
) -> Iterator[Path]:
    """Draws the pictures of a sweep; what it yields and raises, and the other arguments, are those of `redraw`.

    Args:
        folder: the sweep's folder.
        only: the names of the requested pictures.
        theme: their colours.
        form: their format.
        on_stage: is notified of each file.
        request: what the map shows; with it the map alone is drawn.
    """
    return redraw_pictures(folder, sweep_pictures(folder, request), only, theme, form, on_stage)


def write_sweep_report(folder: Path, *, plots: bool = False, meanwhile: Callable[[], None] = lambda: None) -> Path:
    """Writes the report of the sweep in `folder` from its files; returns its path.

    Args:
        folder: the sweep's folder.
        plots: whether its pictures are written into `plots/` as well.
        meanwhile: is called before each picture; an exception ends the work.

    Raises:
        StorageError: it is not the folder of a sweep, a file cannot be read or written, or a picture not drawn.
    """
    results = read_results(folder)
    pictures = []
    if plots:
        with storage_errors("create", folder / layout.PLOTS):
            (folder / layout.PLOTS).mkdir(exist_ok=True)
    for picture in choose_pictures(results):
        meanwhile()
        svg = _bytes(Drawing(picture, form="svg"))
        if picture.of != PIXELS:
            pictures.append((picture, svg))
        for drawing in drawings([picture]) if plots else ():
            data = svg if drawing.form == "svg" or picture.of == PIXELS else _bytes(drawing)
            write_bytes(folder / layout.PLOTS / drawing.file, data)
    path = folder / layout.REPORT
    write_text(path, sweep_page(_facts(results, pictures)))
    return path


def report_or_warn(folder: Path, warn: Callable[[str], None], meanwhile: Callable[[], None] = lambda: None) -> None:
    """Writes pictures and report of a sweep, which is worth keeping without them: errors become a warning."""
    try:
        write_sweep_report(folder, plots=True, meanwhile=meanwhile)
    except Exception as error:
        warn(f"The report could not be written: {type(error).__name__}: {error}")


def _bytes(drawing: Drawing) -> bytes:
    drawn = draw(drawing)
    if drawn.data is None:
        raise StorageError(Problem(f"{drawn.file} could not be drawn: {drawn.failure}"))
    return drawn.data


def _facts(results: Results, pictures: Sequence[tuple[Picture, bytes]]) -> SweepFacts:
    record, folder = results.record, results.folder
    with storage_errors("read", folder / layout.EXPERIMENT):
        source = read_regular(folder / layout.EXPERIMENT, MAX_BYTES + 1, folder).decode("utf-8", "replace")
    options = [f"--set {shlex.quote(text)}" for text in record.overrides]
    options += [f"--grid {shlex.quote(text)}" for text in record.grids]
    return SweepFacts(
        name=record.name,
        status=record.status,
        facts=_headline(record, len(results.configurations)),
        counts=_counts(results),
        reasons=_reasons(results),
        summary=folds_table(results) if results.cross_validated else summary_table(results),
        comparison=[*describe_verdicts(record.expectations), *_comparison(results)],
        folded=results.cross_validated,
        pictures=[(picture.name, _caption(picture, results), svg) for picture, svg in pictures],
        trials=trials_table(results),
        experiment=source,
        options=options,
        command=record.command,
        again=_commands(record, results.rows),
        environment=_environment(record),
    )


def _caption(picture: Picture, results: Results) -> str:
    """The caption of a picture, which depends on whether its configurations have several trials."""
    shown, several = picture.arguments, results.configurations.repeated
    match picture.kind:
        case "distribution":
            boxed = any(len(values) >= LEAST_FOR_A_BOX for values in shown["values"])
            box = "; the box holds the middle half of a configuration's trials, the line is the median" if boxed else ""
            many = any(len(values) > MOST_DOTS for values in shown["values"])
            dense = f", or more than {MOST_DOTS} of them as their density" if many else ""
            hollow = "; a hollow dot is a pruned trial with its best value until then" if any(shown["pruned"]) else ""
            return f"Every trial as a dot{dense}{box}{hollow}."
        case "curves" if several and results.averaged:
            return "Learning curves: the mean of each configuration's folds, and the band of their standard deviation."
        case "curves" if several:
            return "Learning curves: the median of each configuration's trials, and the band from 10 to 90 % of them."
        case "curves":
            return "Learning curves, one trial each."
        case "data_size":
            return "How the result depends on the number of training rows; the validation and test set are the same."
        case "confusion":
            return "Confusion matrix of all folds: each row is predicted by the model that was not trained on it."
        case "residuals":
            return "Residuals of all folds: each row is predicted by the model that was not trained on it."
        case "map":
            return f"The {results.measure_name} over two settings, a pixel for each pair of values."
        case "parallel":
            return "Every configuration as a line through its settings, the best in blue and on top."
        case _:
            return f"{f'The {results.center_name}' if several else results.measure_name} over two settings."


def _headline(record: SweepRecord, configurations: int) -> list[str]:
    seconds = ""
    if record.finished and not record.resumed:
        duration = datetime.fromisoformat(record.finished) - datetime.fromisoformat(record.started)
        seconds = f"{duration.total_seconds():.1f} s"
    over = ", ".join(short_columns(record.columns).values())
    return [
        f"{record.trials:,} folds" if record.columns == (FOLD_PATH,) else f"{record.trials:,} trials over {over}",
        f"{configurations:,} configuration{'s' * (configurations != 1)}",
        seconds,
        record.started[:19].replace("T", " "),
    ]


def _counts(results: Results) -> dict[str, str]:
    trials, total = results.trials, results.record.trials
    completed, failed, pruned = np.bincount(trials.status, minlength=3).tolist()
    counts = {"completed": f"{completed:,} of {total:,}"}
    if pruned:
        counts["pruned"] = f"{pruned:,}"
    if failed:
        counts["failed"] = f"{failed:,}"
    if len(trials) < total:
        counts["not trained yet"] = f"{total - len(trials):,}"
    if results.record.reach:
        reached = int(np.isfinite(trials.measures.get(REACHED, np.zeros(0))).sum())
        counts[f"reached {results.record.reach}"] = f"{reached:,} of {len(trials):,}"
    return counts


def _reasons(results: Results) -> list[Reason]:
    """Why trials failed; reasons that differ in their numbers alone are one."""
    trials = results.trials
    failed = np.flatnonzero(trials.status == FAILED)
    codes, first, counts = np.unique(trials.reasons.codes[failed], return_index=True, return_counts=True)
    groups: dict[str, list[tuple[int, int]]] = {}  # the first trial and the number of each reason
    for code, place, count in sorted(zip(codes, failed[first], counts, strict=True), key=lambda one: one[1]):
        groups.setdefault(re.sub(r"\d+", "#", trials.reasons.text(code)), []).append((place, count))
    found = [(results.rows[int(some[0][0])], sum(int(count) for _, count in some)) for some in groups.values()]
    frequent = sorted(found, key=lambda one: one[1], reverse=True)[:_MOST_REASONS]
    return [Reason(row["reason"] or "unknown", count, _link(row)) for row, count in frequent]


def _link(row: Row) -> Cell:
    """The folder of a trial, or its number where it has none."""
    return link_to(row["folder"]) if "folder" in row else row["index"]


def _comparison(results: Results) -> list[str]:
    """The sentences of `nnrun compare`, where it needs no names of configurations."""
    if results.measure is None or results.searched:
        return []
    if len(results.configurations) > MOST_CONFIGURATIONS:
        command = "`nnrun compare . CONFIGURATION CONFIGURATION`"
        return [f"There are too many configurations to compare in pairs; compare two of them: {command}"]
    record = results.record
    how = record.reach, record.columns, 0, record.ranked_by
    return describe_configurations(results.configurations, results.measure, *how)


def _commands(record: SweepRecord, rows: Sequence[Row]) -> list[str]:
    """Commands to run in the sweep's folder."""
    lines = ["nnrun resume ."] if record.status in ("running", "interrupted") else []
    lines.append(shlex.join(command_of(record, layout.EXPERIMENT)))
    if len(rows) and "folder" in rows[0]:
        lines.append(shlex.join(["nnrun", "train", f"{rows[0]['folder']}/{layout.RESOLVED}"]))
    if record.best is not None and record.best.folder:
        best = f"{record.best.folder}/{layout.RESOLVED}"
        return [*lines, shlex.join(["nnrun", "sweep", best, "--grid", "seed=0..9"]), "nnrun report ."]
    return [*lines, "nnrun compare .", "nnrun report ."]


def _environment(record: SweepRecord) -> dict[str, object]:
    dirty = ", with uncommitted changes" if record.git and record.git.dirty else ""
    return {
        "file": record.file,
        "device": record.device,
        "threads": record.threads,
        "weights kept": record.keep,
        "started": record.started,
        "resumed": ", ".join(record.resumed),
        "finished": record.finished,
        "git": f"{record.git.commit}{dirty}" if record.git and record.git.commit else None,
        **record.versions,
    }
