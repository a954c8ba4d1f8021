"""The checkpoint of a run: the state that a training resumes from, in one atomic file, and its predecessor.

The file is a line of JSON, an npz archive, and the SHA-256 of both. A new one replaces the old one atomically; the old
one stays as `checkpoint.previous`, for the case that a disk returns other bytes than were written to it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from nnrun.errors import Problem, ResumeError
from nnrun.experiment.text.regular_file import read_regular
from nnrun.runs import layout
from nnrun.runs.arrays import MOST_BYTES, from_bytes, to_bytes
from nnrun.runs.atomic import write_bytes
from nnrun.runs.identity import Identity
from nnrun.runs.storage_errors import storage_errors

if TYPE_CHECKING:
    from nnrun.runs.arrays import Array

FORMAT = 1

_MAGIC = b"nnrun checkpoint\n"
_DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The content of a checkpoint.

    Args:
        identity: what decides the result of the training.
        arrays: the state, by name.
    """

    identity: Identity
    arrays: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class FoundCheckpoint:
    """The latest checkpoint that is not damaged.

    Args:
        checkpoint: its content.
        damage: what is wrong with a later one, in words; None when this is the latest.
    """

    checkpoint: Checkpoint
    damage: str | None = None


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Makes it the checkpoint of the run in `folder`; the one before becomes its predecessor.

    Raises:
        StorageError: it could not be written; the one before is as it was.
    """
    header = json.dumps({"format": FORMAT, **msgspec.to_builtins(checkpoint.identity)}).encode()
    content = _MAGIC + header + b"\n" + to_bytes(checkpoint.arrays)
    with storage_errors("write", folder / layout.PREVIOUS_CHECKPOINT):
        _step_back(folder)
    write_bytes(folder / layout.CHECKPOINT, content + hashlib.sha256(content).digest())


def _step_back(folder: Path) -> None:
    """Gives the present checkpoint its predecessor's name too, so that at no moment there is none."""
    link = folder / f".{layout.PREVIOUS_CHECKPOINT}.link"
    with suppress(FileNotFoundError):
        link.unlink()
    with suppress(OSError):  # there is none yet, or the file system has no links: then there is no predecessor
        os.link(folder / layout.CHECKPOINT, link)
        os.replace(link, folder / layout.PREVIOUS_CHECKPOINT)


def find_checkpoint(folder: Path) -> FoundCheckpoint | None:
    """The latest valid checkpoint of the run in `folder`, or None where none was ever written.

    Raises:
        StorageError: a file cannot be read.
        ResumeError: there are only damaged ones.
    """
    damages: list[str] = []
    for name in (layout.CHECKPOINT, layout.PREVIOUS_CHECKPOINT):
        try:
            with storage_errors("read", folder / name):
                content = read_regular(folder / name, MOST_BYTES) if (folder / name).exists() else None
            if content is not None:
                return FoundCheckpoint(_read(content), "; ".join(damages) or None)
        except (ValueError, RecursionError, msgspec.MsgspecError) as error:
            damages.append(f"{folder / name} is damaged: {error}")
    if damages:
        hint = "There is no state left to resume from; train the experiment again."
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
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise ValueError("it was written by another version of nnrun")
    return Checkpoint(msgspec.convert(facts, Identity), from_bytes(archive))
