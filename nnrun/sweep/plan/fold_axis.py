"""The folds of an experiment as an axis of its sweep: every configuration is trained on all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.folds import FOLD, FOLD_PATH, FOLDS, FOLDS_PATH, unchosen_folds
from nnrun.experiment.grid_axis import GridAxis, SettingSeries
from nnrun.experiment.sweep_section import SweepSettings
from nnrun.experiment.text.overrides import OPTION, Setting
from nnrun.experiment.text.yaml_text import Document


def with_fold_axis(settings: SweepSettings, document: Document) -> SweepSettings:
    """The settings with an axis of all folds, the fastest one, where the experiment has folds and chooses none.

    Args:
        settings: what the trials differ in.
        document: the experiment, overrides applied.

    Raises:
        ExperimentError: the number of folds differs between the trials, or they are those of a search.
    """
    folds, varied = unchosen_folds(document.value), {part.path: part for part in settings.varied}
    if FOLD_PATH in varied:
        return settings
    if FOLDS_PATH in varied:
        raise _other_folds(varied[FOLDS_PATH].key)
    chosen = document.place(("data", FOLD)) if document.at(("data", FOLD)) is not None else None
    others = [part for part in _data_of(settings) if unchosen_folds({"data": part.value}) != folds]
    if others and (chosen is None or chosen.source != OPTION):  # which is set after whatever holds it
        raise _other_folds(others[0].place)
    place = document.place(("data", FOLDS))
    if folds is None or place is None:
        return settings
    if settings.search is not None:
        message = f"A search trains each configuration once, and {folds} folds are as many trainings."
        raise ExperimentError(Problem(message, place, f"Choose a fold: --set {FOLD_PATH}=1; or use random trials."))
    key = document.keys.get(("data", FOLDS), place)
    axis = GridAxis((SettingSeries(FOLD_PATH, range(1, folds + 1), place, key),))
    return replace(settings, axes=(*settings.axes, axis))


def _data_of(settings: SweepSettings) -> Iterator[Setting]:
    """All data settings as a whole that trials have."""
    columns = [column for axis in settings.axes for column in axis.columns if column[0].path == "data"]
    drawn = [part.ends for part in (*settings.drawn, *(settings.search.drawn if settings.search else ()))]
    for series in (*columns, *drawn, *settings.variants.values()):
        yield from (setting for setting in series if setting.path == "data")


def _other_folds(place: Place) -> ExperimentError:
    hint = f"Sweep over {FOLD_PATH} for one number of {FOLDS}, or choose a fold: --set {FOLD_PATH}=1"
    message = "The trials of a sweep have the same number of folds, and every configuration is trained on all."
    return ExperimentError(Problem(message, place, hint))
