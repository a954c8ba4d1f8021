"""What `nnrun train --watch` shows on a terminal: the loss and the prediction as curves during training."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.progress import Progress
from rich.text import Text

from nnrun.cli.braille import by_epoch, curves
from nnrun.cli.progress import NOT_SHOWN, ProgressListener
from nnrun.cli.signals import raise_if_interrupted

if TYPE_CHECKING:
    from nnrun.predict.preview import Preview

_NARROWEST = 50  # columns of one of two frames side by side
_ROWS = 10
_FOLLOWED = 1.0  # seconds of a training that can be followed; a shorter one is replayed
_FRAMES, _PAUSE = 20, 0.1  # of a replay, in seconds


class CurveListener(ProgressListener):
    """The loss so far as a curve, and for one input the prediction over the samples, above the live line."""

    def __init__(self) -> None:
        super().__init__()
        self.progress: _Pictured = _Pictured(*self.progress.columns, console=self.console, transient=False)
        self.preview: Callable[[], Preview] | None = None
        self.history: list[dict[str, float]] = []
        self.seconds = 0.0

    def on_preview(self, preview: Callable[[], Preview]) -> None:
        self.preview = preview

    def on_epochs(self, history: Mapping[str, Sequence[float]]) -> None:
        self.history += [dict(zip(history, values, strict=True)) for values in zip(*history.values(), strict=True)]
        self.seconds += sum(history["seconds"])
        super().on_epochs(history)

    def on_stage(self, stage: str) -> None:
        if self.history and self.seconds < _FOLLOWED:
            self._replay()
        self.history = []
        super().on_stage(stage)

    def _replay(self) -> None:
        """Shows the epochs again, slowly enough to be followed; can be interrupted."""
        losses, last = self.losses, self.epoch
        for count in sorted({-(-len(self.history) * frame // _FRAMES) for frame in range(1, _FRAMES + 1)}):
            raise_if_interrupted()
            self.losses, self.epoch = losses[:count], last - len(self.history) + count
            self.show({name: value for name, value in self.history[count - 1].items() if name not in NOT_SHOWN})
            time.sleep(_PAUSE)
        self.losses, self.epoch = losses, last

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
