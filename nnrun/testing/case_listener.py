"""The events of a test of experiment files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from nnrun.testing.case_result import CaseResult
    from nnrun.testing.experiment_case import ExperimentCase


class CaseListener:
    """Is notified of every step of a test of experiment files; this one does nothing."""

    def on_safe_point(self) -> None:
        """No result is lost if the tests end here; may raise `Interrupted`."""

    def on_emergency_save(self, save: Callable[[], str | None]) -> None:
        """From now on `save` ends what runs, from any thread, should the process have to end; it returns a remedy."""

    def on_case_begin(self, case: ExperimentCase) -> None:
        """A training begins."""

    def on_result(self, result: CaseResult) -> None:
        """An experiment file is tested."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """The tests are over, with or without an error."""
