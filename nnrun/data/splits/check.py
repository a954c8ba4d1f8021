"""What is wrong with the splits of an experiment, as far as it is known without its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from nnrun.data.splits.fold_check import find_fold_problems
from nnrun.data.splits.key_columns import find_key_column, key_problem, named_parts
from nnrun.data.splits.sizes import (
    SPLITS,
    TEST_SPLIT,
    VALIDATION_SPLIT,
    few_groups_message,
    held_out_sizes,
    is_count,
    no_row_message,
    split_size,
)
from nnrun.errors import Problem, did_you_mean, listed, shown
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.folds import FOLDS
from nnrun.experiment.split_section import WITH_COLUMN, WORDS, SplitRule, read_split
from nnrun.experiment.text.yaml_text import Document

_OF_SPLIT = {VALIDATION_SPLIT: "validation", TEST_SPLIT: "test"}


def find_split_problems(document: Document, columns: Columns) -> list[Problem]:
    """What is wrong with the splits, as far as it is known without the data.

    Args:
        document: a document that is valid by the schema.
        columns: what the generator makes; without a number of samples where that is not known.
    """
    data = document.at(("data",)) or {}
    problems = [*_amounts(document, data), *_rule_problems(document, data)]
    if problems:
        return problems
    problems += [*_contradictions(document, data, columns), *find_fold_problems(document, columns)]
    rule = read_split(data)
    if columns.inputs:
        problems += _key_problems(document, rule, columns.generated)
    reason = _no_row_left(data, columns.samples)
    if reason:
        splits = [name for name in SPLITS if data.get(name)]
        few = columns.samples is not None and columns.samples <= len(splits)
        smaller = "For example: " + ", ".join(f"{name}: 0.2" for name in splits)
        place = document.place(("data", splits[-1]))
        problems.append(Problem(reason, place, "Leave the split out." if few else smaller))
    return problems or [*_too_many_used(document, data, columns), *_too_many_classes(document, data, rule, columns)]


def has_validation_set(data: Mapping[str, Any], columns: Columns) -> bool:
    """Whether an experiment has a validation set.

    Args:
        data: its settings `data`.
        columns: what its generator makes.
    """
    held_out = data.get(VALIDATION_SPLIT) or data.get(FOLDS) or "validation" in data
    return bool(held_out or _names(data, columns, "validation"))


def has_test_set(data: Mapping[str, Any], columns: Columns) -> bool:
    """Whether an experiment has a test set; the arguments are those of `has_validation_set`."""
    return bool(data.get(TEST_SPLIT) or "test" in data or columns.own_test or _names(data, columns, "test"))


def _names(data: Mapping[str, Any], columns: Columns, part: str) -> bool:
    """Whether a column says the part of each row, and says this one; True where its texts are not known."""
    rule = read_split(data)
    if rule.kind != "column" or rule.column is None:
        return False
    column = find_key_column(columns.generated, rule.column)
    return column is None or part in named_parts(column)


def _amounts(document: Document, data: Mapping[str, Any]) -> Iterator[Problem]:
    for name in SPLITS:
        amount = data.get(name, 0)
        if amount >= 1 and not is_count(amount):
            message = f'"{name}" must be a share below 1, or a whole number of rows. Received: {shown(amount)}'
            yield Problem(message, document.place(("data", name)), _count_hint(amount))
    use = data.get("use", 1)
    if not 0 < use <= 1 and not (is_count(use)):
        message = f'"use" must be a share from above 0 to 1, or a whole number of rows from 2. Received: {shown(use)}'
        yield Problem(message, document.place(("data", "use")), _count_hint(use))


def _count_hint(amount: float) -> str | None:
    return f"Write {int(amount)}." if amount > 1 and amount == int(amount) else None


def _rule_problems(document: Document, data: Mapping[str, Any]) -> Iterator[Problem]:
    written = data.get("split", "random")
    if isinstance(written, str) and written not in WORDS:
        if written in WITH_COLUMN:
            message, hint = f"The split by {written} names a column.", f"For example: split: {{{written}: COLUMN}}"
        else:
            words = [*WORDS, *(f"{{{word}: COLUMN}}" for word in WITH_COLUMN)]
            message = f'"split" must be {", ".join(words[:-1])} or {words[-1]}. Received: {shown(written)}'
            hint = did_you_mean(written, (*WORDS, *WITH_COLUMN)) or ""
        yield Problem(message, document.place(("data", "split")), hint or None)


def _contradictions(document: Document, data: Mapping[str, Any], columns: Columns) -> Iterator[Problem]:
    rule = read_split(data)
    for name, part in _OF_SPLIT.items():
        amount, place = data.get(name), document.place(("data", name))
        if not amount:
            continue
        if name == TEST_SPLIT and columns.own_test:
            message = f"The data generator {_generator(data)} has a test set of its own. Received: {name}: {amount:g}"
            yield Problem(message, place, f"Leave {name} out.")
        if part in data:
            message = f'The {part} set comes from "{part}". Received: {name}: {amount:g} as well'
            yield Problem(message, place, "Leave one of the two out.")
        if rule.kind == "column":
            message = f'The column "{rule.column}" says which rows are for {part}. Received: {name}: {amount:g} as well'
            yield Problem(message, place, f"Leave {name} out.")
    if "test" in data and columns.own_test:
        message = f'The data generator {_generator(data)} has a test set of its own. Received: "test" as well'
        yield Problem(message, document.key_place(("data", "test")), "Leave test out.")


def _generator(data: Mapping[str, Any]) -> str:
    generator = data["generator"]
    return generator if isinstance(generator, str) else str(next(iter(generator)))


def _key_problems(document: Document, rule: SplitRule, columns: Columns) -> Iterator[Problem]:
    place = document.place(("data", "split", rule.kind)) or document.place(("data", "split"))
    if rule.column is None:
        if rule.kind == "stratified" and columns.classes is None:
            message = "A stratified split needs one target that is a class label."
            yield Problem(message, place, "Name a column of classes: split: {stratified: COLUMN}")
        return
    column = find_key_column(columns, rule.column)
    if column is None:
        names = _known_names(columns)
        hint = did_you_mean(rule.column, names) or f"The columns are: {listed(names)}."
        if rule.column in (document.at(("data", "generator", _generator(document.value["data"]), "dates")) or ()):
            hint = f"Write dates: {{{rule.column}: number}}, or, if the rows are in order, split: last."
        yield Problem(f'There is no column "{rule.column}" to split by.', place, hint)
    elif reason := key_problem(column, rule.kind):
        yield Problem(reason, place)
    elif rule.kind == "group" and column.categories and columns.samples is not None:
        yield from _too_few_groups(document, document.at(("data",)), len(column.categories))


def _too_few_groups(document: Document, data: Mapping[str, Any], groups: int) -> Iterator[Problem]:
    """A problem for fewer groups of texts than parts; those of numbers are not counted before the rows are read."""
    splits = [name for name in (VALIDATION_SPLIT, TEST_SPLIT) if data.get(name)]
    folds, test = data.get(FOLDS), bool(data.get(TEST_SPLIT))
    if folds and groups < folds + test:
        most = groups - test
        hint = f"Write {FOLDS}: {most}, or fewer." if most > 1 else "Split by random, or add groups."
        yield Problem(few_groups_message(most, folds, "folds"), document.place(("data", FOLDS)), hint)
    elif not folds and groups < 1 + len(splits):
        message = few_groups_message(groups, 1 + len(splits), "parts")
        yield Problem(message, document.place(("data", splits[-1])), "Split by random, or add groups.")


def _known_names(columns: Columns) -> list[str]:
    def names(group: tuple[Column, ...]) -> list[str]:
        return [column.name for column in group]

    return [*names(columns.inputs), *names(columns.targets), *names(columns.keys)]


def _no_row_left(data: Mapping[str, Any], samples: int | None) -> str | None:
    splits = {name: data[name] for name in SPLITS if data.get(name)}
    if not splits:
        return None
    if samples is not None:
        validation, test = held_out_sizes(samples, data)
        return no_row_message(samples, validation, test) if validation + test >= samples else None
    shares = {name: share for name, share in splits.items() if not is_count(share)}
    if sum(Fraction(str(share)) for share in shares.values()) < 1:
        return None
    written = " and ".join(f"{name}: {share:g}" for name, share in shares.items())
    return f"The splits leave no row for training. Received: {written}"


def _too_many_used(document: Document, data: Mapping[str, Any], columns: Columns) -> Iterator[Problem]:
    """A problem for more training rows than are left; where a column or groups decide, their number is not known."""
    use = data.get("use", 1)
    if columns.samples is None or not use > 1 or read_split(data).kind in ("column", "group"):
        return
    left = columns.samples - sum(held_out_sizes(columns.samples, data))
    if use > left:
        message = f'"use" takes {use} training rows, and there are {left}.'
        yield Problem(message, document.place(("data", "use")), "Write a smaller number, or leave use out for all.")


def _too_many_classes(
    document: Document, data: Mapping[str, Any], rule: SplitRule, columns: Columns
) -> Iterator[Problem]:
    """A problem for each part of a stratified split that is too small for a row of every class."""
    if rule.kind != "stratified" or rule.column is not None or columns.samples is None or columns.classes is None:
        return
    for name, part in _OF_SPLIT.items():
        size = split_size(columns.samples, data.get(name, 0), rule)
        if 0 < size < columns.classes:
            rows = f"{size} row{'s' * (size != 1)}"
            message = f"The {part} set has {rows}, too few for a row of each of {columns.classes} classes."
            yield Problem(message, document.place(("data", name)), "Use a larger one, or split by random.")
