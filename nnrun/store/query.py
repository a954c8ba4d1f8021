"""Conditions on runs: `val_loss < 0.1 and optimizer.learning_rate == 0.01`, in Python's grammar."""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem, UsageError, did_you_mean
from nnrun.experiment.same_number import as_written

OPTION = "--where"

# A run by the names of its fields.
Fields = Mapping[str, Any]
_Evaluate = Callable[[Fields], Any]

_MOST_CHARACTERS = 1000
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda item, values: values is not None and item in values,
    ast.NotIn: lambda item, values: values is None or item not in values,
}
# A text in quotes, or a name with dots: `layers.0.units` is none in Python's grammar.
_TOKENS = re.compile(r"'[^']*'|\"[^\"]*\"|(?P<path>[^\W\d]\w*(?:\.\w+)+)")
_WORDS = {"true": True, "false": False, "null": None, "none": None}


@dataclass(frozen=True)
class Query:
    """A condition on the fields of a run.

    Args:
        text: the condition as written.
        names: the fields that it uses.
        evaluate: its value for the fields of a run.
    """

    text: str
    names: frozenset[str]
    evaluate: _Evaluate

    def holds(self, fields: Fields) -> bool:
        """Whether a run fulfills the condition; a comparison with a field that the run does not have is not fulfilled.

        Args:
            fields: the fields of the run, by name.
        """
        return bool(self.evaluate(fields))


def parse_query(text: str, known: Collection[str]) -> Query:
    """Reads a condition: comparisons, `in`, `and`, `or`, `not` and parentheses over fields, numbers and texts.

    The name of a component may be in a path, as in `optimizer.adam.learning_rate`. A name behind a comparison, or
    before `in`, that is no field is a text, so that `optimizer == adam` and `paper in tags` need no quotes.

    Args:
        text: the condition.
        known: the fields of all runs.

    Raises:
        UsageError: the text is no such condition.
        ExperimentError: it compares what no run has.
    """
    return _Reader(text, known).read()


class _Reader:
    def __init__(self, text: str, known: Collection[str]) -> None:
        self.text = text
        self.known = known
        self.used: set[str] = set()
        self.paths: dict[str, str] = {}

    def read(self) -> Query:
        if len(self.text) > _MOST_CHARACTERS:
            raise self.error(f"A condition has at most {_MOST_CHARACTERS} characters. Received: {len(self.text)}")
        try:
            with warnings.catch_warnings(action="ignore"):  # Python's advice on texts such as "\d" is not for users
                tree = ast.parse(_TOKENS.sub(self._stand_in, self.text).strip(), mode="eval").body
            evaluate = self.condition(tree)
        except SyntaxError as error:
            hint = "Write == to compare." if re.search(r"[^=!<>]=[^=]", self.text) else _EXAMPLE
            raise self.error(f"This is not a condition: {error.msg}.", hint) from None
        except (ValueError, RecursionError, MemoryError):
            raise self.error("This is not a condition.", _EXAMPLE) from None
        return Query(self.text, frozenset(self.used), evaluate)

    def error(self, message: str, hint: str | None = None) -> UsageError:
        return UsageError(Problem(message, Place(OPTION, 0, 1, self.text), hint))

    def unknown(self, name: str) -> ExperimentError:
        hint = did_you_mean(name, self.known) or "nnrun show RUN lists the metrics and settings of a run."
        place = Place(OPTION, 0, max(1, self.text.find(name) + 1), self.text)
        return ExperimentError(Problem(f'No run has "{name}".', place, hint))

    def _stand_in(self, match: re.Match[str]) -> str:
        """A name that Python's grammar knows in place of a path; quoted texts stay."""
        if match["path"] is None:
            return match[0]
        name = f"path{len(self.paths)}_"
        self.paths[name] = match["path"]
        return name

    def condition(self, tree: ast.expr) -> _Evaluate:
        match tree:
            case ast.BoolOp(op=ast.And(), values=values):
                parts = [self.condition(value) for value in values]
                return lambda fields: all(part(fields) for part in parts)
            case ast.BoolOp(values=values):
                parts = [self.condition(value) for value in values]
                return lambda fields: any(part(fields) for part in parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self.condition(operand)
                return lambda fields: not inner(fields)
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self.comparisons([left, *others], ops)
        raise self.error("A condition compares a field with a value.", _EXAMPLE)

    def comparisons(self, operands: list[ast.expr], ops: list[ast.cmpop]) -> _Evaluate:
        # In `paper in tags`, the first name is a text.
        contained = isinstance(ops[0], ast.In | ast.NotIn) and isinstance(operands[1], ast.Name)
        values = [self.value(operand, is_first=i == 0 and not contained) for i, operand in enumerate(operands)]
        pairs = list(zip(ops, values, values[1:], strict=False))
        for op, *_ in pairs:
            if type(op) not in _COMPARISONS:
                raise self.error("A condition compares by < <= > >= == != and in.", _EXAMPLE)
        return lambda fields: all(_compare(_COMPARISONS[type(op)], a(fields), b(fields)) for op, a, b in pairs)

    def value(self, tree: ast.expr, *, is_first: bool) -> _Evaluate:
        match tree:
            case ast.Name(id=name):
                return self.name(self.paths.get(name, name), is_first=is_first)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                parts = [self.value(item, is_first=False) for item in items]
                return lambda fields: [part(fields) for part in parts]
        with suppress(ValueError, TypeError):
            constant = ast.literal_eval(tree)
            if constant is None or isinstance(constant, str | int | float | bool):
                return lambda fields: constant
        raise self.error("A condition compares fields with numbers, texts and lists of these.", _EXAMPLE)

    def name(self, name: str, *, is_first: bool) -> _Evaluate:
        field = self.field(name)
        if field is not None:
            self.used.add(field)
            return lambda fields: fields.get(field)
        if name.lower() in _WORDS:
            return lambda fields: _WORDS[name.lower()]
        if is_first:
            raise self.unknown(name)
        return lambda fields: name

    def field(self, name: str) -> str | None:
        """The field of this name, or of this path without the name of a component in it."""
        if name in self.known:
            return name
        steps = name.split(".")
        shorter = (".".join(steps[:i] + steps[i + 1 :]) for i in range(1, len(steps) - 1))
        return next((path for path in shorter if path in self.known), None)


_EXAMPLE = f"For example: {OPTION} 'val_loss < 0.1 and optimizer.learning_rate == 0.01'"


def _compare(compare: Callable[[Any, Any], bool], first: Any, second: Any) -> bool:
    """The comparison; texts are compared whatever their case, and what cannot be compared does not fulfill it.

    Metrics have 32 bits, and numbers in a condition more.
    """
    if first is None and compare is not operator.eq:
        return False
    if isinstance(first, float) and isinstance(second, float):
        first, second = as_written(first, second), as_written(second, first)
    try:
        return compare(_folded(first), _folded(second))
    except TypeError:
        return False


def _folded(value: Any) -> Any:
    if isinstance(value, list):
        return [_folded(item) for item in value]
    return value.casefold() if isinstance(value, str) else value
