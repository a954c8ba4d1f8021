"""A picture as plain values and arrays, and the way from there to a file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import Any

from nnrun.plots.figure import Form
from nnrun.plots.style import LIGHT, Theme

# What draws each kind of picture, as module and function.
_DRAWN_BY = {
    "history": "nnrun.plots.curves:draw_history",
    "prediction": "nnrun.plots.prediction:draw_prediction_1d",
    "surface": "nnrun.plots.surface:draw_surface",
    "confusion": "nnrun.plots.confusion:draw_confusion",
    "classes": "nnrun.plots.classes:draw_classes",
    "residuals": "nnrun.plots.residuals:draw_residuals",
    "mistakes": "nnrun.plots.mistakes:draw_mistakes",
    "weights": "nnrun.plots.trajectories:draw_trajectories",
    "activations": "nnrun.plots.activations:draw_activations",
    "network": "nnrun.plots.diagram:draw_network",
    "learning": "nnrun.plots.learning:draw_learning",
    "distribution": "nnrun.plots.spread:draw_spread",
    "curves": "nnrun.plots.bands:draw_bands",
    "data_size": "nnrun.plots.bands:draw_bands",
    "heat": "nnrun.plots.heat:draw_heat",
    "map": "nnrun.plots.map:draw_map",
    "plane": "nnrun.plots.plane:draw_plane",
    "parallel": "nnrun.plots.parallel:draw_parallel",
    "points": "nnrun.plots.data_points:draw_data_points",
    "columns": "nnrun.plots.data_columns:draw_data_columns",
    "examples": "nnrun.plots.data_examples:draw_data_examples",
    "forecast": "nnrun.plots.forecast:draw_forecast",
    "series": "nnrun.plots.data_series:draw_data_series",
}
KINDS = tuple(_DRAWN_BY)

# The formats that a kind is drawn in where nobody asks for one.
_FORMS: dict[str, tuple[Form, ...]] = {
    "network": ("svg", "png"),
    **dict.fromkeys(("distribution", "curves", "data_size", "heat", "plane", "parallel"), ("svg",)),
}
_ANIMATED = ("learning",)
# About how many times the time of other pictures these take.
_EFFORTS = {"learning": 5, "weights": 2}
# What a map shows that is nothing but its pixels, and always a PNG.
PIXELS = "pixels"


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture to draw.

    Args:
        kind: one of `KINDS`.
        arguments: what draws it takes, by name: arrays, and values that JSON can hold.
        held: the arguments that another file of the run folder holds whole, by that file's name.
        of: the output that it shows, where a network has several.
    """

    kind: str
    arguments: Mapping[str, Any]
    held: Mapping[str, str] = field(default_factory=dict)
    of: str = ""

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return f"{self.kind}-{self.of}" if self.of else self.kind


@dataclass(frozen=True, eq=False)
class Drawing:
    """A picture and the file that is to be drawn of it."""

    picture: Picture
    theme: Theme = LIGHT
    form: Form = "png"

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.picture.name}.{'gif' if self._animated else 'png' if self.picture.of == PIXELS else self.form}"

    @property
    def effort(self) -> int:
        """About how many times the time of most pictures it takes."""
        return _EFFORTS.get(self.picture.kind, 1)

    @property
    def _animated(self) -> bool:
        return self.picture.kind in _ANIMATED


@dataclass(frozen=True)
class Drawn:
    """A file's bytes, or why there are none."""

    file: str
    data: bytes | None
    failure: str | None = None


def drawings(pictures: Iterable[Picture], theme: Theme = LIGHT, form: Form | None = None) -> Iterator[Drawing]:
    """The files to draw of some pictures.

    Args:
        pictures: the pictures.
        theme: their colours.
        form: the format of all but animations; by default each has its own.
    """
    for picture in pictures:
        forms = _FORMS.get(picture.kind, ("png",)) if form is None else (form,)
        for one in forms[:1] if picture.kind in _ANIMATED else forms:
            yield Drawing(picture, theme, one)


def draw(drawing: Drawing) -> Drawn:
    """Draws one file."""
    try:
        function = resolve_name(_DRAWN_BY[drawing.picture.kind])
        return Drawn(drawing.file, function(**drawing.picture.arguments, theme=drawing.theme, form=drawing.form))
    except Exception as error:
        return Drawn(drawing.file, None, f"{type(error).__name__}: {error}")


def load_all() -> None:
    """Loads all that draws, and with it matplotlib and its fonts."""
    for name in _DRAWN_BY.values():
        resolve_name(name)
    history = {"loss": (1.0, 0.5), "val_loss": (1.0, 0.5)}
    draw(Drawing(Picture("history", {"history": history, "title": ""})))
