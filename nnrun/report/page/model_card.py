"""A run folder's `report.md`: a model card in GitHub-flavoured Markdown, for pull requests and CML."""

from collections.abc import Iterator, Sequence

from nnrun.html.markdown import code, code_block, escaped, picture, table
from nnrun.report.page.cells import PageTable, number
from nnrun.report.page.embedding import caption, chosen
from nnrun.report.page.run_facts import RunFacts, run_facts
from nnrun.report.page.run_files import RunFiles
from nnrun.runs import layout
from nnrun.runs.record import RunRecord

# Of the experiment file; GitHub takes comments of 65,536 characters.
_MOST_CHARACTERS = 20_000


def model_card(files: RunFiles) -> str:
    """The report of a run as Markdown; its pictures are linked relative to the run's folder."""
    record, facts = files.record, run_facts(files)
    sections = (
        ("Metrics", _table(facts.metrics, codes=1)),
        ("Expectations", _expectations(record)),
        ("Training diagnostics", _diagnosis(record)),
        ("Pictures", _pictures(files)),
        ("Layers", _table(facts.layers, codes=1, numbers=False)),
        ("Preparation", _table(facts.preparation, codes=1, numbers=False)),
        ("Predictions", _table(facts.predictions)),
        ("Configuration", _configuration(files.experiment)),
        ("Reproduce this run", _again(facts)),
        ("Environment", table(("", ""), [*facts.environment.items()], numbers=False)),
    )
    lines = [f"# {escaped(record.name)}", "", *_lead(record, facts)]
    for title, content in sections:
        if content:
            lines += ["", f"## {title}", "", *content]
    return "\n".join(lines) + "\n"


def _lead(record: RunRecord, facts: RunFacts) -> Iterator[str]:
    yield " · ".join([f"**{record.status}**", *map(escaped, facts.lead)])
    for text in (record.reason, facts.units):
        if text:
            yield ""
            yield escaped(text)


def _table(content: PageTable, *, codes: int = 0, numbers: bool = True) -> list[str]:
    if not content.rows:
        return []
    rows = [[cell if isinstance(cell, str) else cell.text for cell in row] for row in content.rows]
    note = ["", escaped(content.note)] if content.note else []
    return [*table(content.header, rows, codes=codes, numbers=numbers), *note]


def _expectations(record: RunRecord) -> list[str]:
    rows = [
        (str(verdict.expectation), "✓ passed" if verdict.met else "✗ failed", verdict.describe(number))
        for verdict in record.expectations
    ]
    return table(("expectation", "", "value"), rows, codes=1, numbers=False) if rows else []


def _diagnosis(record: RunRecord) -> list[str]:
    findings = record.diagnosis
    return [f"- **{escaped(one.kind)}**: {escaped(f'{one.message} {one.remedy}')}" for one in findings]


def _pictures(files: RunFiles) -> list[str]:
    names = chosen(files.pictures, (".png", ".svg", ".gif"))
    return [line for name in names for line in ("", picture(caption(name), f"{layout.PLOTS}/{name}"))][1:]


def _configuration(experiment: str) -> Sequence[str]:
    if len(experiment) > _MOST_CHARACTERS:
        return [f"[{layout.EXPERIMENT}]({layout.EXPERIMENT})"]
    return code_block(experiment, "yaml") if experiment else ()


def _again(facts: RunFacts) -> list[str]:
    started = ["This run was started with", "", code(facts.command), ""] if facts.command else []
    return [*started, "In the run's folder:", "", *code_block("\n".join(facts.again), "sh")]
