"""Run folders: every run gets its own."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from nnrun.errors import ExperimentError, StorageError
from nnrun.runs.atomic import write_text
from nnrun.runs.folder import claim_folder, release_folder

MOMENT = datetime(2026, 11, 23, 14, 22, 33)

_CLAIM_TOGETHER = """
import os, sys
from datetime import datetime
from pathlib import Path
from nnrun.runs.folder import claim_folder

gate = Path(sys.argv[1])
children = []
for _ in range(32):
    child = os.fork()
    if child == 0:
        while not gate.exists():
            pass
        folder = claim_folder(Path(sys.argv[2]), "xor", datetime(2026, 11, 23, 14, 22, 33))
        os.write(1, f"{folder.name}\\n".encode())
        os._exit(0)
    children.append(child)
gate.touch()
failed = [child for child in children if os.waitpid(child, 0)[1]]
sys.exit(len(failed))
"""


def test_the_folder_is_named_by_moment_and_experiment(tmp_path: Path) -> None:
    folder = claim_folder(tmp_path, "xor", MOMENT)
    assert folder == tmp_path / "20261123-142233-xor"
    assert folder.is_dir()


def test_a_clash_takes_the_next_number(tmp_path: Path) -> None:
    names = [claim_folder(tmp_path, "xor", MOMENT).name for _ in range(3)]
    assert names == ["20261123-142233-xor", "20261123-142233-xor-2", "20261123-142233-xor-3"]


def test_a_file_or_a_dangling_link_of_that_name_is_a_clash_too(tmp_path: Path) -> None:
    (tmp_path / "20261123-142233-xor").touch()
    (tmp_path / "20261123-142233-xor-2").symlink_to(tmp_path / "nowhere")
    assert claim_folder(tmp_path, "xor", MOMENT).name == "20261123-142233-xor-3"


def test_a_root_that_is_missing_is_made_with_its_parents(tmp_path: Path) -> None:
    assert claim_folder(tmp_path / "deep" / "runs", "xor", MOMENT).is_dir()


def test_processes_that_claim_at_once_all_get_their_own(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", _CLAIM_TOGETHER, tmp_path / "gate", tmp_path / "runs"],
        capture_output=True,
        text=True,
        check=True,
    )
    names = answer.stdout.split()
    assert len(names) == 32
    assert len(set(names)) == 32
    assert sorted(names) == sorted(os.listdir(tmp_path / "runs"))


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", "-rf", ".hidden", "a b", "ä", "a\n", "a\0", "x" * 65])
def test_a_name_that_could_leave_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExperimentError, match="cannot be the name of a run"):
        claim_folder(tmp_path, name, MOMENT)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["x", "7", "xor-2.final_b", "x" * 64])
def test_a_plain_name_is_taken(tmp_path: Path, name: str) -> None:
    assert claim_folder(tmp_path, name, MOMENT).name.endswith(name)


def test_a_root_that_cannot_be_made_is_named_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"Could not create .*file/runs: a part of this path is a file") as caught:
        claim_folder(tmp_path / "file" / "runs", "xor", MOMENT)
    assert caught.value.problems[0].hint == "Name a folder."


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    with pytest.raises(StorageError, match="Could not create"):
        claim_folder(tmp_path / "runs", "xor", MOMENT)


def test_a_folder_in_which_nothing_was_trained_is_removed(tmp_path: Path) -> None:
    folder = claim_folder(tmp_path, "xor", MOMENT)
    for name in ("experiment.yaml", "resolved.yaml", "run.json", ".run.0123456789ab.part.json"):
        write_text(folder / name, "")
    assert release_folder(folder)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["model.keras", "metrics.csv", "checkpoint", "notes.txt"])
def test_a_folder_with_a_result_or_a_file_of_the_users_own_stays_whole(tmp_path: Path, name: str) -> None:
    folder = claim_folder(tmp_path, "xor", MOMENT)
    write_text(folder / "experiment.yaml", "")
    write_text(folder / name, "")
    assert not release_folder(folder)
    assert sorted(os.listdir(folder)) == sorted(["experiment.yaml", name])


def test_release_follows_no_link_inside_the_folder(tmp_path: Path) -> None:
    precious = tmp_path / "precious.json"
    precious.write_text("{}")
    folder = claim_folder(tmp_path / "runs", "xor", MOMENT)
    (folder / "run.json").symlink_to(precious)
    assert not release_folder(folder)
    assert precious.read_text() == "{}"


def test_release_follows_no_link_to_a_folder(tmp_path: Path) -> None:
    folder = claim_folder(tmp_path / "runs", "xor", MOMENT)
    write_text(folder / "run.json", "")
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert not release_folder(link)
    assert os.listdir(folder) == ["run.json"]


def test_a_folder_inside_keeps_the_run_folder(tmp_path: Path) -> None:
    folder = claim_folder(tmp_path, "xor", MOMENT)
    (folder / "run.json").mkdir()
    assert not release_folder(folder)


def test_releasing_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"Could not remove .*gone: there is no such file or folder"):
        release_folder(tmp_path / "gone")
