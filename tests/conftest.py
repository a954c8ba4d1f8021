"""What all tests share: how hypothesis runs, and experiment files made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from run_folder import make_run_folder

hypothesis.settings.register_profile("nnrun", deadline=None)
hypothesis.settings.load_profile("nnrun")


@pytest.fixture
def experiment_file(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a text to an experiment file of its own."""

    def write(text: str | bytes, name: str = "experiment.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """A function that makes the folder of a finished run; its arguments are those of `make_run_folder`."""

    def make(**changes: Any) -> Path:
        return make_run_folder(tmp_path / "run", **changes)

    return make
