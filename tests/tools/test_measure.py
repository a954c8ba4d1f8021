"""The numbers of the source tree, on a small tree whose numbers are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import measure as tool
from tools.measure import Source, function_lengths, import_cycle, measure, private_names, read_tree, repeated_modules

SOURCE = '''class A:
    @property
    def one(self) -> int:
        """A docstring."""

        # a comment
        return 1


def two() -> int: return 2
async def three() -> None:
    def inner() -> None:
        pass
'''


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from keras.src.utils import naming", ["keras.src.utils.naming"]),
        ("from keras import src", ["keras.src"]),
        ("import tensorflow.python.ops", ["tensorflow.python.ops"]),
        ("model._compile_loss._weights", ["model._compile_loss._weights", "model._compile_loss"]),
        ("import_module('keras.src.layers')", ["keras.src.layers"]),
        ("self.model._compute_loss()", ["self.model._compute_loss"]),
        ("self._own; cls._own; os._exit(0); model.__dict__; '_text'; 'in keras.src'", []),
    ],
)
def test_the_search_finds_every_way_to_a_private_name(text: str, found: list[str]) -> None:
    assert private_names(Source("a.py", text)) == found


def test_a_function_is_as_long_as_its_lines_from_def_on() -> None:
    expected = [(1, "a.py two"), (2, "a.py inner"), (3, "a.py three"), (5, "a.py one")]
    assert function_lengths([Source("a.py", SOURCE)]) == expected


def test_a_cycle_is_found_among_the_imports_of_loading_alone() -> None:
    one = Source("a/__init__.py", "from nnrun.b import x")
    other = Source("b.py", "import os\ntry:\n    import nnrun.c\nexcept ImportError:\n    pass")
    back = "from nnrun import a"
    assert import_cycle([one, other, Source("c.py", f"def f():\n    {back}")]) == []
    assert import_cycle([one, other, Source("c.py", f"if TYPE_CHECKING:\n    {back}")]) == []
    assert sorted(import_cycle([one, other, Source("c.py", back)])[1:]) == ["a", "b", "c"]


def test_commands_and_packages_may_have_the_name_of_a_module() -> None:
    paths = ("a/x.py", "cli/commands/x.py", "a/__init__.py", "b/__init__.py", "a/y.py", "b/y.py")
    assert repeated_modules([Source(path, "") for path in paths]) == ["y"]


def test_the_numbers_of_a_tree(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "compat.py").write_text("import keras.src\n")
    (tmp_path / "one.py").write_text(f"{SOURCE}import keras.src.utils\n")
    (tmp_path / "other.py").write_text("class A:\n    pass\n" + "\n" * 400)
    values = [value for value, _ in measure(read_tree(tmp_path)).values()]
    lengths = ["4", "2.5", "5", "5: one.py one"]
    assert values == ["417", "3", *lengths, "1: other.py (402)", "1: A", "0", "1: keras.src.utils", "0"]


@pytest.fixture
def small_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the tool measure a tree of one file."""
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "one.py").write_text(SOURCE)
    monkeypatch.setattr(tool, "ROOT", folder)


@pytest.mark.usefixtures("small_tree")
def test_the_table_is_printed_written_and_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main([]) == 0
    table = capsys.readouterr().out
    assert table.startswith("| | now | aim |\n| --- | ---: | ---: |\n| Lines of all Python files")
    assert "| Private names of Keras and TensorFlow outside `model/compat.py` | 0 | ≤ 0 |" in table
    page = tmp_path / "page.md"
    page.write_text("Before\n<!-- measure -->\nold\n<!-- end of measure -->\nAfter\n")
    assert tool.main(["--check", str(page)]) == 1
    assert f"run python -m tools.measure --write {page}" in capsys.readouterr().err
    assert tool.main(["--write", str(page)]) == 0
    assert page.read_text() == f"Before\n<!-- measure -->\n{table}<!-- end of measure -->\nAfter\n"
    assert tool.main(["--check", str(page)]) == 0


@pytest.mark.usefixtures("small_tree")
def test_a_page_without_a_place_for_the_table_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "page.md").write_text("Nothing\n")
    with pytest.raises(SystemExit, match="2"):
        tool.main(["--write", str(tmp_path / "page.md")])
    assert "has no line <!-- measure -->" in capsys.readouterr().err
