"""The folds of an experiment as `nnrun train` trains them: a sweep over nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nnrun.data.files.data_files import CellRoom
from nnrun.errors import ExperimentError
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.experiment.folds import FOLDS, unchosen_folds
from nnrun.experiment.grid_section import SECTION
from nnrun.experiment.seeds import find_seed_problems
from nnrun.experiment.text.yaml_text import decode, parse_document, read_source
from nnrun.load import override
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep


def plan_folds(
    file: Path,
    overrides: Sequence[str] = (),
    name: str | None = None,
    data_folders: Sequence[Path] = (),
    runs_dir: Path = Path("runs"),
    code: CodeAccess | None = None,
    room: CellRoom | None = None,
) -> SweepPlan | None:
    """The trials of an experiment that has folds and chooses none; None for any other.

    Its section `sweep` has no effect, and a range of seeds is refused, as for a training alone.

    Args:
        file: the experiment file.
        overrides: settings to change, each `PATH=VALUE`.
        name: the experiment's name in place of the file's own.
        data_folders: folders whose data files may be read, wherever the experiment lies.
        runs_dir: the folder of all runs, in which the name of a run to start from is looked up.
        code: the permission to run the Python code that the experiment names.
        room: where the cells of streamed data are kept; None to hold them in memory.

    Raises:
        ExperimentError: the experiment is not valid.
    """
    source = read_source(file)
    if FOLDS.encode() not in source and not any(FOLDS in text for text in overrides):
        return None  # without reading a long file twice
    document = parse_document(decode(source, str(file)), str(file))
    override(document, overrides, name)
    if unchosen_folds(document.value) is None:
        return None
    if problems := find_seed_problems(document):
        raise ExperimentError(*problems)
    settings = [*overrides, *([f"name={json.dumps(name)}"] if name is not None else [])]
    settings += [f"{SECTION}={{}}"] if SECTION in document.value else []
    plan = plan_sweep(request_sweep(file, settings, (), data_folders, runs_dir, code, room))
    return replace(plan, settings=replace(plan.settings, report=True))
