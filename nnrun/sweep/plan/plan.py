"""From an experiment file and options to the trials of a sweep, checked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from nnrun.data.files.data_files import CellRoom, DataFiles
from nnrun.errors import ExperimentError, Problem, StorageError
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.folds import FOLD_PATH
from nnrun.experiment.grid_section import OPTION
from nnrun.experiment.seeds import SEED
from nnrun.experiment.start_section import RUN, start_overrides
from nnrun.experiment.start_section import SECTION as START
from nnrun.experiment.sweep_measure import find_measure_warnings
from nnrun.experiment.sweep_section import DrawnSetting, SweepSettings
from nnrun.experiment.text.yaml_text import read_source
from nnrun.experiment.threshold import Threshold
from nnrun.network.sizes import refuse_too_large
from nnrun.runs.recorded_files import recorded_digests
from nnrun.store.references import find_run
from nnrun.sweep.plan.planned_trials import PlannedTrials
from nnrun.sweep.plan.shard import Shard
from nnrun.sweep.plan.trial import VARIANT, Trial
from nnrun.sweep.plan.trial_check import CheckedExperiment, check_trials
from nnrun.sweep.plan.trial_experiments import TrialExperiments
from nnrun.sweep.search.objective_tracker import ObjectiveTracker
from nnrun.sweep.search.search import Search, plan_search

EPOCHS = "epochs"


@dataclass(frozen=True)
class SweepRequest:
    """A requested sweep, as plain values.

    Args:
        source: the bytes of the experiment file.
        file: the file as the user named it.
        folder: the absolute path of the folder that paths in the file are relative to.
        overrides: settings of every trial, each `PATH=VALUE`.
        grids: settings and their values, each `PATH=VALUES`.
        data_folders: folders whose data files may be read, wherever the experiment lies.
        known: the SHA-256 of data files that may be read wherever they lie.
        runs_dir: the folder of all runs, in which the name of a run to start from is looked up.
        code: the permission to run the Python code that the experiment names.
        room: where the cells of streamed data are kept; None to hold them in memory.
    """

    source: bytes
    file: str
    folder: Path
    overrides: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    data_folders: tuple[Path, ...] = ()
    known: tuple[str, ...] = ()
    runs_dir: Path = Path("runs")
    code: CodeAccess | None = None
    room: CellRoom | None = None


@dataclass(frozen=True, eq=False)
class SweepPlan:
    """The trials of a sweep.

    Args:
        request: the request that they follow from.
        name: the experiment's name.
        columns: the settings in which the trials differ: paths, and `variant` before them.
        trials: the trials in their order; of a search those that are drawn already.
        reach: the target of the trials, if any.
        search: the search that draws the trials, if any.
        shard: which part of the sweep the trials are; None for all of it.
        settings: the section `sweep` of the file, with the grids.
        files: the data files of the trials.
        checked: the experiments that were checked; of a search the first.
        longest: of a shard the most epochs of any trial of the sweep.
    """

    request: SweepRequest
    name: str
    columns: tuple[str, ...]
    trials: PlannedTrials
    reach: Threshold | None
    search: Search | None = None
    shard: Shard | None = None
    settings: SweepSettings = field(default_factory=SweepSettings)
    files: DataFiles = field(default_factory=DataFiles)
    checked: Sequence[CheckedExperiment] = ()
    longest: int = 0

    @property
    def count(self) -> int:
        """The number of trials, of a search with those not drawn yet."""
        return self.search.settings.count if self.search else len(self.trials)

    @property
    def tracker(self) -> ObjectiveTracker | None:
        """What measures the objective of the trials, if they have one."""
        if self.search is not None:
            return self.search.tracker
        return ObjectiveTracker(self.settings.objective) if self.settings.objective else None

    @property
    def cross_validated(self) -> bool:
        """Whether the trials are the folds of one configuration."""
        return self.columns == (FOLD_PATH,)

    def trial(self, index: int) -> Trial:
        """The trial with a number, which is among these."""
        position = self.trials.position(index)
        assert position is not None
        return self.trials[position]

    @property
    def file_digests(self) -> dict[str, str]:
        """The SHA-256 of the data files, Python files and first weights of all experiments that were checked.

        By their paths from the experiment file.
        """
        files = {file.path: file.sha256 for experiment in self._experiments for file in experiment.columns.files}
        files |= {file.path: file.sha256 for experiment in self._experiments for file in experiment.code}
        starts = [experiment.start for experiment in self._experiments if experiment.start]
        files |= {f"{start.run}/{start.epoch}": start.sha256 for start in starts if start.sha256}
        return {os.path.relpath(path, self.request.folder): sha256 for path, sha256 in files.items()}

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings of the sweep and of all experiments that were checked, each once."""
        known = [warning for experiment in self._experiments for warning in experiment.warnings]
        return tuple(dict.fromkeys([*find_measure_warnings(self.settings), *known]))

    @property
    def tracked(self) -> bool:
        """Whether an experiment asks for tracking."""
        return any(experiment.tracking for experiment in self._experiments)

    @property
    def most_epochs(self) -> int:
        """The most epochs of any trial."""
        drawn = [part for part in self.settings.varied if isinstance(part, DrawnSetting) and part.path == EPOCHS]
        ends = [int(end.value) for part in drawn for end in part.ends if isinstance(end.value, int | float)]
        return max([self.longest, *(experiment.epochs for experiment in self._experiments), *ends])

    @property
    def _experiments(self) -> list[Experiment]:
        return [one.experiment for one in self.checked]

    def refuse_too_large(self, memory: int | None) -> None:
        """Refuses trials that need more memory than this machine has.

        Args:
            memory: the machine's memory in bytes; None where that is not known.

        Raises:
            ExperimentError: one does.
        """
        alike = {(id(e.layers), e.epochs, e.batch_size, id(e.columns)): e for e in self._experiments}
        for experiment in alike.values():
            refuse_too_large(experiment, memory)

    def part(self, shard: Shard | None) -> SweepPlan:
        """The plan of one shard, or the same plan.

        Raises:
            ExperimentError: there are fewer trials than shards, or they belong to a search.
        """
        if shard is None:
            return self
        if self.search is not None:
            hint = "Train on several machines with --dask, or in several processes with --jobs."
            message = "A search cannot be divided into shards: each trial follows from those before it."
            raise ExperimentError(Problem(message, hint=hint))
        trials = shard.trials(self.trials)
        own = set(trials.configurations)
        checked = [one for one in self.checked if one.number is None or one.number in own]
        return replace(self, trials=trials, shard=shard, checked=checked, longest=self.most_epochs)


