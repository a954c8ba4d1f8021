"""The arguments that say how a CSV file is written."""

from __future__ import annotations

import codecs
from collections.abc import Mapping

from nnrun.data.files.csv_form import CsvForm
from nnrun.data.generators.date_arguments import DATES_ARGUMENT, read_dates
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema
from nnrun.errors import shown
from nnrun.experiment.experiment import Component

_TEXTS: JsonSchema = {"type": "array", "items": {"type": "string"}}
FORM_ARGUMENTS: Mapping[str, JsonSchema] = {
    "delimiter": {
        "description": 'The character between two cells; a tab is "\\t", and " " stands for one blank or several.',
        "type": "string",
        "default": ",",
    },
    "header": {
        "description": "Whether the first line names the columns, as by default; else they are column1, column2, ….",
        "type": "boolean",
    },
    "columns": {
        "description": "The names of all columns, in order, of a file whose first line does not name them.",
        "minItems": 1,
        **_TEXTS,
    },
    "missing": {
        "description": "Cells that stand for a missing value, such as NA; an empty cell always does.",
        **_TEXTS,
    },
    **DATES_ARGUMENT,
    "decimal": {
        "description": "The character between the whole part of a number and its fraction, a point by default.",
        "enum": [".", ","],
    },
    "quote": {
        "description": "The character around a cell that holds delimiters, a double quote by default; empty for none.",
        "type": "string",
    },
    "comment": {"description": 'What a line that holds no cells begins with, such as "#".', "type": "string"},
    "encoding": {
        "description": "The encoding of the text, UTF-8 by default; for example cp1252, latin-1 or utf-16.",
        "type": "string",
    },
}
_SIGNS = ("\\t", "tab")


def csv_form(generator: Component) -> CsvForm:
    """How the file of a `csv` generator is written; its arguments are valid."""
    return checked_form(GeneratorArguments(generator))


def checked_form(given: GeneratorArguments) -> CsvForm:
    """How the file of a `csv` generator is written.

    Raises:
        ExperimentError: an argument is none that a file can have; all at once.
    """
    delimiter, quote = given.values.get("delimiter", ","), given.values.get("quote", '"')
    if len(delimiter) != 1 or delimiter in (quote, "\r", "\n", '"'):
        hint = 'A tab is written "\\t", in double quotes.' if delimiter.casefold() in _SIGNS else None
        given.add("delimiter", f"The delimiter is one character, and no quote. Received: {shown(delimiter)}", hint)
    if len(quote) > 1 or quote.isspace():
        given.add("quote", f"The quote is one character, or none. Received: {shown(quote)}")
    decimal = given.values.get("decimal", ".")
    if decimal == delimiter:
        hint = 'Files with decimal commas mostly have delimiter: ";"'
        given.add("decimal", f"The delimiter and the decimal sign are both {shown(decimal)}.", hint)
    names = given.values.get("columns")
    if names is not None and given.component.arguments.get("header"):
        given.add("columns", "The columns of a file with a header are not named again.", "Leave columns or header out.")
    _check_encoding(given)
    given.finish()
    if names is None and given.values.get("header") is False:
        names = []
    return CsvForm(
        delimiter,
        quote,
        decimal,
        given.values.get("comment", "").strip(),
        given.values.get("encoding", "utf-8"),
        None if names is None else tuple(names),
        frozenset(text.strip() for text in given.values.get("missing", [])),
        read_dates(given),
    )


def _check_encoding(given: GeneratorArguments) -> None:
    encoding = given.values.get("encoding", "utf-8")
    try:
        "x".encode(encoding)
        codecs.getincrementaldecoder(encoding)
    except (LookupError, ValueError):
        hint = "Some encodings are utf-8, cp1252 (Windows), latin-1, utf-16, mac-roman, shift-jis and gb18030."
        given.add("encoding", f"There is no encoding {shown(encoding)}.", hint)
