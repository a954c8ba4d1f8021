"""The language of expectations on top of that of expressions: conditions on what a finished run has."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from nnrun.experiment.expect.syntax_forms import is_class, is_condition, is_text, written_number
from nnrun.experiment.expect.terms import (
    FACTS,
    FINITE,
    PREDICTION,
    BaselineValue,
    ClassName,
    Decreasing,
    EpochOf,
    FiniteTerm,
    MetricAt,
    MetricTerm,
    PredictedClass,
    PredictedNumber,
    RunFact,
    Term,
    WeightNumber,
    WhichValue,
)
from nnrun.experiment.expressions import (
    CONSTANTS,
    MAX_LENGTH,
    Call,
    Comparison,
    ExpressionError,
    ExpressionReader,
    Node,
    Number,
)

EXAMPLE = "For example: val_accuracy >= 0.98"

_WHICH: Mapping[str, WhichValue] = {"final": "final", "best": "best", "first": "first", "min": "min", "max": "max"}
_OF_EPOCHS = "For example: epoch_of(val_loss <= 0.1) <= 150"


@dataclass(frozen=True)
class PlacedTerm:
    """A term and where it stands.

    Args:
        term: the term.
        column: its column in the text, from 0.
        every_epoch: whether the values of its metric at the epochs are needed.
        of_baseline: whether it is looked up in the other run.
    """

    term: Term
    column: int
    every_epoch: bool = False
    of_baseline: bool = False


class ExpectationReader(ExpressionReader):
    """Turns the syntax tree of a condition into nodes whose names are terms, and lists these.

    Args:
        text: the condition.

    Raises:
        ExpressionError: the text is empty, too long, or not an expression of Python.
    """

    functions: ClassVar[Mapping[str, tuple[int, int]]] = {
        **dict.fromkeys(("final", "best", "first"), (1, 1)),
        **dict.fromkeys(("min", "max"), (1, MAX_LENGTH)),
        **dict.fromkeys(("at", "decreasing", "weight"), (2, 2)),
        **dict.fromkeys(("epoch_of", "baseline"), (1, 1)),
        "approx": (3, 3),
        "predicted_class": (1, MAX_LENGTH),
        **dict.fromkeys(("abs", "sqrt", "exp", "log", "log2", "log10"), (1, 1)),
    }

    examples: ClassVar[Mapping[str, str]] = {
        name: f"For example: {call}"
        for name, call in {
            "at": "at(val_loss, 100) <= 0.1",
            "approx": "approx(val_loss, 0.5, 0.01)",
            "decreasing": "decreasing(loss, 0.9)",
            "weight": 'weight("dense", "kernel")[0][0] > 0',
            "predicted_class": "predicted_class(0.7) == 1",
            "epoch_of": "epoch_of(val_loss <= 0.1) <= 150",
            "baseline": "val_loss <= baseline(val_loss)",
        }.items()
    }

    def __init__(self, text: str) -> None:
        super().__init__(text, ())
        self.terms: list[PlacedTerm] = []
        self.every_epoch = False
        self.of_baseline = False

    def read_condition(self) -> Node:
        """The condition.

        Raises:
            ExpressionError: the text is a number, or has what no expectation has.
        """
        self._want_condition(self.root)
        return self.read(self.root)

    def read_condition_on_epochs(self) -> Node:
        """The condition, on the metrics of an epoch alone.

        Raises:
            ExpressionError: the text is a number, or has what no expectation has, or what no epoch has.
        """
        return self._condition_on_epochs(self.root, 1)

    def read(self, tree: ast.expr, depth: int = 1) -> Node:
        """Checks one node of the syntax tree and all below it."""
        match tree:
            case ast.Constant(value=str() as text):
                hint = f"Write it without quotes: {text}" if text.isidentifier() else None
                raise self.error(tree, f"A text is compared with predicted_class(…) alone. Received: {text}", hint)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as operator], comparators=[ends]):
                return self._range(left, operator, ends, depth)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as operator], comparators=[right]) if is_class(
                left
            ) and is_text(right):
                name = ClassName(ast.literal_eval(right))
                return Comparison(("==" if isinstance(operator, ast.Eq) else "!=",), (self.read(left, depth + 1), name))
            case ast.Subscript():
                return self._item(tree)
            case ast.IfExp():
                raise self.forbidden(tree)
        self._check_operands(tree)
        return super().read(tree, depth)

    def read_name(self, tree: ast.Name) -> Node:
        """What stands for a name: a fact of the run, a constant, or the final value of a metric."""
        self.refuse_function(tree)
        if tree.id == PREDICTION:
            raise self.error(tree, f'"{PREDICTION}" is a list.', f"Write {PREDICTION}[0] for the first sample.")
        if tree.id in FACTS:
            return self._found(tree, RunFact(tree.id))
        if tree.id == FINITE:
            return self._found(tree, FiniteTerm(tree.id))
        if tree.id in CONSTANTS:
            return Number(CONSTANTS[tree.id])
        return self._found(tree, MetricTerm(tree.id, tree.id))

    def read_call(self, tree: ast.Call, name: str, depth: int) -> Node:
        """The call of a function with as many arguments as it takes."""
        first, *others = tree.args
        text = self.source_of(tree)
        if name in _WHICH and not others:
            term = MetricTerm(text, self._metric(first, name), _WHICH[name])
            return self._found(tree, term, every_epoch=name != "final")
        match name:
            case "at":
                return self._found(tree, MetricAt(text, self._metric(first, name), self._epoch(others[0])), True)
            case "decreasing":
                share, number = self.read(others[0], depth + 1), written_number(others[0])
                if number is not None and not 0 <= number <= 1:
                    raise self.error(others[0], f"A share is from 0 to 1. Received: {number:g}")
                return Comparison(
                    (">=",), (self._found(tree, Decreasing(text, self._metric(first, name)), True), share)
                )
            case "epoch_of":
                return self._found(tree, EpochOf(text, self._condition_on_epochs(first, depth)))
            case "baseline":
                return self._baseline(tree, first, depth)
            case "weight":
                return self._weight(tree, tree, ())
            case "predicted_class":
                return self._found(tree, PredictedClass(text, tuple(self._cell(cell) for cell in tree.args)))
        for argument in tree.args:
            self._want_number(argument)
        return super().read_call(tree, name, depth)

    def unknown_names(self, known: Collection[str]) -> list[str]:
        """None: every name may be that of a metric."""
        return []

    def forbidden(self, tree: ast.expr) -> ExpressionError:
        """The error for what the language does not have."""
        plain = super().forbidden(tree)
        allowed = "metrics, numbers, arithmetic, comparisons, and/or/not and its own functions"
        return self.error(tree, f"An expectation has only {allowed}. Received: {self.source_of(tree)}", plain.hint)

    def _found(self, tree: ast.expr, term: Term, every_epoch: bool = False) -> Term:
        column = self.error(tree, "").column
        self.terms.append(PlacedTerm(term, column, every_epoch or self.every_epoch, self.of_baseline))
        return term

    def _check_operands(self, tree: ast.expr) -> None:
        """Refuses numbers where conditions are meant, and the other way round."""
        match tree:
            case ast.BoolOp(values=parts):
                for part in parts:
                    self._want_condition(part)
            case ast.UnaryOp(op=ast.Not(), operand=part):
                self._want_condition(part)
            case ast.UnaryOp(operand=part):
                self._want_number(part)
            case ast.BinOp(left=left, right=right):
                self._want_number(left)
                self._want_number(right)
            case ast.Compare(left=left, comparators=others):
                for part in (left, *others):
                    self._want_number(part)

    def _want_condition(self, tree: ast.expr) -> None:
        if not is_condition(tree):
            self.read(tree)  # which may have more to say
            text = self.source_of(tree)
            known = isinstance(tree, ast.Name | ast.Subscript | ast.Call)
            hint = f"Compare it, as in {text} >= 0.9" if known else EXAMPLE
            raise self.error(tree, f"An expectation is a condition. Received: {text}", hint)

    def _want_number(self, tree: ast.expr) -> None:
        if is_condition(tree):
            raise self.error(tree, f"A condition is no number. Received: {self.source_of(tree)}")

    def _range(self, left: ast.expr, operator: ast.cmpop, ends: ast.expr, depth: int) -> Node:
        """`a in [low, high]`, both ends included."""
        if not isinstance(ends, ast.List | ast.Tuple) or len(ends.elts) != 2:
            message = f"A range is [LOW, HIGH], both included. Received: {self.source_of(ends)}"
            raise self.error(ends, message, "For example: val_loss in [0.1, 0.2]")
        low, high = ends.elts
        for part in (left, low, high):
            self._want_number(part)
        least, most = written_number(low), written_number(high)
        if least is not None and most is not None and least > most:
            raise self.error(ends, "No number is in this range.", f"Write [{most:g}, {least:g}]")
        within = Comparison(("<=", "<="), tuple(self.read(part, depth + 1) for part in (low, left, high)))
        return Call("not", (within,)) if isinstance(operator, ast.NotIn) else within

    def _metric(self, tree: ast.expr, function: str) -> str:
        """The metric that a function takes: a name, in quotes where it has dots or dashes."""
        if isinstance(tree, ast.Name):
            return tree.id
        if is_text(tree):
            return str(ast.literal_eval(tree))
        message = f"The function {function} takes a metric. Received: {self.source_of(tree)}"
        raise self.error(tree, message, f'For example: {function}(val_loss), or {function}("out-1_loss")')

    def _epoch(self, tree: ast.expr) -> int:
        epoch = self._integer(tree, "An epoch")
        if epoch < 1:
            raise self.error(tree, f"Epochs count from 1. Received: {epoch}")
        return epoch

    def _integer(self, tree: ast.expr, what: str) -> int:
        match tree:
            case ast.Constant(value=int() as value) if not isinstance(value, bool):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)) if not isinstance(value, bool):
                return -value
        raise self.error(tree, f"{what} is a whole number. Received: {self.source_of(tree)}")

    def _condition_on_epochs(self, tree: ast.expr, depth: int) -> Node:
        self._want_condition(tree)
        if self.every_epoch:
            raise self.error(tree, "The function epoch_of is not part of another one.", _OF_EPOCHS)
        self.every_epoch = True
        start = len(self.terms)
        condition = self.read(tree, depth + 1)
        self.every_epoch = False
        others = [p for p in self.terms[start:] if not (isinstance(p.term, MetricTerm) and p.term.which == "final")]
        if others or len(self.terms) == start:
            column = others[0].column if others else self.error(tree, "").column
            received = others[0].term.name if others else self.source_of(tree)
            message = f"The function epoch_of takes a condition on the metrics of an epoch. Received: {received}"
            raise ExpressionError(message, column, _OF_EPOCHS)
        return condition

    def _baseline(self, tree: ast.expr, value: ast.expr, depth: int) -> Node:
        """A value of the other run."""
        if self.of_baseline or self.every_epoch:
            raise self.error(tree, "The function baseline stands neither in itself nor in epoch_of.")
        self._want_number(value)
        self.of_baseline = True
        term = BaselineValue(self.source_of(tree), self.read(value, depth + 1))
        self.of_baseline = False
        return self._found(tree, term)

    def _item(self, tree: ast.expr) -> Node:
        """`prediction[3]`, `prediction[3][1]`, `weight("dense", "kernel")[0][0]`, also as `[0, 0]`."""
        part, index = tree, list[int]()
        while isinstance(part, ast.Subscript):
            items = part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]
            index = [*(self._integer(item, "An index") for item in items), *index]
            part = part.value
        match part:
            case ast.Name(id=name) if name == PREDICTION:
                if len(index) > 2:
                    raise self.error(tree, f"A prediction has a sample and a number. Received: {self.source_of(tree)}")
                return self._found(tree, PredictedNumber(self.source_of(tree), *index))
            case ast.Call(func=ast.Name(id="weight")):
                return self._weight(tree, part, index)
        raise self.forbidden(tree)

    def _weight(self, tree: ast.expr, call: ast.Call, index: Sequence[int]) -> Node:
        if len(call.args) != 2 or call.keywords or not all(map(is_text, call.args)):
            message = f"A weight has the names of its layer and variable. Received: {self.source_of(call)}"
            raise self.error(call, message, 'For example: weight("dense", "kernel")[0][0]')
        layer, variable = (str(ast.literal_eval(argument)) for argument in call.args)
        return self._found(tree, WeightNumber(self.source_of(tree), layer, variable, tuple(index)))

    def _cell(self, tree: ast.expr) -> float | str:
        """A cell of a sample: a number or a text."""
        match tree:
            case ast.Constant(value=int() | float() | str() as value):
                return value if isinstance(value, str) else self._float(tree, value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return -self._float(tree, value)
        received = self.source_of(tree)
        message = f"The function predicted_class takes a sample of predict: numbers or texts. Received: {received}"
        listed = isinstance(tree, ast.List | ast.Tuple) and tree.elts
        hint = f"Write predicted_class({received[1:-1].strip()})" if listed else "For example: predicted_class(0.7)"
        raise self.error(tree, message, hint)

    def _float(self, tree: ast.expr, value: float) -> float:
        try:
            return float(value)
        except OverflowError:
            raise self.error(tree, "The number is too large. Numbers end at about 1.8e308.") from None
