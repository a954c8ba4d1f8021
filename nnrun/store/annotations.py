"""What a user adds to a run: tags and a note, in a file beside `run.json`, which holds only what happened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from nnrun.errors import ExperimentError, Problem, shown
from nnrun.runs import layout
from nnrun.runs.atomic import write_text
from nnrun.runs.record_file import encode_record, read_record_file

FORMAT = 1

_TAG = re.compile(r"[^\W_][\w.:/-]{0,63}")


class Annotations(msgspec.Struct, frozen=True):
    """The tags of a run, in the order in which they were given, and its note."""

    tags: tuple[str, ...] = ()
    note: str = ""


def read_annotations(folder: Path) -> Annotations:
    """The annotations of the run in `folder`; empty where it has none.

    Raises:
        StorageError: the file cannot be read.
    """
    path = folder / layout.ANNOTATIONS
    return read_record_file(path, Annotations, FORMAT, "a file of tags and notes") if path.exists() else Annotations()


def change_tags(folder: Path, added: Sequence[str] = (), removed: Sequence[str] = ()) -> Annotations:
    """Adds tags to a run and removes others.

    Args:
        folder: the run's folder.
        added: tags of 1 to 64 letters, digits and `. : / - _`.
        removed: tags that the run has.

    Returns:
        Its annotations now.

    Raises:
        ExperimentError: a tag has another form, or one to remove is not there.
        StorageError: the file cannot be read or written.
    """
    before = read_annotations(folder)
    for tag in added:
        if _TAG.fullmatch(tag) is None:
            hint = "A tag has 1 to 64 letters, digits, and . : / - _, and begins with a letter or digit."
            raise ExperimentError(Problem(f"{shown(tag)} cannot be a tag.", hint=hint))
    for tag in removed:
        if tag not in before.tags:
            has = f"It has {', '.join(before.tags)}." if before.tags else "It has no tags."
            raise ExperimentError(Problem(f"{folder} does not have the tag {shown(tag)}.", hint=has))
    tags = tuple(tag for tag in dict.fromkeys((*before.tags, *added)) if tag not in removed)
    return _store(folder, msgspec.structs.replace(before, tags=tags))


def change_note(folder: Path, text: str) -> Annotations:
    """Makes `text` the note of a run; an empty one removes it.

    Raises:
        StorageError: the file cannot be read or written.
    """
    return _store(folder, msgspec.structs.replace(read_annotations(folder), note=text.strip()))


def _store(folder: Path, annotations: Annotations) -> Annotations:
    write_text(folder / layout.ANNOTATIONS, encode_record(annotations, FORMAT))
    return annotations
