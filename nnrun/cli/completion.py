"""Shell completion of experiment files, templates, and the kinds and names of the catalog."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SUFFIXES = (".yaml", ".yml")


def _items(values: Iterable[str], start: str = "") -> list[CompletionItem]:
    """Those that begin with `start`."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(value) for value in values if value.startswith(start)]


class ExperimentFile(click.Path):
    """A path that shells complete to experiment files and folders."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return _items(experiment_files(incomplete))


class DataOrExperiment(click.Path):
    """A path that shells complete to experiment files, data files and folders."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from nnrun.templates.template import DATA_SUFFIXES

        return _items(files(incomplete, (*_SUFFIXES, *DATA_SUFFIXES)))


def experiment_files(incomplete: str) -> list[str]:
    """The experiment files and folders whose path begins with `incomplete`; folders end in a slash."""
    return files(incomplete, _SUFFIXES)


def files(incomplete: str, suffixes: tuple[str, ...]) -> list[str]:
    """The files of these suffixes and the folders whose path begins with `incomplete`; folders end in a slash.

    If the only match is a folder, the matches inside it are returned, since shells put a space after a single match.
    """
    found = _beginning_with(incomplete, suffixes)
    while len(found) == 1 and found[0].endswith("/"):
        inside = _beginning_with(found[0], suffixes)
        if not inside:
            break
        found = inside
    return found


def _beginning_with(incomplete: str, suffixes: tuple[str, ...]) -> list[str]:
    """The same without opening a folder; empty if the folder cannot be read."""
    folder, slash, start = incomplete.rpartition("/")
    try:
        with os.scandir(os.path.expanduser(folder + slash) or ".") as found:
            entries = {entry.name: entry.is_dir() for entry in found}
    except OSError:
        return []
    return [
        f"{folder}{slash}{name}{'/' * is_folder}"
        for name, is_folder in sorted(entries.items())
        if name.startswith(start) and (start or not name.startswith(".")) and (is_folder or name.endswith(suffixes))
    ]


def complete_templates(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of the templates, and data files."""
    from nnrun.templates.template import DATA_SUFFIXES, TEMPLATES

    return _items(TEMPLATES, incomplete) + _items(files(incomplete, DATA_SUFFIXES))


def complete_kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The kinds of the catalog."""
    from nnrun.experiment.schema.catalog import load_catalog

    return _items(load_catalog().kinds, incomplete)


def complete_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names and aliases of the kind before it on the command line, with summaries."""
    from click.shell_completion import CompletionItem

    from nnrun.experiment.schema.catalog import load_catalog

    catalog, kind = load_catalog(), ctx.params.get("kind")
    if kind not in catalog.kinds:
        return []
    entries = ((name, catalog.entry(kind, name)) for name in catalog.names(kind) if name.startswith(incomplete))
    return [CompletionItem(name, help=entry.summary) for name, entry in entries if entry]
