"""Conditions of expectations as texts, for property tests."""

from __future__ import annotations

import ast

from hypothesis import strategies as st

from nnrun.experiment.expect.syntax_forms import written_number


def ranges(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """`a in [low, high]` of drawn values; one that no number is in is refused, and not drawn."""
    parts = st.tuples(values, values, values).filter(lambda part: not _is_empty(*part[1:]))
    return parts.map(lambda part: f"{part[0]} in [{part[1]}, {part[2]}]")


def _is_empty(low: str, high: str) -> bool:
    least, most = (written_number(ast.parse(end, mode="eval").body) for end in (low, high))
    return least is not None and most is not None and least > most
