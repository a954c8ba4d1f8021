"""The plots of a run: chosen from its results, drawn by an artist while the run ends, and saved."""

from __future__ import annotations

from nnrun.plots.artist import Artist
from nnrun.plots.picture import drawings
from nnrun.predict.predictor import Predictions, Predictor
from nnrun.report.output_pictures import PictureSource
from nnrun.report.page.write import prepare
from nnrun.report.pictures import choose_pictures
from nnrun.report.scene import read_scene, write_scene
from nnrun.run_listener import RunListener
from nnrun.runs import layout
from nnrun.runs.writer import RunWriter
from nnrun.training.setup import TrainingSetup
from nnrun.training.train import Trained


def begin_plots(
    artist: Artist | None,
    writer: RunWriter,
    setup: TrainingSetup,
    trained: Trained,
    predictor: Predictor,
    held_out: Predictions,
    *,
    animated: bool,
) -> None:
    """Stores what the plots of a run show, and lets the artist begin to draw them.

    Args:
        artist: draws them in a process of its own; None where they are not drawn now.
        writer: writes the run's folder.
        setup: the model and its data.
        trained: the training.
        predictor: the trained model.
        held_out: its predictions for the held-out samples.
        animated: whether to draw the animation of the training.

    Raises:
        StorageError: a file could not be written.
    """
    source = PictureSource(
        setup.experiment,
        setup.dataset,
        setup.model,
        setup.training,
        predictor.model,
        trained.history,
        trained.trace,
        held_out,
    )
    write_scene(writer.folder, choose_pictures(source, animated=animated))
    if artist is not None:
        artist.begin(list(drawings(read_scene(writer.folder))))


def save_plots(artist: Artist | None, writer: RunWriter, listener: RunListener) -> None:
    """Waits for the plots and saves them; warns of those that could not be drawn.

    Raises:
        StorageError: a file could not be written.
    """
    if artist is None:
        return
    prepare()  # compiles the templates of the report while the plots are drawn
    shown = -1

    def meanwhile(count: int) -> None:
        nonlocal shown
        if count != shown and count < artist.requested:
            listener.on_stage(f"drawing {count + 1} of {artist.requested}")
        shown = count
        listener.on_safe_point()

    for drawn in artist.drawn(meanwhile):
        if drawn.data is None:
            listener.on_warning(f"{layout.PLOTS}/{drawn.file} could not be drawn: {drawn.failure}")
        else:
            writer.write_plot(drawn.file, drawn.data)
