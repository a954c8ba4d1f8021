"""What the reports of a run say, whatever their form."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.experiment.seeds import SEED_PATHS
from nnrun.plots.scale import is_steady
from nnrun.predict.units import units_of_metrics
from nnrun.report.page.cells import PageTable, moment, number, plain
from nnrun.report.page.run_files import RunFiles
from nnrun.runs import layout
from nnrun.runs.layer_summary import COLUMNS
from nnrun.runs.preparation_table import HEADER, preparation_rows
from nnrun.runs.record import RunRecord

# The most columns of a table that are shown.
_MOST_COLUMNS = 30


@dataclass(frozen=True)
class RunFacts:
    """What is reported of a run beside its record, as texts.

    Args:
        lead: what stands beside the status; empty texts are left out.
        units: what 1 in the metrics is in the unit of the data; empty where that is 1.
        metrics: the metrics of the model and those of the best epoch.
        layers: a row per layer.
        preparation: a row per column that was prepared.
        predictions: the first predictions.
        command: the command line as it was; empty where it is not known.
        again: commands to be given in the run's folder.
        environment: with what the run was trained, and when.
    """

    lead: Sequence[str]
    units: str
    metrics: PageTable
    layers: PageTable
    preparation: PageTable
    predictions: PageTable
    command: str
    again: Sequence[str]
    environment: Mapping[str, str]


def run_facts(files: RunFiles) -> RunFacts:
    """The facts of a run folder."""
    record = files.record
    return RunFacts(
        lead=_lead(record),
        units=units_of_metrics(record.target_units) or "",
        metrics=_metrics(record, files.metrics),
        layers=PageTable(COLUMNS, [layer.cells() for layer in record.layers]),
        preparation=PageTable(HEADER, preparation_rows(files.data) if files.data else []),
        predictions=_predictions(files),
        command=shlex.join(record.command),
        again=[
            *(["nnrun resume ."] if record.status in ("interrupted", "running") else []),
            "nnrun reproduce ." if record.status == "completed" else f"nnrun train {layout.RESOLVED}",
            "nnrun explain .",
        ],
        environment=_environment(record),
    )


def _lead(record: RunRecord) -> list[str]:
    texts = (
        f"{record.epochs} epochs" if record.epochs is not None else "",
        f"{record.seconds:.1f} s" if record.seconds is not None else "",
        f"{record.parameters} parameters" if record.parameters is not None else "",
        f"seed {record.seed}",
        *(f"{path} {record.settings[path]}" for path in SEED_PATHS[1:] if path in record.settings),
        moment(record.started),
    )
    return [text for text in texts if text]


def _metrics(record: RunRecord, history: Mapping[str, Sequence[float]]) -> PageTable:
    """The metrics of the model and those of the best epoch; a loss that never changes has no best epoch."""
    losses = np.asarray(history.get("val_loss", history.get("loss", ())), np.float64)
    kept = f"epoch {record.kept_epoch}" if record.kept_epoch else "final"
    if losses.size > 1 and np.isfinite(losses).all() and is_steady(losses):
        return PageTable(("metric", kept), [(name, number(value)) for name, value in record.final_metrics.items()])
    best = dict(record.best_metrics)
    epoch = best.pop("epoch", None)
    header = ("metric", kept, f"best, epoch {epoch:.0f}" if epoch is not None else "best")
    rows = [(name, number(value), number(best.get(name))) for name, value in record.final_metrics.items()]
    return PageTable(header, rows)


def _predictions(files: RunFiles) -> PageTable:
    """The first predictions, and how many more there are."""
    found = files.predictions
    if found is None:
        return PageTable((), ())
    keep = slice(0, _MOST_COLUMNS)
    rows = [[plain(cell) for cell in row[keep]] for row in found.rows]
    more = found.count - len(found.rows)
    note = f"… and {more} more row{'s' * (more != 1)} in {layout.PREDICTIONS}." if more else ""
    return PageTable(found.header[keep], rows, note)


def _environment(record: RunRecord) -> dict[str, str]:
    git = record.git
    facts = {
        "device": record.device,
        "processor": record.processor,
        "operating system": record.operating_system,
        "threads": record.threads,
        "engine": record.engine,
        "started": moment(record.started),
        "resumed": ", ".join(map(moment, record.resumed)),
        "finished": moment(record.finished),
        "git": f"{git.commit}{', with uncommitted changes' if git.dirty else ''}" if git else None,
        "experiment SHA-256": record.experiment_sha256,
        **record.versions,
    }
    return {name: str(value) for name, value in facts.items() if value not in (None, "")}
