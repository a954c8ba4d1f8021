"""The latest message of each kind, for any number of pages that each read at their own speed."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any


class LatestMessages:
    """Keeps the latest message of each pane and kind; a slow page leaves out those that were replaced meanwhile."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._texts: dict[tuple[int, str], tuple[int, str]] = {}
        self._closed = False

    def put(self, pane: int, kind: str, content: Mapping[str, Any]) -> None:
        """Replaces the message of a pane and kind.

        Args:
            pane: the number of the file, from 0.
            kind: what the message is about.
            content: plain values; numbers that are not finite become null.
        """
        message = {"pane": pane, "kind": kind, **content}
        text = json.dumps(_finite(message), allow_nan=False, separators=(",", ":"))
        with self._changed:
            self._count += 1
            self._texts[pane, kind] = (self._count, text)
            self._changed.notify_all()

    def after(self, seen: int, seconds: float) -> tuple[int, list[str]]:
        """The messages that came after the one of the number `seen`, in their order, and the number of the last one.

        Args:
            seen: 0 for all messages.
            seconds: how long to wait for one.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._count > seen or self._closed, seconds)
            return self._count, [text for number, text in sorted(self._texts.values()) if number > seen]

    @property
    def closed(self) -> bool:
        """Whether there will be no more messages."""
        return self._closed

    def close(self) -> None:
        """Ends all waiting."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(part) for part in value]
    return value
