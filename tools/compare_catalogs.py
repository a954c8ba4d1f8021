"""The differences between the catalog that nnrun ships and that of another Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Catalog = Mapping[str, Any]
# What only describes an entry; another version of Keras may change it.
_DESCRIPTIONS = ("summary", "link")


class Comparison(NamedTuple):
    """What differs, a line each.

    Args:
        changed: what nnrun uses and Keras removed or changed.
        new: what only the other Keras has.
        described: entries with another description in another version of Keras.
    """

    changed: list[str]
    new: list[str]
    described: list[str]

    @property
    def lines(self) -> list[str]:
        """All differences."""
        return [*self.changed, *self.new, *self.described]


def compare(shipped: Catalog, other: Catalog) -> Comparison:
    """Compares what nnrun uses: entries, their aliases, their arguments, what is refused; not the version of Keras.

    Args:
        shipped: the content of `catalog.json`.
        other: the catalog that is made from the other Keras.
    """
    changed, new, described = [], [], []
    for name, before, after in _pairs(shipped, other):
        if before is None:
            (changed if _is_required(after) else new).append(f"New in Keras {other['keras']}: {name}")
        elif after is None:
            changed.append(f"Removed in Keras {other['keras']}: {name}")
        elif before != after:
            only_described = name.endswith(_DESCRIPTIONS) and shipped["keras"] != other["keras"]
            line = f"Changed in Keras {other['keras']}: {name}: {before!r} is now {after!r}"
            (described if only_described else changed).append(line)
    return Comparison(changed, new, described)


def _is_required(argument: Any) -> bool:
    """Whether an argument is required, so that what nnrun writes without it fails."""
    return isinstance(argument, Mapping) and "required" in argument


def _pairs(shipped: Catalog, other: Catalog) -> Iterator[tuple[str, Any, Any]]:
    """Each part of both catalogs: its name, and its value in either, None where it is missing."""
    for part in ("refused", "refusedArguments"):
        for kind in _union(shipped[part], other[part]):
            yield f"{part} {kind}", shipped[part].get(kind), other[part].get(kind)
    for kind in _union(shipped["kinds"], other["kinds"]):
        before, after = shipped["kinds"].get(kind, {}), other["kinds"].get(kind, {})
        for name in _union(before, after):
            if name in before and name in after:
                yield from _parts(f"{kind} {name}", before[name], after[name])
            else:
                yield f"{kind} {name}", before.get(name), after.get(name)


def _parts(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for part in _DESCRIPTIONS:
        yield f"{name} {part}", before.get(part), after.get(part)
    for alias in _union(before["aliases"], after["aliases"]):
        found = (alias if alias in entry["aliases"] else None for entry in (before, after))
        yield (f"{name} alias {alias}", *found)
    for argument in _union(before["arguments"], after["arguments"]):
        yield f"{name} argument {argument}", before["arguments"].get(argument), after["arguments"].get(argument)


def _union(one: Any, other: Any) -> list[str]:
    return list(dict.fromkeys([*one, *other]))
