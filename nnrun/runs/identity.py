"""The one definition of what decides the result of a training.

Runs and sweeps compare it when they resume, shards when they are merged, and Dask workers before they train.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from nnrun.errors import Problem, ResumeError, shown

# The packages that compute the result; those that are not installed are left out.
PACKAGES = ("nnrun", "keras", "tensorflow", "tensorflow-cpu", "numpy", "scikit-learn")
# This one only generates data: its version decides nothing where the rows themselves are compared.
_GENERATES_DATA = "scikit-learn"
# Settings that change no epoch that is already trained.
_FREE_SETTINGS = ("epochs", "expect", "name", "predict")
_ABSENT = object()


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that decides the result of a training; what is None is unknown and is not compared.

    Args:
        settings: the resolved settings, nested by name.
        versions: version by package name.
        engine: what computes the epochs.
        device: where it is trained, such as `cpu`.
        threads: number of threads within one operation.
        data: the SHA-256 of the training and validation rows, in hexadecimal digits.
        environment: the environment variables that change how TensorFlow computes, by name.
        files: the SHA-256 of each data file, by its path; a file that one training alone reads is not compared.
    """

    settings: Mapping[str, Any] | None = msgspec.field(name="setting", default=None)
    versions: Mapping[str, str] | None = msgspec.field(name="version", default=None)
    engine: Literal["graph", "xla", "keras"] | None = None
    device: str | None = None
    threads: int | None = msgspec.field(name="number of threads", default=None)
    data: str | None = msgspec.field(name="digest of the data", default=None)
    environment: Mapping[str, str] | None = msgspec.field(name="environment variable", default=None)
    files: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Difference:
    """One thing that two trainings do not have in common.

    Args:
        what: its name in words, such as `setting batch_size` or `version of keras`.
        first: its value in the first training, in words.
        second: its value in the second training, in words.
    """

    what: str
    first: str
    second: str

    def since(self, event: str) -> str:
        """The difference between then and now as a sentence.

        Args:
            event: when the first training was observed, such as `when the run stopped`.
        """
        return f"The {self.what} was {self.first} {event} and is {self.second} now."

    def compared(self) -> str:
        """The difference as a clause about the second training, such as `the number of threads is 1, not 2`."""
        return f"the {self.what} is {self.second}, not {self.first}"


def identity_of(settings: Mapping[str, Any], versions: Mapping[str, str]) -> Identity:
    """What is known before TensorFlow starts of everything that decides the result of an experiment.

    Args:
        settings: the resolved settings of the experiment.
        versions: version by package name; packages that do not compute the result may be among them.
    """
    return Identity(
        settings={name: value for name, value in settings.items() if name not in _FREE_SETTINGS},
        versions={name: versions[name] for name in PACKAGES if name in versions},
    )


def differences(first: Identity, second: Identity) -> list[Difference]:
    """Everything that is known of both trainings and is not the same.

    Args:
        first: what decides the result of the first training.
        second: the same of the second one.
    """
    ignored = _GENERATES_DATA if first.data is not None else None  # the rows themselves are compared
    pairs = (
        ("setting ", first.settings, second.settings),
        ("version of ", _without(ignored, first.versions), _without(ignored, second.versions)),
        ("engine", first.engine, second.engine),
        ("device", first.device, second.device),
        ("number of threads", first.threads, second.threads),
        ("environment variable ", first.environment, second.environment),
        ("SHA-256 of the data", first.data, second.data),
        ("SHA-256 of ", *_common(first.files or {}, second.files or {})),
    )
    return [
        difference
        for what, one, other in pairs
        if one is not None and other is not None
        for difference in _nested(what, one, other)
    ]


def refuse_differences(then: Identity, now: Identity, event: str, hint: str) -> None:
    """Refuses to resume where the result would be another one.

    Args:
        then: what decided the result before.
        now: what decides it now.
        event: when `then` was observed, such as `when the run stopped`.
        hint: what to do about it.

    Raises:
        ResumeError: with a problem for each difference.
    """
    sentences = [difference.since(event) for difference in differences(then, now)]
    if sentences:
        raise ResumeError(*sentences[:-1], Problem(sentences[-1], hint=hint))


def _without(name: str | None, versions: Mapping[str, str] | None) -> Mapping[str, str] | None:
    return versions and {package: versions[package] for package in PACKAGES if package in versions and package != name}


def _common(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    names = [name for name in first if name in second]
    return {name: first[name] for name in names}, {name: second[name] for name in names}


def _nested(what: str, first: Any, second: Any, dot: str = "") -> Iterator[Difference]:
    """The differences between two values; mappings and lists are compared to their leaves."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for key in dict.fromkeys([*first, *second]):
            yield from _nested(f"{what}{dot}{key}", first.get(key, _ABSENT), second.get(key, _ABSENT), ".")
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for i, pair in enumerate(zip(first, second, strict=True)):
            yield from _nested(f"{what}.{i}", *pair, ".")
    elif first != second:
        yield Difference(what, _in_words(first), _in_words(second))


def _in_words(value: Any) -> str:
    return "missing" if value is _ABSENT else shown(value)
