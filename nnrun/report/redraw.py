"""Draws the pictures of a run again, from the files in its folder."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from nnrun.errors import ExperimentError, Problem, StorageError, did_you_mean
from nnrun.experiment.text.regular_file import NotRegular, is_below, read_regular
from nnrun.plots.figure import Form
from nnrun.plots.picture import Picture, draw, drawings
from nnrun.plots.style import LIGHT, THEMES, Theme
from nnrun.report.scene import read_scene
from nnrun.runs import layout
from nnrun.runs.atomic import write_bytes, write_text
from nnrun.runs.storage_errors import storage_errors

_MOST_BYTES = 2**20  # of the styles of the pictures


def redraw(
    folder: Path,
    only: Sequence[str] = (),
    theme: Theme = LIGHT,
    form: Form | None = None,
    on_stage: Callable[[str], None] = lambda stage: None,
) -> Iterator[Path]:
    """Draws the pictures of a run again.

    Args:
        folder: the run's folder.
        only: the names of the requested pictures, such as `history`; by default all.
        theme: their colours.
        form: the format of all but animations; by default that in which the run drew each.
        on_stage: is notified of each file, as `drawing 4 of 9`, before it is drawn.

    Yields:
        Each file, when it is written.

    Raises:
        ExperimentError: there is no picture of a name.
        StorageError: the run cannot be read, a picture cannot be drawn, a file cannot be written.
    """
    yield from redraw_pictures(folder, read_scene(folder), only, theme, form, on_stage)


def redraw_pictures(
    folder: Path,
    pictures: Sequence[Picture],
    only: Sequence[str],
    theme: Theme,
    form: Form | None,
    on_stage: Callable[[str], None],
) -> Iterator[Path]:
    """Draws some pictures into the folder `plots` of a run or a sweep; the rest is as for `redraw`."""
    pictures = _chosen(folder, pictures, only)
    with storage_errors("create", folder / layout.PLOTS):
        if not is_below(folder / layout.PLOTS, folder):
            raise NotRegular(0, f"it is a link that leads out of {folder}")
        (folder / layout.PLOTS).mkdir(exist_ok=True)
    failures = []
    requested = list(drawings(pictures, theme, form))
    for i, drawing in enumerate(requested, 1):
        on_stage(f"drawing {i} of {len(requested)}")
        drawn = draw(drawing)
        path = folder / layout.PLOTS / drawn.file
        if drawn.data is None:
            failures.append(Problem(f"{path} could not be drawn: {drawn.failure}"))
            continue
        write_bytes(path, drawn.data)
        _note_style(folder, drawn.file, theme)
        yield path
    if failures:
        raise StorageError(*failures)


def _styles(folder: Path) -> dict[str, str]:
    """The style of each picture that was not drawn in the light one, by file; a file that was edited counts as none."""
    path = folder / layout.STYLES
    if not path.is_file():
        return {}
    with storage_errors("read", path):
        data = read_regular(path, _MOST_BYTES, folder)
    with suppress(ValueError, RecursionError):
        styles = json.loads(data)
        if isinstance(styles, dict):
            return {file: style for file, style in styles.items() if style in THEMES}
    return {}


def _note_style(folder: Path, file: str, theme: Theme) -> None:
    styles = _styles(folder)
    changed = {name: style for name, style in styles.items() if name != file}
    if theme is not LIGHT:
        changed[file] = theme.name
    if changed != styles:
        write_text(folder / layout.STYLES, json.dumps(changed, indent=1) + "\n")


def in_light(folder: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The pictures of a run in the colours of its report; those of another style are drawn again, not written.

    Args:
        folder: the run's folder.
        files: the bytes of each picture by its file's name; one that cannot be drawn again is not changed.
    """
    styled = _styles(folder).keys() & files.keys()
    if not styled:
        return dict(files)
    forms: tuple[Form, ...] = ("png", "svg")
    every = {one.file: one for form in forms for one in drawings(read_scene(folder), LIGHT, form)}
    again = {file: draw(every[file]).data for file in sorted(styled) if file in every}
    return {**files, **{file: data for file, data in again.items() if data is not None}}


def _chosen(folder: Path, pictures: Sequence[Picture], only: Sequence[str]) -> list[Picture]:
    """Those of the names; the name of a kind stands for its pictures of all outputs."""
    names = list(dict.fromkeys([*(picture.kind for picture in pictures), *(picture.name for picture in pictures)]))
    for name in only:
        if name not in names:
            hint = did_you_mean(name, names) or f"There are: {', '.join(names)}."
            raise ExperimentError(Problem(f'{folder} has no picture "{name}".', hint=hint))
    return [picture for picture in pictures if not only or {picture.kind, picture.name} & set(only)]
