"""The files beside an experiment file that decide its training, too: the code and the data that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nnrun.data.generators.registry import paths_of
from nnrun.errors import ExperimentError
from nnrun.experiment.code import callable_code, custom_section
from nnrun.experiment.data_generators import SOURCES
from nnrun.experiment.experiment import Component
from nnrun.experiment.text.yaml_text import decode, parse_document


def named_files(source: bytes, file: Path) -> tuple[Path, ...]:
    """The files of code and data that an experiment names, whether or not they are there and it is valid.

    Args:
        source: the bytes of its file; one that is no YAML names none.
        file: the file, to whose folder the names are relative.
    """
    try:
        document = parse_document(decode(source, str(file)), str(file))
    except ExperimentError:
        return ()
    names = [name for name, _, _ in custom_section.named_code(document)]
    data = document.at(("data",))
    for generator in _generators(data if isinstance(data, Mapping) else {}):
        if generator.name == callable_code.NAME:
            names.append(callable_code.file_name(str(generator.arguments.get(callable_code.CALLABLE))))
        names += [path for path in paths_of(generator).values() if isinstance(path, str)]
    return tuple(file.parent / name for name in dict.fromkeys(names) if "\0" not in name)


def _generators(data: Mapping[str, Any]) -> Iterator[Component]:
    """The generators with their arguments as they are written."""
    for name in SOURCES:
        written = data.get(name)
        for kind, arguments in written.items() if isinstance(written, Mapping) else ():
            if isinstance(arguments, Mapping):
                yield Component("generators", kind, arguments)
