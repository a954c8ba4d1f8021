"""What the data settings do to each column: the section `prepare`, with `scale` and `scale_targets` beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nnrun.experiment.experiment import Scaling
from nnrun.experiment.missing_policy import MissingPolicy
from nnrun.experiment.word_encoding import DEFAULT_BUCKETS, WordKind

Balance = Literal["none", "oversample", "undersample", "weights"]


@dataclass(frozen=True)
class ColumnSteps:
    """What is done to a column, in the order missing, clip, log, scale; or, for texts, missing, words, scale.

    Args:
        missing: what becomes of missing cells.
        constant: what a missing number becomes under the policy `constant`.
        clip: the smallest and the largest number; what is beyond becomes it.
        log: whether the natural logarithm is taken.
        scale: how the numbers are scaled.
        words: how texts become numbers.
        buckets: the number of buckets of `hash`.
        max_words: how many words have a number of their own, the most frequent ones; None for all.
    """

    missing: MissingPolicy = "refuse"
    constant: float = 0.0
    clip: tuple[float, float] | None = None
    log: bool = False
    scale: Scaling = "none"
    words: WordKind = "onehot"
    buckets: int = DEFAULT_BUCKETS
    max_words: int | None = None


def column_steps(data: Mapping[str, Any], column: str, *, target: bool = False) -> ColumnSteps:
    """What is done to a column.

    Args:
        data: the data settings as plain values, valid by the schema.
        column: its name.
        target: whether it is a target; of what stands for all columns, only `scale_targets` is for it.
    """
    prepare: Mapping[str, Any] = data.get("prepare") or {}
    own = (prepare.get("columns") or {}).get(column) or {}
    general: dict[str, Any]
    if target:
        general = {"scale": data.get("scale_targets", "none")}
    else:
        general = {"scale": data.get("scale", "none"), **{key: prepare[key] for key in _GENERAL if key in prepare}}
    return _steps({**general, **own})


def needs_order(steps: ColumnSteps) -> bool:
    """Whether the preparation of a column is fitted to its numbers in order: to their median or quartiles."""
    return steps.missing == "median" or steps.scale == "robust"


_GENERAL = ("scale", "clip", "log", "missing", "words", "max_words")


def _steps(written: Mapping[str, Any]) -> ColumnSteps:
    missing, words, clip = written.get("missing", "refuse"), written.get("words", "onehot"), written.get("clip")
    constant, buckets = 0.0, DEFAULT_BUCKETS
    if isinstance(missing, Mapping):
        constant, missing = float(missing["constant"]), "constant"
    if isinstance(words, Mapping):
        buckets, words = int(words["hash"]), "hash"
    return ColumnSteps(
        missing=missing,
        constant=constant,
        clip=(float(clip[0]), float(clip[1])) if clip else None,
        log=bool(written.get("log", False)),
        scale=written.get("scale", "none"),
        words=words,
        buckets=buckets,
        max_words=written.get("max_words"),
    )


def balance_of(data: Mapping[str, Any]) -> Balance:
    """How the classes of the training set are balanced."""
    found: Balance = (data.get("prepare") or {}).get("balance", "none")
    return found


def scaled_targets(data: Mapping[str, Any], targets: Iterable[str]) -> str:
    """How targets are scaled: by all the same scaling, `none`, or `mixed` for anything else.

    Args:
        data: the data settings as plain values.
        targets: the names of the target columns that are numbers.
    """
    steps = [column_steps(data, name, target=True) for name in targets]
    if any(each.log or each.clip for each in steps):
        return "mixed"
    found = {each.scale for each in steps} or {data.get("scale_targets", "none")}
    return found.pop() if len(found) == 1 else "mixed"
