"""What `TEMPLATE` means: the name of a shipped experiment, or a CSV file to write one for."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from nnrun.errors import ExperimentError, Problem, did_you_mean, shown
from nnrun.experiment.text.regular_file import is_below
from nnrun.templates.comment import clean
from nnrun.templates.from_csv import propose

TEMPLATES = ("regression", "classification", "images", "sequence", "graph")
CSV_SUFFIXES = (".csv", ".tsv")
_EXPERIMENTS = (".yaml", ".yml")


def default_file(template: str) -> Path:
    """The experiment file of a template, in the current folder: its name, or that of the CSV file, and `.yaml`."""
    return Path(f"{Path(template).stem if _is_csv(template) else template}.yaml")


def text_of(template: str, file: Path) -> str:
    """The text of an experiment file.

    Args:
        template: the name of a template, or the path of a CSV file.
        file: where the text will lie; a path in it is relative to its folder.

    Raises:
        ExperimentError: there is no such template, or the CSV file cannot be read or used.
    """
    command = f"#   nnrun train {shlex.quote(clean(str(file)))}"
    if _is_csv(template):
        command += option_for(template, file)
        return propose(Path(template).absolute(), file.absolute().parent, command)
    if template not in TEMPLATES:
        hint = did_you_mean(template, TEMPLATES) or f"The templates are: {', '.join(TEMPLATES)}, or a CSV file."
        raise ExperimentError(Problem(f"There is no template {shown(template)}.", hint=hint))
    text = Path(__file__).with_name(f"{template}.yaml").read_text(encoding="utf-8")
    return text.replace(f"#   nnrun train {template}.yaml", command, 1)


def option_for(template: str, file: Path) -> str:
    """The option, after a blank, without which no command reads the CSV file of a template; empty if none is needed."""
    folder = file.absolute().parent
    if not _is_csv(template) or is_below(Path(template), folder):
        return ""
    path = os.path.relpath(Path(template).absolute().parent.resolve() / Path(template).name, folder.resolve())
    return " " + shlex.join(["--set", f"data.generator.csv.path={clean(path)}"])


def _is_csv(template: str) -> bool:
    """Whether a CSV file is meant: by its suffix, or a file of any other but an experiment's."""
    if template.lower().endswith(CSV_SUFFIXES):
        return True
    return template not in TEMPLATES and Path(template).suffix.lower() not in _EXPERIMENTS and Path(template).is_file()
