"""TensorFlow started once: quietly, deterministic, on the requested device and with the requested threads.

This is the only place where nnrun reads and sets the environment of Keras, TensorFlow and XLA.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.abc
import importlib.util
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from nnrun.errors import ExperimentError, Problem
from nnrun.model.compat import POSTPONED_MODULE, use_fused_crossentropies
from nnrun.runs.storage_errors import temporary_file_errors

# Keras imports these if they are installed, for wrappers and galleries that nnrun does not use; together they take
# about a third of the time of importing Keras.
_OPTIONAL_IN_KERAS = ("matplotlib", "pandas", "sklearn")

# XLA's CPU compiler turns a loop into one function if an iteration moves fewer bytes than this threshold. In a larger
# loop it calls every operation separately, so that products of large matrices get kernels of their own. Its default of
# 1,024 excludes even XOR, where the calls take three times as long as the arithmetic; from a million on, such loops are
# slower. Optimization level 1 runs as fast as the default 3 and saves a quarter of the compile time.
_XLA_FLAGS = (
    "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=131072",
    "--xla_backend_optimization_level=1",
)

_DEVICES = re.compile(r"auto|all|(cpu|gpu)(:\d+)?(,(cpu|gpu)(:\d+)?)*")


@dataclass(frozen=True)
class Runtime:
    """The device and threads of a training.

    Args:
        device: `cpu`, or `gpu:N` counting from 0, or several with commas between them.
        threads: number of threads within one operation; results of convolutions depend on it.
        warning: a sentence about a setting of the user's that is ignored; None if there is none.
    """

    device: str
    threads: int
    warning: str | None = None

    @property
    def several(self) -> bool:
        """Whether each batch is divided among several devices."""
        return "," in self.device

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """The scope in which models for these devices are built."""
        if not self.several:
            return contextlib.nullcontext()
        import tensorflow as tf

        kinds = [name.partition(":")[0] for name in self.device.split(",")]
        # Only the chosen devices are visible, and TensorFlow counts those it sees.
        names = [f"{kind.upper()}:{kinds[:i].count(kind)}" for i, kind in enumerate(kinds)]
        scope: contextlib.AbstractContextManager[Any] = tf.distribute.MirroredStrategy(names).scope()
        return scope


def available_threads() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def start_tensorflow(device: str = "auto", threads: int | None = None, *, side_by_side: bool = False) -> Runtime:
    """Imports TensorFlow and configures what must be set before its first operation.

    Args:
        device: `auto` (the first GPU, else the CPU), `cpu`, `gpu`, `gpu:N`, several of these with commas between them,
            or `all` (every GPU, else every logical CPU device).
        threads: number of threads within one operation; by default one per processor of this process.
        side_by_side: whether as many operations may run in parallel; otherwise they run one after another.

    Raises:
        ExperimentError: the device does not exist, or Keras was imported with another backend before.
    """
    if not _DEVICES.fullmatch(device):  # no machine has it: reported before TensorFlow takes seconds to load
        raise ExperimentError(Problem(f'There is no device "{device}".', hint="Write auto, cpu, gpu, gpu:0 or all."))
    warning = ignored_backend()
    import_quietly()
    import tensorflow as tf

    runtime = Runtime(",".join(_choose_devices(tf, device)), threads or available_threads(), warning)
    with contextlib.suppress(RuntimeError):  # a second run in the same process keeps the threads of the first
        tf.config.threading.set_intra_op_parallelism_threads(runtime.threads)
        tf.config.threading.set_inter_op_parallelism_threads(runtime.threads if side_by_side else 1)
    tf.config.experimental.enable_op_determinism()
    if runtime.device.startswith("cpu"):
        use_fused_crossentropies()
    return runtime


def ignored_backend() -> str | None:
    """A warning if the user has chosen another backend for Keras than TensorFlow.

    Keras takes its backend from `KERAS_BACKEND`, or else from `keras.json`. `import_quietly` sets the variable, so
    worker processes do not repeat the warning.

    Returns:
        The warning; None if TensorFlow or no backend is chosen.
    """
    chosen = os.environ.get("KERAS_BACKEND")
    place = "KERAS_BACKEND is"
    if not chosen:
        config = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "keras.json"
        place = f"The backend in {config} is"
        try:
            chosen = json.loads(config.read_bytes()).get("backend")
        except (OSError, ValueError, AttributeError):  # Keras ignores such a file as well
            return None
    if not chosen or chosen == "tensorflow":
        return None
    return f'{place} "{chosen}". nnrun ignores it and trains with TensorFlow.'


def import_quietly() -> None:
    """Imports TensorFlow and Keras without their messages and without garbage collection.

    Their messages on standard error are shown only if the import fails. Their million objects are frozen, so that the
    garbage collector does not visit them again and again.

    Raises:
        ExperimentError: Keras was imported with another backend before.
    """
    if "keras" in sys.modules:
        _refuse_other_backend()
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    # The last flag wins: the user's.
    os.environ["XLA_FLAGS"] = " ".join([*_XLA_FLAGS, os.environ.get("XLA_FLAGS", "")]).strip()
    gc.disable()
    try:
        with silent_stderr(), hidden(*_OPTIONAL_IN_KERAS), postponed(POSTPONED_MODULE):
            import keras  # noqa: F401
            import tensorflow as tf
        tf.get_logger().setLevel("ERROR")
    finally:
        gc.enable()
        gc.freeze()


def _refuse_other_backend() -> None:
    import keras

    backend = keras.config.backend()
    if backend != "tensorflow":
        hint = "Set KERAS_BACKEND=tensorflow before the first import of Keras."
        raise ExperimentError(Problem(f"Keras is already imported with the backend {backend}.", hint=hint))


@contextlib.contextmanager
def hidden(*packages: str) -> Iterator[None]:
    """Makes packages appear not to be installed, except those that are already imported."""
    absent = [package for package in packages if package not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None makes an import fail
    try:
        yield
    finally:
        for package in absent:
            del sys.modules[package]


@contextlib.contextmanager
def postponed(*modules: str) -> Iterator[None]:
    """Loads modules at their first use instead of at their import."""
    finder = _Postponing(modules)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Postponing(importlib.abc.MetaPathFinder):
    """Finds the named modules as usual and wraps their loaders in the standard library's lazy one."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in self.names:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


