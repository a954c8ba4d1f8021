"""Write `nnrun/experiment/schema/generators.json`, the catalogue of data generators, from their declarations.

`python -m tools.generate_generators` writes the file; with `--check` it only compares, and its exit status is 1 if the
file is out of step.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nnrun.data.generators.generator import Generator
from nnrun.data.generators.registry import all_generators
from nnrun.experiment import schema

FILE = Path(schema.__file__).with_name("generators.json")


def render() -> str:
    """The text of the file."""
    entries = {name: _entry(generator) for name, generator in all_generators().items()}
    return json.dumps(entries, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _entry(generator: Generator) -> dict[str, Any]:
    entry = {"summary": generator.summary, "link": generator.link, "aliases": [], "arguments": generator.arguments}
    entry |= {"additionalArguments": generator.additional, "example": generator.example or None}
    return {key: value for key, value in entry.items() if value is not None}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or check it; 1 if it is out of step."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.generate_generators", description="Write the catalogue of data generators."
    )
    parser.add_argument("--check", action="store_true", help="only compare the file with the declarations")
    options = parser.parse_args(arguments)
    text = render()
    if not options.check:
        FILE.write_text(text, encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != text:
        sys.stderr.write(f"{FILE} is out of step with nnrun.data; run python -m tools.generate_generators\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
