"""Write `catalog.json`, the catalog of Keras's components, from the installed Keras.

`python -m tools.generate_catalog` writes the file; `python -m tools.docs_tables` updates docs/ from it. With `--check`,
the file is compared with the installed Keras instead. The exit status is 1 where something that nnrun uses was removed
or changed, or where Keras has something new; with `--allow-new`, new components and arguments are only printed. The
version of Keras alone is no difference.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nnrun.experiment.schema import catalog as catalog_module
from tools import catalog_overlay as overlay
from tools.compare_catalogs import compare
from tools.keras_links import link

CATALOG = Path(catalog_module.__file__).with_name("catalog.json")
COMPONENT_NAMES = re.compile(r"(?:^|_)(activation|initializer|regularizer|constraint)$")
RANK = re.compile(r"([123])D")
ARGUMENT_LINE = re.compile(r"`?(\w+)`?\s*(?:\([^)]*\))?:\s*(.*)")
TYPE_WORDS = re.compile(
    r"(?:(?:optional|an?|python|the|single|positive)\s+)*"
    r"(?P<word>int(?:eger)?|float(?:ing)?|bool(?:ean)?|str(?:ing)?|list|tuple|dictionary)s?\b(?P<rest>[^.:;]{0,32})"
)
QUOTED = r"`?[\"']\w+`?[\"']`?(?: \(default\))?"
CHOICES = re.compile(
    r"(?:one of|either|can be|values are|supports|supported values:|string,|^)\s*`?\{?"
    rf"(?P<list>{QUOTED}(?:(?:,? or |,? and |, )(?:{QUOTED}|`?None`?))+)",
    re.IGNORECASE,
)
TYPES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "dict": "object"}


def make_catalog() -> dict[str, Any]:
    """The whole catalog, as it is written to the file."""
    import keras

    return {
        "keras": keras.__version__,
        "kinds": {kind: _kind(kind) for kind in overlay.REFUSED},
        "refused": overlay.REFUSED,
        "refusedArguments": overlay.REFUSED_ARGUMENTS,
    }


def render(content: Mapping[str, Any]) -> str:
    """The text of the file: an entry per line, so that a change of Keras shows as a change of lines."""
    members = [f'"keras": {json.dumps(content["keras"])}']
    for part in ("kinds", "refused", "refusedArguments"):
        kinds = [f"{json.dumps(kind)}: {_render_entries(entries)}" for kind, entries in content[part].items()]
        members.append(f"{json.dumps(part)}: {{\n" + ",\n".join(kinds) + "\n}")
    return "{" + ", ".join(members) + "}\n"


def _render_entries(entries: Mapping[str, Any]) -> str:
    lines = [f" {json.dumps(name)}: {json.dumps(entry, allow_nan=False)}" for name, entry in entries.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


# Which names there are.


def _kind(kind: str) -> dict[str, Any]:
    written = overlay.CHOSEN_BY_SHAPE.get(kind, {})
    reserved = {name for entry, record in written.items() for name in (entry, *record["aliases"])}
    entries = {name: _entry(kind, name, target, reserved) for name, target in public_components(kind).items()}
    return dict(sorted({**entries, **written}.items()))


def public_components(kind: str) -> dict[str, Callable[..., Any]]:
    """The public classes of a kind (functions for activations) that the catalog lists, by the name it gives them."""
    exported = {**_exports(kind), **({"Input": _module(kind).Input} if kind == "layers" else {})}
    names: dict[Any, list[str]] = {}
    for name, target in exported.items():
        names.setdefault(target, []).append(name)
    components = {_canonical(target, exports): target for target, exports in names.items()}
    return {name: target for name, target in sorted(components.items()) if not _left_out(kind, name)}


def _left_out(kind: str, name: str) -> bool:
    return name in overlay.REFUSED[kind] or (kind == "layers" and name == "InputLayer")


def _exports(kind: str) -> dict[str, Any]:
    module = _module(kind)
    wanted = inspect.isfunction if kind == "activations" else inspect.isclass
    plumbing = {"deserialize", "get", "serialize"}
    return {name: target for name, target in vars(module).items() if wanted(target) and name not in plumbing}


def _module(kind: str) -> Any:
    import keras

    return keras.optimizers.schedules if kind == "schedules" else getattr(keras, kind)


def _canonical(target: Any, exports: Sequence[str]) -> str:
    return target.__name__ if target.__name__ in exports else min(exports)


def identifiers(kind: str) -> dict[str, Any]:
    """Keras's own table of the strings that it takes for a component of this kind."""
    if kind in ("layers", "schedules", "callbacks"):
        return {}
    table: dict[str, Any] = importlib.import_module(f"keras.src.{kind}").ALL_OBJECTS_DICT
    return table


