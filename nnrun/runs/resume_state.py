"""What an interrupted run left in its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from nnrun.data.files.data_files import CellRoom, DataFiles
from nnrun.data.generators.registry import change_paths, paths_of
from nnrun.errors import ExperimentError, Problem, ResumeError
from nnrun.experiment.code.code_file import CodeAccess, CodeChanged
from nnrun.experiment.columns import DataFile
from nnrun.experiment.data_generators import SOURCES
from nnrun.experiment.experiment import Component, Experiment
from nnrun.experiment.text.yaml_text import read_source
from nnrun.load import load_experiment
from nnrun.runs import layout
from nnrun.runs.checkpoint import Checkpoint, find_checkpoint
from nnrun.runs.identity import Identity, differences, machine_differences, refuse_differences
from nnrun.runs.record import RunRecord, SettingChange, experiment_facts, read_record

if TYPE_CHECKING:
    from nnrun.runs.arrays import Array

_STOPPED = "when the run stopped"
_CHANGED = "The data file {} is not the one that the run was trained with: its content has changed."
_RESTORE = "Restore it, or name the file as it was: --set data.generator.csv.path=PATH"
_FORCE = ". To resume with this one: --force"


@dataclass(frozen=True)
class ResumeState:
    """What an interrupted run left.

    Args:
        record: its record.
        checkpoint: the state to resume from; None where none was written yet.
        damage: what is wrong with a later checkpoint, in words.
        force: whether to resume where the result will differ from that of an uninterrupted run.
    """

    record: RunRecord
    checkpoint: Checkpoint | None
    damage: str | None = None
    force: bool = False

    @property
    def epochs(self) -> int:
        """The number of epochs that are already trained."""
        return int(self.checkpoint.arrays["epochs"]) if self.checkpoint else 0

    @property
    def seconds(self) -> float:
        """How long the run took so far; of a part that was killed, what its epochs took up to the checkpoint."""
        epochs = self.checkpoint.arrays["history/seconds"] if self.checkpoint and self.epochs else ()
        return max(self.record.seconds or 0.0, float(sum(epochs)))

    def load(
        self,
        file: Path,
        overrides: Sequence[str],
        data_folders: Sequence[Path],
        code: CodeAccess | None = None,
        room: CellRoom | None = None,
    ) -> tuple[Experiment, DataFiles]:
        """The experiment of the run, and the data files that it was read with.

        The data file that the run was trained with may lie anywhere; if forced, also one whose content has changed.

        Args:
            file: its `resolved.yaml`.
            overrides: settings to change, each `PATH=VALUE`.
            data_folders: folders whose data files may be read, wherever the run lies.
            code: the permission to run the Python code that it names.
            room: where the cells of large files are kept; None to hold all in memory.

        Raises:
            ResumeError: the data file or the code has changed.
            ExperimentError: as for `load_experiment`.
        """
        recorded = self.record.data_files
        folders = [*data_folders, *(Path(each.path).parent for each in recorded if self.force)]
        files = DataFiles(folders, [each.sha256 for each in recorded], code, room)
        try:
            return load_experiment(file, overrides, files=files), files
        except CodeChanged as error:
            raise ResumeError(*error.problems) from error
        except ExperimentError as error:
            if not files.changed:
                raise
            raise ResumeError(*(changed_file(path, _FORCE) for path in files.changed)) from error

    def check_identity(self, now: Identity, warn: Callable[[str], None]) -> None:
        """Refuses to resume where the result would be another one; warns where its last bits may be.

        A new learning rate is applied, so it is allowed. Any other setting took part in the epochs that are already
        trained, and is refused even if forced; versions, device, threads and data may differ if forced.

        Raises:
            ResumeError: with a problem for each difference.
        """
        if self.checkpoint is None:
            return
        for doubt in self.doubts(now):
            warn(f"{doubt} The last bits of the results may differ.")
        then, now = self.checkpoint.identity, self._comparable(now, self.checkpoint.identity)
        hint = "Only the learning rate and epochs can be changed. For other settings, train the experiment again."
        refuse_differences(Identity(settings=then.settings), Identity(settings=now.settings), _STOPPED, hint)
        if not self.force:
            hint = "The result would differ from that of an uninterrupted run. To resume anyway: --force"
            refuse_differences(then, now, _STOPPED, hint)

    def doubts(self, now: Identity) -> list[str]:
        """What may change the last bits of the result and is no reason to refuse, in sentences."""
        then = self.checkpoint.identity if self.checkpoint else Identity()
        return [difference.since(_STOPPED) for difference in machine_differences(then, now)]

    def _comparable(self, now: Identity, then: Identity) -> Identity:
        """The same but for the path of the data file and a new learning rate, which are those of `then`."""
        settings = _with_paths(now.settings or {}, then.settings or {})
        if self.new_rate(settings) is not None:
            settings = _with_rate(settings, _rate(then.settings))
        return msgspec.structs.replace(now, settings=settings)

    def new_rate(self, settings: Mapping[str, Any] | None) -> float | None:
        """The learning rate that replaces that of the checkpoint; None where it stays as it was.

        Args:
            settings: the resolved settings of the experiment.
        """
        before = _rate(self.checkpoint.identity.settings) if self.checkpoint else None
        rate = _rate(settings)
        return None if rate is None or before is None or rate == before else rate

    def begun(self, experiment: Experiment, moment: datetime, now: Identity) -> dict[str, Any]:
        """The fields of its record that change when it is resumed.

        Args:
            experiment: the experiment.
            moment: when it is resumed.
            now: what decides the result from now on.
        """
        then = self.checkpoint.identity if self.checkpoint else Identity()
        forced = [each.since(_STOPPED) for each in differences(then, self._comparable(now, then))] + self.doubts(now)
        fields = experiment_facts(experiment)
        fields |= {"status": "running", "reason": None, "finished": None, "epochs": None}
        fields |= {"resumed": (*self.record.resumed, moment), "changes": self._changes(experiment.resolved)}
        return fields | {"forced": tuple(dict.fromkeys([*self.record.forced, *forced]))}

    def _changes(self, settings: Mapping[str, Any]) -> tuple[SettingChange, ...]:
        applied = tuple(change for change in self.record.changes if change.epoch <= self.epochs)
        rate = self.new_rate(settings)
        if rate is None:
            return applied
        return (*applied, SettingChange("optimizer.learning_rate", rate, self.epochs + 1))

    def check_changes(self, settings: Mapping[str, Any], files: Sequence[DataFile] = ()) -> None:
        """Refuses a shorter run, changed data files, and more epochs or a new learning rate that would change nothing.

        Args:
            settings: the resolved settings of the experiment.
            files: the files that its data are read from.

        Raises:
            ResumeError: more epochs are already trained than requested, a callback would stop the additional ones as
                well, or the learning rate would not be used.
        """
        if settings["epochs"] < self.epochs:
            message = f"The run has already trained {self.epochs} epochs. Received: epochs={settings['epochs']}"
            raise ResumeError(Problem(message, hint="For a shorter run, train the experiment again."))
        if self._stopped and settings["epochs"] != self.record.settings.get("epochs", settings["epochs"]):
            what = f"a callback has stopped it after epoch {self.epochs}"
            message = f"Another number of epochs would change nothing in this run: {what}."
            hint = "A new run can start from its weights: --start-from, or start: {run: …} in its file."
            raise ResumeError(Problem(message, hint=hint))
        for before, now in zip(self.record.data_files, files, strict=False):
            if self.checkpoint and not self.force and before.sha256 != now.sha256:
                raise ResumeError(changed_file(now.path, _FORCE))
        if self.new_rate(settings) is not None:
            self._check_rate_is_used(settings)

    @property
    def _stopped(self) -> bool:
        """Whether a callback has ended the run, as it would again."""
        return self.record.status == "completed" and self.record.reason is not None

    def _check_rate_is_used(self, settings: Mapping[str, Any]) -> None:
        if any("LearningRateScheduler" in callback for callback in settings["callbacks"]):
            reason, hint = "LearningRateScheduler sets that of every epoch", None
        elif self._stopped or settings["epochs"] == self.epochs:
            reason = "a callback has stopped it" if self._stopped else "all its epochs are trained"
            hint = None if self._stopped else "Train more epochs too: --set epochs=…"
        else:
            return
        raise ResumeError(Problem(f"A new learning rate would change nothing in this run: {reason}.", hint=hint))


def changed_file(path: Path | str, otherwise: str = "") -> Problem:
    """What is wrong with a data file that has changed since the run, and what to do.

    Args:
        path: the file.
        otherwise: what else can be done about it.
    """
    return Problem(_CHANGED.format(path), hint=f"{_RESTORE}{otherwise}")


def read_resume_state(folder: Path, *, force: bool = False) -> ResumeState:
    """What the run in `folder` left.

    Raises:
        ResumeError: every checkpoint is damaged, or a search has pruned the run.
        StorageError: a file cannot be read.
    """
    found = find_checkpoint(folder)
    if found is None:
        record = read_record(folder)
        _refuse_pruned(folder, record)
        if not force:
            _refuse_edited(folder, record)
        return ResumeState(record, None, force=force)
    if fault := _fault_of(found.checkpoint.arrays):
        hint = "There is no state left to resume from; train the experiment again."
        raise ResumeError(Problem(f"The checkpoint in {folder} is not one of a training: {fault}.", hint=hint))
    return ResumeState(read_record(folder), found.checkpoint, found.damage, force)


def _refuse_pruned(folder: Path, record: RunRecord) -> None:
    """Refuses a pruned trial: as a completed one it would change what its search has drawn since."""
    if record.status == "pruned":
        hint = f"Train it to its end in a run of its own: nnrun train {folder / layout.RESOLVED}"
        raise ResumeError(Problem(f"{folder} is a trial that its search has pruned.", hint=hint))


def _refuse_edited(folder: Path, record: RunRecord) -> None:
    """Refuses settings that are not those of the run; later, its checkpoint says what has changed."""
    path = folder / layout.RESOLVED
    if record.resolved_sha256 in (None, sha256(read_source(path)).hexdigest()):
        return
    hint = f"Undo the changes, or train a new run: nnrun train {path}. To resume with them: --force"
    raise ResumeError(Problem(f"{path} was edited after the run began.", hint=hint))


def _fault_of(arrays: Mapping[str, Array]) -> str | None:
    """What shows that no training wrote these arrays: they lack a number of epochs, or metrics of as many."""
    epochs = arrays.get("epochs")
    if epochs is None or epochs.shape != () or epochs.dtype.kind not in "iu" or epochs < 0:
        return "it has no number of epochs"
    history = {name: array for name, array in arrays.items() if name.startswith("history/")}
    whole = all(array.shape == (int(epochs),) and array.dtype.kind == "f" for array in history.values())
    known = epochs == 0 or "history/seconds" in history
    return None if whole and known else f"it does not have the metrics of {int(epochs)} epochs"


def _rate(settings: Mapping[str, Any] | None) -> float | None:
    """The learning rate of resolved settings; None where it is a schedule."""
    arguments = _arguments((settings or {}).get("optimizer"))
    rate = arguments[1].get("learning_rate") if arguments else None
    return rate if isinstance(rate, int | float) else None


def _with_rate(settings: Mapping[str, Any], rate: float | None) -> dict[str, Any]:
    ((name, arguments),) = settings["optimizer"].items()
    return {**settings, "optimizer": {name: {**arguments, "learning_rate": rate}}}


def _with_paths(settings: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the paths of data files as they were: not their place but their content decides the result."""
    data = dict(settings.get("data") or {})
    for source in SOURCES:
        now, before = (_generator(each, source) for each in (settings, then))
        if now is not None and before is not None and now[0] == before[0]:
            data[source] = {now[0]: _with_paths_of(*now, before[1])}
    return {**settings, "data": data} if "data" in settings else dict(settings)


def _with_paths_of(name: str, now: dict[str, Any], before: dict[str, Any]) -> Mapping[str, Any]:
    then = paths_of(Component("generators", name, before))
    return change_paths(Component("generators", name, now), lambda steps, path: then.get(steps, path)).arguments


def _generator(settings: Mapping[str, Any], source: str) -> tuple[str, dict[str, Any]] | None:
    data = settings.get("data")
    return _arguments(data.get(source)) if isinstance(data, dict) else None


def _arguments(component: Any) -> tuple[str, dict[str, Any]] | None:
    """The name and the arguments of a component; None where it is none, as in a forged checkpoint."""
    if not isinstance(component, dict) or len(component) != 1:
        return None
    name, arguments = next(iter(component.items()))
    return (name, arguments) if isinstance(arguments, dict) else None
