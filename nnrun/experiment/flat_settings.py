"""The settings of an experiment as a flat mapping: a value by the path that `--set` takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnrun.experiment.text.setting_paths import component_kind
from nnrun.experiment.text.yaml_text import ValuePath

_LONGEST_LIST = 8  # items; rows of data are no setting that anybody compares
_LONGEST_TEXT = 200  # characters


def flat_settings(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """The settings by path, the names of components left out: `optimizer: adam`, `optimizer.learning_rate: 0.001`.

    A component without arguments is its name. Short lists of plain values stay together; longer ones, which are rows
    of data, are left out.

    Args:
        resolved: the resolved settings of the experiment.
    """
    return dict(_flat((), (), resolved))


def _flat(path: ValuePath, names: ValuePath, value: Any) -> Iterator[tuple[str, Any]]:
    """The settings at and below `path`; `names` is the path without the names of components."""
    if isinstance(value, Mapping):
        if len(value) == 1 and component_kind(path):
            (name, arguments), *_ = value.items()
            yield _dotted(names), str(name)
            yield from _flat((*path, name), names, arguments or {})
            return
        for key, item in value.items():
            yield from _flat((*path, key), (*names, key), item)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for i, item in enumerate(value):
            yield from _flat((*path, i), (*names, i), item)
    elif _is_plain(value) or (isinstance(value, list) and len(value) <= _LONGEST_LIST and all(map(_is_plain, value))):
        yield _dotted(names), value


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_TEXT
    return value is None or isinstance(value, bool | int | float)


def _dotted(path: ValuePath) -> str:
    return ".".join(map(str, path))
