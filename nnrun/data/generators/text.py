"""The `text` generator: the text files of a folder per class, or the texts of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from nnrun.data.dataset import Array, Part, Source, as_column
from nnrun.data.files.class_folders import read_class_folders
from nnrun.data.files.read_file import read_file
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer
from nnrun.data.generators.labelled_table import TABLE_ARGUMENTS, LabelledTable, read_labelled, refuse_form
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.columns import Column, Columns, DataFile
from nnrun.experiment.text_encoding import TextEncoding

TEXT, CLASS = "text", "class"
_MOST_BYTES = 2**24  # of the file of one text
_FEWEST = 3  # tokens: for padding, for unknown ones, and one more


@dataclass(frozen=True, eq=False)
class TextSet:
    """The checked files of a `text` generator.

    Args:
        column: the column of the texts.
        rows: how many rows there are.
        target: what is predicted.
        classes: how many classes there are; None where the target is a number.
        texts: reads the texts, one for each row.
        labels: the values of the target, (rows, 1).
        files: what the rows are read from, with their SHA-256.
        table: the file of the texts; None for a folder per class.
    """

    column: Column
    rows: int
    target: Column
    classes: int | None
    texts: Callable[[], tuple[str, ...]]
    labels: Callable[[], Array]
    files: tuple[DataFile, ...]
    table: LabelledTable | None = None


def parse_texts(given: GeneratorArguments) -> TextSet:
    """Checks a `text` generator.

    Raises:
        ExperimentError: the folder or the table cannot be read, or the arguments contradict one another; all at once.
        StorageError: a file changed while it was read.
    """
    path = Path(given["path"])
    if given["output"] != "int" and "length" in given.component.arguments:
        given.add("length", f"length is for the output int. Received: output {given['output']}", "Leave it out.")
    try:
        return _from_folder(given, path) if path.is_dir() or not path.suffix else _from_table(given, path)
    except ExperimentError as error:
        place = given.component.place_of("path")
        raise ExperimentError(*(replace(each, place=each.place or place) for each in error.problems)) from error


def text_encoding(given: GeneratorArguments) -> TextEncoding:
    """How the texts become numbers, without a vocabulary."""
    names = ("max_tokens", "output", "standardize", "ngrams")
    length = {"length": given["length"]} if "length" in given.values else {}
    return TextEncoding(**{name: given[name] for name in names}, **length)


def _from_folder(given: GeneratorArguments, path: Path) -> TextSet:
    for argument in ("column", "target"):
        if argument in given.component.arguments:
            given.add(argument, f"{argument} is for a table of texts, and the path is a folder.", "Leave it out.")
    refuse_form(given, "a folder")
    given.finish()
    found = read_class_folders(given.files, path, given.values.get("classes"), "text")

    def texts() -> tuple[str, ...]:
        return given.files.opened(found.group, ("texts", found.paths), lambda _: tuple(map(_read, found.paths)))

    return TextSet(
        Column(TEXT, text=text_encoding(given)),
        len(found.paths),
        Column(CLASS, categories=found.classes, is_label=True),
        len(found.classes),
        texts,
        lambda: as_column(found.labels, "int32"),
        (given.files.digest(found.group),),
    )


def _read(path: Path) -> str:
    try:
        text = read_file(path, _MOST_BYTES).decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        message = f"{path} is not text in UTF-8."
        raise ExperimentError(Problem(message, hint="Save it as UTF-8, or move it out of the folders.")) from error
    if not text:
        raise ExperimentError(Problem(f"{path} has no text.", hint="Fill it, or remove it."))
    return text


def _from_table(given: GeneratorArguments, path: Path) -> TextSet:
    if "classes" in given.values:
        hint = "The different texts of the target are the classes."
        given.add("classes", "classes is for a folder per class, and the path is a table.", hint)
    table = read_labelled(given, path, TEXT)

    def texts() -> tuple[str, ...]:
        return given.files.opened(path, ("texts", table.column, table.form), lambda _: table.texts())

    column = Column(table.column, text=text_encoding(given))
    rows = len(table.target_cells)
    return TextSet(column, rows, table.target, table.classes, texts, table.labels, table.file.digests, table)


def _columns(given: GeneratorArguments) -> Columns:
    found = parse_texts(given)
    keys = found.table.keys if found.table else ()
    return Columns((found.column,), (found.target,), found.rows, found.classes, files=found.files, keys=keys)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The texts as objects, (rows, 1), and the targets, (rows, 1), in the order of the files.

    Raises:
        ExperimentError: a text is missing or no UTF-8.
    """
    import numpy as np

    found = parse_texts(given)
    try:
        texts = found.texts()
    except ExperimentError as error:
        place = given.component.place_of("path")
        raise ExperimentError(*(replace(each, place=place) for each in error.problems)) from error
    keys = found.table.key_values() if found.table else {}
    rows = np.array(texts, object).reshape(-1, 1)  # (rows, 1)
    return Source(Part({found.column.name: rows}, {found.target.name: found.labels()}, keys=keys))


GENERATOR = Generator(
    "text",
    "Texts: a folder of files per class, or a column of a file of rows. They become numbers as Keras's "
    "TextVectorization makes them, with a vocabulary that is fitted on the training rows.",
    {
        "path": {
            "description": "A folder that holds a folder per class with a text file (UTF-8) per row, or a file of rows "
            "(CSV, JSON lines, Parquet), in or below the folder of the experiment file and relative to it.",
            "type": "string",
            "minLength": 1,
            "required": True,
        },
        "column": {
            "description": "Of a file of rows the column of the texts; by default text.",
            "type": "string",
        },
        "target": {
            "description": "Of a file of rows the target column; by default the last other one.",
            "type": "string",
        },
        **TABLE_ARGUMENTS,
        "classes": {
            "description": "The folders that are classes, in the order of their labels; by default all, by name.",
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 2,
        },
        "max_tokens": integer(
            "The most tokens of the vocabulary, with those for padding and for unknown ones.",
            10_000,
            minimum=_FEWEST,
            maximum=1_000_000,
        ),
        "length": integer(
            "The number of tokens of a row where the output is int, by default 100; others are cut or padded.",
            maximum=100_000,
        ),
        "standardize": {
            "description": "What is done to a text before it is split at whitespace.",
            "enum": ["lower_and_strip_punctuation", "lower", "strip_punctuation", "none"],
            "default": "lower_and_strip_punctuation",
        },
        "ngrams": integer(
            "The longest sequence of words that is a token: 2 takes pairs of words beside single ones.", 1, maximum=5
        ),
        "output": {
            "description": "int: the number of each token, in order; multi_hot, count, tf_idf: a number per token of "
            "the vocabulary.",
            "enum": ["int", "multi_hot", "count", "tf_idf"],
            "default": "int",
        },
    },
    _columns,
    _make,
    files=("path",),
    folder=True,
    link="https://keras.io/api/layers/preprocessing_layers/text/text_vectorization/",
    example={"path": "reviews.csv", "target": "label"},
)
