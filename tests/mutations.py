"""Experiment files with mistakes of every sort, made from the shipped ones by a seeded random generator."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from experiments import EXPERIMENTS, SHIPPED
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.yaml_text import parse_document

Rng = random.Random
Spot = tuple[Any, Any]  # a mapping or list, and a key or position in it

TEXTS = {name: (EXPERIMENTS / f"{name}.yaml").read_text(encoding="utf-8") for name in SHIPPED}
NAMES = [name for kind in load_catalog().kinds for name in load_catalog().names(kind)]
WORDS = [
    "",
    " ",
    "input",
    "name",
    "é",
    "名前",
    "\u202e",
    "\x1b[31m",
    "a\nb",
    "a" * 5000,
    "../x",
    "__proto__",
    "nan",
    "1e5",
]
WORDS += [
    "uniform(0, 1)",
    "9**9**9",
    "x >= 0.5",
    "grid(0, 1, 1e9)",
    "(" * 200,
    "val_loss < 1",
    "loss < nan",
    "True",
    "-",
]
NUMBERS = [
    0,
    1,
    -1,
    2,
    0.5,
    -0.0,
    1e-320,
    1e308,
    -1e308,
    2**31,
    2**63,
    -(2**63),
    10**300,
    10**9,
    10**9 + 1,
    float("inf"),
]
OTHERS: list[Any] = [None, True, False, [], {}, [[]], {"": {}}, [None] * 50, list(range(300)), {"a": 1, "b": 2}]
OTHERS += [{"class_name": "Lambda", "config": {}}, {"Lambda": {"function": "x"}}, {"Dense": {"units": 1}}, ["mse"] * 3]
# Pieces of YAML that nnrun refuses or reads otherwise than they look.
PIECES = [
    ".nan",
    "-.inf",
    "0x" + "f" * 40,
    "1" * 5000,
    "1e999",
    "!!python/object:os.system x",
    "&a [1]",
    "*a",
    "<<: {a: 1}",
]
PIECES += [
    "\t",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "? [a]: b\n",
    "'",
    '"',
    "{",
    "]",
    "# ",
    ": ",
    "- ",
    "|\n",
    "\ufeff",
    "\x00",
    "\u2028",
]


def mutated(rng: Rng) -> bytes:
    """An experiment file with one to three mutations."""
    text = TEXTS[rng.choice(SHIPPED)]
    if rng.random() < 0.6:
        value = parse_document(text, "x.yaml").value
        for _ in range(rng.randint(1, 3)):
            rng.choice(_OF_VALUES)(value, rng)
        text = dump(value)
    if rng.random() < 0.3:
        text = rng.choice(_OF_TEXTS)(text, rng)
    data = text.encode("utf-8", "replace")
    return _other_bytes(data, rng) if rng.random() < 0.2 else data


def override(rng: Rng) -> str:
    """A setting changed from the command line, mostly to what it cannot be."""
    value = parse_document(TEXTS[rng.choice(SHIPPED)], "x.yaml").value
    steps = []
    while isinstance(value, dict | list) and value and rng.random() < 0.8:
        step = rng.choice(list(value) if isinstance(value, dict) else range(len(value)))
        value = value[step]
        steps.append(str(step) if rng.random() < 0.9 else rng.choice(["-9", "dense", "layers", "", "é", "1" * 400]))
    return f"{'.'.join(steps)}={rng.choice([*PIECES, *map(str, [*WORDS, *NUMBERS, *OTHERS])])}"


# Mutations of the values


def _spots(value: Any) -> list[Spot]:
    """Every place within a value where another value stands."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [spot for key in keys for spot in ((value, key), *_spots(value[key]))]


def _spot(value: Any, rng: Rng) -> Spot:
    return rng.choice(_spots(value) or [([None], 0)])


def _nasty(rng: Rng) -> Any:
    return deepcopy(rng.choice([rng.choice(WORDS), rng.choice(NUMBERS), rng.choice(OTHERS), rng.choice(NAMES)]))


def _delete(value: Any, rng: Rng) -> None:
    holder, key = _spot(value, rng)
    del holder[key]


def _replace(value: Any, rng: Rng) -> None:
    holder, key = _spot(value, rng)
    holder[key] = _nasty(rng)


def _swap(value: Any, rng: Rng) -> None:
    (one, a), (other, b) = _spot(value, rng), _spot(value, rng)
    one[a], other[b] = deepcopy(other[b]), deepcopy(one[a])


def _rename(value: Any, rng: Rng) -> None:
    holder, key = _spot(value, rng)
    if isinstance(holder, dict):
        other = rng.choice([rng.choice(WORDS), rng.choice(NAMES), f"{key}s", str(key)[:-1], str(key).upper()])
        holder[other] = holder.pop(key)


def _repeat(value: Any, rng: Rng) -> None:
    holder, key = _spot(value, rng)
    if isinstance(holder, list):
        holder[key:key] = [deepcopy(holder[key]) for _ in range(rng.choice([1, 2, 40]))]
    else:
        holder[rng.choice(NAMES)] = deepcopy(holder[key])


def _wrap(value: Any, rng: Rng) -> None:
    holder, key = _spot(value, rng)
    for _ in range(rng.choice([1, 2, 40])):
        holder[key] = [holder[key]] if rng.random() < 0.5 else {rng.choice(["a", "Dense", "units"]): holder[key]}


def _add(value: Any, rng: Rng) -> None:
    holder, _ = _spot(value, rng)
    if isinstance(holder, dict):
        holder[rng.choice([rng.choice(WORDS), "inputs", "name", "target", "columns", "shape", "outputs"])] = _nasty(rng)
    else:
        holder.append(_nasty(rng))


def _other_type(value: Any, rng: Rng) -> None:
    holder, key = _spot(value, rng)
    old = holder[key]
    holder[key] = rng.choice([str(old), [old], {str(old)[:40]: None}, len(str(old)), old == old])


_OF_VALUES: list[Callable[[Any, Rng], None]] = [
    _delete,
    _replace,
    _replace,
    _swap,
    _rename,
    _repeat,
    _wrap,
    _add,
    _other_type,
]


# Mutations of the text


def _other_lines(text: str, rng: Rng) -> str:
    lines = text.splitlines(keepends=True)
    position = rng.randrange(len(lines))
    change = rng.choice(["delete", "double", "indent", "move"])
    line = lines.pop(position)
    if change == "double":
        lines[position:position] = [line, line]
    elif change == "indent":
        lines.insert(position, " " * rng.randint(1, 5) + line)
    elif change == "move":
        lines.insert(rng.randint(0, len(lines)), line)
    return "".join(lines)


def _other_piece(text: str, rng: Rng) -> str:
    start = rng.randrange(len(text))
    return text[:start] + rng.choice(PIECES) + text[start + rng.choice([0, 1, 5]) :]


def _deep(text: str, rng: Rng) -> str:
    return f"{text}deep: {rng.choice('[{')}" + rng.choice("[{-") * rng.choice([60, 3000, 60_000])


def _long(text: str, rng: Rng) -> str:
    return text + "# " + "x" * rng.choice([1000, 64_000, 66_000])


_OF_TEXTS: list[Callable[[str, Rng], str]] = [_other_lines, _other_lines, _other_piece, _other_piece, _deep, _long]


def _other_bytes(data: bytes, rng: Rng) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        position = rng.randrange(len(changed) + 1)
        changed[position : position + rng.randint(0, 2)] = bytes(rng.randrange(256) for _ in range(rng.randint(0, 2)))
    return bytes(changed)
