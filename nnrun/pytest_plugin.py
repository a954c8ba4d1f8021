"""The plug-in for pytest: experiment files as tests, and a fixture that trains.

pytest loads it in every project of an environment with nnrun, so it imports nothing else until a test of it runs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from nnrun import Run
    from nnrun.testing.case_options import CaseOptions

_FILES = "nnrun_files"
_CODE = "nnrun_allow_code"
_CODE_OPTION = "--nnrun-allow-code"
_OPTIONS = pytest.StashKey["CaseOptions"]()
_PATTERNS = ("*.nnrun.yaml", "*.nnrun.yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the settings: which files are experiments, and whether the code that they name is run."""
    help = f"Patterns of experiment files, such as experiments/*.yaml, beside {' and '.join(_PATTERNS)}."
    parser.addini(_FILES, help, type="args", default=[])
    help = "Run the Python code that experiment files name."
    parser.addini(_CODE, help, type="bool", default=False)
    parser.getgroup("nnrun").addoption(_CODE_OPTION, action="store_true", help=help)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Takes an experiment file as a file of tests; it is not read yet."""
    patterns = (*_PATTERNS, *parent.config.getini(_FILES))
    if any(file_path.match(pattern) for pattern in patterns):
        return CollectedExperiment.from_parent(parent, path=file_path)
    return None


class UnmetExperiment(Exception):
    """An experiment file that failed its test."""


class CollectedExperiment(pytest.File):
    """An experiment file, which is one test."""

    def collect(self) -> Iterable[pytest.Item]:
        """The test."""
        yield ExperimentItem.from_parent(self, name="expect")


class ExperimentItem(pytest.Item):
    """The training of an experiment file, as `nnrun test` trains it; it passes if the expectations are met."""

    def runtest(self) -> None:
        """Trains it in this process.

        Raises:
            UnmetExperiment: it failed.
        """
        from nnrun.experiment.code.code_file import ALLOW_CODE
        from nnrun.testing.one_file import run_file
        from nnrun.testing.verdict_table import verdict_table

        with _ignored_warnings():
            result = run_file(_from_here(self.path), _options(self.config))
        if result.status != "passed":
            table = "\n".join(verdict_table(result))
            raise UnmetExperiment(table.replace(f"add {ALLOW_CODE} ", f"add {_CODE_OPTION} "))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The table of what was checked, in place of a traceback."""
        if isinstance(excinfo.value, UnmetExperiment):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands, and its name."""
        return self.path, None, self.path.name


@pytest.fixture
def nnrun_train(tmp_path: Path, pytestconfig: pytest.Config) -> Callable[..., Run]:
    """A function that trains an experiment in the temporary folder of the test.

    Its arguments are those of `nnrun.train`: a file or a mapping, settings by path, and by name `threads` and others.
    It draws no plots and writes no report, unless it is asked to, and runs code where the settings of pytest allow it.
    """
    allow_code = _code_is_allowed(pytestconfig)
    defaults = {"runs_dir": tmp_path / "runs", "plots": False, "report": False, "allow_code": allow_code}

    def train(experiment: Any, settings: Any = None, **options: Any) -> Run:
        import nnrun

        with _ignored_warnings():
            return nnrun.train(experiment, settings, **{**defaults, **options})

    return train


def _from_here(path: Path) -> Path:
    """The path as it would be written in the present folder, if it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


@contextmanager
def _ignored_warnings() -> Iterator[None]:
    """Keeps filters that make warnings errors, such as those of a project's tests, from Keras and other libraries."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _options(config: pytest.Config) -> CaseOptions:
    """How files are tested; those of a process share their models."""
    if _OPTIONS not in config.stash:
        config.stash[_OPTIONS] = _make_options(_code_is_allowed(config))
    return config.stash[_OPTIONS]


def _code_is_allowed(config: pytest.Config) -> bool:
    return bool(config.getoption(_CODE_OPTION) or config.getini(_CODE))


def _make_options(code_is_allowed: bool) -> CaseOptions:
    from nnrun.machine import code_access, data_folders, free_memory, keras_home, machine_memory, runs_folder
    from nnrun.run_options import RunOptions
    from nnrun.runs.interval import Interval
    from nnrun.testing.case_options import CaseOptions
    from nnrun.training.shared_models import SharedModels

    run = RunOptions(
        keras_home(),
        every=Interval(None),
        animated=False,
        plotted=False,
        reported=False,
        memory=machine_memory(),
        free_memory=free_memory(),
        git_patch=False,
        data_folders=data_folders(),
        code=code_access(code_is_allowed),
    )
    return CaseOptions(run, runs_folder()).on_models(SharedModels())
