"""The packages that the format onnx needs, looked for without loading any of them, or TensorFlow."""

from __future__ import annotations

import importlib.util

from nnrun.errors import ExperimentError, Problem

NEEDED = ("onnx", "onnxruntime", "tf2onnx")


def refuse_without_onnx() -> None:
    """Refuses the format where its packages are not installed."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        message = f"The format onnx needs {', '.join(missing)}, which {'are' if missing[1:] else 'is'} not installed."
        raise ExperimentError(Problem(message, hint="pip install 'nnrun[onnx]'"))