def _aliases(kind: str, name: str, target: Any) -> set[str]:
    """The other names of a component: exported ones, and identifiers of the class or of the function it wraps."""
    exported = {alias for alias, other in _exports(kind).items() if other is target}
    if name == "Input":
        exported.add("InputLayer")
    known = {alias for alias, other in identifiers(kind).items() if _means(other, target)}
    return (exported | known) - {name}


def _means(other: Any, target: Any) -> bool:
    from keras.src.utils.naming import to_snake_case

    return other is target or (inspect.isfunction(other) and other.__name__ == to_snake_case(target.__name__))


def _entry(kind: str, name: str, target: Callable[..., Any], reserved: set[str]) -> dict[str, Any]:
    return {
        "summary": _summary(target),
        "link": link(kind, name, target.__module__),
        "aliases": sorted(_aliases(kind, name, target) - reserved),
        "arguments": {p.name: _argument(kind, name, target, p) for p in parameters(kind, name, target)},
    }


def _summary(target: Any) -> str:
    paragraph = (inspect.getdoc(target) or "").split("\n\n")[0]
    return " ".join(paragraph.split()).removesuffix(".") + "."


# Which arguments they take.


def parameters(kind: str, name: str, target: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters of a component that an experiment may set, those of the base layer last."""
    own = _signature(target)
    named = [parameter for parameter in own if parameter.kind is not parameter.VAR_KEYWORD]
    if kind == "activations":
        named = named[1:]
    if kind == "layers" and len(named) < len(own):
        seen = {parameter.name for parameter in named}
        named += [parameter for parameter in _base_layer_parameters() if parameter.name not in seen]
    refused = overlay.REFUSED_ARGUMENTS.get(kind, {})
    return [parameter for parameter in named if f"{name}.{parameter.name}" not in refused]


def _signature(target: Callable[..., Any]) -> list[inspect.Parameter]:
    if inspect.isclass(target) and target.__init__ is object.__init__:
        return []
    parameters = inspect.signature(target).parameters.values()
    return [parameter for parameter in parameters if parameter.kind is not parameter.VAR_POSITIONAL]


def _base_layer_parameters() -> list[inspect.Parameter]:
    import keras

    signature = inspect.signature(keras.layers.Layer.__init__).parameters.values()
    return [parameter for parameter in signature if parameter.kind is parameter.KEYWORD_ONLY]


def _argument(kind: str, name: str, target: Any, parameter: inspect.Parameter) -> dict[str, Any]:
    fragment = _fragment(kind, name, parameter, _description(target, parameter.name))
    if parameter.default is parameter.empty or "required" in fragment:
        return {**fragment, "required": True}
    return {**_with_null(fragment, parameter.default), "default": _plain(parameter.default)}


def _with_null(fragment: dict[str, Any], default: Any) -> dict[str, Any]:
    """The fragment, open to null where null is the default; that of a component needs no such word."""
    if default is not None:
        return fragment
    if "enum" in fragment and None not in fragment["enum"]:
        return {**fragment, "enum": [*fragment["enum"], None]}
    types = _as_list(fragment.get("type", []))
    return {**fragment, "type": [*types, "null"]} if types and "null" not in types else fragment


def _as_list(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _plain(default: Any) -> Any:
    return [_plain(item) for item in default] if isinstance(default, tuple | list) else default


# Which values an argument takes.


def _fragment(kind: str, name: str, parameter: inspect.Parameter, description: str) -> dict[str, Any]:
    written = overlay.ARGUMENTS.get(kind, {})
    for key in (f"{name}.{parameter.name}", parameter.name):
        if key in written:
            return dict(written[key])
    rank = RANK.search(name)
    if rank and parameter.name in overlay.SPATIAL:
        return dict(overlay.spatial(int(rank[1]), overlay.SPATIAL[parameter.name]))
    component = COMPONENT_NAMES.search(parameter.name)
    if component:
        return _component(f"{component[1]}s", parameter.default)
    return _from_choices(description, parameter.default) or _from_words(description) or _from_default(parameter.default)


def _component(kind: str, default: Any) -> dict[str, Any]:
    may_be_null = kind == "activations" and isinstance(default, str)
    return {"component": kind, "type": "null"} if may_be_null else {"component": kind}


def _from_choices(description: str, default: Any) -> dict[str, Any] | None:
    """The quoted words that a description lists, if the default is one of them."""
    found = CHOICES.search(description)
    if not found or not isinstance(default, str | None):
        return None
    values = [None if word == "None" else word for word in re.findall(r"None|(?<=[\"'])\w+", found["list"])]
    return {"enum": list(dict.fromkeys(values))} if default is None or default in values else None


def _from_words(description: str) -> dict[str, Any] | None:
    """The type that a description begins with, such as "Integer, …" or "Tuple of 2 integers"."""
    text = description.lower().replace("`", "").replace("(optional)", "").strip()
    found = TYPE_WORDS.match(text)
    if not found:
        return None
    word, rest = found["word"], found["rest"]
    if word in ("list", "tuple"):
        items = re.search(r"int|float|string", rest)
        return {"type": "array", "items": {"type": _named_type(items[0])}} if items else None
    scalar = _named_type(word)
    several = re.search(r"tuple|list|array", rest)
    types = [scalar, *(["array"] if several else []), *(["null"] if "or none" in rest else [])]
    fragment: dict[str, Any] = {"type": types if types[1:] else scalar, **_bounds(scalar, text)}
    return {**fragment, "items": {"type": scalar}} if several else fragment


def _named_type(word: str) -> str:
    return next(name for prefix, name in TYPES.items() if word.startswith(prefix))


def _bounds(scalar: str, text: str) -> dict[str, Any]:
    sentence = text.split(". ")[0]
    if scalar == "integer" and "positive int" in sentence:
        return {"minimum": 1}
    if scalar == "number" and re.search(r"between 0 and 1\b|in (?:range )?\[0, 1\]", sentence):
        return {"minimum": 0, "maximum": 1}
    return {"minimum": 0} if scalar == "number" and ">= 0" in sentence else {}


def _from_default(default: Any) -> dict[str, Any]:
    """The type of a default; a whole number stands for any number, since Keras often writes 0 where 0.5 is as good."""
    match default:
        case bool():
            return {"type": "boolean"}
        case int() | float():
            return {"type": "number"}
        case str():
            return {"type": "string"}
        case tuple() | list():
            return {"type": "array"}
    return {}


# What the docstrings say.


def _description(target: Any, argument: str) -> str:
    bases = inspect.getmro(target) if inspect.isclass(target) else (target,)
    docstrings = (source.__doc__ or "" for base in bases for source in (base, vars(base).get("__init__")))
    return next((text for docstring in docstrings if (text := descriptions(docstring).get(argument))), "")


@functools.cache
def descriptions(docstring: str) -> dict[str, str]:
    """The text of each argument in the "Args:" section of a docstring, on one line each."""
    section = re.search(r"^Arg(?:ument)?s:\n(.*?)(?=^\S|\Z)", inspect.cleandoc(docstring), re.DOTALL | re.MULTILINE)
    texts: dict[str, list[str]] = {}
    for line in textwrap.dedent(section[1] if section else "").splitlines():
        start = ARGUMENT_LINE.fullmatch(line)
        if start:
            texts[start[1]] = [start[2]]
        elif texts and line.startswith(" "):
            texts[next(reversed(texts))].append(line.strip())
    return {name: " ".join(lines).strip() for name, lines in texts.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or compare it with the installed Keras; 1 where they differ."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.generate_catalog", description="Write the catalog of Keras's components."
    )
    parser.add_argument("--check", action="store_true", help="only compare the file with the installed Keras")
    parser.add_argument(
        "--allow-new", action="store_true", help="with --check: only print what a newer Keras has in addition"
    )
    options = parser.parse_args(arguments)
    made = make_catalog()
    if not options.check:
        CATALOG.write_text(render(made), encoding="utf-8")
        return 0
    comparison = compare(json.loads(CATALOG.read_text(encoding="utf-8")), json.loads(render(made)))
    for line in comparison.lines:
        sys.stderr.write(f"{line}\n")
    if comparison.changed or (comparison.new and not options.allow_new):
        sys.stderr.write(f"{CATALOG} does not match Keras {made['keras']}; run python -m tools.generate_catalog\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
