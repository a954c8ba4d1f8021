"""A data file that cannot be read is refused with the reason, and with the name that was probably meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nnrun.data.files.read_file import MAX_BYTES, read_file
from nnrun.errors import ExperimentError

REGULAR = "A data file is a regular file of at most 256 MB."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


def open_error(path: Path) -> tuple[str, str | None]:
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        read_file(path)
    (problem,) = caught.value.problems
    return problem.message, problem.hint


def test_a_file_that_is_not_there_gets_the_nearest_name_of_its_folder(file: Path) -> None:
    file.touch()
    (file.parent / "row.csv").mkdir()
    near, far = file.with_name("row.csv.csv"), file.parent / "deep" / "rows.csv"
    assert open_error(near) == (f"There is no file {near}.", 'Did you mean "rows.csv"?')
    assert open_error(far) == (f"There is no file {far}.", None)
    for name, meant in (("rows.tsv", "rows.csv"), ("Row.CSV", "rows.csv"), ("nofile.csv", None), ("crows.txt", None)):
        hint = f'Did you mean "{meant}"?' if meant else None
        assert open_error(file.with_name(name))[1] == hint
    assert open_error(file / "below")[0] == f"There is no file {file / 'below'}."


def test_a_folder_a_pipe_and_a_path_that_cannot_be_are_refused(file: Path) -> None:
    os.mkfifo(file)
    assert open_error(file.parent) == (f"Cannot read {file.parent}: it is a folder.", REGULAR)
    assert open_error(file) == (f"Cannot read {file}: it is not a regular file.", REGULAR)
    assert open_error(Path("a\0b"))[0].startswith("Cannot read a\0b: ")
    loop = file.with_name("loop.csv")
    loop.symlink_to(loop)
    assert open_error(loop)[0].startswith(f"Cannot read {loop}: ")


def test_a_file_that_is_too_large_is_refused_without_reading_it(file: Path) -> None:
    with file.open("wb") as stream:
        stream.truncate(MAX_BYTES + 2**20)
    assert open_error(file) == (f"Cannot read {file}: it has 257 MB, and at most 256 MB are read.", REGULAR)


@pytest.mark.parametrize("path", ["/proc/self/environ", "/proc/kmsg", "/sys/kernel/notes", "/proc/1/../self/maps"])
def test_no_file_of_the_kernel_is_read_even_through_a_link(file: Path, path: str) -> None:
    file.symlink_to(path)
    folder = Path(path).parts[1]
    for named in (Path(path), file):
        assert open_error(named)[0] == f"Cannot read {named}: it is not a regular file, but one of /{folder}."
