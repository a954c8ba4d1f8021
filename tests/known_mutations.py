"""Changes to the shipped experiments whose effect is known: mistakes with the error they cause, and harmless ones."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from experiments import EXPERIMENTS, SHIPPED
from nnrun.errors import Place
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.schema.envelope import envelope
from nnrun.experiment.schema.schema import definition
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.yaml_text import Document, parse_document

Rng = random.Random

TEXTS = [(EXPERIMENTS / f"{name}.yaml").read_text(encoding="utf-8") for name in SHIPPED]

_REQUIRED = ("data", "layers", "optimizer", "loss", "epochs")
_KINDS = {"layers": "layer", "optimizer": "optimizer", "loss": "loss", "metrics": "metric", "callbacks": "callback"}
_KEY = re.compile(r"^(\w+):", re.MULTILINE)
_BEFORE, _BEHIND = r"(?<=[:,-] |\[\[)", r"(?=[,}\]\n])"  # around a number that is a whole value
_TOKEN = re.compile(r"[^\s,\]}]+")


@dataclass(frozen=True)
class Mistake:
    """A file with one mistake.

    Args:
        text: the file.
        line: the line of the first error; 0 where it is in an option.
        words: texts that the first error contains.
        options: options of the command line.
    """

    text: str
    line: int
    words: tuple[str, ...]
    options: tuple[str, ...] = ()


def mistakes(text: str, rng: Rng, most: int = 3) -> Iterator[tuple[str, Mistake]]:
    """Up to so many mistakes of each sort that the text has a place for, each with the sort's name."""
    document = parse_document(text, "x.yaml")
    for make in _MISTAKES:
        found = list(make(text, document, rng))
        for mistake in rng.sample(found, min(most, len(found))):
            yield make.__name__.strip("_"), mistake


# Mistakes


def _misspelt(word: str, rng: Rng) -> str:
    """A name that is no name, and near enough to one for a hint."""
    position = rng.randint(1, len(word) - 1)
    return f"{word[:position]}q{word[position:]}"


def _put(text: str, place: Place, old: str, new: str) -> str:
    """The text with a token at a place replaced."""
    lines = text.splitlines(keepends=True)
    line, start = lines[place.line - 1], place.column - 1
    assert line[start:].startswith(old), (line, place, old)
    lines[place.line - 1] = line[:start] + new + line[start + len(old) :]
    return "".join(lines)


