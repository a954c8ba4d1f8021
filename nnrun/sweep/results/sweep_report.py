"""A sweep's pictures in `plots/` and its page, `report.html`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from nnrun.errors import Interrupted, Problem, StorageError
from nnrun.plots.figure import Form
from nnrun.plots.picture import Drawing, Picture, draw
from nnrun.plots.scale import LEAST_FOR_A_BOX
from nnrun.plots.style import Theme
from nnrun.report.page.cells import Cell, Link, plain
from nnrun.report.page.sweep_page import PageTable, Reason, SweepFacts, sweep_page
from nnrun.report.redraw import redraw_pictures
from nnrun.runs import layout
from nnrun.runs.atomic import write_bytes, write_text
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.plan.trial import SEED
from nnrun.sweep.results.comparison import MOST_POINTS, tell_points
from nnrun.sweep.results.labels import short_columns, short_values
from nnrun.sweep.results.results import Results, Row, read_results
from nnrun.sweep.results.sweep_pictures import choose_pictures, sweep_pictures
from nnrun.sweep.results.tables import OBJECTIVE, REACHED, SUMMARY, epochs_column, read_table
from nnrun.sweep.sweep_folder import SOURCE, TRIALS, SweepRecord, command_of

_MOST_POINTS_SHOWN = 50
_MOST_TRIALS_SHOWN = 200
_MOST_REASONS = 10
_MOST_MEASURES = 6
_MOST_SETTINGS = 12


def redraw_sweep(folder: Path, only: Sequence[str], theme: Theme, form: Form | None) -> Iterator[Path]:
    """Draws the pictures of a sweep; its arguments and what it yields and raises are those of `redraw`."""
    return redraw_pictures(folder, sweep_pictures(folder), only, theme, form)


def write_sweep_report(folder: Path) -> Path:
    """Writes the report of the sweep in `folder` from its files; returns its path.

    Raises:
        StorageError: it is no sweep's folder, a file cannot be read or a picture not drawn, or the page not written.
    """
    results = read_results(folder)
    return _write(results, _drawn(choose_pictures(results)))


def show_sweep(folder: Path) -> None:
    """Draws the pictures of a sweep that has ended into its `plots/`, and writes its report.

    Raises:
        StorageError: as `write_sweep_report`.
    """
    results = read_results(folder)
    pictures = _drawn(choose_pictures(results))
    with storage_errors("create", folder / layout.PLOTS):
        (folder / layout.PLOTS).mkdir(exist_ok=True)
    for picture, svg in pictures:
        write_bytes(folder / layout.PLOTS / f"{picture.name}.svg", svg)
    _write(results, pictures)


def show_or_warn(folder: Path, warn: Callable[[str], None]) -> None:
    """The same, where a sweep is worth keeping without it: what goes wrong is told in a sentence."""
    try:
        show_sweep(folder)
    except Interrupted:
        raise
    except Exception as error:
        warn(f"The report could not be written: {type(error).__name__}: {error}")


def _drawn(pictures: Iterator[Picture]) -> list[tuple[Picture, bytes]]:
    found = []
    for picture in pictures:
        drawn = draw(Drawing(picture, form="svg"))
        if drawn.data is None:
            raise StorageError(Problem(f"{drawn.file} could not be drawn: {drawn.failure}"))
        found.append((picture, drawn.data))
    return found


def _write(results: Results, pictures: Sequence[tuple[Picture, bytes]]) -> Path:
    path = results.folder / layout.REPORT
    write_text(path, sweep_page(_facts(results, pictures)))
    return path


def _facts(results: Results, pictures: Sequence[tuple[Picture, bytes]]) -> SweepFacts:
    record, folder = results.record, results.folder
    with storage_errors("read", folder / SOURCE):
        source = (folder / SOURCE).read_bytes().decode("utf-8", "replace")
    return SweepFacts(
        name=record.name,
        status=record.status,
        facts=_beside(record, len(results.points)),
        counts=_counts(results),
        reasons=_reasons(results.rows),
        summary=_summary(results),
        comparison=_comparison(results),
        pictures=[(picture.name, _caption(picture, results), svg) for picture, svg in pictures],
        trials=_trials(results),
        experiment=source,
        options=[*(f"--set {shlex.quote(text)}" for text in record.overrides), *_grids(record)],
        command=record.command,
        again=_again(record, results.rows),
        environment=_environment(record),
    )


def _caption(picture: Picture, results: Results) -> str:
    """What a picture shows, in the words that fit how many trials its points have."""
    shown, several = picture.arguments, any(point.n > 1 for point in results.points)
    match picture.kind:
        case "distribution":
            boxed = any(len(values) >= LEAST_FOR_A_BOX for values in shown["values"])
            box = "; the box holds the middle half of a point's trials, the line is the median" if boxed else ""
            hollow = "; a hollow one was pruned, ended early, with the best that it had come to" * any(shown["pruned"])
            return f"Every trial as a dot{box}{hollow}."
        case "curves" if several:
            return "Learning curves: the median of each point's trials, and the band from 10 to 90 % of them."
        case "curves":
            return "Learning curves, one trial each."
        case "parallel":
            return "Every point as a line through its settings, the best in blue and on top."
        case _:
            return f"{'The median' if several else results.measure_name} over two settings."


def _grids(record: SweepRecord) -> list[str]:
    return [f"--grid {shlex.quote(text)}" for text in record.grids]


def _beside(record: SweepRecord, points: int) -> list[str]:
    seconds = ""
    if record.finished and not record.resumed:
        seconds = f"{(_moment(record.finished) - _moment(record.started)).total_seconds():.1f} s"
    over = ", ".join(short_columns(record.columns).values())
    return [
        f"{record.trials:,} trials over {over}",
        f"{points:,} point{'s' * (points != 1)}",
        seconds,
        record.started[:19].replace("T", " "),
    ]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _counts(results: Results) -> dict[str, str]:
    rows, total = results.rows, results.record.trials
    completed = sum(row["status"] == "completed" for row in rows)
    counts = {"completed": f"{completed:,} of {total:,}"}
    pruned = sum(row["status"] == "pruned" for row in rows)
    if pruned:
        counts["pruned"] = f"{pruned:,}"
    if completed + pruned < len(rows):
        counts["failed"] = f"{len(rows) - completed - pruned:,}"
    if len(rows) < total:
        counts["not trained yet"] = f"{total - len(rows):,}"
    if results.record.reach:
        reached = sum(bool(row.get(REACHED)) for row in rows)
        counts[f"reached {results.record.reach}"] = f"{reached:,} of {len(rows):,}"
    return counts


def _reasons(rows: Sequence[Row]) -> list[Reason]:
    """Why trials failed; reasons that differ in their numbers alone are one."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row["status"] == "failed":
            groups.setdefault(re.sub(r"\d+", "#", row["reason"]), []).append(row)
    frequent = sorted(groups.values(), key=len, reverse=True)[:_MOST_REASONS]
    return [Reason(some[0]["reason"] or "unknown", len(some), _link(some[0]["folder"])) for some in frequent]


