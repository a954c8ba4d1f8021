"""The section `custom`: files with layers, losses, metrics and so on of the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.code.code_file import CodeAccess, CodeFile, read_code, refuse_code
from nnrun.experiment.code.code_module import load_module
from nnrun.experiment.code.own_parts import OwnKey, OwnPart, find_parts
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.text.yaml_text import Document, ValuePath

SECTION = "custom"
PATH = "path"
DIGEST = "sha256"
_FORM = 'Write "@keras.saving.register_keras_serializable()" above each class and function.'


def with_custom(document: Document, folder: Path, access: CodeAccess | None) -> Document:
    """The document with the components that the files of its section `custom` define.

    Args:
        document: any document; one whose section has another form is not changed: the schema refuses it.
        folder: the folder that the files are relative to, or that of a run with copies of them.
        access: the permission to run the files; None where there is none, and nothing is run.

    Raises:
        ExperimentError: there is no permission, a file cannot be read or run, or it defines no component, or one that
            Keras has.
    """
    named = list(named_code(document))
    if not named:
        return document
    if access is None:
        raise refuse_code(", ".join(name for name, _, _ in named), named[0][2])
    parts: dict[OwnKey, OwnPart] = {}
    files: tuple[CodeFile, ...] = ()
    for name, sha256, place in named:
        file = read_code(name, folder, place, sha256, files)
        if file.uses_keras:
            access.prepare()
        found = find_parts(file, load_module(file, place))
        _refuse_known(file, found, parts, place)
        parts |= found
        files = (*files, file)
    if not parts:
        raise ExperimentError(Problem(f"{named[0][0]} registers nothing with Keras.", named[0][2], _FORM))
    return replace(document, own=parts, code=files)


def resolved_custom(code: tuple[CodeFile, ...]) -> list[dict[str, str]]:
    """The section with the SHA-256 of each file."""
    return [{PATH: file.name, DIGEST: file.sha256} for file in code]


def named_code(document: Document) -> Iterator[tuple[str, str | None, Place | None]]:
    """The name of each file with its SHA-256, where that is written, and its place; of any document."""
    section = document.at((SECTION,))
    listed = section if isinstance(section, list) else [section]
    for position, item in enumerate(listed):
        path: ValuePath = (SECTION, position) if isinstance(section, list) else (SECTION,)
        written: Mapping[str, Any] = item if isinstance(item, dict) else {PATH: item}
        name, sha256 = written.get(PATH), written.get(DIGEST)
        if isinstance(name, str) and name:
            yield name, sha256 if isinstance(sha256, str) else None, document.place(path)


def _refuse_known(
    file: CodeFile, found: Mapping[OwnKey, OwnPart], others: Mapping[OwnKey, OwnPart], place: Place | None
) -> None:
    for kind, name in found:
        owner = "Keras" if load_catalog().entry(kind, name) else None
        owner = others[(kind, name)].file.name if (kind, name) in others else owner
        if owner:
            message = f'{file.name} defines "{name}" among the {kind}, and so does {owner}.'
            raise ExperimentError(Problem(message, place, "Give it another name."))
