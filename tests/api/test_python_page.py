"""docs/python.md and docs/notebook.ipynb as code: every block and every cell runs, and prints what the page shows."""

import ast
import json
import re
from functools import partial
from pathlib import Path

import pytest

import nnrun

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"
MOONS = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]

pytestmark = pytest.mark.keras


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    (tmp_path / "moons.yaml").write_text(MOONS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.slow)], ids=["bare", "whole"])
def pictures(request, monkeypatch) -> None:
    """Whether the trainings draw pictures and write a report, as they do unless they are told otherwise."""
    if not request.param:
        monkeypatch.setattr(nnrun, "train", partial(nnrun.train, plots=False, report=False))


@pytest.mark.usefixtures("pictures")
def test_every_block_of_the_page_runs_and_prints_what_it_shows(folder, capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) > 5
    names = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)
    shown = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert capsys.readouterr().out == "".join(shown)


def test_every_public_name_is_on_the_page():
    assert [name for name in nnrun.__all__ if not name.startswith("_") and name not in PAGE] == []


def html_of(cell: str, names: dict[str, object]) -> str:
    """Runs a cell; the HTML of its last expression, nothing where it has none."""
    *_, last = statements = ast.parse(cell).body
    if not isinstance(last, ast.Expr):
        last = None
    exec(compile(ast.Module(statements[:-1] if last else statements, []), str(NOTEBOOK), "exec"), names)
    shown = eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names) if last else None
    return shown._repr_html_() if hasattr(shown, "_repr_html_") else ""


@pytest.mark.usefixtures("folder", "pictures")
def test_every_cell_of_the_notebook_runs():
    cells = [cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    names: dict[str, object] = {}
    shown = [html_of("".join(cell["source"]), names) for cell in cells]
    assert [index for index, html in enumerate(shown) if "<svg" in html] == [1, 7]  # the run, the best trial


@pytest.mark.slow
def test_every_cell_of_the_notebook_runs_in_a_kernel(folder):
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    client.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ()) if output.output_type != "stream"]
    assert any("<svg" in output.data.get("text/html", "") for output in shown)


def test_the_notebook_is_stored_without_outputs():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