def _link(folder: str, text: str = "") -> Cell:
    """A link to a trial's folder, and to nothing else."""
    name = Path(folder).name
    return Link(text or name, f"{folder}/") if folder == f"{TRIALS}/{name}" else text or folder


def _summary(results: Results) -> PageTable:
    """A row per point with the median and its interval of every measure; of very many points the best."""
    if not results.points or not (results.folder / SUMMARY).exists():
        return PageTable((), ())
    if results.searched:
        return _ranking(results)
    columns = [column for column in results.record.columns if column != SEED]
    rows: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in read_table(results.folder / SUMMARY):
        rows.setdefault(tuple(row[column] for column in columns), {})[row["measure"]] = row
    measures = _measures(results)
    few = len(results.points) <= _MOST_POINTS_SHOWN
    shown = range(len(results.points)) if few else results.ranking()[:_MOST_POINTS_SHOWN]
    write = _Writer(results, columns)
    cells = []
    for i in shown:
        point = results.points[i]
        known = rows.get(tuple(point.settings.values()), {})
        cells.append([*write.settings(point.settings), str(point.n), *(_interval(known.get(m)) for m in measures)])
    header = [*write.header, "trials", *(_words(measure) for measure in measures)]
    several = any(point.n > 1 for point in results.points)
    note = "Median [its 95 % interval]. " if several else ""
    if not few:
        note += f"The best {_MOST_POINTS_SHOWN} of {len(results.points):,} points; all are in {SUMMARY}."
    return PageTable(header, cells, note)


def _ranking(results: Results) -> PageTable:
    """The trials of a search, the best first."""
    rows = read_table(results.folder / SUMMARY)
    write = _Writer(results, results.record.columns)
    epochs = epochs_column(results.record.columns)
    cells = [
        [
            row["rank"],
            _link(row["folder"], row["index"]),
            row["status"],
            plain(row[OBJECTIVE], 4) or "–",
            *write.settings(row),
            row[epochs],
        ]
        for row in rows[:_MOST_POINTS_SHOWN]
    ]
    header = ["rank", "trial", "status", results.measure_name, *write.header, _words(epochs)]
    more = f"The best {_MOST_POINTS_SHOWN} of {len(rows):,} trials; all are in {SUMMARY}."
    return PageTable(header, cells, more if len(rows) > len(cells) else "")


