"""Write the tables of the documentation from the commands and the schema of experiments.

`python -m nnrun.cli.docs` writes what stands between `<!-- generated: NAME -->` and `<!-- end -->` in the pages of
`docs/`; with `--check` it only compares, and its exit status is 1 if a page is out of step.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from nnrun.cli import lookup
from nnrun.cli.main import nnrun
from nnrun.spec.catalog import load_catalog
from nnrun.spec.schema import experiment_schema

_BLOCK = re.compile(r"(<!-- generated: (?P<name>[^>]+) -->\n).*?(<!-- end -->)", re.DOTALL)

# What a setting means, where its schema has no description.
_MEANINGS = {
    "name": "The run's name; by default that of the file.",
    "seed": "What every random number of the run follows from.",
    "data": "Where the rows come from, see [Data](#data).",
    "layers": "The network, see [Layers](#layers).",
    "outputs": "The names of the outputs when there are several, or what each of them learns.",
    "optimizer": "How the weights are changed.",
    "loss": "What is made small; may stand under `outputs` instead.",
    "metrics": "What is measured besides the loss.",
    "epochs": "How often the training rows are gone through.",
    "batch_size": "Rows per step.",
    "shuffle": "Whether each epoch has an order of its own.",
    "class_weight": "How much the rows of each class count: `balanced`, or a mapping as `{0: 1.0, 1: 5.0}`.",
    "callbacks": "What looks on between the epochs, see [Callbacks](training.md#callbacks).",
    "keep": "Whose weights the model has in the end: the last epoch's, or those of the lowest validation loss.",
    "precision": "What the layers compute in; the weights themselves stay 32-bit numbers.",
    "engine": "How the epochs are computed, see [Engines](training.md#engines).",
    "predict": "Points whose predictions are shown and kept, a number or a list of numbers each.",
    "expect": "What must hold at the end, such as `val_accuracy >= 0.98`; the exit status is 1 otherwise.",
    "sweep": "What the trials of `nnrun sweep` differ in, see [Sweeps](sweeps.md); `nnrun train` leaves it out.",
    "generator": "What makes or reads the rows, see [Generators](#generators).",
    "validation_split": "The share of the rows set apart to validate on.",
    "test_split": "The share of the rows set apart to test on at the end.",
    "scale": "How the inputs are scaled, fitted on the training rows.",
    "scale_targets": "How the targets are scaled, fitted on the training rows.",
    "one_hot": "Whether class labels become vectors.",
    "target": "The column or columns that this output learns.",
    "loss_weight": "The weight of this output's loss in the whole.",
}


def render(page: str) -> str:
    """The text of a page with what is generated written anew.

    Raises:
        KeyError: the page asks for what nothing generates, or a setting has neither description nor meaning.
    """
    return _BLOCK.sub(lambda block: f"{block[1]}{_generate(block['name'])}\n{block[3]}", page)


def _generate(name: str) -> str:
    if name.startswith("command "):
        return "\n".join(_command(nnrun.commands[name.removeprefix("command ")]))
    return "\n".join(_TABLES[name]())


def _command(command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=command.name)
    yield "```"
    yield " ".join(["nnrun", str(command.name), *command.collect_usage_pieces(context)])
    yield "```"
    for text in (command.help or "").split("\n\n"):
        yield ""
        yield from _paragraph(text.replace("\b", "").strip())  # click's mark of a paragraph that keeps its lines
    yield ""
    options = (parameter for parameter in command.params if isinstance(parameter, click.Option))
    records = (option.get_help_record(context) for option in options)
    yield from _table(("option", "what it does"), [(f"`{form}`", told) for form, told in filter(None, records)])


def _paragraph(text: str) -> list[str]:
    """A paragraph on one line, or a block of command lines without what is said beside them."""
    if not text.startswith("nnrun "):
        return [" ".join(text.split())]
    return ["```", *(line.strip().partition("  ")[0] for line in text.splitlines()), "```"]


def _settings() -> list[str]:
    schema = experiment_schema()
    return _setting_table(schema["properties"], schema["else"]["required"])


def _data() -> list[str]:
    data = experiment_schema()["properties"]["data"]
    return _setting_table(data["properties"], data["required"])


def _outputs() -> list[str]:
    return _setting_table(experiment_schema()["properties"]["outputs"]["additionalProperties"]["properties"], ())


def _setting_table(properties: dict[str, Any], required: Sequence[str]) -> list[str]:
    rows = []
    for name, kind, default, allowed in lookup.setting_rows(properties, required):
        meaning = "" if "description" in properties[name] else _MEANINGS[name]
        rows.append((f"`{name}`", kind, _code(default), " ".join(filter(None, (meaning, _bounds(allowed))))))
    return _table(("setting", "type", "default", "what it is"), rows)


def _bounds(allowed: str) -> str:
    return f"{allowed[0].upper()}{allowed[1:].removesuffix('.')}." if allowed else ""


def _code(default: str) -> str:
    return default if default in ("", "required") else f"`{default}`"


def _generators() -> Iterator[str]:
    for i, entry in enumerate(lookup.entries("generators")):
        yield from ("",) * (i > 0)
        yield f"#### {entry.name}"
        yield ""
        yield entry.summary
        yield ""
        rows = lookup.argument_rows("generators", entry.name)
        cells = [(f"`{n}`" if " " not in n else n, kind, _code(default), _bounds(a)) for n, kind, default, a in rows]
        yield from _table(("argument", "type", "default", "what it is"), cells)


def _kinds() -> list[str]:
    rows = [(f"`{kind}`", str(len(lookup.entries(kind)))) for kind in load_catalog().kinds]
    return _table(("kind", "how many"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return [f"| {' | '.join(cells)} |" for cells in lines]


_TABLES: dict[str, Callable[[], Iterable[str]]] = {
    "settings": _settings,
    "data": _data,
    "outputs": _outputs,
    "generators": _generators,
    "kinds": _kinds,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or check them; 1 if one is out of step."""
    parser = argparse.ArgumentParser(prog="python -m nnrun.cli.docs", description="Write the tables of the pages.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs"), help="the folder of the pages")
    parser.add_argument("--check", action="store_true", help="only compare the pages with commands and schema")
    options = parser.parse_args(arguments)
    status = 0
    for path in sorted(options.folder.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        text = render(page)
        if text != page and options.check:
            sys.stderr.write(f"{path} is out of step with nnrun; run python -m nnrun.cli.docs\n")
            status = 1
        elif text != page:
            path.write_text(text, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
