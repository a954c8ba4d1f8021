"""TensorFlow started once: quietly, deterministic, on the requested device and with the requested threads.

What the environment says to them is in `environment.py`.
"""

from __future__ import annotations

import contextlib
import gc
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnrun.errors import ExperimentError, Problem, UsageError
from nnrun.model.compat import IMPORTED_LATE, POSTPONED_MODULES, import_namesake, use_fused_crossentropies
from nnrun.model.environment import deciding_variables, ignored_settings, keras_json, pin_keras, prepare_environment
from nnrun.model.postponed_import import imported_late, postponed
from nnrun.model.processors import available_threads
from nnrun.runs.identity import Identity
from nnrun.runs.provenance import operating_system, processor_name, versions
from nnrun.runs.storage_errors import temporary_file_errors

# Keras and TensorFlow import these if they are installed, for wrappers, galleries and notebooks that nnrun does not
# need; together they take about a third of the time of importing Keras.
_OPTIONAL = ("matplotlib", "pandas", "sklearn", "scipy", "IPython")

# What helps TensorFlow on several machines, and a callback of Keras, need it. It is not one of the postponed modules:
# its own modules can be imported in one order alone, by whoever needs them, such as tf2onnx.
_IMPORTED_LATE: Mapping[str, Sequence[str]] = {**IMPORTED_LATE, "requests": ()}

_DEVICES = re.compile(r"auto|all|(cpu|gpu)(:\d+)?(,(cpu|gpu)(:\d+)?)*")

# How Keras begins its warning of a loss with from_logits and an activation that outputs probabilities.
# What nnrun says itself, at the setting: network/loss_warnings.py and network/trainable.py.
_TOLD_BY_CHECK = (r'"`\w+` received `from_logits=True`', "The model does not have any trainable weights")


@dataclass(frozen=True)
class Runtime:
    """The device and threads of a training.

    Args:
        device: `cpu`, or `gpu:N` counting from 0, or several with commas between them.
        threads: number of threads within one operation; results of convolutions depend on it.
        warning: sentences about settings of the user's that are ignored; None if there are none.
        environment: the environment variables that decide the result, by name.
        processor: what computes: the processor and its vector instructions, or the GPUs; None where it is not known.
        system: operating system, architecture and C library.
    """

    device: str
    threads: int
    warning: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    processor: str | None = None
    system: str | None = None

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


def identity_here(device: str | None, threads: int | None) -> Identity:
    """What is known before a training of all that decides its result, but for its settings; TensorFlow is not loaded.

    Args:
        device: as for `start_tensorflow`; which one `auto` and `all` are is not known yet.
        threads: as for `start_tensorflow`.
    """
    tf, count = sys.modules.get("tensorflow"), threads or available_threads()
    return Identity(
        versions=versions(),
        device=None if device in ("auto", "all") else {"gpu": "gpu:0"}.get(device or "", device),
        threads=_threads_within(tf, count) if tf else count,
        environment=deciding_variables(),
    )


def start_tensorflow(device: str = "auto", threads: int | None = None, *, side_by_side: bool = False) -> Runtime:
    """Imports TensorFlow and configures what must be set before its first operation.

    Args:
        device: `auto` (the first GPU, else the CPU), `cpu`, `gpu`, `gpu:N`, several of these with commas between them,
            or `all` (every GPU, else every logical CPU device).
        threads: number of threads within one operation; by default one per processor of this process.
        side_by_side: whether as many operations may run in parallel; otherwise they run one after another.

    Raises:
        UsageError: no machine has such a device.
        ExperimentError: this machine does not have the device, or Keras was imported with another backend before.
    """
    if not _DEVICES.fullmatch(device):  # no machine has it: reported before TensorFlow takes seconds to load
        raise UsageError(Problem(f'There is no device "{device}".', hint="Write auto, cpu, gpu, gpu:0 or all."))
    warning, variables = ignored_settings(), deciding_variables()
    import_quietly()
    pin_keras()
    for told in _TOLD_BY_CHECK:
        warnings.filterwarnings("ignore", told, UserWarning)
    import tensorflow as tf

    chosen = ",".join(_choose_devices(tf, device))
    count = _set_threads(tf, threads or available_threads(), side_by_side)
    if threads not in (None, count):
        kept = f"TensorFlow has already started in this process with {count} threads. nnrun trains with these."
        warning = " ".join(filter(None, (warning, kept)))
    runtime = Runtime(chosen, count, warning, variables, _processor(tf, chosen), operating_system())
    tf.config.experimental.enable_op_determinism()
    if runtime.device.startswith("cpu"):
        use_fused_crossentropies()
    return runtime


def _set_threads(tf: Any, count: int, side_by_side: bool) -> int:
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_inter_op_parallelism_threads(count if side_by_side else 1)
    return _threads_within(tf, count)


def _threads_within(tf: Any, count: int) -> int:
    """Sets the threads within one operation; returns those of TensorFlow, which keeps them once it has started."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(count)
    except RuntimeError:
        return tf.config.threading.get_intra_op_parallelism_threads() or _threads_by_default()
    return count


def _threads_by_default() -> int:
    """The threads that TensorFlow starts with where nobody sets them: those of its variable, else one per processor."""
    written = os.environ.get("TF_NUM_INTRAOP_THREADS", "")
    return int(written) if written.isdecimal() and int(written) else available_threads()


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
    prepare_environment()
    gc.disable()
    try:
        with (
            silent_stderr(),
            hidden(*_OPTIONAL),
            postponed(POSTPONED_MODULES, silent_stderr),
            imported_late(_IMPORTED_LATE),
        ):
            _import_keras()
            import tensorflow as tf

            import_namesake()
        tf.get_logger().setLevel("ERROR")
    finally:
        gc.enable()
        gc.freeze()


def _import_keras() -> None:
    """Imports Keras; values that it refuses in the user's `keras.json` are reported as such."""
    try:
        import keras  # noqa: F401
    except ValueError as error:
        if "configuration" not in str(error):
            raise
        hint = "Change it, or remove the file: nnrun takes no setting from it."
        raise ExperimentError(Problem(f"Keras refuses {keras_json()}: {error}", hint=hint)) from error


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


def _processor(tf: Any, device: str) -> str | None:
    """The name of what computes on a device: of the GPUs where there are any, else of the processor."""
    numbers = [int(name.removeprefix("gpu:")) for name in device.split(",") if name.startswith("gpu:")]
    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpus[i]) for i in numbers]
    return ", ".join(str(each.get("device_name", "GPU")) for each in details) or processor_name()


def _cpus(tf: Any) -> list[str]:
    """`cpu`, or one name per logical device if the processors are divided into several."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    parts = len(tf.config.get_logical_device_configuration(cpu) or [cpu])
    return ["cpu"] if parts == 1 else [f"cpu:{i}" for i in range(parts)]
