"""The log of a run has the lines that a file or pipe on standard error would get."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from experiments import shipped
from nnrun.cli.progress import LogListener
from nnrun.cli.run_log import LoggedListener
from nnrun.errors import Interrupted, Problem
from nnrun.run_listener import RunListener


class Unseen(RunListener):
    """What a quiet command shows, and what it would save."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def on_warning(self, message: str) -> None:
        self.warnings.append(message)

    def on_emergency_save(self, save: Callable[[], str | None]) -> None:
        self.save = save


def tell(listener: RunListener, folder: Path) -> None:
    listener.on_stage("reading xor.yaml")
    listener.on_claimed(shipped("xor"), folder)
    listener.on_warning("[bold]x[/nothing] \x1b[31mred")
    listener.on_epochs({"loss": [0.5] * 500, "seconds": [0.1] * 500})


def test_the_log_has_the_plain_lines_of_the_terminal_with_quiet_too(tmp_path: Path) -> None:
    plain = LogListener(Console(file=io.StringIO(), color_system=None, force_terminal=False, width=120))
    tell(plain, tmp_path)
    with LoggedListener(Unseen()) as listener:
        tell(listener, tmp_path)
    text = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert text == plain.console.file.getvalue()
    assert text.splitlines()[0] == "reading xor.yaml …"
    assert "\x1b" not in text


def test_the_error_that_ends_the_run_is_its_last_line(tmp_path: Path) -> None:
    def end_by(error: Interrupted) -> None:
        with LoggedListener(Unseen()) as listener:
            tell(listener, tmp_path)
            raise error

    with pytest.raises(Interrupted):
        end_by(Interrupted(Problem("Interrupted.", hint="Resume with: nnrun resume x")))
    text = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert text.endswith("\nInterrupted.\n  Resume with: nnrun resume x\n")


@pytest.mark.parametrize(
    ("remedy", "end"), [("Resume with: nnrun resume x", "\n  Resume with: nnrun resume x\n"), (None, "5\n")]
)
def test_a_process_that_has_to_end_at_once_logs_how_to_go_on(tmp_path: Path, remedy: str | None, end: str) -> None:
    shown = Unseen()
    listener = LoggedListener(shown)
    tell(listener, tmp_path)
    listener.on_emergency_save(lambda: remedy)
    assert shown.save() == remedy
    assert (tmp_path / "run.log").read_text(encoding="utf-8").endswith(end)


def test_a_log_that_cannot_be_written_is_a_warning_on_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "run.log").mkdir()
    shown = Unseen()
    with LoggedListener(shown) as listener:
        tell(listener, tmp_path)
    assert shown.warnings[0] == f"Could not write {tmp_path / 'run.log'}: it is a folder."


def test_a_resumed_run_appends_after_a_line_with_the_time(tmp_path: Path) -> None:
    for _ in range(2):
        with LoggedListener(Unseen()) as listener:
            listener.on_resumed(shipped("xor"), tmp_path, 3)
    first, separator, second = (tmp_path / "run.log").read_text(encoding="utf-8").splitlines()
    assert first == second
    assert separator.startswith("--- resumed 20")
