"""What the environment says to Keras and TensorFlow: what decides a result, and what nnrun ignores."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# XLA's CPU compiler turns a loop into one function if an iteration moves fewer bytes than this threshold. In a larger
# loop it calls every operation separately, so that products of large matrices get kernels of their own. Its default of
# 1,024 excludes even XOR, where the calls take three times as long as the arithmetic; from a million on, such loops are
# slower. Optimization level 1 runs as fast as the default 3 and saves a quarter of the compile time.
OWN_XLA_FLAGS = (
    "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=131072",
    "--xla_backend_optimization_level=1",
)
_XLA_FLAGS = "XLA_FLAGS"

# Variables that change how TensorFlow, XLA, oneDNN or a GPU compute. Not every variable with TF_: Terraform's begin so
# too, with secrets among them. Threads are not here, for nnrun sets and records them itself.
_OF_TENSORFLOW = (
    *("TF_XLA_", "TF_JIT_", "TF_MLIR_", "TF_GRAPPLER", "TF_LAYOUT_", "TF_AUTO", "TF_DETERMINISTIC_", "TF_USE_"),
    *("TF_ENABLE_", "TF_DISABLE_", "TF_ALLOW_", "TF_OVERRIDE_", "TF_ONEDNN_", "TF_MKL_", "TF_FP16_", "TF_CONV"),
    *("TF_CUDNN_", "TF_CUBLAS", "TF_CUDA_", "TF_GPU_", "TF_ROCM_", "TF_MATMUL"),
)
_DECIDE = (*_OF_TENSORFLOW, _XLA_FLAGS, "ONEDNN_", "DNNL_", "CUBLAS_", "CUDNN_", "NVIDIA_TF32_")
# Those among them that change no number: what is logged, and where the memory of a GPU comes from.
_DECIDE_NOTHING = ("TF_GPU_ALLOCATOR", "TF_GPU_THREAD", "ONEDNN_VERBOSE", "DNNL_VERBOSE", "CUDNN_LOG", "CUBLAS_LOG")
_FLAGS_DECIDE_NOTHING = ("--xla_dump_", "--xla_gpu_cuda_data_dir")

# Keras's own settings and what nnrun trains with instead.
_PINNED: Mapping[str, Any] = {"floatx": "float32", "image_data_format": "channels_last", "epsilon": 1e-7}
_LIMITS = {"KERAS_MAX_EPOCHS": "all epochs", "KERAS_MAX_STEPS_PER_EPOCH": "all steps"}


def deciding_variables() -> dict[str, str]:
    """The environment variables that decide the result of a training, by name; of `XLA_FLAGS` the user's part."""
    found = {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith(_DECIDE) and not name.startswith(_DECIDE_NOTHING)
    }
    ignored = (*OWN_XLA_FLAGS, *_FLAGS_DECIDE_NOTHING)
    flags = [flag for flag in found.pop(_XLA_FLAGS, "").split() if not flag.startswith(ignored)]
    return found | ({_XLA_FLAGS: " ".join(flags)} if flags else {})


def ignored_settings() -> str | None:
    """A warning about what the user has chosen for Keras and nnrun ignores; None if there is nothing.

    Keras takes its settings from `keras.json`, its backend from `KERAS_BACKEND` before that.
    """
    config = keras_json()
    backend = os.environ.get("KERAS_BACKEND")
    place = "KERAS_BACKEND is" if backend else f"The backend in {config} is"
    written = _read(config)
    backend = backend or written.get("backend")
    said = [f'{place} "{backend}". nnrun ignores it and trains with TensorFlow.'] if _is_other(backend) else []
    for name, used in _PINNED.items():
        if (value := written.get(name, used)) != used:
            said.append(f"The {name} in {config} is {json.dumps(value)}. nnrun ignores it and trains with {used}.")
    for name, trained in _LIMITS.items():
        if value := os.environ.get(name):
            said.append(f"{name} is {value}. nnrun ignores it and trains {trained}.")
    return " ".join(said) or None


def keras_json() -> Path:
    """The file with Keras's settings."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "keras.json"


def _is_other(backend: Any) -> bool:
    return bool(backend) and backend != "tensorflow"


def _read(config: Path) -> dict[str, Any]:
    """Keras's settings; none where Keras ignores the file as well."""
    try:
        written = json.loads(config.read_bytes())
    except (OSError, ValueError):
        return {}
    return written if isinstance(written, dict) else {}


def prepare_environment() -> None:
    """Sets what must be known to TensorFlow and Keras before they are imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    for name in _LIMITS:
        os.environ.pop(name, None)
    set_xla_flags()


def set_xla_flags() -> None:
    """Adds nnrun's own flags for XLA, which reads them when it compiles for the first time, not when it is loaded."""
    flags = [flag for flag in os.environ.get(_XLA_FLAGS, "").split() if flag not in OWN_XLA_FLAGS]
    os.environ[_XLA_FLAGS] = " ".join([*OWN_XLA_FLAGS, *flags])  # the last flag wins: the user's


def pin_keras() -> None:
    """Replaces the settings of `keras.json` by those that nnrun trains with."""
    import keras

    keras.config.set_floatx(_PINNED["floatx"])
    keras.config.set_image_data_format(_PINNED["image_data_format"])
    keras.config.set_epsilon(_PINNED["epsilon"])
    keras.config.set_max_epochs(None)
    keras.config.set_max_steps_per_epoch(None)
