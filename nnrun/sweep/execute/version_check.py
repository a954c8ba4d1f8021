"""Whether two machines compute the same, as far as the versions of what they compute with tell."""

from __future__ import annotations

from collections.abc import Mapping

# What the numbers of a trial depend on; scikit-learn makes some of the data.
_SHAPING = ("nnrun", "keras", "tensorflow", "tensorflow-cpu", "numpy", "scikit-learn")


def other_versions(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """What differs, such as `keras 3.15.0, not 3.15.1`; nothing where the same file gives the same weights.

    Args:
        ours: version by distribution name.
        theirs: the versions that are told of.
    """
    return [
        f"{name} {theirs.get(name, 'missing')}, not {ours.get(name, 'missing')}"
        for name in _SHAPING
        if ours.get(name) != theirs.get(name)
    ]
