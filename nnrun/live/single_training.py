"""The one training that the page shows of a file that stands for several."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from nnrun.experiment.code.code_file import ALLOW_CODE
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.folds import FOLD_PATH, unchosen_folds
from nnrun.experiment.grid_section import SECTION
from nnrun.experiment.text.yaml_text import decode, parse_document


@dataclass(frozen=True)
class SingleTraining:
    """Which training of a file is shown.

    Args:
        overrides: the settings that choose it, each `PATH=VALUE`; none where the file is one training.
        notes: what is not trained, and by which command it is, in sentences.
        command: the words of the command that trains the same.
    """

    overrides: tuple[str, ...]
    notes: tuple[str, ...]
    command: tuple[str, ...]


def single_training(experiment: Experiment, file: Path) -> SingleTraining:
    """Of folds the first one, of a section `sweep:` the experiment without it.

    Args:
        experiment: what the file describes.
        file: the file.
    """
    overrides, notes = [], []
    allowed = [ALLOW_CODE] if experiment.code else []
    name = shlex.join([str(file), *allowed])
    if folds := unchosen_folds(experiment.resolved):
        overrides.append(f"{FOLD_PATH}=1")
        notes.append(f"Shown is fold 1 of {folds}. All are trained by: nnrun train {name}")
    if parse_document(decode(experiment.source, file.name), file.name).at((SECTION,)):
        notes.append(f"The trials of {SECTION} are not shown. They are trained by: nnrun sweep {name}")
    settings = [word for override in overrides for word in ("--set", override)]
    return SingleTraining(tuple(overrides), tuple(notes), ("nnrun", "train", str(file), *settings, *allowed))
