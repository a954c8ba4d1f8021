"""Write the tables of the documentation, and the schema beside it, from the commands and the schema of experiments.

`python -m tools.docs_tables` writes the text between `<!-- generated: NAME -->` and `<!-- end -->` in the pages of
`docs/`, and `docs/experiment.schema.json`, which the shipped experiments name in their first line; with `--check` it
only compares, with exit status 1 if a file is out of date.
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
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.schema.schema import experiment_schema, schema_text
from tools.generator_gallery import gallery

SCHEMA = "experiment.schema.json"

_BLOCK = re.compile(r"(<!-- generated: (?P<name>[^>]+) -->\n).*?(<!-- end -->)", re.DOTALL)

# The sections that describe a setting in detail, with the page if it is another one.
_SECTIONS = {
    "start": ("Start", "training.md"),
    "callbacks": ("Callbacks", "training.md"),
    "class_weight": ("Classes and weights", "training.md"),
    "custom": ("Code of your own", "data.md"),
    "data": ("Data", ""),
    "engine": ("Engines", "training.md"),
    "generator": ("Generators", ""),
    "layers": ("Layers", ""),
    "precision": ("Precision", "training.md"),
    "sweep": ("Sweeps", "sweeps.md"),
    "tracking": ("TensorBoard and MLflow", "tracking.md"),
}


def render(page: str) -> str:
    """The text of a page with its generated parts replaced.

    Raises:
        KeyError: the page names a part that nothing generates.
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
    options = (parameter for parameter in command.params if isinstance(parameter, click.Option))
    records = [record for option in options if (record := option.get_help_record(context))]
    if records:
        yield ""
        yield from _table(("option", "description"), [(f"`{form}`", text) for form, text in records])


def _paragraph(text: str) -> list[str]:
    """A paragraph on one line, or a block of command lines without the remarks beside them."""
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
    rows = [
        (f"`{name}`", kind, _code(default), f"{_bounds(allowed)}{_more(name)}")
        for name, kind, default, allowed in lookup.setting_rows(properties, required)
    ]
    return _table(("setting", "type", "default", "description"), rows)


def _more(setting: str) -> str:
    section, page = _SECTIONS.get(setting, ("", ""))
    return f" See [{section}]({page}#{section.lower().replace(' ', '-')})." if section else ""


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
        yield from _table(("argument", "type", "default", "description"), cells)


def _kinds() -> list[str]:
    rows = [(f"`{kind}`", str(len(lookup.entries(kind)))) for kind in load_catalog().kinds]
    return _table(("kind", "number"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return [f"| {' | '.join(cells)} |" for cells in lines]


_TABLES: dict[str, Callable[[], Iterable[str]]] = {
    "settings": _settings,
    "data": _data,
    "outputs": _outputs,
    "generators": _generators,
    "gallery": gallery,
    "kinds": _kinds,
}


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every generated file of the folder and its expected text."""
    yield folder / SCHEMA, schema_text()
    for path in sorted(folder.glob("*.md")):
        yield path, render(path.read_text(encoding="utf-8"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages and the schema, or check them; 1 if one is out of date."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs_tables", description="Write the tables of the pages.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs"), help="the folder of the pages")
    parser.add_argument("--check", action="store_true", help="only compare the pages with commands and schema")
    options = parser.parse_args(arguments)
    status = 0
    for path, text in _files(options.folder):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if options.check:
            sys.stderr.write(f"{path} is out of date; run python -m tools.docs_tables\n")
            status = 1
        else:
            path.write_text(text, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
