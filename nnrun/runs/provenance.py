"""The provenance of a run: the commit of the repository around it and the versions of its packages."""

from __future__ import annotations

import platform
import subprocess
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import nnrun
from nnrun.runs.identity import PACKAGES
from nnrun.runs.record import GitState

_GIT_TIMEOUT = 2.0  # seconds


def git_state(folder: Path) -> GitState | None:
    """The commit that the repository around `folder` stands at, and whether its tracked files differ from it.

    Returns:
        None where there is no repository, no commit or no git, or where git takes longer than two seconds.
    """
    # Without locks, a run never gets in the way of a commit; the monitor would be a command that the repository names.
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(folder), "status"]
    options = ["--porcelain=v2", "--branch", "--untracked-files=no", "--ignore-submodules=dirty"]
    try:
        result = subprocess.run(
            command + options, capture_output=True, check=True, timeout=_GIT_TIMEOUT, stdin=subprocess.DEVNULL
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return _parse_status(result.stdout.decode("utf-8", errors="replace"))


def tensorflow() -> str:
    """TensorFlow and its installed version, such as `TensorFlow 2.21.0`; it is not imported."""
    with suppress(metadata.PackageNotFoundError):
        return f"TensorFlow {metadata.version('tensorflow')}"
    return "TensorFlow"


def versions() -> dict[str, str]:
    """The version of Python, of nnrun and of every installed package that takes part, by name; none is imported."""
    found = {"python": platform.python_version(), "nnrun": nnrun.__version__}
    for name in (*PACKAGES, "matplotlib"):
        with suppress(metadata.PackageNotFoundError):
            found.setdefault(name, metadata.version(name))
    return found


def _parse_status(text: str) -> GitState | None:
    headers = dict(line[2:].split(" ", 1) for line in text.splitlines() if line.startswith("# ") and " " in line[2:])
    commit = headers.get("branch.oid", "(initial)")
    if commit == "(initial)":
        return None
    return GitState(commit, dirty=any(not line.startswith("#") for line in text.splitlines()))
