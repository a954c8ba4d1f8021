"""The `images` generator: the image files of a folder per class, or those that a table names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import cast

from nnrun.data.dataset import Array, Part, Source, as_column
from nnrun.data.files.class_folders import read_class_folders
from nnrun.data.files.data_files import STREAMED
from nnrun.data.files.file_group import FileGroup
from nnrun.data.files.image_file import count_channels, is_image
from nnrun.data.files.named_images import read_named_files
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer
from nnrun.data.generators.labelled_table import TABLE_ARGUMENTS, LabelledTable, read_labelled, refuse_form
from nnrun.errors import ExperimentError, Problem, first_problems
from nnrun.experiment.columns import Column, Columns, DataFile

PIXELS, CLASS = "pixels", "class"
_SIDE = 4096


@dataclass(frozen=True, eq=False)
class ImageSet:
    """The checked files of an `images` generator.

    Args:
        group: the image files, each once.
        paths: an image file per row.
        channels: 1 or 3.
        target: what is predicted.
        classes: how many classes there are; None where the target is a number.
        labels: the values of the target, (rows, 1).
        files: what the rows are read from, with their SHA-256.
        table: the file that names them; None for a folder per class.
        keys: the columns of the table that only split the rows.
    """

    group: FileGroup
    paths: tuple[Path, ...]
    channels: int
    target: Column
    classes: int | None
    labels: Callable[[], Array]
    files: tuple[DataFile, ...]
    table: LabelledTable | None = None
    keys: tuple[Column, ...] = ()


def parse_images(given: GeneratorArguments) -> ImageSet:
    """Checks an `images` generator, without decoding an image.

    Raises:
        ExperimentError: the folder or the table cannot be read, or a file is no image; all at once.
        StorageError: a file changed while it was read.
    """
    path = Path(given["path"])
    try:
        found = _from_folder(given, path) if path.is_dir() or not path.suffix else _from_table(given, path)
        if "channels" in given.values:
            return replace(found, channels=given["channels"])
        return replace(found, channels=count_channels(found.paths[0]))
    except ExperimentError as error:
        place = given.component.place_of("path")
        raise ExperimentError(*(replace(each, place=each.place or place) for each in error.problems)) from error


def _from_folder(given: GeneratorArguments, path: Path) -> ImageSet:
    for argument in ("column", "target"):
        if argument in given.component.arguments:
            given.add(argument, f"{argument} is for a table of paths, and the path is a folder.", "Leave it out.")
    refuse_form(given, "a folder")
    given.finish()
    found = read_class_folders(given.files, path, given.values.get("classes"), "image")
    _refuse_others(found.paths)
    target = Column(CLASS, categories=found.classes, is_label=True)
    labels, files = (lambda: as_column(found.labels, "int32")), (given.files.digest(found.group),)
    return ImageSet(found.group, found.paths, 0, target, len(found.classes), labels, files)


def _from_table(given: GeneratorArguments, path: Path) -> ImageSet:
    if "classes" in given.values:
        hint = "The different texts of the target are the classes."
        given.add("classes", "classes is for a folder per class, and the path is a table.", hint)
    table = read_labelled(given, path, "file")
    names = tuple(chain.from_iterable(table.texts()))
    paths, group = read_named_files(table.file, names, table.column)
    _refuse_others(paths)
    files = (*table.file.digests, given.files.digest(group))
    return ImageSet(group, paths, 0, table.target, table.classes, table.labels, files, table, table.keys)


def _refuse_others(paths: tuple[Path, ...]) -> None:
    """Refuses files that are no images, by their first bytes."""
    others = (path for path in dict.fromkeys(paths) if not is_image(path))
    hint = "Convert images of other formats. Move other files out of the folders of the classes."
    problems = first_problems(Problem(f"{path} is no PNG, JPEG, GIF or BMP file.", hint=hint) for path in others)
    if problems:
        raise ExperimentError(*problems)


def _shape(given: GeneratorArguments, found: ImageSet) -> tuple[int, int, int]:
    height, width = given["size"]
    return height, width, found.channels


def _columns(given: GeneratorArguments) -> Columns:
    found = parse_images(given)
    shape = height, width, channels = _shape(given, found)
    extent = (0.0, 1.0) if given["scale"] else (0.0, 255.0)
    image = Column(PIXELS, height * width * channels, shape, image=shape[:2] if channels == 1 else (), extent=extent)
    rows = len(found.paths)
    return Columns((image,), (found.target,), rows, found.classes, files=found.files, keys=found.keys)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The pixels, float32 (rows, height, width, channels), and the targets, (rows, 1), in the order of the files.

    Raises:
        ExperimentError: an image cannot be decoded, or has other channels than the first one.
    """
    from nnrun.data.files.image_stream import ImageStream
    from nnrun.data.files.stored_cells import CellFile

    found = parse_images(given)
    convert = "channels" in given.component.arguments
    file = CellFile(resources.keras_home / STREAMED) if resources.stream else None
    images = ImageStream(found.paths, _shape(given, found), scale=given["scale"], convert=convert, file=file)
    pixels = cast(Array, images)
    if not resources.stream:
        try:
            key = ("pixels", images.shape, images.scale, convert, found.paths)
            pixels = given.files.opened(found.group, key, lambda _: images[:])
        except ExperimentError as error:
            place = given.component.place_of("path")
            raise ExperimentError(*(replace(each, place=place) for each in error.problems)) from error
    keys = found.table.key_values() if found.table else {}
    return Source(Part({PIXELS: pixels}, {found.target.name: found.labels()}, keys=keys))


GENERATOR = Generator(
    "images",
    "PNG, JPEG, GIF and BMP files: a folder per class, or a table of their paths and targets. Each becomes its pixels, "
    "resized to one size.",
    {
        "path": {
            "description": "A folder that holds a folder per class, or a file of rows (CSV, JSON lines, Parquet) that "
            "names the images, in or below the folder of the experiment file and relative to it.",
            "type": "string",
            "minLength": 1,
            "required": True,
        },
        "size": {
            "description": "The height and the width that every image is resized to, as tf.image.resize does.",
            "type": "array",
            "items": integer("A number of pixels.", maximum=_SIDE),
            "minItems": 2,
            "maxItems": 2,
            "required": True,
        },
        "channels": {
            "description": "1 for grey pixels, 3 for red, green and blue; images with others are converted. By default "
            "those of the first image, which all others must have.",
            "enum": [1, 3],
        },
        "scale": {
            "description": "Whether the pixels are divided by 255, so that they lie between 0 and 1.",
            "type": "boolean",
            "default": True,
        },
        "classes": {
            "description": "The folders that are classes, in the order of their labels; by default all, by name.",
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 2,
        },
        "column": {
            "description": "Of a table the column of the paths, relative to the table and below its folder; by "
            "default file.",
            "type": "string",
        },
        "target": {
            "description": "Of a table the target column; by default the last other one.",
            "type": "string",
        },
        **TABLE_ARGUMENTS,
    },
    _columns,
    _make,
    files=("path",),
    folder=True,
    streams=True,
    link="https://keras.io/api/data_loading/image/",
    example={"path": "flowers", "size": [32, 32]},
)
