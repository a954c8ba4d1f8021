"""Draw the packages of nnrun and their imports, as a Mermaid diagram, into `docs/architecture.md`.

`python -m tools.draw_architecture` writes the diagram; with `--check` it only compares, and its exit status is 1 if the
page is out of step with the code.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import grimp

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by python -m tools.draw_architecture -->", "<!-- end of the drawing -->"

Imports = Mapping[str, Collection[str]]


def package_imports(root: str = "nnrun") -> Imports:
    """For each top-level package or module of `root` the others that it imports, type-checking imports aside."""
    graph = grimp.build_graph(root, exclude_type_checking_imports=True)
    names = sorted(child.removeprefix(f"{root}.") for child in graph.find_children(root))
    names = [name for name in names if not name.startswith("__")]
    for name in names:
        if graph.find_children(f"{root}.{name}"):
            graph.squash_module(f"{root}.{name}")
    imported = {name: graph.find_modules_directly_imported_by(f"{root}.{name}") for name in names}
    return {name: [other for other in names if f"{root}.{other}" in imported[name]] for name in names}


def reduced(imports: Imports) -> dict[str, list[str]]:
    """The transitive reduction: without the imports that follow from others, so that a drawing shows the way.

    Args:
        imports: an acyclic graph.
    """
    reach: dict[str, set[str]] = {}

    def reachable(name: str) -> set[str]:
        if name not in reach:
            reach[name] = set(imports[name]).union(*(reachable(other) for other in imports[name]))
        return reach[name]

    return {
        name: [other for other in others if not any(other in reachable(between) for between in others)]
        for name, others in imports.items()
    }


def diagram(imports: Imports) -> str:
    """The graph as Mermaid (https://mermaid.js.org/syntax/flowchart.html), upper layers above."""
    lines = [f"  {name} --> {other}" for name, others in imports.items() for other in sorted(others)]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```"])


def with_diagram(page: str) -> str:
    """The page with the diagram of the present code between its two markers.

    Raises:
        ValueError: the page has no markers.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no lines {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n{diagram(reduced(package_imports()))}\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the diagram, or checks it; 1 if it is out of step."""
    parser = argparse.ArgumentParser(prog="python -m tools.draw_architecture", description="Draw nnrun's packages.")
    parser.add_argument("--check", action="store_true", help="only compare the page with the code")
    options = parser.parse_args(arguments)
    page = PAGE.read_text(encoding="utf-8")
    drawn = with_diagram(page)
    if not options.check:
        PAGE.write_text(drawn, encoding="utf-8")
    elif drawn != page:
        sys.stderr.write(f"{PAGE} is out of step with the code; run python -m tools.draw_architecture\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
