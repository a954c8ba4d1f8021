"""The pictures of a sweep, chosen by the settings in which its trials differ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nnrun.plots.picture import Picture
from nnrun.sweep.results.band import band_note, band_of
from nnrun.sweep.results.data_size import data_size_picture
from nnrun.sweep.results.held_out_pictures import held_out_pictures
from nnrun.sweep.results.loss_curves import LossCurves, loss_curves
from nnrun.sweep.results.map_picture import MapRequest, map_pictures
from nnrun.sweep.results.results import Results, read_results
from nnrun.sweep.results.settings_pictures import settings_pictures
from nnrun.sweep.results.sweep_scene import SweepScene
from nnrun.sweep.results.trial_columns import FAILED, PRUNED

_MOST_ROWS = 20
_MOST_CURVES = 10


def sweep_pictures(folder: Path, request: MapRequest | None = None) -> list[Picture]:
    """The pictures of the sweep in `folder`, from its tables and the metrics of its trials.

    Args:
        folder: the sweep's folder.
        request: what the map shows; by default it is drawn where two settings suit.

    Raises:
        ExperimentError: the sweep has no such map.
        StorageError: it is no sweep's folder, or a file cannot be read.
    """
    results = read_results(folder)
    return list(map_pictures(SweepScene(results), request)) if request else list(choose_pictures(results))


def choose_pictures(results: Results) -> Iterator[Picture]:
    """The pictures of a sweep.

    The distribution of the measure for each configuration; learning curves; over the size of the training set, where
    that differs, a line through the medians; of folds the confusion matrix or the residuals of all rows; for two
    settings a heat map, a map where they have many numbers, or a scatter plot where they were drawn at random; for
    three and more, parallel coordinates.

    Raises:
        StorageError: the metrics of a trial cannot be read.
    """
    scene = SweepScene(results)
    if results.measure:
        yield _distribution(scene)
    yield from _curves(scene)
    if picture := data_size_picture(results):
        yield picture
    yield from held_out_pictures(results)
    if results.measure and len(results.configurations) > 1:
        yield from settings_pictures(scene)
        yield from map_pictures(scene)


def _distribution(scene: SweepScene) -> Picture:
    """The measure of every trial, by configuration."""
    results, count = scene.results, len(scene.configurations)
    shown = list(range(count)) if count <= _MOST_ROWS else scene.ranking[:_MOST_ROWS]
    few = f", the best {_MOST_ROWS} of {count:,} configurations" if count > _MOST_ROWS else ""
    counts = scene.configurations.counts
    failed, pruned = results.count_status(FAILED), results.count_status(PRUNED)
    arguments = {
        "values": [results.values(scene.configurations[i]) for i in shown],
        "counts": counts[shown].tolist(),
        "failed": failed[shown].tolist(),
        "pruned": (pruned == counts)[shown].tolist(),
        "names": [scene.name(i) for i in shown],
        "heading": scene.heading,
        "measure": results.measure_name,
        "title": scene.title(f"{results.measure_name}{few}"),
    }
    return Picture("distribution", arguments)


def _curves(scene: SweepScene) -> Iterator[Picture]:
    """The losses of the configurations; of many, the best and the worst."""
    results, count = scene.results, len(scene.configurations)
    shown, few = list(range(count)), ""
    if count > _MOST_CURVES:
        half = _MOST_CURVES // 2
        shown = [*scene.ranking[:half], *scene.ranking[-half:]]
        few = f"; the {half} best and the {half} worst of {count:,} configurations"
    members = [scene.configurations.members(i) for i in shown]
    found: LossCurves = loss_curves(results, members)
    drawn = [i for i, values in enumerate(found.losses) if len(values)]
    if not drawn:
        return
    several = max(len(values) for values in found.losses) > 1
    note = band_note(averaged=results.averaged) if several else "one trial each"
    limited = max(map(len, members)) > found.most
    first = f"; of each configuration {'the first ' if results.trials.table is None else ''}{found.most:,} trials"
    arguments = {
        "epochs": found.epochs,
        "bands": np.stack([band_of(found.losses[i], averaged=results.averaged) for i in drawn]),
        "names": [scene.name(shown[i]) for i in drawn],
        "heading": scene.heading,
        "measure": "validation loss" if "final_val_loss" in results.trials.measures else "loss",
        "note": f"{note}{few}{first if limited else ''}",
        "title": scene.title("learning curves"),
    }
    yield Picture("curves", arguments)
