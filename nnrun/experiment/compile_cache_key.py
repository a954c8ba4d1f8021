"""What the compiled program of an experiment depends on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# Settings that no program depends on; of the data it depends on the shapes alone.
_WITHOUT = ("seed", "seeds", "data", "epochs", "shuffle", "callbacks", "keep", "engine", "predict", "expect", "start")


def compile_cache_key(settings: Mapping[str, Any]) -> str:
    """What the program of an experiment depends on, apart from its data, as text.

    Args:
        settings: the resolved settings.
    """
    key = {name: value for name, value in settings.items() if name not in _WITHOUT}
    key["optimizer"] = _without_rate(settings["optimizer"])
    return json.dumps(key)


def _without_rate(optimizer: Any) -> Any:
    """An optimizer whose learning rate, being a number, is a variable of the program."""
    if learning_rate(optimizer) is None:
        return optimizer
    ((name, arguments),) = optimizer.items()
    return {name: {**arguments, "learning_rate": "a number"}}


def learning_rate(optimizer: Any) -> float | None:
    """The learning rate of a written optimizer, where it is a number."""
    arguments = next(iter(optimizer.values())) if isinstance(optimizer, dict) else None
    rate = (arguments or {}).get("learning_rate")
    return float(rate) if isinstance(rate, int | float) else None
