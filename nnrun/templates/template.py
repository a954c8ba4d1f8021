"""What `TEMPLATE` means: the name of a shipped experiment, or a data file or Keras model to write one for."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from nnrun.errors import ExperimentError, Problem, did_you_mean, shown
from nnrun.experiment.text.regular_file import is_below
from nnrun.templates.comment import clean
from nnrun.templates.saved_model.keras_file import KERAS_SUFFIX

TEMPLATES = ("regression", "classification", "images", "sequence", "graph")
DATA_SUFFIXES = (".csv", ".tsv", ".parquet", ".jsonl", ".npz", ".npy")
_GENERATORS = {".parquet": "parquet", ".jsonl": "jsonl", ".npz": "npz", ".npy": "npy"}
_EXPERIMENTS = (".yaml", ".yml")
_OLD_MODELS = (".h5", ".hdf5")


def default_file(template: str) -> Path:
    """The experiment file of a template, in the current folder: its name, or that of the file, and `.yaml`."""
    return Path(f"{Path(template).stem if is_model(template) or is_data_file(template) else template}.yaml")


@dataclass(frozen=True)
class TemplateText:
    """The text of an experiment file, and what its user should know, a sentence each."""

    text: str
    notes: tuple[str, ...] = ()


def text_of(template: str, file: Path) -> str:
    """The text of `read_template` alone."""
    return read_template(template, file).text


def read_template(template: str, file: Path) -> TemplateText:
    """The text of an experiment file.

    Args:
        template: the name of a template, or the path of a data file or of a `.keras` file.
        file: where the text will lie; a path in it is relative to its folder.

    Raises:
        ExperimentError: there is no such template, or the file cannot be read or used.
    """
    command = f"#   nnrun train {shlex.quote(clean(str(file)))}"
    if Path(template).suffix.lower() in _OLD_MODELS and Path(template).is_file():
        python = f"keras.models.load_model({template!r}).save({str(Path(template).with_suffix(KERAS_SUFFIX))!r})"
        hint = f"For a model, save it in the new format, and name that: {python}"
        raise ExperimentError(
            Problem(f"{template} is an HDF5 file; nnrun reads models as {KERAS_SUFFIX} files.", hint=hint)
        )
    if is_model(template):
        from nnrun.templates.saved_model.from_keras_file import propose_for_model

        return TemplateText(*propose_for_model(Path(template), command))
    if is_data_file(template):
        from nnrun.templates.from_data_file import propose

        command += option_for(template, file)
        return TemplateText(propose(Path(template).absolute(), file.absolute().parent, command))
    if template not in TEMPLATES:
        hint = (
            did_you_mean(template, TEMPLATES)
            or f"The templates are: {', '.join(TEMPLATES)}, a data file or a .keras file."
        )
        raise ExperimentError(Problem(f"There is no template {shown(template)}.", hint=hint))
    text = Path(__file__).with_name(f"{template}.yaml").read_text(encoding="utf-8")
    return TemplateText(text.replace(f"#   nnrun train {template}.yaml", command, 1))


def option_for(template: str, file: Path) -> str:
    """The option, after a blank, without which no command reads the data file of a template; empty if not needed."""
    folder = file.absolute().parent
    if not is_data_file(template) or is_below(Path(template), folder):
        return ""
    path = os.path.relpath(Path(template).absolute().parent.resolve() / Path(template).name, folder.resolve())
    return " " + shlex.join(["--set", f"data.generator.{generator_of(Path(template))}.path={clean(path)}"])


def is_model(template: str) -> bool:
    """Whether a saved model of Keras is meant, by its suffix."""
    return template.lower().endswith(KERAS_SUFFIX)


def generator_of(file: Path) -> str:
    """The generator that reads a data file, by its suffix; `csv` for any that is no other's."""
    return _GENERATORS.get(file.suffix.lower(), "csv")


def is_data_file(template: str) -> bool:
    """Whether a data file is meant: by its suffix, or a file of any other but an experiment's."""
    if template.lower().endswith(DATA_SUFFIXES):
        return True
    return template not in TEMPLATES and Path(template).suffix.lower() not in _EXPERIMENTS and Path(template).is_file()
