"""A folder that holds a folder per class, with the files of that class in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.file_group import FileGroup, folder_group
from nnrun.errors import ExperimentError, Problem, did_you_mean, listed, shown

_PARTS = {"train", "training", "validation", "valid", "val", "test"}


@dataclass(frozen=True)
class ClassFolders:
    """The files of some classes.

    Args:
        group: all files of the folder.
        classes: the names of the classes.
        paths: the files, class after class, each in the order of their names.
        labels: the position of the class of each file.
    """

    group: FileGroup
    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: tuple[int, ...]


def read_class_folders(files: DataFiles, folder: Path, classes: Sequence[str] | None, kind: str) -> ClassFolders:
    """The classes of a folder and their files; hidden files, and files beside the folders, do not count.

    Args:
        files: the files of the command.
        folder: the folder.
        classes: the folders that are classes, in the order of the labels; None for all, sorted by name.
        kind: what a file holds, such as `image`, for messages.

    Raises:
        ExperimentError: there is no such folder, a class is missing or empty, there are fewer than two classes, or a
            link leads out of the folder.
        StorageError: a file has changed since it was first read.
    """
    group = folder_group(folder)
    key = ("class folders", None if classes is None else tuple(classes), kind)
    return files.opened(group, key, lambda _: _read(group, classes, kind))


def _read(group: FileGroup, classes: Sequence[str] | None, kind: str) -> ClassFolders:
    members: dict[str, list[str]] = {path.name: [] for path in _folders(group.folder)}
    for name in group.names:
        first, _, rest = name.partition("/")
        if rest:
            members[first].append(name)
    chosen = tuple(members) if classes is None else tuple(classes)
    problems = _find_problems(group.folder, members, chosen, kind)
    if problems:
        raise ExperimentError(*problems)
    return ClassFolders(
        group,
        chosen,
        tuple(group.folder / name for one in chosen for name in members[one]),
        tuple(label for label, one in enumerate(chosen) for _ in members[one]),
    )


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _find_problems(folder: Path, members: dict[str, list[str]], chosen: Sequence[str], kind: str) -> list[Problem]:
    if chosen and {one.casefold() for one in members} <= _PARTS and len(members) > 1:
        message = f"The folders in {folder} are parts of the data, not classes. Received: {listed([*members])}"
        first, *others = sorted(members, key=lambda name: not name.casefold().startswith("train"))
        name = "test" if others[0].casefold() == "test" else "validation"
        hint = f"Name {folder.name}/{first} as the path, and {folder.name}/{others[0]} in data.{name}."
        return [Problem(message, hint=hint)]
    problems = []
    for one in dict.fromkeys(chosen):
        if one not in members:
            hint = did_you_mean(one, members) or f"The folders are: {listed([*members]) or 'none'}."
            problems.append(Problem(f"There is no folder {shown(one)} in {folder}.", hint=hint))
        elif not members[one]:
            problems.append(
                Problem(f"The class folder {folder / one} is empty.", hint=f"Put a file per {kind} into it.")
            )
    if len({*chosen}) < len(chosen):
        problems.append(Problem(f"A class is listed twice. Received: {listed([*chosen])}"))
    if len(chosen) < 2 and not problems:
        message = f"At least two classes are needed, a folder for each in {folder}."
        problems.append(Problem(f"{message} Received: {listed([*chosen]) or 'none'}"))
    return problems
