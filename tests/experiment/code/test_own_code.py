"""Python files of the user's own: refused without the permission, read from one folder, run once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nnrun.cli.main import run
from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError, Place
from nnrun.experiment.code.code_file import CodeAccess, CodeChanged, CodeFile, read_code
from nnrun.experiment.code.code_module import load_module
from nnrun.load import load_experiment

NAMED = """\
data: {generator: moons}
custom: layers.py
layers:
  - Mine: {units: 3}
optimizer: SGD
loss: mse
epochs: 1
"""
# Whoever imports it leaves a trace.
TRACE = "from pathlib import Path\nPath(__file__).with_name('imported').touch()\n"
ALLOWED = CodeAccess(lambda: None)


@pytest.fixture
def experiment(experiment_file: Callable[..., Path]) -> Path:
    path = experiment_file(NAMED)
    (path.parent / "layers.py").write_text(TRACE)
    return path


@pytest.mark.parametrize("command", [["check"], ["train"], ["sweep", "--grid", "seed=[1, 2]"], ["show-config"]])
def test_without_the_option_nothing_is_imported(
    command: list[str],
    experiment: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([*command, str(experiment)]) == 2
    assert f"{experiment}:2:9: This experiment runs Python code of its own: layers.py." in capsys.readouterr().err
    assert not (tmp_path / "imported").exists()
    assert not (tmp_path / "runs").exists()


def test_neither_the_environment_nor_a_project_gives_the_permission(
    experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("NNRUN_ALLOW_CODE", "NNRUN_CHECK_ALLOW_CODE"):
        monkeypatch.setenv(name, "1")
    assert run(["check", str(experiment)]) == 2
    (tmp_path / "pyproject.toml").write_text("[tool.nnrun]\nallow-code = true\n")
    assert run(["check", str(experiment)]) == 2
    assert 'Unknown setting "allow-code"' in capsys.readouterr().err
    assert not (tmp_path / "imported").exists()


def test_an_argument_after_two_dashes_is_no_option(
    experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["check", "--", str(experiment), "--allow-code"]) == 2
    assert not (tmp_path / "imported").exists()


@pytest.mark.parametrize("arguments", [["--allow-code", "check"], ["check", "--allow-code"]])
def test_the_option_stands_before_a_command_or_behind_it(
    arguments: list[str], experiment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, str(experiment)]) == 2
    assert "layers.py registers nothing with Keras." in capsys.readouterr().err
    assert (tmp_path / "imported").exists()


@pytest.mark.parametrize("name", ["../layers.py", "/tmp/layers.py", "layers.txt", "a/../../layers.py"])
def test_a_file_outside_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"a \.py file in or below the folder"):
        read_code(name, tmp_path, None)


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "layers.py").write_text(TRACE)
    (inside / "layers.py").symlink_to(tmp_path / "layers.py")
    with pytest.raises(ExperimentError, match="in or below the folder"):
        read_code("layers.py", inside, None)


def test_a_file_with_another_digest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "layers.py").write_text(TRACE)
    place = Place("resolved.yaml", 3, 1, "")
    sha256 = read_code("layers.py", tmp_path, place).sha256
    assert read_code("layers.py", tmp_path, place, sha256).sha256 == sha256
    with pytest.raises(CodeChanged, match=r"resolved\.yaml:3:1: .* is not the code that"):
        read_code("layers.py", tmp_path, place, "0" * 64)


def test_the_copy_in_a_run_is_read_where_there_is_no_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "layers.py").write_text("a = 1\n")
    assert read_code("layers.py", tmp_path, None).source == b"a = 1\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a = 1\nb = a / 0\n", "layers.py, line 2: ZeroDivisionError: division by zero"),
        ("a = 1\ndef\n", "layers.py, line 2: SyntaxError: invalid syntax"),
        ("import nothing_like_it\n", "layers.py, line 1: ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("raise SystemExit(3)\n", "layers.py, line 1: SystemExit: 3"),
    ],
)
def test_an_error_in_the_file_is_told_with_its_line(source: str, message: str, experiment: Path) -> None:
    (experiment.parent / "layers.py").write_text(source)
    with pytest.raises(ExperimentError) as caught:
        load_experiment(experiment, files=DataFiles(code=ALLOWED))
    (problem,) = caught.value.problems
    assert problem.message == message
    assert problem.place is not None
    assert problem.place.line == 2


def test_a_file_is_run_once_and_another_content_is_another_module(tmp_path: Path) -> None:
    first = CodeFile("a.py", str(tmp_path / "a.py"), b"values = []")
    other = CodeFile("a.py", str(tmp_path / "a.py"), b"values = [1]")
    load_module(first).values.append(5)
    assert load_module(first).values == [5]
    assert load_module(other).values == [1]


def test_a_file_imports_those_before_it_by_their_names(tmp_path: Path) -> None:
    helper = CodeFile("helper_of_it.py", "helper_of_it.py", b"number = 7")
    user = CodeFile("user.py", "user.py", b"from helper_of_it import number", (helper,))
    assert load_module(user).number == 7
    with pytest.raises(ModuleNotFoundError):
        __import__("helper_of_it")
