"""Folders of several runs, for what lists, names, compares and removes them; made without TensorFlow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from run_folder import BILINEAR, START, make_run_folder

from experiments import written
from nnrun.experiment.flat_settings import flat_settings
from nnrun.experiment.text.dump import dump

_OWNER = """
import sys
from pathlib import Path
from nnrun.runs.lock import occupied
with occupied(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def add_run(runs_dir: Path, name: str, /, *changed: tuple[str, str], minute: int = 0, **facts: Any) -> Path:
    """Adds a completed run of `BILINEAR`.

    Args:
        runs_dir: the folder of all runs.
        name: the name of its folder.
        changed: parts of the text of the experiment file, each with what replaces it.
        minute: when it started.
        facts: facts of its record that differ.
    """
    text = BILINEAR
    for old, new in changed:
        assert old in text
        text = text.replace(old, new)
    resolved = written(text).resolved
    known = {"settings": flat_settings(resolved), "seed": resolved["seed"], "name": resolved["name"]}
    folder = make_run_folder(
        runs_dir / name, text, **{**known, "started": START + timedelta(minutes=minute), "expectations": (), **facts}
    )
    (folder / "resolved.yaml").write_text(dump(resolved), encoding="utf-8")
    return folder


def seeded(seed: int) -> tuple[str, str]:
    """A change for `add_run`: another seed."""
    return "name: bilinear", f"name: bilinear\nseed: {seed}"


@contextmanager
def owned_by_another_process(folder: Path) -> Iterator[None]:
    """A process that trains in the folder, as far as its lock says."""
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", _OWNER, str(folder)], stdin=pipe, stdout=pipe, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "locked\n"
        yield
    finally:
        process.kill()
        process.communicate()
