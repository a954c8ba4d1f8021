"""The provenance of a run: the commit of the repository around it, the versions of its packages, its machine."""

from __future__ import annotations

import os
import platform
import re
import sys
import threading
from contextlib import suppress
from functools import cache
from importlib import metadata
from itertools import chain
from pathlib import Path

from msgspec import structs

import nnrun
from nnrun.runs.identity import PACKAGES
from nnrun.runs.record import GitState

MOST_PATCH_BYTES = 2**20

_GIT_TIMEOUT = 2.0  # seconds
# Without locks, a run never gets in the way of a commit; the monitor would be a command that the repository names.
_GIT = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false")
# Those of the user's own configuration, such as that of git-lfs, are run.
_FILTERS = ("config", "--show-scope", "--includes", "--null", "--name-only", "--get-regexp", r"^filter\..*")
_SCOPES_OF_REPOSITORY = ("local", "worktree")
# What the repository or the user configures neither runs a command nor changes the form.
_DIFF = (
    *("diff", "HEAD", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "--submodule=short"),
    *("--ignore-submodules=dirty", "--src-prefix=a/", "--dst-prefix=b/", "--binary"),
)
# Packages that take part without deciding a result: they draw, save and read.
_TAKE_PART = ("matplotlib", "h5py", "msgspec", "PyYAML")
# The vector instructions by which libraries choose their kernels.
_VECTORS = ("avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd", "sve")
_CPU_FACTS = re.compile(r"^(model name|flags|Features)\s*: (.*)$", re.MULTILINE)


def git_state(folder: Path) -> GitState | None:
    """The commit that the repository around `folder` stands at, and whether its tracked files differ from it.

    Returns:
        None where there is no repository, no commit or no git, or where git takes longer than two seconds.
    """
    options = ("--porcelain=v2", "--branch", "--untracked-files=no", "--ignore-submodules=dirty")
    status = _without_filters(folder, "status", *options)
    return None if status is None else _parse_status(status.decode("utf-8", errors="replace"))


def git_changes(folder: Path, *, saved: bool) -> tuple[GitState | None, bytes | None]:
    """The state of the repository around `folder`, and what differs from its commit, as `git apply` takes it.

    Args:
        folder: a folder.
        saved: whether the difference is wanted.

    Returns:
        None in place of the difference where there is none, or it has more than 1 MiB, which the state says.
    """
    state = git_state(folder)
    if state is None or not state.dirty:
        return state, None
    if not saved:
        return structs.replace(state, patch="off"), None
    patch = git_patch(folder)
    if patch is None or len(patch) > MOST_PATCH_BYTES:
        return structs.replace(state, patch=None if patch is None else "too large"), None
    return structs.replace(state, patch="saved"), patch


def git_patch(folder: Path) -> bytes | None:
    """What `git apply` changes in the commit to get the tracked files of the repository around `folder`.

    Returns:
        At most 1 MiB and a byte, which is more than should be kept; None where git does not say it in two seconds.
    """
    return _without_filters(folder, *_DIFF, most=MOST_PATCH_BYTES + 1)


def _without_filters(folder: Path, *arguments: str, most: int | None = None) -> bytes | None:
    """As `_output_of_git`, but no filter that the repository itself names, which may come from elsewhere, is run.

    A clean filter is a command that git runs over a file before it compares it with the commit.
    """
    found = os.fsdecode(_output_of_git(folder, *_FILTERS) or b"").split("\0")
    scopes_and_keys = zip(found[::2], found[1::2], strict=False)
    names = {key.rpartition(".")[0] for scope, key in scopes_and_keys if scope in _SCOPES_OF_REPOSITORY}
    if any("=" in name for name in names):  # which no option of git can turn off
        return None
    off = [("-c", f"{name}.{value}") for name in sorted(names) for value in ("clean=", "process=", "required=false")]
    return _output_of_git(folder, *chain(*off), *arguments, most=most)


def _output_of_git(folder: Path, *arguments: str, most: int | None = None) -> bytes | None:
    """The output of a command of git, at most so many bytes; None where it fails or takes longer than two seconds."""
    import subprocess  # slow to import, and many commands need versions alone

    try:
        with subprocess.Popen(
            (*_GIT, "-C", str(folder), *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout is not None
            too_late = threading.Timer(_GIT_TIMEOUT, process.kill)
            too_late.start()
            try:
                output = process.stdout.read(-1 if most is None else most)
                if most is not None and len(output) == most:
                    process.kill()
                    return output
            finally:
                too_late.cancel()
        return None if process.returncode else output
    except (OSError, ValueError):
        return None


def tensorflow() -> str:
    """TensorFlow and its installed version, such as `TensorFlow 2.21.0`; it is not imported."""
    with suppress(metadata.PackageNotFoundError):
        return f"TensorFlow {_version('tensorflow')}"
    return "TensorFlow"


def loading_stage() -> str | None:
    """The stage in which TensorFlow is loaded; None where this process has loaded it already."""
    return None if "tensorflow" in sys.modules else f"loading {tensorflow()}"


def versions() -> dict[str, str]:
    """The version of Python, of nnrun and of every installed package that takes part, by name; none is imported."""
    found = {"python": platform.python_version(), "nnrun": nnrun.__version__}
    for name in (*PACKAGES, *_TAKE_PART):
        with suppress(metadata.PackageNotFoundError):
            found.setdefault(name, _version(name))
    return found


@cache
def _version(package: str) -> str:
    """The version of an installed package; a process keeps those that it has loaded."""
    return metadata.version(package)


def operating_system() -> str:
    """The operating system, its architecture and its C library, such as `Linux x86_64, glibc 2.36`."""
    library = " ".join(platform.libc_ver())
    return ", ".join(part for part in (f"{platform.system()} {platform.machine()}", library.strip()) if part)


@cache
def processor_name() -> str | None:
    """The name of the processor and, on Linux, the vector instructions that it has; None where it is not known."""
    try:
        facts = dict(reversed(_CPU_FACTS.findall(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"))))
    except OSError:
        facts = {}
    name = facts.get("model name") or platform.processor() or platform.machine()
    flags = set((facts.get("flags") or facts.get("Features") or "").split())
    vectors = ", ".join(flag for flag in _VECTORS if flag in flags)
    return f"{name} with {vectors}" if vectors else name or None


def _parse_status(text: str) -> GitState | None:
    headers = dict(line[2:].split(" ", 1) for line in text.splitlines() if line.startswith("# ") and " " in line[2:])
    commit = headers.get("branch.oid", "(initial)")
    if commit == "(initial)":
        return None
    return GitState(commit, dirty=any(not line.startswith("#") for line in text.splitlines()))
