"""Takes a trained run away in one of the formats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from nnrun.experiment.code.code_file import CodeAccess
from nnrun.export.exported import Exported
from nnrun.export.onnx_packages import refuse_without_onnx
from nnrun.export.target import refuse_existing
from nnrun.model.runtime import import_quietly
from nnrun.runs.stored_weights import WhichWeights
from nnrun.runs.trained_files import read_trained

# What the name of the file or folder ends in, by format.
SUFFIXES: Mapping[str, str] = {
    "keras": ".keras",
    "savedmodel": "_savedmodel",
    "onnx": ".onnx",
    "tflite": ".tflite",
    "script": ".py",
    "python": "_model.py",
}


def export_run(
    folder: Path,
    form: str,
    out: Path | None = None,
    weights: WhichWeights = "kept",
    *,
    keras_home: Path,
    data_folders: Iterable[Path] = (),
    code: CodeAccess | None = None,
    check: bool = True,
    on_stage: Callable[[str], None] = lambda stage: None,
) -> Exported:
    """Writes a run in a format, loads it again and compares it with the run.

    Args:
        folder: the run's folder.
        form: one of `SUFFIXES`.
        out: the file or folder to write; by default named for the experiment, in the working folder.
        weights: which weights, as for `read_weights`.
        keras_home: the folder of Keras's downloaded sets.
        data_folders: folders whose data files may be read.
        code: the permission to run the Python code that the run is made of.
        check: of a script whether it is run.
        on_stage: is notified of what is done, and may raise.

    Raises:
        ExperimentError: the format cannot hold the run, a package is missing, or something is at `out`.
        TrainingError: what was written differs from the run; it was removed.
        StorageError: a file cannot be read or written.
    """
    if form == "onnx":
        refuse_without_onnx()
    files = read_trained(folder, weights, keras_home=keras_home, data_folders=data_folders, code=code)
    place = out or Path(default_name(files.experiment.name, form))
    refuse_existing(place)
    if form == "script":
        from nnrun.export.script_file import export_script
        from nnrun.predict.new_rows.evaluation_rows import own_dataset

        read_data = partial(own_dataset, files, keras_home, data_folders, code)
        return export_script(files, place, read_data, check=check, on_stage=on_stage)
    on_stage("loading TensorFlow")
    import_quietly()
    from nnrun.export.model_file import export_model

    return export_model(files, form, place, keras_home, on_stage)


def default_name(experiment: str, form: str) -> str:
    """The name of an export; that of a Python module can be imported."""
    if form == "python":
        name = re.sub(r"\W", "_", experiment)
        experiment = name if name.isidentifier() else f"run_{name}"
    return f"{experiment}{SUFFIXES[form]}"
