"""The rows of the sets that `keras.datasets` downloads, as code."""

from __future__ import annotations

from collections.abc import Sequence

from nnrun.data.generators.registry import find_generator
from nnrun.experiment.columns import Columns
from nnrun.export.column_code import Arguments, ColumnArray, DataCode, cast, index_code
from nnrun.export.python_text import Code, call, statement, text

_IMAGES = ("mnist", "fashion_mnist", "cifar10", "cifar100")
_TEXTS = ("imdb", "reuters")
_HOUSES = ("boston_housing", "california_housing")


def keras_set_code(name: str, arguments: Arguments, columns: Columns) -> DataCode | None:
    """The code of the rows of a set of Keras, or None for another generator.

    Args:
        name: the generator.
        arguments: its arguments with every default.
        columns: what it makes.
    """
    if name in _IMAGES:
        mode = {"label_mode": text(arguments["label_mode"])} if "label_mode" in arguments else {}
        lines = _loaded(name, "images", "classes", **mode)
        rows = _rows(name, arguments)
        array = image_array("images", "classes", rows, arguments, 255)
        return DataCode(lines, array, image_array("test_images", "test_classes", "", arguments, 255))
    if name in _TEXTS:
        return _texts(name, arguments)
    return _houses(name, arguments, columns) if name in _HOUSES else None


def _loaded(name: str, inputs: str, targets: str, **arguments: Code) -> list[str]:
    before = f"({inputs}, {targets}), (test_{inputs}, test_{targets}) = "
    return statement(before, call(f"keras.datasets.{name}.load_data", **arguments))


def _rows(name: str, arguments: Arguments) -> str:
    """The training rows that are taken, as an index; none where these are all."""
    generator = find_generator(name)
    assert generator is not None
    return "" if arguments["samples"] >= generator.arguments["samples"]["maximum"] else f"[:{arguments['samples']}]"


def _texts(name: str, arguments: Arguments) -> DataCode:
    lines = _loaded(name, "texts", "classes", num_words=str(arguments["num_words"]))
    cut: dict[str, Code] = {
        "maxlen": str(arguments["maxlen"]),
        "padding": text(arguments["padding"]),
        "truncating": text(arguments["truncating"]),
    }
    for part, rows in (("texts", _rows(name, arguments)), ("test_texts", "")):
        lines += statement(f"{part} = ", call("keras.utils.pad_sequences", f"{part}{rows}", **cut))

    def array(texts: str, classes: str, rows: str) -> ColumnArray:
        def columns(wanted: Sequence[str], label: bool) -> str:
            if list(wanted) == ["tokens"]:
                return texts + cast(label=False)
            return f"{classes}{rows}.reshape(-1, 1)" + cast(label=label)

        return columns

    return DataCode(lines, array("texts", "classes", _rows(name, arguments)), array("test_texts", "test_classes", ""))


def _houses(name: str, arguments: Arguments, columns: Columns) -> DataCode:
    version = {"version": text(arguments["version"])} if arguments.get("version", "large") != "large" else {}
    positions = {column.name: i for i, column in enumerate(columns.inputs)}

    def array(points: str, values: str) -> ColumnArray:
        def taken(wanted: Sequence[str], label: bool) -> str:
            if wanted[0] not in positions:
                return f"{values}.reshape(-1, 1)" + cast(label=label)
            return f"{points}[:, {index_code([positions[name] for name in wanted])}]" + cast(label=label)

        return taken

    lines = _loaded(name, "points", "values", **version)
    return DataCode(lines, array("points", "values"), array("test_points", "test_values"))


def image_array(images: str, classes: str, rows: str, arguments: Arguments, largest: int) -> ColumnArray:
    """The pixels or the classes of images.

    Args:
        images: the expression of the images.
        classes: the expression of their classes.
        rows: the index of the rows that are taken; empty for all.
        arguments: those of the generator.
        largest: the largest value of a pixel.
    """

    def array(wanted: Sequence[str], label: bool) -> str:
        if list(wanted) != ["pixels"]:
            return f"{classes}{rows}.reshape(-1, 1)" + cast(label=True)
        shape = ", ".join(map(str, arguments["shape"]))
        pixels = f"{images}{rows}.reshape(-1, {shape})" + cast(label=False)
        return f"{pixels} / np.float32({largest})" if arguments["scale"] else pixels

    return array
