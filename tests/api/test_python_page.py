"""docs/python.md and docs/notebook.ipynb as code: every block and every cell runs, and prints what the page shows."""

import json
import re
from pathlib import Path

import pytest

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


@pytest.mark.slow
def test_every_block_of_the_page_runs_and_prints_what_it_shows(folder, capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) > 5
    names = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)
    shown = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert capsys.readouterr().out == "".join(shown)


def test_every_public_name_is_on_the_page():
    import nnrun

    assert [name for name in nnrun.__all__ if not name.startswith("_") and name not in PAGE] == []


@pytest.mark.slow
def test_every_cell_of_the_notebook_runs(folder):
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
