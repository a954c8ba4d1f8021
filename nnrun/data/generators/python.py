"""The `python` generator: the rows that a function of the user's own returns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.data.dataset import Source
from nnrun.data.generators.array_source import columns_of, source_of
from nnrun.data.generators.array_table import ArrayTable, checked_table
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.returned_arrays import ReturnedArrays, returned_arrays
from nnrun.data.generators.roles import ROLE_ARGUMENTS, find_roles
from nnrun.data.generators.user_function import call_function
from nnrun.experiment.code.code_file import refuse_code
from nnrun.experiment.columns import Columns

if TYPE_CHECKING:
    import numpy as np


def _columns(given: GeneratorArguments) -> Columns:
    import numpy as np

    return columns_of(_table(given, np.random.default_rng([given.seed, 0])))


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows as the function returns them: numbers float32, texts int32 codes, the positions in their order."""
    return source_of(_table(given, resources.rng))


def _table(given: GeneratorArguments, rng: np.random.Generator) -> ArrayTable:
    arrays = _returned(given, rng)
    roles = find_roles(given, tuple(arrays.training))
    given.finish()
    used = (*roles.inputs, *roles.targets, *((roles.weight,) if roles.weight else ()), *roles.keys)
    training = {name: arrays.training[name] for name in used}
    test = {name: arrays.test[name] for name in used} if arrays.test else None
    table = checked_table(given, roles, training, test, arrays)
    given.finish()
    return table


def _returned(given: GeneratorArguments, rng: np.random.Generator) -> ReturnedArrays:
    """What the function returns; the last result is kept, so that rows that were checked are not made again."""
    code = given.component.code
    if code is None:
        raise refuse_code(str(given["callable"]), given.component.place_of("callable"))
    key = repr((sorted(given.component.arguments.items(), key=repr), rng.bit_generator.state))
    path = Path(code.path)
    kept: dict[str, ReturnedArrays] = {}
    if path.is_file():  # it is not on another machine, which has only its source
        kept = given.files.opened(path, __name__, lambda digest: dict[str, ReturnedArrays]())
    if key not in kept:
        arrays = returned_arrays(given, call_function(given, code, rng))
        kept.clear()
        kept[key] = arrays
    return kept[key]


GENERATOR = Generator(
    "python",
    "The rows that a function of your own returns; it is run only with --allow-code. Every argument not listed here is "
    "one of the function.",
    {
        "callable": {
            "description": "The function, as module:function; the module is a file beside the experiment.",
            "type": "string",
            "minLength": 1,
            "required": True,
        },
        "sha256": {
            "description": "SHA-256 that the file must have; written into `resolved.yaml`.",
            "type": ["string", "null"],
        },
        **ROLE_ARGUMENTS,
    },
    _columns,
    _make,
    additional={"description": "An argument of the function."},
    example={"callable": "rows:make"},
)
