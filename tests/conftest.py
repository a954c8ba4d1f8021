"""What all tests share: how hypothesis runs, experiment files made on the spot, and pictures read as pixels."""

from __future__ import annotations

import gc
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from drawn_examples import draw_without_constants_of_modules
from PIL import Image
from run_folder import make_run_folder
from used_runs import used_run

__all__ = ["used_run"]

Pixels = np.ndarray[Any, np.dtype[np.uint8]]

# What a build server, a terminal or its user set changes what commands print; a test that is about it sets it.
GIVEN = ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "COLUMNS", "LINES")
for variable in (*GIVEN, *(name for name in os.environ if name.startswith("NNRUN_"))):
    os.environ.pop(variable, None)
os.environ["TERM"] = "xterm"
os.environ["NNRUN_WARM"] = "never"  # whatever the developer's own terminal does

# Whether a change lands is no matter of chance; `pytest --hypothesis-profile explore` draws other examples each time.
# However slow the machine is: hypothesis would take a pause of its process for a strategy that draws too slowly.
patient: dict[str, Any] = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("nnrun", derandomize=True, **patient)
hypothesis.settings.register_profile("explore", max_examples=1000, **patient)
hypothesis.settings.load_profile("nnrun")
draw_without_constants_of_modules()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keeps what is imported while the tests are collected from the collector of garbage, as a run does for TensorFlow.

    Of a million objects, each visit takes a second.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n`, the tests of a file run in one process: they share what its fixtures have trained."""
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log)


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


@pytest.fixture
def pixels() -> Callable[[bytes], Pixels]:
    """Reads a picture, after a look at its signature and size; shape (500, 800, 3), the highest row first."""

    def read(png: bytes) -> Pixels:
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        image = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
        assert image.shape == (500, 800, 3)
        return image

    return read


@pytest.fixture
def count_of(pixels: Callable[[bytes], Pixels]) -> Callable[[bytes, str], int]:
    """How many pixels of a picture have exactly this colour."""

    def count(png: bytes, color: str) -> int:
        parts = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
        return int((pixels(png) == parts).all(axis=-1).sum())

    return count


@pytest.fixture(params=["", "$$", "_$x^2 [link=http://a][/bold] \x1b[31m\x00\x07\n\udcff\u202e 日本", "W" * 9999])
def odd_text(request: pytest.FixtureRequest) -> str:
    """Text that steers terminals, breaks markup or formulas, or has no room."""
    return str(request.param)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 KB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("only root mounts a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
