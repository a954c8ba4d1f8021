"""Which examples a test is tried with depends on nothing but the test."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def drawn() -> list[int]:
    """The examples of a test with a whole number."""
    found: list[int] = []

    @settings(max_examples=500)
    @given(st.integers())
    def take(number: int) -> None:
        found.append(number)

    take()
    return found


def test_another_module_that_is_loaded_changes_no_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawn()
    (tmp_path / "rare_and_odd_numbers.py").write_text(f"NUMBERS = {[123_456_789 + 2 * i for i in range(99)]}\n")
    monkeypatch.syspath_prepend(tmp_path)
    import_module("rare_and_odd_numbers")
    assert drawn() == before
