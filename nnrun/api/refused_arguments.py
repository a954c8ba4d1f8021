"""Arguments that no call can have, refused before anything is read or trained, as the commands refuse such options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral

from nnrun.errors import Problem, UsageError, did_you_mean, listed, shown


def refuse_count(name: str, count: object, least: int = 1) -> None:
    """Refuses what is neither None nor a whole number of at least `least`.

    Raises:
        UsageError: it is not.
    """
    is_whole = isinstance(count, Integral) and not isinstance(count, bool)
    if count is not None and not (is_whole and int(count) >= least):  # type: ignore[call-overload]
        raise UsageError(Problem(f"{name} is a whole number of at least {least}. Received: {shown(count)}"))


def refuse_unknown(name: str, value: object, known: Sequence[str]) -> None:
    """Refuses what is neither None nor one of the known texts.

    Raises:
        UsageError: it is not.
    """
    if value is not None and value not in known:
        message = f"{name} is one of: {listed(known)}. Received: {shown(value)}"
        raise UsageError(Problem(message, hint=did_you_mean(str(value), known)))


def refuse_no_mapping(name: str, value: object, example: str) -> None:
    """Refuses what is neither None nor a mapping from the paths of settings.

    Raises:
        UsageError: it is not.
    """
    if value is not None and not isinstance(value, Mapping):
        raise UsageError(Problem(f"{name} is a mapping. Received: {shown(value)}", hint=f"For example: {example}"))
