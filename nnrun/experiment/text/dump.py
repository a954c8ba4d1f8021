"""Plain values as YAML text that reads back as the same values."""

from __future__ import annotations

from typing import Any

import yaml

from nnrun.experiment.text.yaml_text import is_plain_text


class _Dumper(yaml.SafeDumper):
    """PyYAML's dumper with texts in double quotes where YAML 1.2 would read something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = None if is_plain_text(value) and value.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def dump(value: Any) -> str:
    """The value as YAML: keys in their order, collections of plain values on one line."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)


def dump_inline(value: Any) -> str:
    """The value as YAML on one line."""
    text = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=True, width=float("inf")
    )
    return text.removesuffix("\n").removesuffix("\n...")
