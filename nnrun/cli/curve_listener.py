"""What `nnrun train --watch` shows on a terminal: the loss and the prediction as curves during training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.progress import Progress
from rich.text import Text

from nnrun.cli.braille import by_epoch, curves
from nnrun.cli.progress import ProgressListener

if TYPE_CHECKING:
    from nnrun.predict.preview import Preview

_NARROWEST = 50  # columns of one of two frames side by side
_ROWS = 10


class CurveListener(ProgressListener):
    """The loss so far as a curve, and for one input the prediction over the samples, above the live line."""

    def __init__(self) -> None:
        super().__init__()
        self.progress: _Pictured = _Pictured(*self.progress.columns, console=self.console, transient=False)
        self.preview: Callable[[], Preview] | None = None

    def on_preview(self, preview: Callable[[], Preview]) -> None:
        self.preview = preview

    def show(self, metrics: Mapping[str, float]) -> None:
        width = max(self.console.width - 1, 30)
        beside = self.preview is not None and width >= 2 * _NARROWEST
        room = width // 2 - 1 if beside else width
        lines = curves({"training": by_epoch(self.losses)}, room, _ROWS, names=("epochs", "loss"))
        if self.preview is not None:
            preview = self.preview()
            names = (preview.input, f"{preview.target}: prediction and samples")
            others = curves({"prediction": preview.curve}, room, _ROWS, names=names, points=preview.samples)
            pairs = zip_longest(lines, others, fillvalue="")
            lines = [f"{one:<{room + 2}}{other}" for one, other in pairs] if beside else [*lines, *others]
        self.progress.picture = Text("\n".join(lines), no_wrap=True)
        super().show(metrics)


class _Pictured(Progress):
    """A live line below a picture of text."""

    picture = Text("")

    def get_renderables(self) -> Iterable[RenderableType]:
        yield self.picture
        yield from super().get_renderables()
