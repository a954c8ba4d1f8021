"""The `text` generator: the text files of a folder per class, or the texts of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import cast

from nnrun.data.dataset import Array, Part, Source, as_column
from nnrun.data.files.class_folders import read_class_folders
from nnrun.data.files.data_files import STREAMED
from nnrun.data.files.file_group import FileGroup
from nnrun.data.files.read_file import read_file, stat_file
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
        texts: reads the texts, some rows at a time.
        labels: the values of the target, (rows, 1).
        files: what the rows are read from, with their SHA-256.
        paths: the files of the texts.
        read: the file that what is made of the texts is kept for, or the group of files.
        table: the file of the texts; None for a folder per class.
    """

    column: Column
    rows: int
    target: Column
    classes: int | None
    texts: Callable[[], Iterator[Sequence[str]]]
    labels: Callable[[], Array]
    files: tuple[DataFile, ...]
    paths: Sequence[Path]
    read: Path | FileGroup
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
    return TextSet(
        Column(TEXT, text=text_encoding(given)),
        len(found.paths),
        Column(CLASS, categories=found.classes, is_label=True),
        len(found.classes),
        lambda: ([_read(path)] for path in found.paths),
        lambda: as_column(found.labels, "int32"),
        (given.files.digest(found.group),),
        found.paths,
        found.group,
    )


def _read(path: Path) -> str:
    content = read_file(path, _MOST_BYTES)
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # such as in UTF-16, or in a file that is no text at all
        message = f"{path} is not text in UTF-8."
        raise ExperimentError(Problem(message, hint="Save it as UTF-8, or move it out of the folders."))
    if not text:
        raise ExperimentError(Problem(f"{path} has no text.", hint="Fill it, or remove it."))
    return text


def _from_table(given: GeneratorArguments, path: Path) -> TextSet:
    if "classes" in given.values:
        hint = "The different texts of the target are the classes."
        given.add("classes", "classes is for a folder per class, and the path is a table.", hint)
    table = read_labelled(given, path, TEXT)
    column = Column(table.column, text=text_encoding(given))
    file, rows = table.file, len(table.target_cells)
    return TextSet(
        column,
        rows,
        table.target,
        table.classes,
        table.texts,
        table.labels,
        file.digests,
        file.paths,
        file.paths[0],
        table,
    )


def _columns(given: GeneratorArguments) -> Columns:
    found = parse_texts(given)
    looked_at = found.table.file.looked_at if found.table else None
    is_whole = looked_at is None
    return Columns(
        (found.column,),
        (found.target,),
        found.rows if is_whole else None,
        found.classes if is_whole else None,
        files=found.files if is_whole else (),
        keys=found.table.keys if found.table else (),
        looked_at=looked_at,
        text_bytes=sum(stat_file(path).st_size for path in found.paths),
    )


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The texts as objects, (rows, 1), and the targets, (rows, 1), in the order of the files.

    Raises:
        ExperimentError: a text is missing or no UTF-8.
        StorageError: texts are streamed, and the disk is full.
    """
    found = parse_texts(given)
    folder = resources.keras_home / STREAMED if resources.stream else None
    key = ("texts", found.column.name, found.table and found.table.form, tuple(found.paths), folder)
    try:
        texts = given.files.opened(found.read, key, lambda _: _values(found, folder))
    except ExperimentError as error:
        place = given.component.place_of("path")
        raise ExperimentError(*(replace(each, place=place) for each in error.problems)) from error
    keys = found.table.key_values() if found.table else {}
    return Source(Part({found.column.name: texts}, {found.target.name: found.labels()}, keys=keys))


def _values(found: TextSet, folder: Path | None) -> Array:
    """The texts, (rows, 1): in memory, or in a file in a folder."""
    import numpy as np

    from nnrun.data.files.stored_texts import StoredTexts

    if folder is None:
        return np.array([*chain.from_iterable(found.texts())], object).reshape(-1, 1)
    stored = StoredTexts(folder)
    for texts in found.texts():
        stored.append(texts)
    return cast(Array, stored)


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
    streams=True,
    link="https://keras.io/api/layers/preprocessing_layers/text/text_vectorization/",
    example={"path": "reviews.csv", "target": "label"},
)
