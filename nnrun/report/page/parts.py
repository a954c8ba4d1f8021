"""The parts of a report, each from what the run folder holds, as HTML; empty where there is nothing to tell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from nnrun.html.frame import escaped
from nnrun.predict.units import units_of_metrics
from nnrun.report.page.embedded import Shown
from nnrun.report.page.pieces import asked_file, code, facts_table, lead, moment, number, plain, section, short, table
from nnrun.report.page.run_files import RunFiles
from nnrun.runs.finding import Finding
from nnrun.runs.record import RunRecord

# The most columns of a table that are shown.
_MOST_COLUMNS = 30

_LOAD = """
import keras
model = keras.saving.load_model("model.keras")
""".strip()


def heading(record: RunRecord) -> str:
    """The name of the experiment and how the run ended."""
    facts = [
        f"{record.epochs} epochs" if record.epochs is not None else "",
        f"{record.seconds:.1f} s" if record.seconds is not None else "",
        f"{record.parameters} parameters" if record.parameters is not None else "",
        f"seed {record.seed}",
        moment(record.started),
    ]
    return lead(record.name, record.status, facts, record.reason)


def verdicts(record: RunRecord) -> str:
    """What was expected, and whether it came true."""
    items = []
    for verdict in record.expectations:
        mark = '<span class="good">✓ met</span>' if verdict.met else '<span class="bad">✗ not met</span>'
        value = "nothing" if verdict.value is None else f"{verdict.value:.6g}"
        items.append(f"<li>{mark}: <code>{escaped(str(verdict.expectation))}</code>, measured {value}</li>")
    if not items:
        return ""
    return section("Expectations", f'<ul class="plain">{"".join(items)}</ul>', _units(record))


def _units(record: RunRecord) -> str:
    """In which units losses and metrics are, where that is not those of the data."""
    told = units_of_metrics(record.target_units)
    return f'<p class="faint"><bdi>{escaped(told)}</bdi></p>' if told else ""


def diagnosis(findings: Sequence[Finding]) -> str:
    """What ails the training."""
    return section("Diagnosis", *(_finding(finding) for finding in findings))


def _finding(finding: Finding) -> str:
    return (
        f'<div class="finding"><p><strong>{escaped(finding.kind)}</strong>: <bdi>{escaped(finding.message)}</bdi></p>'
        f"<p><bdi>{escaped(finding.remedy)}</bdi></p></div>"
    )


def training(charts: Sequence[str], slider: str, record: RunRecord) -> str:
    """The curves, the control that walks over them, and the metrics at the end."""
    grid = f'<div class="charts">{"".join(charts)}</div>' if charts else ""
    return section("Training", grid, slider, _metrics(record))


def _metrics(record: RunRecord) -> str:
    """The metrics of the model and those of the best epoch."""
    best = dict(record.best_metrics)
    epoch = best.pop("epoch", None)
    rows = [(name, number(value), number(best.get(name))) for name, value in record.final_metrics.items()]
    kept = f"epoch {record.kept_epoch}" if record.kept_epoch else "final"
    if not rows:
        return ""
    # Where there are expectations, they have told the units already.
    units = "" if record.expectations else _units(record)
    return table(("metric", kept, f"best, epoch {epoch:g}" if epoch is not None else "best"), rows) + units


def slider(content: Mapping[str, object] | None, data: str) -> str:
    """The control that walks over the epochs; hidden until the script is there."""
    if content is None:
        return ""
    numbers = content["numbers"]
    assert isinstance(numbers, list)
    rows = "".join(f"<tr><th><bdi>{escaped(short(name))}</bdi></th><td></td></tr>" for name, _ in numbers)
    return (
        '<div id="moments" hidden><p><label>Walk over the training: <output></output>'
        '<input type="range" min="0" step="1"></label></p>'
        f'<div class="many"><table>{rows}</table></div></div>\n'
        f'<script type="application/json" id="moments-data">{data}</script>'
    )


def predictions(files: RunFiles) -> str:
    """The first predictions."""
    found = files.predictions
    if found is None or not found.rows:
        return ""
    keep = slice(0, _MOST_COLUMNS)
    rows = [[plain(cell) for cell in row[keep]] for row in found.rows]
    hidden = found.count - len(found.rows)
    more = f"… and {hidden} row{'s' * (hidden != 1)} more in predictions.csv." if hidden > 0 else ""
    note = f'<p class="faint">{more}</p>' if more else ""
    return section("Predictions", table(found.header[keep], rows), note)


def pictures(shown: Shown) -> str:
    """The pictures, and which had no room."""
    names = ", ".join(shown.left_out)
    note = f'<p class="faint">Too large for this page: {escaped(names)} in the folder plots.</p>' if names else ""
    return section("Pictures", *shown.figures, note)


def asked(files: RunFiles) -> str:
    """The experiment file as given."""
    return section("What was asked", asked_file(files.experiment))


def repeat(record: RunRecord) -> str:
    """The commands that repeat, explain and use the run."""
    given = f"<p>This run was started with</p>{code(shlex.join(record.command))}" if record.command else ""
    lines = ["nnrun train resolved.yaml", "nnrun explain ."]
    if record.status in ("interrupted", "running"):
        lines.insert(0, "nnrun resume .")
    use = ""
    if record.status == "completed":
        use = "<p>The model in plain Keras:</p>" + code(_LOAD)
    return section("How to repeat it", given, "<p>In the run's folder:</p>", code("\n".join(lines)), use)


def environment(record: RunRecord) -> str:
    """With what the run was computed, and when."""
    git = record.git
    facts = {
        "device": record.device,
        "threads": record.threads,
        "engine": record.engine,
        "started": moment(record.started),
        "resumed": ", ".join(map(moment, record.resumed)),
        "finished": moment(record.finished) if record.finished else None,
        "git": f"{git.commit}{', with changes that are not committed' if git.dirty else ''}" if git else None,
        "experiment SHA-256": record.experiment_sha256,
        **record.versions,
    }
    return section("Environment", facts_table(facts))
