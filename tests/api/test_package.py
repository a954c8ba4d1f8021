"""`import nnrun` loads nothing, and offers the public names whatever else is imported."""

import importlib
import subprocess
import sys

import pytest

import nnrun


def printed_by(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_importing_it_loads_nothing_else():
    before = "import sys, types; known = set(sys.modules); import nnrun; "
    assert printed_by(f"{before}print(*sorted(set(sys.modules) - known))").split() == ["nnrun"]


def test_the_public_names_are_there_and_no_others():
    assert dir(nnrun) == sorted(nnrun.__all__)
    assert all(getattr(nnrun, name) is not None for name in nnrun.__all__)
    with pytest.raises(AttributeError, match="module 'nnrun' has no attribute 'trian'"):
        _ = nnrun.trian


@pytest.mark.parametrize("name", [name for name in nnrun.__all__ if name not in ("errors", "__version__")])
def test_a_function_keeps_its_name_once_the_package_of_this_name_is_imported(name):
    imports = "import nnrun.load, nnrun.runs.layout, nnrun.predict.units, nnrun.sweep.plan"
    program = f"import nnrun\n{{}}\nprint(nnrun.{name}.__module__)"
    assert printed_by(program.format(imports)) == printed_by(program.format("")) != ""


def test_packages_of_these_names_are_imported_as_all_others():
    from nnrun.runs import layout

    assert importlib.import_module("nnrun.runs.layout") is layout


def test_reading_runs_loads_neither_tensorflow_nor_numpy(make_run):
    folder = make_run()
    program = f"""
import sys, nnrun
run = nnrun.load({str(folder)!r})
assert run.metrics["loss"] == 0.004 and len(run.history["loss"]) == 400
assert nnrun.runs("loss < 1", sort="loss", runs_dir={str(folder.parent)!r})[0]["loss"] == 0.004
print(sorted(sys.modules.keys() & {{"numpy", "tensorflow", "keras", "matplotlib", "rich", "click"}}))
"""
    assert printed_by(program) == "[]\n"