@contextlib.contextmanager
def silent_stderr() -> Iterator[None]:
    """Captures what native code writes to standard error, and shows it if an exception leaves the block."""
    sys.stderr.flush()
    with temporary_file_errors():
        stream = tempfile.TemporaryFile()  # noqa: SIM115
    with stream as caught:
        kept = os.dup(2)
        os.dup2(caught.fileno(), 2)
        try:
            yield
        except Exception:
            os.dup2(kept, 2)
            caught.seek(0)
            os.write(2, caught.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _choose_devices(tf: Any, requested: str) -> list[str]:
    """The names of the devices to train on, made visible."""
    gpus = tf.config.list_physical_devices("GPU")
    names = {f"gpu:{i}": gpu for i, gpu in enumerate(gpus)}
    cpus = _cpus(tf)
    groups = {"auto": [*names, *cpus][:1], "cpu": cpus[:1], "gpu": list(names)[:1], "all": list(names) or cpus}
    chosen = groups.get(requested) or requested.split(",")
    if not {*chosen} <= {*names, *cpus}:
        hint = f"Devices here: {', '.join([*cpus, *names])}."
        raise ExperimentError(Problem(f'There is no device "{requested}".', hint=hint))
    with contextlib.suppress(RuntimeError):  # TensorFlow has already started: the devices stay as they are
        visible = [names[name] for name in chosen if name in names]
        tf.config.set_visible_devices(visible, "GPU")
        for gpu in visible:
            tf.config.experimental.set_memory_growth(gpu, True)
    return chosen


def _cpus(tf: Any) -> list[str]:
    """`cpu`, or one name per logical device if the processors are divided into several."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    parts = len(tf.config.get_logical_device_configuration(cpu) or [cpu])
    return ["cpu"] if parts == 1 else [f"cpu:{i}" for i in range(parts)]
