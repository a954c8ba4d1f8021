"""The one definition of what decides the result of a training.

Runs and sweeps compare it when they resume, shards when they are merged, Dask workers before they train, a reproduced
run afterwards, and `train --if-needed` with the runs that are there.

Two things are compared apart from the rest: processor and operating system. Another one may round differently, and
usually does not, so a training resumes there with a warning, and a run that was trained there is not trained again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from nnrun.errors import Problem, ResumeError, shown
from nnrun.experiment.data_generators import change_arguments
from nnrun.experiment.start_section import DIGEST, SECTION

# The packages that only generate data: their versions decide nothing where the rows themselves are compared.
_GENERATE_DATA = ("scikit-learn", "scipy")
# Those that compute on a GPU alone.
_OF_GPUS = ("nvidia-cublas-cu12", "nvidia-cudnn-cu12")
# The packages that compute the result; those that are not installed are left out.
PACKAGES = ("nnrun", "keras", "tensorflow", "tensorflow-cpu", "numpy", *_GENERATE_DATA, *_OF_GPUS)
# Settings that change no epoch that is already trained.
_FREE_SETTINGS = ("epochs", "expect", "name", "predict", "tracking")
# Settings that change no result in the folder of a run: its verdicts can be judged again, trackers keep what is theirs.
_BESIDE_RESULTS = ("expect", "tracking")
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
        processor: the processor that computes, such as `AMD EPYC with avx2, avx512f`.
        system: the operating system, such as `Linux x86_64, glibc 2.36`.
    """

    settings: Mapping[str, Any] | None = msgspec.field(name="setting", default=None)
    versions: Mapping[str, str] | None = msgspec.field(name="version", default=None)
    engine: Literal["graph", "xla", "keras"] | None = None
    device: str | None = None
    threads: int | None = msgspec.field(name="number of threads", default=None)
    data: str | None = msgspec.field(name="digest of the data", default=None)
    environment: Mapping[str, str] | None = msgspec.field(name="environment variable", default=None)
    files: Mapping[str, str] | None = None
    processor: str | None = None
    system: str | None = msgspec.field(name="operating system", default=None)


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
        settings={name: value for name, value in _deciding(settings).items() if name not in _FREE_SETTINGS},
        versions={name: versions[name] for name in PACKAGES if name in versions},
    )


def settings_digest(settings: Mapping[str, Any], files: Mapping[str, str]) -> str:
    """The SHA-256 of all settings that decide the results of a completed run: all but expectations and trackers.

    Of a data file not the path but the content counts.

    Args:
        settings: the resolved settings of an experiment; paths of data files are absolute.
        files: the SHA-256 of each data file, by its path.
    """
    deciding = {name: value for name, value in _deciding(settings).items() if name not in _BESIDE_RESULTS}
    if files:
        deciding["data"] = change_arguments(
            deciding["data"], lambda value: files.get(value, value) if isinstance(value, str) else value
        )
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def _deciding(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, but of the run that the network starts from only the digest of its weights, where it is known."""
    start = settings.get(SECTION)
    if not isinstance(start, Mapping) or not start.get(DIGEST):
        return dict(settings)
    return {**settings, SECTION: {DIGEST: start[DIGEST]}}


def differences(first: Identity, second: Identity) -> list[Difference]:
    """Everything that decides the result, is known of both trainings and is not the same.

    Args:
        first: what decides the result of the first training.
        second: the same of the second one.
    """
    on_gpus = all((each.device or "").startswith("gpu") for each in (first, second))
    compared = _GENERATE_DATA if first.data is not None else ()  # the rows themselves are compared
    ignored = (*compared, *(() if on_gpus else _OF_GPUS))
    return _differing(
        ("setting ", first.settings, second.settings),
        ("version of ", _without(ignored, first.versions), _without(ignored, second.versions)),
        ("engine", first.engine, second.engine),
        ("device", first.device, second.device),
        ("number of threads", first.threads, second.threads),
        ("environment variable ", first.environment, second.environment),
        ("SHA-256 of the data", first.data, second.data),
        ("SHA-256 of ", *_common(first.files or {}, second.files or {})),
    )


def machine_differences(first: Identity, second: Identity) -> list[Difference]:
    """What may change the last bits of a result, is known of both trainings and is not the same.

    Args:
        first: what decides the result of the first training.
        second: the same of the second one.
    """
    return _differing(
        ("processor", first.processor, second.processor), ("operating system", first.system, second.system)
    )


def _differing(*pairs: tuple[str, Any, Any]) -> list[Difference]:
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


def _without(ignored: Collection[str], versions: Mapping[str, str] | None) -> Mapping[str, str] | None:
    names = (package for package in PACKAGES if package not in ignored)
    return versions and {package: versions[package] for package in names if package in versions}


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
