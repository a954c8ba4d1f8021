"""A finding of the diagnosis: what ails a training, the numbers that show it, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One thing that ails a training.

    Args:
        kind: which one, such as `dead units`; docs/diagnosis.md has them all.
        message: what is the matter, with its numbers, in a sentence or two.
        evidence: the numbers, and the names that they belong to, that the rule was held against; None for
            a number that is not finite.
        remedy: what to do, with a setting that can be typed as it stands.
    """

    kind: str
    message: str
    evidence: Mapping[str, float | str | None] = field(default_factory=dict)
    remedy: str = ""
