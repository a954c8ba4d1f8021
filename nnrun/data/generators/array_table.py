"""What the arrays of a file are for: the columns of the rows, and those of a test set beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from nnrun.data.dataset import Array
from nnrun.data.files.array_file import ArrayFile, open_arrays
from nnrun.data.files.array_header import ArrayHeader
from nnrun.data.generators.array_columns import CodedTexts, Role, array_column, code_texts, find_unusable
from nnrun.data.generators.generator import GeneratorArguments
from nnrun.data.generators.roles import Roles, find_roles
from nnrun.errors import ExperimentError, did_you_mean, listed
from nnrun.experiment.columns import Column

# The arrays that `keras.datasets` and many others save.
_TRAINING = {"inputs": {"x": "x_train"}, "target": {"y": "y_train"}}
_TEST = {"inputs": {"x": "x_test"}, "target": {"y": "y_test"}}
_ROLE_NAMES = ("inputs", "target", "sample_weight")


class NamedArrays(Protocol):
    """Arrays by name, whose headers are known before the arrays are read."""

    @property
    def headers(self) -> Mapping[str, ArrayHeader]:
        """The shape and type of each array."""

    def array(self, name: str) -> Array:
        """An array, (rows, …)."""


@dataclass(frozen=True, eq=False)
class ArrayTable:
    """Checked arrays as columns.

    Args:
        roles: what the columns are for.
        training: the array of each column.
        test: the array of each column in the test set; None without one.
        texts: the texts of each text column over both sets, and their codes.
        file: the arrays.
    """

    roles: Roles
    training: Mapping[str, str]
    test: Mapping[str, str] | None
    texts: Mapping[str, CodedTexts]
    file: NamedArrays

    @property
    def rows(self) -> int:
        """The rows without those of the test set."""
        return self.file.headers[self.training[self.roles.targets[0]]].shape[0]

    def column(self, name: str) -> Column:
        """A column as it is known from its header, and from its texts."""
        texts = self.texts.get(name)
        return array_column(name, self.file.headers[self.training[name]], texts.categories if texts else ())


def parse_arrays(given: GeneratorArguments) -> ArrayTable:
    """Checks an `npz` generator.

    Raises:
        ExperimentError: the file cannot be read, or has no such arrays or none that can be used; all at once.
        StorageError: the file changed while it was read.
    """
    try:
        file = open_arrays(given.files, Path(given["path"]))
        table = _read(given, file)
        given.finish()
        return table
    except ExperimentError as error:
        place = given.component.place_of("path")
        raise ExperimentError(*(replace(each, place=each.place or place) for each in error.problems)) from error


def _read(given: GeneratorArguments, file: ArrayFile) -> ArrayTable:
    _recognise(given, file.headers)
    test = given.values.get("test")
    offered = _offered(given, test or {}, file)
    given.finish()
    roles = find_roles(given, tuple(offered))
    given.finish()
    used = [*roles.inputs, *roles.targets, *([roles.weight] if roles.weight else []), *roles.keys]
    training = {name: offered[name] for name in used}
    tested = None if test is None else _matched(given, roles, test, file)
    return checked_table(given, roles, training, tested, file)


def checked_table(
    given: GeneratorArguments,
    roles: Roles,
    training: Mapping[str, str],
    test: Mapping[str, str] | None,
    arrays: NamedArrays,
) -> ArrayTable:
    """Arrays as columns.

    Args:
        given: takes the problems of their texts.
        roles: what the columns are for.
        training: the array of each column.
        test: the array of each column in the test set; None without one.
        arrays: the arrays.

    Raises:
        ExperimentError: an array cannot be used, or the arrays have other numbers of rows or other shapes.
    """
    for names in (training, test or {}):
        _refuse_unusable(given, roles, names, arrays)
    _refuse_other_shapes(given, training, test or {}, arrays)
    given.finish()
    table = ArrayTable(roles, training, test, {}, arrays)
    return replace(table, texts=_code_all(given, roles, table))


def _offered(given: GeneratorArguments, test: Mapping[str, Any], file: ArrayFile) -> dict[str, str]:
    """The array of each column that the rows may have: those that are named, and the others as they are."""
    named: dict[str, str] = {}
    for role in _ROLE_NAMES:
        written = given.values.get(role)
        arrays = _named(written)
        for position, array in enumerate(arrays.values()):
            if array not in file.headers and not given.is_full:
                given.add(role, f'There is no array "{array}".', _hint(array, file), at=(position,))
        if isinstance(written, dict):
            given.values[role] = list(written)
        named |= arrays
    taken = {*named.values(), *(array for role in _ROLE_NAMES for array in _named(test.get(role)).values())}
    return named | {name: name for name in file.headers if name not in taken and name not in named}


def usual_arrays(names: Collection[str]) -> list[dict[str, str]]:
    """The array of each column, `x` and `y`, of the rows and of the test set, where a file has those that are usual.

    Args:
        names: the arrays of the file.

    Returns:
        One mapping, two, or none.
    """
    if not _has(names, _TRAINING):
        return []
    roles = [_TRAINING, *([_TEST] if _has(names, _TEST) else [])]
    return [{column: array for arrays in each.values() for column, array in arrays.items()} for each in roles]


def _recognise(given: GeneratorArguments, names: Collection[str]) -> None:
    """Takes `x_train`, `y_train`, `x_test`, `y_test` for what they are called where nothing else is said."""
    if not _is_unsaid(given.component.arguments) or not _has(names, _TRAINING):
        return
    given.values |= _TRAINING
    if _has(names, _TEST):
        given.values["test"] = _TEST


def _is_unsaid(arguments: Mapping[str, Any]) -> bool:
    return not any(name in arguments for name in (*_ROLE_NAMES, "test"))


def _has(names: Collection[str], roles: Mapping[str, Mapping[str, str]]) -> bool:
    return all(array in names for arrays in roles.values() for array in arrays.values())


def name_by_columns(arrays: Mapping[str, Array], arguments: Mapping[str, Any]) -> dict[str, Array]:
    """The arrays of another file by the names of the columns, where it names them as the file of the training does.

    Args:
        arrays: by name; one that has the name of a column is that column.
        arguments: those of the generator of the training.
    """
    known: Mapping[str, Any] = {**_TRAINING, "test": _TEST} if _is_unsaid(arguments) else arguments
    found = dict(arrays)
    for role in _ROLE_NAMES:
        training, test = _named(known.get(role)), _named(known.get("test", {}).get(role))
        if len(test) == len(training) and set(test) != set(training):
            test = dict(zip(training, test.values(), strict=True))
        for column, array in (*training.items(), *test.items()):
            if array in found and column not in found:
                found[column] = found.pop(array)
    return found


def _named(written: Any) -> dict[str, str]:
    """The array of each column: its own name, unless a mapping says another one."""
    if isinstance(written, dict):
        return dict(written)
    return {name: name for name in ([written] if isinstance(written, str) else written or ())}


def _matched(given: GeneratorArguments, roles: Roles, test: Mapping[str, Any], file: ArrayFile) -> dict[str, str]:
    """The array of each column in the test set."""
    found: dict[str, str] = {}
    weight = (roles.weight,) if roles.weight else ()
    for role, columns in (("inputs", roles.inputs), ("target", roles.targets), ("sample_weight", weight)):
        written = test.get(role)
        arrays = _named(written)
        if not isinstance(written, dict) and len(arrays) == len(columns):
            arrays = dict(zip(columns, arrays, strict=True))
        if set(arrays) != set(columns):
            message = f"The test set must have the columns of the rows: {listed(columns) or 'none'} in {role}."
            hint = f"For example: {role}: {{{', '.join(f'{name}: {name}_test' for name in columns)}}}"
            given.add("test", f"{message} Received: {listed([*arrays]) or 'none'}", hint if columns else None)
        found |= {name: array for name, array in arrays.items() if name in columns}
    for array in dict.fromkeys(found.values()):
        if array not in file.headers:
            given.add("test", f'There is no array "{array}".', _hint(array, file))
    given.finish()
    return found


def _hint(array: str, file: ArrayFile) -> str:
    return did_you_mean(array, file.headers) or f"The arrays are: {listed([*file.headers])}."


def _refuse_unusable(given: GeneratorArguments, roles: Roles, arrays: Mapping[str, str], file: NamedArrays) -> None:
    """Adds what keeps single arrays from being used, and arrays of other numbers of rows."""
    headers = {array: file.headers[array] for array in arrays.values()}
    for name, array in arrays.items():
        problem = find_unusable(array, headers[array], _role(roles, name))
        if problem:
            given.add("path", *problem)
    rows = {array: header.shape[0] for array, header in headers.items() if header.shape}
    if len(set(rows.values())) > 1 and 0 not in rows.values():
        counted = listed([f"{array} has {count:,}" for array, count in rows.items()])
        given.add(
            "path", f"The arrays must have equally many rows: {counted}.", "The first axis of an array is its rows."
        )


def _refuse_other_shapes(
    given: GeneratorArguments, training: Mapping[str, str], test: Mapping[str, str], file: NamedArrays
) -> None:
    for name, array in test.items():
        ours, theirs = file.headers[training[name]], file.headers[array]
        if array_column(name, ours).shape != array_column(name, theirs).shape or ours.is_text != theirs.is_text:
            message = f'The arrays "{training[name]}" and "{array}" must have rows of one shape and kind.'
            given.add("test", f"{message} Received: {ours.shape} and {theirs.shape}")


def _code_all(given: GeneratorArguments, roles: Roles, table: ArrayTable) -> dict[str, CodedTexts]:
    """The texts of the text columns, over the rows and the test set."""
    sets = [table.training, *([table.test] if table.test else [])]
    texts = [name for name, array in table.training.items() if table.file.headers[array].is_text]
    arrays = {name: [table.file.array(each[name]) for each in sets if name in each] for name in texts}
    return {name: code_texts(given, roles, name, arrays[name]) for name in texts}


def _role(roles: Roles, name: str) -> Role:
    return "weight" if name == roles.weight else "key" if name in roles.keys else "column"