def _measures(results: Results) -> list[str]:
    """The measures shown: the one that judges first."""
    known = [name for name in results.points[0].measures if name != results.measure]
    return [*([results.measure] if results.measure else []), *known][:_MOST_MEASURES]


def _words(measure: str) -> str:
    return "reached at epoch" if measure == REACHED else measure.replace("_", " ", 1)


def _interval(row: Row | None) -> str:
    """The median and its interval; how many have a number where not all do."""
    if row is None or not int(row["n"]) or not int(row["reached"]):
        return "never" if row is not None and row["measure"] == REACHED else "–"
    if row["n"] == "1":
        return plain(row["median"], 4)
    median, low, high = (plain(row[c], 4) if row[c] else "never" for c in ("median", "low", "high"))
    some = f" ({row['reached']} of {row['n']})" if row["measure"] == REACHED and row["reached"] != row["n"] else ""
    return f"{median} [{low}, {high}]{some}"


class _Writer:
    """Settings in the cells of a table."""

    def __init__(self, results: Results, columns: Sequence[str]) -> None:
        self.columns = columns[:_MOST_SETTINGS]
        names = short_columns(results.record.columns)
        self.header = [names[column] for column in self.columns]
        self.texts = short_values(results.rows, self.columns)

    def settings(self, settings: Mapping[str, str]) -> list[str]:
        """The values of a point or a trial."""
        return [self.texts[column][settings[column]] for column in self.columns]


def _comparison(results: Results) -> list[str]:
    """What `nnrun compare` says, where it does so without being asked about two points."""
    if results.measure is None or results.searched:
        return []
    if len(results.points) > MOST_POINTS:
        return ["There are too many points to compare each pair: `nnrun compare . POINT POINT` compares two of them."]
    return tell_points(results.points, results.measure, results.record.reach)


def _trials(results: Results) -> PageTable:
    """A row per trial, the first of them where they are many."""
    rows = sorted(results.rows, key=lambda row: int(row["index"]))
    write = _Writer(results, results.record.columns)
    first = rows[0] if rows else {}
    measured = [name for name in first if name.startswith("final_")][:_MOST_MEASURES]
    epochs = epochs_column(results.record.columns)
    reached = [REACHED] if REACHED in first else []
    # That a trial was pruned needs no reason here; the number that it fell behind with stands in trials.csv.
    reason = ["reason"] if any(row["reason"] and row["status"] != "pruned" for row in rows) else []
    cells = [
        [
            _link(row["folder"], row["index"]),
            row["status"],
            *write.settings(row),
            row[epochs],
            *(row[name] or "never" for name in reached),
            *(plain(row[name], 4) or "–" for name in measured),
            plain(row["seconds"]),
            *(row[name] for name in reason),
        ]
        for row in rows[:_MOST_TRIALS_SHOWN]
    ]
    header = ["trial", "status", *write.header, _words(epochs), *reached, *map(_words, measured), "seconds", *reason]
    more = len(rows) - len(cells)
    return PageTable(header, cells, f"… and {more:,} more in trials.csv." if more else "")


def _again(record: SweepRecord, rows: Sequence[Row]) -> list[str]:
    lines = ["nnrun resume ."] if record.status in ("running", "interrupted") else []
    lines.append(shlex.join(command_of(record, SOURCE)))
    if rows:
        lines.append(shlex.join(["nnrun", "train", f"{rows[0]['folder']}/resolved.yaml"]))
    if record.best is not None:
        best = f"{record.best['folder']}/resolved.yaml"
        return [*lines, shlex.join(["nnrun", "sweep", best, "--grid", "seed=0..9"]), "nnrun report ."]
    return [*lines, "nnrun compare .", "nnrun report ."]


def _environment(record: SweepRecord) -> dict[str, object]:
    git = record.git or {}
    dirty = ", with uncommitted changes" if git.get("dirty") else ""
    return {
        "file": record.file,
        "device": record.device,
        "threads": record.threads,
        "weights kept": record.keep,
        "started": record.started,
        "resumed": ", ".join(record.resumed),
        "finished": record.finished,
        "git": f"{git['commit']}{dirty}" if git.get("commit") else None,
        **record.versions,
    }
