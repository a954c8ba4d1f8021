"""The catalog as text: its kinds, the names of a kind, the description of one component."""

import textwrap
from collections.abc import Collection, Iterator
from typing import Any

from nnrun.cli.examples import example
from nnrun.cli.terminal import paragraph, table
from nnrun.cli.words import default_in_words, limits_in_words, type_in_words
from nnrun.errors import ExperimentError, Problem, did_you_mean, shown
from nnrun.experiment.schema.catalog import Entry, load_catalog
from nnrun.experiment.schema.schema import SINGULAR, experiment_schema
from nnrun.experiment.text.dump import dump

Row = tuple[str, str, str, str]

_NARROWEST = 60  # an example is not wrapped to fewer columns

HEADER: Row = ("argument", "type", "default", "allowed")


def kinds(width: int | None) -> list[str]:
    """The lines of a table of the kinds and how many components each has.

    Args:
        width: the maximum length of a line, or None for any length.
    """
    return table([(kind, str(len(entries(kind)))) for kind in load_catalog().kinds], width)


def names(kind: str, width: int | None) -> list[str]:
    """The lines of a table of the components of a kind, each with its summary.

    Raises:
        ExperimentError: there is no such kind.
    """
    _refuse_unknown(kind)
    return table([(entry.name, entry.summary) for entry in entries(kind)], width)


def component(kind: str, name: str, width: int | None) -> list[str]:
    """The description of one component: its summary, its arguments, those that are not supported and why, an example.

    Raises:
        ExperimentError: there is no such kind, or no component of that name or alias, or it is not supported.
    """
    _refuse_unknown(kind)
    entry = load_catalog().entry(kind, name)
    if entry is None:
        raise _unknown(kind, name)
    lines = [*paragraph(f"{entry.name} ({SINGULAR[kind]})", width), *paragraph(entry.summary, width)]
    if entry.link:
        lines.append(entry.link)  # never wrapped: a broken link does not work
    if entry.aliases:
        lines += paragraph(f"Other names: {', '.join(entry.aliases)}", width, indent="  ")
    parts = (_arguments(entry, width), _unsupported(entry, width), _example(entry, width))
    return [*lines, *(line for part in parts if part for line in ("", *part))]


def entries(kind: str) -> list[Entry]:
    """The components of a kind, each once."""
    catalog = load_catalog()
    found = (catalog.entry(kind, name) for name in catalog.names(kind))
    return list({entry.name: entry for entry in found if entry}.values())


def argument_rows(kind: str, name: str) -> list[Row]:
    """The arguments of a component in words: name, type, default, allowed values.

    Args:
        kind: the kind, in the plural.
        name: the component's own name.
    """
    definition = experiment_schema()["definitions"][f"{kind}.{name}"]
    others = definition["additionalProperties"]
    properties = {**definition["properties"], **({"any other name": others} if others else {})}
    return list(setting_rows(properties, definition["required"]))


def setting_rows(properties: dict[str, Any], required: Collection[str]) -> Iterator[Row]:
    """The properties of a schema in words: name, type, default, description and allowed values."""
    for name, schema in properties.items():
        yield name, type_in_words(schema), default_in_words(schema, name in required), _allowed(schema)


def _allowed(schema: dict[str, Any]) -> str:
    meaning, limits = schema.get("description"), limits_in_words(schema)
    return f"{meaning.removesuffix('.')} ({limits})" if meaning and limits else meaning or limits


def _arguments(entry: Entry, width: int | None) -> list[str]:
    rows = argument_rows(entry.kind, entry.name)
    return table([HEADER, *rows], width) if rows else ["No arguments."]


def _unsupported(entry: Entry, width: int | None) -> list[str]:
    """The arguments of Keras that an experiment does not support, each with the reason."""
    own = load_catalog().unsupported(entry)
    lines = [line for key, reason in own.items() for line in paragraph(f"  {key}: {reason}", width, indent="    ")]
    return ["Not supported:", *lines] if lines else []


def _example(entry: Entry, width: int | None) -> list[str]:
    settings = example(entry.kind, entry.name)
    if settings is None:
        return paragraph(f"No setting of an experiment takes {entry.kind}.", width)
    (setting, value), *_ = settings.items()
    lines = [f"{setting}: {value}"] if isinstance(value, str) else dump(settings).splitlines()
    return ["Example:", *(part for line in lines for part in _fitting(line, width))]


def _fitting(line: str, width: int | None) -> list[str]:
    """A line of YAML wrapped to the width, or to 60 columns: within braces it may break at any space."""
    if width is None:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 6)
    room = max(width, _NARROWEST)
    return textwrap.wrap(line, room, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _refuse_unknown(kind: str) -> None:
    catalog = load_catalog()
    if kind not in catalog.kinds:
        hint = _elsewhere(kind) or did_you_mean(kind, catalog.kinds) or f"The kinds are {', '.join(catalog.kinds)}."
        raise ExperimentError(Problem(f"There is no kind {shown(kind)}.", hint=hint))


def _unknown(kind: str, name: str) -> ExperimentError:
    catalog = load_catalog()
    refused = catalog.refusal(kind, name)
    if refused:
        return ExperimentError(f"The {SINGULAR[kind]} {name} is not supported in experiments: {refused}.")
    hint = did_you_mean(name, catalog.names(kind)) or _elsewhere(name) or f"See nnrun catalog {kind}"
    return ExperimentError(Problem(f"There is no {SINGULAR[kind]} {shown(name)}.", hint=hint))


def _elsewhere(name: str) -> str | None:
    catalog = load_catalog()
    homes = [kind for kind in catalog.kinds if catalog.entry(kind, name)]
    return f"See nnrun catalog {homes[0]} {name}" if homes else None
