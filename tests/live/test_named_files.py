"""The files that an experiment names are found and looked at, without reading them."""

import os

import pytest

from nnrun.live.file_stamp import SeenFiles
from nnrun.live.named_files import named_files


def named(text, folder):
    return [path.relative_to(folder).as_posix() for path in named_files(text.encode(), folder / "experiment.yaml")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("custom: layers.py", ["layers.py"]),
        ("custom: [layers.py, {path: parts/losses.py, sha256: 0}]", ["layers.py", "parts/losses.py"]),
        ("data: {generator: {python: {callable: 'rows.made:make', n: 3}}}", ["rows/made.py"]),
        ("data: {generator: {csv: {path: a.csv}}, test: {csv: {path: b.csv}}}", ["a.csv", "b.csv"]),
        ("data: {generator: {npy: {inputs: [x.npy, {no: path}], target: y.npy}}}", ["x.npy", "path", "y.npy"]),
        ("{custom: [3, {path: 4}], data: {generator: [csv], validation: {csv: {path: [1]}}, test: {csv: a.csv}}}", []),
        ("data: {generator: xor}", []),
        ("- a list", []),
        ("data: {generator: {csv: {path: a.csv}", []),
    ],
)
def test_code_and_data_are_named_also_by_what_is_no_valid_experiment(text, names, tmp_path):
    assert named(text, tmp_path) == names


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text("longer"),
        lambda path: os.utime(path, ns=(1, 1)),
        lambda path: path.unlink(),
        lambda path: os.replace(path.with_name("other"), path),
    ],
    ids=["written", "touched", "removed", "replaced"],
)
def test_a_changed_file_is_noticed_until_it_is_looked_at(change, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("x")
    path.with_name("other").write_text("y")
    seen = SeenFiles()
    seen.look([path])
    assert not seen.have_changed()
    change(path)
    assert seen.have_changed()
    seen.look([path])
    assert not seen.have_changed()


def test_a_file_that_is_made_is_noticed_and_a_folder_is_not_looked_at(tmp_path):
    seen, folder = SeenFiles(), tmp_path / "folder"
    folder.mkdir()
    seen.look([folder, tmp_path / "new.py"])
    (folder / "image.png").touch()
    assert not seen.have_changed()
    (tmp_path / "new.py").touch()
    assert seen.have_changed()