def request_sweep(
    file: Path,
    overrides: Sequence[str] = (),
    grids: Sequence[str] = (),
    data_folders: Sequence[Path] = (),
    runs_dir: Path = Path("runs"),
    code: CodeAccess | None = None,
    room: CellRoom | None = None,
    source: bytes | None = None,
) -> SweepRequest:
    """The request of a file with these options; `source` has the bytes of the file, where they have been read.

    Raises:
        ExperimentError: the file cannot be read.
    """
    source, folder = read_source(file) if source is None else source, file.absolute().parent
    known = recorded_digests(file.parent)
    options = tuple(overrides), tuple(grids), tuple(data_folders)
    return SweepRequest(source, str(file), folder, *options, known, runs_dir, code, room)


def sweep_settings(request: SweepRequest) -> SweepSettings:
    """The section `sweep:` of a request, and its grids; no trial is checked.

    Raises:
        ExperimentError: a grid or the section is malformed.
    """
    return TrialExperiments(request).settings


def plan_sweep(request: SweepRequest) -> SweepPlan:
    """The trials of a request: variants, times random trials, times the grid, the last axis fastest, times the folds.

    The trials of a search are drawn while it runs.

    The value that random trial i draws for a setting depends on the experiment's seed, i and the setting's path alone,
    so more trials or more settings leave those before as they are.

    Raises:
        ExperimentError: with the problems of all trials, each at the setting that causes it.
    """
    base = TrialExperiments(request)
    settings = base.settings
    if found := _found_start(base):
        return plan_sweep(replace(request, overrides=(*request.overrides, *found)))
    if settings.search is not None:
        first, paths = base.experiment(()), [part.path for part in settings.search.drawn]
        columns = (*paths, *([SEED] if settings.search.repetitions else []))
        search = plan_search(settings.search, base.document.at((SEED,)) or 0, base.experiment)
        trials, checked = PlannedTrials.drawn(), [CheckedExperiment(None, first)]
        return SweepPlan(
            request, first.name, columns, trials, settings.reach, search, None, settings, base.files, checked
        )
    paths = [*(part.path for part in settings.drawn), *(path for axis in settings.axes for path in axis.paths)]
    columns = (*([VARIANT] if settings.variants else []), *dict.fromkeys(paths))
    if not columns and base.unapplied:
        raise ExperimentError(*base.unapplied)
    if not columns:
        hint = f"For example: {OPTION} seed=0..99, or a section sweep: in the file."
        raise ExperimentError(Problem("There is nothing to sweep over.", hint=hint))
    checked = check_trials(base)
    name, trials = checked[0].experiment.name, PlannedTrials(base, range(len(base.space)))
    return SweepPlan(request, name, columns, trials, settings.reach, None, None, settings, base.files, checked)


def _found_start(base: TrialExperiments) -> tuple[str, ...]:
    """The settings with which a resumed sweep starts from the run that the name in its file means now."""
    run, request = base.document.at((START, RUN)), base.request
    varied = any(setting.path.partition(".")[0] == START for setting in base.settings.varied)
    if varied or not isinstance(run, str) or (request.folder / run).is_dir():
        return ()
    with suppress(StorageError):  # reported with the trials
        return start_overrides(find_run(run, request.runs_dir))
    return ()
