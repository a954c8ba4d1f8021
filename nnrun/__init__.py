"""nnrun trains the neural network that a YAML file describes and saves everything about the run in a folder.

In Python: `run = nnrun.train("experiment.yaml")`, then `run.metrics`; see docs/python.md. Importing it loads nothing
before it is used.
"""

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:  # as in `typing`, whose import takes longer than all of this file
    from nnrun import errors as errors
    from nnrun.api.predict_call import predict as predict
    from nnrun.api.run_rows import runs as runs
    from nnrun.api.stored import Run as Run
    from nnrun.api.stored import load as load
    from nnrun.api.sweep_calls import TrainedSweep as TrainedSweep
    from nnrun.api.sweep_calls import load_sweep as load_sweep
    from nnrun.api.sweep_calls import sweep as sweep
    from nnrun.api.training_calls import resume as resume
    from nnrun.api.training_calls import train as train

__version__ = "0.2.0"
__all__ = ["Run", "TrainedSweep", "__version__", "errors", "load", "load_sweep"]
__all__ += ["predict", "resume", "runs", "sweep", "train"]

_HOMES = {
    "Run": "nnrun.api.stored",
    "TrainedSweep": "nnrun.api.sweep_calls",
    "load": "nnrun.api.stored",
    "load_sweep": "nnrun.api.sweep_calls",
    "predict": "nnrun.api.predict_call",
    "resume": "nnrun.api.training_calls",
    "runs": "nnrun.api.run_rows",
    "sweep": "nnrun.api.sweep_calls",
    "train": "nnrun.api.training_calls",
}


class _Package(ModuleType):
    """The package: `nnrun.runs` is the function also once the package of this name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

if not TYPE_CHECKING:  # otherwise every name would seem to be there

    def __getattr__(name):
        from importlib import import_module

        if name == "errors":
            return import_module("nnrun.errors")
        if name not in _HOMES:
            raise AttributeError(f"module 'nnrun' has no attribute '{name}'")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value

    def __dir__():
        return __all__
