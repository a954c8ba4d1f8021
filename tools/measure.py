"""Measure the source tree of nnrun: its size, its functions, and the names that it uses twice or may not use.

`python -m tools.measure` prints a Markdown table. `--write FILE` puts the table into a Markdown file, between the lines
`<!-- measure -->` and `<!-- end of measure -->`; with `--check FILE` the exit status is 1 if the table
of the file is another one.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from math import ceil
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent / "nnrun"
BLOCK = re.compile(r"(?<=<!-- measure -->\n).*?(?=<!-- end of measure -->)", re.DOTALL)

LONGEST_FILE = 350
# Nothing but tables: they may be longer.
DATA = ("experiment/schema/overlay.py",)
# Their files are named for the command, whatever else has that name.
COMMANDS = "cli/commands/"
# The one file that may have private names of Keras and TensorFlow.
COMPAT = "model/compat.py"
PRIVATE_PACKAGES = ("keras.src", "tensorflow.python", "tensorflow._api", "tensorflow.compiler", "tensorflow.core")
# Of the standard library, and documented.
PUBLIC = ("os._exit",)


@dataclass(frozen=True)
class Source:
    """A Python file.

    Args:
        path: relative to the root of the tree, with slashes.
        text: its content.
    """

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of its syntax tree."""
        return list(ast.walk(self.tree))

    @property
    def lines(self) -> int:
        """How many lines it has, blank ones and comments included."""
        return len(self.text.splitlines())

    @property
    def module(self) -> str:
        """Its name as a module, such as `model.build`; that of a package is the folder's."""
        return self.path.removesuffix(".py").removesuffix("__init__").strip("/").replace("/", ".")


def read_tree(root: Path) -> list[Source]:
    """The Python files below a folder, by path."""
    paths = sorted(root.rglob("*.py"))
    return [Source(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


def function_lengths(sources: Iterable[Source]) -> list[tuple[int, str]]:
    """The length of every function and method with its file and name, in ascending order.

    A function is as long as its lines from `def` to its end, with its docstring and without its decorators.
    """
    return sorted(
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{source.path} {node.name}")
        for source in sources
        for node in source.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def repeated_classes(sources: Iterable[Source]) -> list[str]:
    """The names that several classes have."""
    nodes = (node for source in sources for node in source.nodes)
    return _repeated(node.name for node in nodes if isinstance(node, ast.ClassDef))


def repeated_modules(sources: Iterable[Source]) -> list[str]:
    """The names that several modules have, those of commands, `__init__` and `__main__` aside."""
    stems = (Path(source.path).stem for source in sources if not source.path.startswith(COMMANDS))
    return _repeated(stem for stem in stems if not stem.startswith("__"))


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def private_names(source: Source) -> list[str]:
    """The private names of other packages in a source.

    These are imports from private packages of Keras and TensorFlow, texts that name one, and attributes that begin with
    one underscore of anything but `self` and `cls`.
    """
    return [name for node in source.nodes for name in _private(node)]


def _private(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (name.name for name in names if _is_private(name.name))
        case ast.ImportFrom(module=str(module), names=names):
            yield from (f"{module}.{name.name}" for name in names if _is_private(f"{module}.{name.name}"))
        case ast.Attribute(value=value, attr=attr) if re.match("_(?!_)", attr):
            name = f"{ast.unparse(value)}.{attr}"
            if ast.unparse(value) not in ("self", "cls") and name not in PUBLIC:
                yield name
        case ast.Constant(value=str(text)) if _is_private(text) and " " not in text:
            yield text  # given to import_module or to getattr


def _is_private(name: str) -> bool:
    return name.startswith(tuple(f"{package}." for package in PRIVATE_PACKAGES)) or name in PRIVATE_PACKAGES


def import_cycle(sources: Sequence[Source], package: str = "nnrun") -> list[str]:
    """Modules that import each other while they are loaded, the first one again at the end; empty if there are none."""
    modules = {source.module for source in sources}
    graph = {source.module: set(_imports(source, package, modules)) - {source.module} for source in sources}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle[::-1]
    return []


def _imports(source: Source, package: str, modules: set[str]) -> Iterator[str]:
    for node in _loaded(source.tree.body):
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        else:
            names = [f"{node.module}.{name.name}" for name in node.names] + [str(node.module)]
        inside = [name.removeprefix(f"{package}.") for name in names if name.startswith(f"{package}.")]
        yield from (name for name in inside if name in modules)


def _loaded(body: Iterable[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that are carried out when a module is loaded: none of functions, none for type checkers."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.Try):
            yield from _loaded([*node.body, *(line for handler in node.handlers for line in handler.body)])
        elif isinstance(node, ast.If):
            yield from _loaded(node.orelse if ast.unparse(node.test) == "TYPE_CHECKING" else node.body + node.orelse)


def measure(sources: Sequence[Source]) -> dict[str, tuple[str, str]]:
    """Each number with what is aimed at, by what it measures."""
    functions = function_lengths(sources)
    lengths = [length for length, _ in functions]
    long_files = [f"{s.path} ({s.lines})" for s in sources if s.lines > LONGEST_FILE and s.path not in DATA]
    private = [name for s in sources if s.path != COMPAT for name in private_names(s)]
    cycle = import_cycle(sources)
    return {
        "Lines of all Python files, blank ones and comments included": (f"{sum(s.lines for s in sources):,}", "27,000"),
        "Python files": (str(len(sources)), ""),
        "Functions and methods": (f"{len(lengths):,}", ""),
        "Median length of a function in lines, from `def` on, docstring included": (
            f"{median(lengths):g}",
            "8",
        ),
        "90th percentile of these lengths": (str(lengths[ceil(0.9 * len(lengths)) - 1]), "20"),
        "Longest function": ("{}: {}".format(*functions[-1]), "60"),
        f"Files of more than {LONGEST_FILE} lines, data aside": (_listed(long_files), "0"),
        "Class names that occur twice": (_listed(repeated_classes(sources)), "0"),
        "Module names that occur twice, commands aside": (_listed(repeated_modules(sources)), "0"),
        f"Private names of Keras and TensorFlow outside `{COMPAT}`": (_listed(private), "0"),
        "Import cycles": (" → ".join(cycle) or "0", "0"),
    }


def _listed(names: Sequence[str]) -> str:
    return f"{len(names)}: {', '.join(names)}" if names else "0"


def render(numbers: Mapping[str, tuple[str, str]]) -> str:
    """The table in Markdown."""
    rows = [f"| {what} | {value} | {f'≤ {most}' if most else ''} |" for what, (value, most) in numbers.items()]
    return "\n".join(["| | now | aim |", "| --- | ---: | ---: |", *rows, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, or write it to a file or compare it with one; 1 if the file has another table.

    Raises:
        SystemExit: the file has no lines between which the table belongs.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.measure", description="Measure the source tree of nnrun.")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", type=Path, metavar="FILE", help="put the table into a Markdown file")
    action.add_argument("--check", type=Path, metavar="FILE", help="only compare the table with that of a file")
    options = parser.parse_args(arguments)
    table = render(measure(read_tree(ROOT)))
    file = options.write or options.check
    if file is None:
        sys.stdout.write(table)
        return 0
    text = file.read_text(encoding="utf-8")
    if not BLOCK.search(text):
        parser.error(f"{file} has no line <!-- measure --> with <!-- end of measure --> after it")
    expected = BLOCK.sub(lambda _: table, text)
    if options.write:
        file.write_text(expected, encoding="utf-8")
    elif text != expected:
        sys.stderr.write(f"{file} is out of date; run python -m tools.measure --write {file}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
