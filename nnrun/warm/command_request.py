"""A command as it is handed over: its words, its environment and what else of its process it depends on."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class CommandRequest:
    """A command for a warm worker; its standard streams and its present folder come as open files.

    Args:
        arguments: the command line after `nnrun`.
        environment: all environment variables.
        umask: which permissions new files do not get.
        encodings: of standard input, output and error: encoding and what is done with other characters.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    umask: int
    encodings: tuple[tuple[str, str], ...]

    @classmethod
    def of_this_process(cls, arguments: tuple[str, ...]) -> Self:
        """The request of this process for such a command line."""
        umask = os.umask(0o077)
        os.umask(umask)
        streams = (sys.stdin, sys.stdout, sys.stderr)
        return cls(arguments, dict(os.environ), umask, tuple((s.encoding, s.errors or "strict") for s in streams))

    def as_message(self) -> dict[str, Any]:
        """It as a message."""
        return asdict(self)

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Self:
        """The request that a message holds.

        Raises:
            LookupError, TypeError, ValueError: the message is no request.
        """
        encodings = tuple((str(encoding), str(errors)) for encoding, errors in message["encodings"])
        if len(encodings) != 3:
            raise ValueError("three streams have an encoding")
        environment = {str(name): str(value) for name, value in message["environment"].items()}
        return cls(tuple(map(str, message["arguments"])), environment, int(message["umask"]), encodings)
