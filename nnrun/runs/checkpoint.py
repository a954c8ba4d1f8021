"""The checkpoint of a run: the state to go on from, in one file that is whole or not there, and its predecessor.

The file is a line of JSON, an npz archive, and the SHA-256 of both. A new one replaces the old one atomically; the old
one keeps its place as `checkpoint.previous`, for the case that a disk gives back other bytes than it was given.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.errors import Problem, ResumeError
from nnrun.runs.arrays import from_bytes, to_bytes
from nnrun.runs.atomic import write_bytes
from nnrun.runs.storage_errors import storage_errors

if TYPE_CHECKING:
    from nnrun.runs.arrays import Array

FORMAT = 1
CHECKPOINT = "checkpoint"
PREVIOUS = "checkpoint.previous"

_MAGIC = b"nnrun checkpoint\n"
_DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a checkpoint holds.

    Args:
        facts: plain values: what the state belongs to.
        arrays: the state, by name.
    """

    facts: Mapping[str, Any]
    arrays: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Found:
    """The latest checkpoint that is whole.

    Args:
        checkpoint: what it holds.
        damage: what is wrong with a later one, in words; None when this is the latest.
    """

    checkpoint: Checkpoint
    damage: str | None = None


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Makes it the checkpoint of the run in `folder`; the one before becomes its predecessor.

    Raises:
        StorageError: it could not be written; the one before is as it was.
    """
    content = _MAGIC + json.dumps({"format": FORMAT, **checkpoint.facts}).encode() + b"\n" + to_bytes(checkpoint.arrays)
    with storage_errors("write", folder / PREVIOUS):
        _step_back(folder)
    write_bytes(folder / CHECKPOINT, content + hashlib.sha256(content).digest())


def _step_back(folder: Path) -> None:
    """Gives the present checkpoint its predecessor's name too, so that at no moment there is none."""
    link = folder / f".{PREVIOUS}.link"
    with suppress(FileNotFoundError):
        link.unlink()
    with suppress(OSError):  # there is none yet, or the file system has no links: then there is no predecessor
        os.link(folder / CHECKPOINT, link)
        os.replace(link, folder / PREVIOUS)


def find_checkpoint(folder: Path) -> Found | None:
    """The checkpoint to go on from, or None where none was ever written.

    Raises:
        StorageError: a file cannot be read.
        ResumeError: there are only damaged ones.
    """
    damages: list[str] = []
    for name in (CHECKPOINT, PREVIOUS):
        try:
            with storage_errors("read", folder / name):
                content = (folder / name).read_bytes() if (folder / name).exists() else None
            if content is not None:
                return Found(_read(content), "; ".join(damages) or None)
        except ValueError as error:
            damages.append(f"{folder / name} is damaged: {error}")
    if damages:
        hint = "There is no state left to go on from; train the experiment anew."
        raise ResumeError(Problem(f"{'; '.join(damages)}.", hint=hint))
    return None


def _read(content: bytes) -> Checkpoint:
    body, digest = content[:-_DIGEST], content[-_DIGEST:]
    if not body.startswith(_MAGIC):
        raise ValueError("it does not begin as a checkpoint does")
    if hashlib.sha256(body).digest() != digest:
        raise ValueError("its bytes are not those that were written")
    line, _, archive = body[len(_MAGIC) :].partition(b"\n")
    facts = json.loads(line)
    if facts.pop("format") != FORMAT:
        raise ValueError("it was written by another version of nnrun")
    return Checkpoint(facts, from_bytes(archive))
