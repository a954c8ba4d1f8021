"""The drawing in docs/architecture.md is that of the code."""

from __future__ import annotations

import pytest

from tools.draw_architecture import PAGE, diagram, main, package_imports, reduced, with_diagram


def test_the_page_has_the_drawing_of_the_present_code() -> None:
    assert main(["--check"]) == 0


def test_every_package_of_the_drawing_is_described_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in package_imports() if f"`{name}`" not in page and f"`{name}.py`" not in page] == []


def test_an_import_that_follows_from_others_is_left_out() -> None:
    imports = {"run": ["data", "errors", "load"], "load": ["data", "errors"], "data": ["errors"], "errors": []}
    assert reduced(imports) == {"run": ["load"], "load": ["data"], "data": ["errors"], "errors": []}


def test_a_drawing_has_an_arrow_per_import() -> None:
    assert diagram({"b": ["a"], "a": []}).splitlines() == ["```mermaid", "flowchart TD", "  b --> a", "```"]


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="has no lines"):
        with_diagram("# Architecture\n")
