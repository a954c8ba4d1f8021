"""What two processes must have in common for one to run the commands of the other."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from nnrun.model.environment import deciding_variables
from nnrun.model.processors import available_threads

# Packages whose files are looked at by the folder that pip installs beside them.
_PACKAGES = ("tensorflow", "keras", "numpy", "matplotlib", "scikit_learn", "polars")
# Variables that are read while a process starts or a package is loaded.
_READ_ONCE = (
    *("PYTHON", "KERAS", "TF_", "XLA_", "CUDA", "OMP_", "KMP_", "MKL_", "OPENBLAS", "GOTO", "POLARS", "NUMPY", "NPY_"),
    *("LD_", "DYLD_", "MALLOC_", "GLIBC_", "LC_", "MPL"),
)
_READ_ONCE_ALONE = ("HOME", "LANG", "LANGUAGE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MATPLOTLIBRC")
_LIMITS = ("AS", "CPU", "DATA", "FSIZE", "NOFILE", "NPROC", "STACK", "CORE", "RSS", "MEMLOCK")
# Set by nnrun itself when TensorFlow is loaded, or by the process that starts the worker.
_OWN = ("TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND", "KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "XLA_FLAGS")


def process_key(threads: int | None = None) -> str:
    """A digest of all that this process has and a command could depend on: programs, environment, limits, user.

    Args:
        threads: threads within one operation; None for one per processor.

    Returns:
        24 hexadecimal digits; other ones as soon as a file of nnrun, TensorFlow, Keras or NumPy changes.
    """
    facts = [
        *(sys.version, sys.prefix, sys.executable, _flags(), sys.warnoptions, str(Path(__file__).parent)),
        *(list(_own_files()), list(_packages()), _environment(), deciding_variables()),
        *(threads or available_threads(), list(_process())),
    ]
    return hashlib.sha256(json.dumps(facts, default=str).encode(errors="surrogateescape")).hexdigest()[:24]


def _flags() -> list[int]:
    """The interpreter's options but for `-P`, which says what the present folder is to it."""
    return [getattr(sys.flags, name) for name in ("optimize", "utf8_mode", "dev_mode", "isolated", "no_site")]


def _own_files() -> Iterator[tuple[str, int, int]]:
    """Name, time and size of nnrun's own files."""
    folders = [str(Path(__file__).parent.parent)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir() and entry.name != "__pycache__":
                    folders.append(entry.path)
                elif entry.is_file():
                    status = entry.stat()
                    yield entry.path, status.st_mtime_ns, status.st_size


def _packages() -> Iterator[tuple[str, int]]:
    """The folders with the metadata of installed packages, as `keras-3.15.1.dist-info`, and their times."""
    names = tuple(f"{name}-" for name in _PACKAGES)
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or os.curdir) as entries:
            found = [e for e in entries if e.name.lower().startswith(names) and e.name.endswith(".dist-info")]
            for entry in sorted(found, key=lambda entry: entry.name):
                yield entry.path, entry.stat().st_mtime_ns


def _environment() -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in sorted(os.environ.items())
        if (name.startswith(_READ_ONCE) or name in _READ_ONCE_ALONE) and name not in _OWN
    ]


def _process() -> Iterator[Any]:
    """User, limits, processors, namespaces and control group."""
    for name in ("geteuid", "getegid", "getgroups"):
        if hasattr(os, name):
            yield getattr(os, name)()
    if hasattr(os, "sched_getaffinity"):
        yield sorted(os.sched_getaffinity(0))
    if hasattr(os, "nice"):
        yield os.nice(0)
    with suppress(ImportError):
        import resource

        for name in _LIMITS:
            yield getattr(resource, f"RLIMIT_{name}", None) and resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
    with suppress(OSError):
        yield Path("/proc/self/cgroup").read_text(encoding="ascii", errors="replace")
        for name in ("mnt", "net", "pid", "user"):
            yield os.readlink(f"/proc/self/ns/{name}")
