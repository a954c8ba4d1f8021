"""How many different texts a column may have."""

from __future__ import annotations

from nnrun.data.files.table_column import MAX_CATEGORIES, MAX_INPUT_CATEGORIES, MAX_TEXTS
from nnrun.data.generators.generator import GeneratorArguments
from nnrun.data.generators.roles import Roles


def most_texts(given: GeneratorArguments, roles: Roles, column: str) -> int:
    """How many different texts a column may have in its role; for most inputs, each is a number for the network.

    Args:
        given: knows the columns whose width does not depend on their texts.
        roles: what the columns are for.
        column: its name.
    """
    if column in roles.targets:
        return MAX_CATEGORIES
    return MAX_TEXTS if column in roles.keys or given.allowed.many_texts(column) else MAX_INPUT_CATEGORIES
