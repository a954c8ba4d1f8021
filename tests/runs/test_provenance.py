"""Where a run came from."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import LONGEST

from nnrun.runs import provenance
from nnrun.runs.provenance import git_changes, git_state, operating_system, processor_name, versions
from nnrun.runs.record import GitState


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(autouse=True)
def patience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine is no git that hangs, and no repository around the folder of the tests is that of a test."""
    monkeypatch.setattr(provenance, "_GIT_TIMEOUT", LONGEST)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent.resolve()))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "xor.yaml").write_text("seed: 0\n")
    git(tmp_path, "add", "xor.yaml")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path


def test_a_clean_repository_gives_its_commit(repository: Path) -> None:
    assert git_state(repository) == GitState(git(repository, "rev-parse", "HEAD"), dirty=False)


def test_a_folder_inside_belongs_to_the_repository(repository: Path) -> None:
    (repository / "experiments").mkdir()
    assert git_state(repository / "experiments") == git_state(repository)


def test_a_detached_head_is_a_commit_too(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    assert git_state(repository) == GitState(git(repository, "rev-parse", "HEAD"), dirty=False)


@pytest.mark.parametrize("staged", [True, False])
def test_a_changed_file_makes_it_dirty(repository: Path, staged: bool) -> None:
    (repository / "xor.yaml").write_text("seed: 1\n")
    if staged:
        git(repository, "add", "xor.yaml")
    state = git_state(repository)
    assert state is not None
    assert state.dirty


def test_a_file_that_git_does_not_know_does_not(repository: Path) -> None:
    (repository / "new.yaml").touch()
    state = git_state(repository)
    assert state is not None
    assert not state.dirty


def test_a_repository_without_a_commit_has_no_state(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert git_state(tmp_path) is None


def test_a_folder_outside_any_repository_has_no_state(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None


def test_a_folder_that_is_not_there_has_no_state(tmp_path: Path) -> None:
    assert git_state(tmp_path / "gone") is None


def test_no_git_is_no_error(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert git_state(repository) is None


def test_a_git_that_hangs_is_given_up(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec /bin/sleep 1000\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent))
    monkeypatch.setattr(provenance, "_GIT_TIMEOUT", 0.05)
    assert git_state(repository) is None


def test_the_repository_cannot_run_a_command_of_its_own(repository: Path) -> None:
    git(repository, "config", "core.fsmonitor", f"touch {repository / 'ran'}; echo")
    git_state(repository)
    assert not (repository / "ran").exists()


def test_the_patch_leads_from_the_commit_to_the_changed_files(repository: Path, tmp_path: Path) -> None:
    (repository / "xor.yaml").write_text("seed: 7\n")
    (repository / "picture").write_bytes(bytes(range(256)))
    git(repository, "add", "picture")
    git(repository, "config", "diff.noprefix", "true")
    (repository / "experiments").mkdir()
    state, patch = git_changes(repository / "experiments", saved=True)
    assert state == GitState(git(repository, "rev-parse", "HEAD"), dirty=True, patch="saved")
    assert patch is not None
    git(repository, "reset", "--quiet", "--hard")
    (tmp_path / "git.patch").write_bytes(patch)
    git(repository, "apply", str(tmp_path / "git.patch"))
    assert (repository / "xor.yaml").read_text() == "seed: 7\n"
    assert (repository / "picture").read_bytes() == bytes(range(256))


def test_a_patch_is_left_out_where_it_is_not_wanted_or_has_more_than_a_mebibyte(repository: Path) -> None:
    (repository / "xor.yaml").write_text("seed: 7\n")
    state, patch = git_changes(repository, saved=False)
    assert state is not None
    assert (state.patch, patch) == ("off", None)
    (repository / "xor.yaml").write_text("# comment\n" * 200_000)
    state, patch = git_changes(repository, saved=True)
    assert state is not None
    assert (state.patch, patch) == ("too large", None)


def test_without_changes_there_is_no_patch(repository: Path) -> None:
    assert git_changes(repository, saved=True) == (git_state(repository), None)


@pytest.mark.parametrize("setting", ["diff.external", "diff.evil.textconv", "diff.evil.command"])
def test_the_patch_runs_no_command_that_the_repository_names(repository: Path, setting: str) -> None:
    (repository / ".gitattributes").write_text("*.yaml diff=evil\n")
    (repository / "xor.yaml").write_text("seed: 7\n")
    git(repository, "config", setting, f"touch {repository / 'ran'}; cat")
    assert git_changes(repository, saved=True)[1]
    assert not (repository / "ran").exists()


@pytest.mark.parametrize("name", ["evil", "ev.il", "ev=il"])
@pytest.mark.parametrize("command", ["clean", "process"])
def test_no_filter_of_the_repository_is_run(repository: Path, name: str, command: str) -> None:
    (repository / ".gitattributes").write_text(f"*.yaml filter={name}\n")
    config = repository / ".git" / "config"
    ran = repository / "ran"
    filters = f'[filter "{name}"]\n\t{command} = "touch {ran}; cat"\n\trequired = true\n'
    (repository / ".git" / "more").write_text(filters)
    config.write_text(f"{config.read_text()}[include]\n\tpath = more\n")
    (repository / "xor.yaml").write_text("seed: 7\n")
    state, patch = git_changes(repository, saved=True)
    assert not ran.exists()
    assert name == "ev=il" or (state is not None and state.dirty and b"+seed: 7" in (patch or b""))


def test_a_filter_of_the_user_is_run(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "user").write_text('[filter "own"]\n\tclean = sed s/7/8/\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "user"))
    (repository / ".gitattributes").write_text("*.yaml filter=own\n")
    (repository / "xor.yaml").write_text("seed: 7\n")
    assert b"+seed: 8" in (git_changes(repository, saved=True)[1] or b"")


def test_the_machine_has_a_system_and_a_processor() -> None:
    assert operating_system().split()[0] == platform.system()
    assert processor_name()


def test_versions_name_python_and_what_trains() -> None:
    found = versions()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"nnrun", "keras", "numpy"} <= set(found)
    assert all(isinstance(version, str) for version in found.values())


def test_versions_import_none_of_the_packages() -> None:
    code = "import sys, nnrun.runs.provenance; sys.modules['nnrun.runs.provenance'].versions(); "
    code += "print({'numpy', 'keras'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout == "set()\n"