def _blocks(text: str) -> tuple[str, list[str]]:
    """What stands before the first setting, and the lines of every setting."""
    text = text.rstrip() + "\n"
    starts = [found.start() for found in _KEY.finditer(text)]
    ends = [*starts[1:], len(text)]
    return text[: starts[0]], [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _settings(document: Document) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The path and the schema of every setting with names that are fixed: the file's, the data's, those of layers."""
    schema = envelope()["properties"]
    for key in document.value:
        yield (key,), schema[key]
    for key in document.value["data"]:
        yield ("data", key), schema["data"]["properties"][key]
    for i, layer in enumerate(document.value["layers"]):
        for name, arguments in layer.items() if isinstance(layer, dict) else ():
            properties = definition(f"layers.{load_catalog().own_name('layers', name)}")["properties"]
            for key in arguments or ():
                yield ("layers", i, name, key), properties[key]


def _misspelt_key(text: str, document: Document, rng: Rng) -> Iterator[Mistake]:
    for path, _ in _settings(document):
        place, key = document.keys[path], path[-1]
        new = _misspelt(key, rng)
        yield Mistake(_put(text, place, key, new), place.line, (f'"{new}"', f'Did you mean "{key}"?'))


def _numbers(document: Document) -> Iterator[tuple[tuple[Any, ...], dict[str, Any], str]]:
    """The settings that are a number, with their schema and what is below what they allow."""
    for path, schema in _settings(document):
        if schema.get("type") in ["integer", "number"] and "minimum" in schema:
            yield path, schema, str(schema["minimum"] - 1)


def _token(document: Document, path: tuple[Any, ...]) -> tuple[Place, str]:
    place = document.places[path]
    found = _TOKEN.match(place.text, place.column - 1)
    assert found is not None
    return place, found[0]


def _value_out_of_range(text: str, document: Document, rng: Rng) -> Iterator[Mistake]:
    for path, schema, low in _numbers(document):
        place, token = _token(document, path)
        words = f'"{path[-1]}" must be at least {schema["minimum"]}'
        yield Mistake(_put(text, place, token, low), place.line, (words, f"Received: {low}"))


def _option_out_of_range(text: str, document: Document, rng: Rng) -> Iterator[Mistake]:
    for path, schema, low in _numbers(document):
        option = f"{'.'.join(map(str, path))}={low}"
        words = f'"{path[-1]}" must be at least {schema["minimum"]}'
        yield Mistake(text, 0, (f"--set {option}: ", words, f"Received: {low}"), ("--set", option))


def _wrong_type(text: str, document: Document, rng: Rng) -> Iterator[Mistake]:
    kinds = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "array": "a list"}
    for path, schema in _settings(document):
        if schema.get("type") in list(kinds) and not isinstance(document.at(path), list | dict):
            place, token = _token(document, path)
            words = (f'"{path[-1]}" must be {kinds[schema["type"]]}', 'Received: "many"')
            yield Mistake(_put(text, place, token, "many"), place.line, words)


def _missing_key(text: str, document: Document, rng: Rng) -> Iterator[Mistake]:
    head, blocks = _blocks(text)
    for i, block in enumerate(blocks):
        key = block.partition(":")[0]
        if key in _REQUIRED and not (key == "loss" and "outputs" in document.value):
            rest = head + "".join(blocks[:i] + blocks[i + 1 :])
            yield Mistake(rest, head.count("\n") + 1, (f'needs the setting "{key}"',))


def _missing_argument(text: str, document: Document, rng: Rng) -> Iterator[Mistake]:
    for i, layer in enumerate(document.value["layers"]):
        if isinstance(layer, dict) and (layer.get("Dense") or {}).keys() > {"units"}:
            place = document.keys["layers", i, "Dense", "units"]
            _, token = _token(document, ("layers", i, "Dense", "units"))
            found = f"units: {token}, "
            if place.text[place.column - 1 :].startswith(found):
                yield Mistake(_put(text, place, found, ""), place.line, ('Dense needs the argument "units"',))


def _duplicate_key(text: str, document: Document, rng: Rng) -> Iterator[Mistake]:
    head, blocks = _blocks(text)
    for i, block in enumerate(blocks):
        key = block.partition(":")[0]
        first = document.keys[key,].line
        last = len((head + "".join(blocks)).splitlines()) + 1
        words = (f'The key "{key}" is already there at ', f":{first}:1")
        yield Mistake(head + "".join(blocks) + block, last, words)
        yield Mistake(head + "".join([*blocks[: i + 1], *blocks[i:]]), first + block.count("\n"), words)


def _components(document: Document) -> Iterator[tuple[str, str, Place]]:
    """The kind, the name and the place of the name of every component that is a setting or an entry of one."""
    for setting, kind in _KINDS.items():
        value = document.at((setting,)) or []
        several = [((setting, i), entry) for i, entry in enumerate(value)] if isinstance(value, list) else []
        for path, component in several or [((setting,), value)]:
            if isinstance(component, str):
                yield kind, component, document.places[path]
            elif isinstance(component, dict):
                (name,) = component
                yield kind, name, document.keys[*path, name]


def _unknown_component(text: str, document: Document, rng: Rng) -> Iterator[Mistake]:
    for kind, name, place in _components(document):
        new = _misspelt(name, rng)
        yield Mistake(_put(text, place, name, new), place.line, (f'Unknown {kind} "{new}"', "Did you mean"))


def _forbidden_yaml(text: str, document: Document, rng: Rng) -> Iterator[Mistake]:
    place, token = _token(document, ("epochs",))
    news = {f"&n {token}": "Anchors", f"!!int {token}": "Tags", "*n": "Aliases", f'"{token}"': "without quotes"}
    for new, words in news.items():
        yield Mistake(_put(text, place, token, new), place.line, (words,))


_MISTAKES: list[Callable[[str, Document, Rng], Iterator[Mistake]]] = [
    _misspelt_key,
    _value_out_of_range,
    _option_out_of_range,
    _wrong_type,
    _missing_key,
    _missing_argument,
    _duplicate_key,
    _unknown_component,
    _forbidden_yaml,
]


# Harmless changes


def harmless(text: str, rng: Rng) -> str:
    """The text written in another way."""
    for change in rng.sample(_HARMLESS, rng.randint(1, 3)):
        text = change(text, rng)
    return text


def _comments(text: str, rng: Rng) -> str:
    lines = text.splitlines()
    position = rng.randint(0, len(lines))
    lines.insert(position, f"{' ' * rng.randint(0, 9)}# epochs: 0 [{{'")
    at = rng.randrange(len(lines))
    lines[at] += "  # units: a: b"
    return "\n".join(lines) + "\n"


def _key_order(text: str, rng: Rng) -> str:
    head, blocks = _blocks(text)
    rng.shuffle(blocks)
    return head + "".join(blocks)


def _quoting(text: str, rng: Rng) -> str:
    quote = rng.choice("'\"")
    text = _KEY.sub(lambda found: f"{quote}{found[1]}{quote}:" if rng.random() < 0.5 else found[0], text)
    return re.sub(r"(?<=[ \[])(relu|softmax|sigmoid|adam|mse|accuracy)\b(?=[,}\n])", rf"{quote}\1{quote}", text)


def _spacing(text: str, rng: Rng) -> str:
    wide = [line if set("'\"") & set(line) else re.sub(r"([{},:]) ", r"\1   ", line) for line in text.splitlines()]
    lines = [line + " " * rng.randint(0, 3) for line in wide]
    lines.insert(rng.randint(0, len(lines)), " " * rng.randint(0, 3))
    return rng.choice(["\n", "\r\n"]).join(lines) + rng.choice(["", "\n\n\n"])


def _number_forms(text: str, rng: Rng) -> str:
    text = re.sub(rf"{_BEFORE}0\.(0*)([1-9]){_BEHIND}", lambda found: f"{found[2]}e-{len(found[1]) + 1}", text)
    return re.sub(rf"{_BEFORE}([1-9])\.0{_BEHIND}", rng.choice([r"\g<1>.00", r"\g<1>.0e0", r"+\g<1>.0"]), text)


def _block_style(text: str, rng: Rng) -> str:
    return dump(parse_document(text, "x.yaml").value)


_HARMLESS: list[Callable[[str, Rng], str]] = [
    _comments,
    _key_order,
    _quoting,
    _spacing,
    _number_forms,
    _block_style,
]
