"""The catalog: which components an experiment may name, and which arguments each of them takes."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

_HERE = Path(__file__).parent
_OWN_KEYS = frozenset({"component", "required"})


class Argument(NamedTuple):
    """One argument of a component.

    Args:
        schema: the JSON Schema (draft-07) of its plain values, with the default as annotation; not to be changed.
        component: the kind of component that it takes, instead of or besides the plain values of `schema`.
        item_component: the kind of component of the items of its list.
        required: whether it is required.
        has_default: whether it has a default.
        default: its default.
    """

    schema: dict[str, Any]
    component: str | None
    item_component: str | None
    required: bool
    has_default: bool
    default: Any


class Entry(NamedTuple):
    """One component: a layer, a loss, a data generator, …

    Args:
        kind: the kind, in the plural.
        name: its own name: that of Keras's class or function, or of nnrun's data generator.
        summary: a sentence that describes it.
        link: the address of its page of Keras's documentation; None for a data generator.
        aliases: its other names.
        arguments: its arguments by name, in the order of Keras's documentation.
        additional: the JSON Schema of arguments with any other name; None where it takes none.
        example: of a data generator, the arguments of an example.
    """

    kind: str
    name: str
    summary: str
    link: str | None
    aliases: tuple[str, ...]
    arguments: dict[str, Argument]
    additional: dict[str, Any] | None
    example: dict[str, Any]


class Catalog:
    """The components by kind and name.

    Args:
        keras: the version of Keras that the catalog was made from.
        content: the written entries by kind and own name.
        refused: why a component of Keras is not supported, by kind and name.
        refused_arguments: the same of an argument, by kind and `Entry.argument`, or by kind and `argument` for one that
            only earlier versions of Keras took.
    """

    def __init__(
        self,
        keras: str,
        content: Mapping[str, Mapping[str, Any]],
        refused: Mapping[str, Mapping[str, str]] | None = None,
        refused_arguments: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.keras = keras
        self._content = content
        self.refused = refused or {}
        self._refused_arguments = refused_arguments or {}
        self._canonical = {kind: dict(_names(entries)) for kind, entries in content.items()}
        self._entries: dict[tuple[str, str], Entry] = {}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds, in the plural: `layers`, `optimizers`, `generators`, …"""
        return tuple(self._content)

    def names(self, kind: str) -> list[str]:
        """All names of a kind; the aliases of an entry follow its own name."""
        return list(self._canonical[kind])

    def own_name(self, kind: str, name: str) -> str | None:
        """The own name of the entry of that name or alias, or None."""
        return self._canonical[kind].get(name)

    def names_with_required_arguments(self, kind: str) -> list[str]:
        """The names and aliases of the entries that have a required argument."""
        found = {
            name
            for name, entry in self._content[kind].items()
            if any("required" in argument for argument in entry["arguments"].values())
        }
        return [name for name, own in self._canonical[kind].items() if own in found]

    def entry(self, kind: str, name: str) -> Entry | None:
        """The entry of that name or alias, or None."""
        canonical = self.own_name(kind, name)
        if canonical is None:
            return None
        key = (kind, canonical)
        if key not in self._entries:
            self._entries[key] = _entry(kind, canonical, self._content[kind][canonical])
        return self._entries[key]

    def refusal(self, kind: str, name: str, argument: str | None = None) -> str | None:
        """Why a component of Keras, or an argument of one, is not supported; None where Keras does not have it."""
        if argument is None:
            return self.refused.get(kind, {}).get(name)
        entry = self.entry(kind, name)
        exact = self.unsupported(entry).get(argument) if entry else None
        return exact or self._refused_arguments.get(kind, {}).get(argument)

    def unsupported(self, entry: Entry) -> dict[str, str]:
        """The arguments of Keras that an entry does not support, each with the reason."""
        reasons = self._refused_arguments.get(entry.kind, {})
        start = f"{entry.name}."
        return {key.removeprefix(start): reason for key, reason in reasons.items() if key.startswith(start)}


@functools.cache
def load_catalog() -> Catalog:
    """The catalog of Keras's components and nnrun's data generators, as it comes with nnrun."""
    written = json.loads((_HERE / "catalog.json").read_text(encoding="utf-8"))
    kinds = {**written["kinds"], "generators": _generators()}
    return Catalog(written["keras"], kinds, written["refused"], written["refusedArguments"])


def _generators() -> dict[str, Any]:
    generators: dict[str, Any] = json.loads((_HERE / "generators.json").read_text(encoding="utf-8"))
    return generators


def _names(entries: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, entry in entries.items():
        yield name, name
        for alias in entry["aliases"]:
            yield alias, name


def _entry(kind: str, name: str, written: Mapping[str, Any]) -> Entry:
    arguments = {key: _argument(value) for key, value in written["arguments"].items()}
    additional = written.get("additionalArguments")
    summary, aliases = written["summary"], tuple(written["aliases"])
    example = written.get("example", {})
    return Entry(kind, name, summary, written.get("link"), aliases, arguments, additional, example)


def _argument(written: dict[str, Any]) -> Argument:
    schema = {key: value for key, value in written.items() if key not in _OWN_KEYS}
    item_component = written.get("items", {}).get("component")
    if item_component:
        del schema["items"]
    default = written.get("default")
    return Argument(
        schema, written.get("component"), item_component, "required" in written, "default" in written, default
    )
