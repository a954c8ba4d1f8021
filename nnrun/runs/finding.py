"""A finding of the training diagnostics."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """A problem that the diagnostics found in a training.

    Args:
        kind: the kind of problem, such as `dead units`; docs/diagnosis.md lists them all.
        message: the problem with its numbers, in a sentence or two.
        evidence: the values that the rule compared, by name; None for a number that is not finite.
        remedy: what to do, with a setting that can be copied as it is.
    """

    kind: str
    message: str
    evidence: Mapping[str, float | str | None] = {}
    remedy: str = ""
