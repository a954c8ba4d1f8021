"""What a part of the syntax tree of an expectation is by its form alone."""

from __future__ import annotations

import ast

CONDITION_FUNCTIONS = ("approx", "decreasing")


def is_condition(tree: ast.expr) -> bool:
    """Whether it is a condition, not a number."""
    match tree:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()) | ast.Name(id="finite"):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in CONDITION_FUNCTIONS
    return False


def is_text(tree: ast.expr) -> bool:
    """Whether it is a text in quotes."""
    return isinstance(tree, ast.Constant) and isinstance(tree.value, str)


def is_class(tree: ast.expr) -> bool:
    """Whether it is the class that is predicted for a sample."""
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "predicted_class"


def written_number(tree: ast.expr) -> float | None:
    """The number that is written, or None."""
    try:
        return float(ast.literal_eval(tree))
    except (ValueError, TypeError, OverflowError):
        return None
