"""Examples of hypothesis that depend on their test alone."""

from __future__ import annotations

from functools import wraps
from typing import Any

from hypothesis import settings
from hypothesis.internal.conjecture import providers


def draw_without_constants_of_modules() -> None:
    """Keeps hypothesis from drawing the constants of the modules that happen to be loaded.

    It takes them from every module of the project, and which of these a process has loaded depends on the tests that it
    has run before. Where each run draws other examples anyway, they are welcome.
    """
    constants_here = getattr(providers, "_get_local_constants", None)
    if constants_here is None:  # of a hypothesis that has no such function
        return

    @wraps(constants_here)
    def none_or_those_here() -> Any:
        return providers.Constants() if settings.default and settings.default.derandomize else constants_here()

    providers._get_local_constants = none_or_those_here
