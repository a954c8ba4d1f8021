"""A call of a function of the user's own, whose arguments stand in an experiment."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import TYPE_CHECKING, Any

from nnrun.data.generators.generator import GeneratorArguments
from nnrun.data.generators.roles import ROLE_ARGUMENTS
from nnrun.errors import did_you_mean, listed
from nnrun.experiment.code.callable_code import function_name
from nnrun.experiment.code.code_file import CodeFile
from nnrun.experiment.code.code_module import code_error, load_module

if TYPE_CHECKING:
    import numpy as np

_NO_ARGUMENTS = ("callable", "sha256", *ROLE_ARGUMENTS)


def call_function(given: GeneratorArguments, code: CodeFile, rng: np.random.Generator) -> Any:
    """What the function returns.

    Args:
        given: the arguments of the generator; takes the problems.
        code: the file with the function.
        rng: draws what is random; the function's first argument.

    Raises:
        ExperimentError: there is no such function, it does not take the arguments, or an error ends it.
    """
    place = given.component.place_of("callable")
    function = _function(given, load_module(code, place), code)
    arguments = {name: value for name, value in given.component.arguments.items() if name not in _NO_ARGUMENTS}
    _check_arguments(given, function, arguments)
    try:
        return function(rng, **arguments)
    except (Exception, SystemExit) as error:
        raise code_error(code, error, place) from error


def _function(given: GeneratorArguments, module: ModuleType, code: CodeFile) -> Any:
    name = function_name(given["callable"])
    found = vars(module).get(name)
    if not callable(found):
        own = [key for key, value in vars(module).items() if inspect.isfunction(value)]
        hint = did_you_mean(name, own) or f"Its functions are: {listed(own) or 'none'}."
        given.add("callable", f'{code.name} has no function "{name}".', hint)
        given.finish()
    return found


def _check_arguments(given: GeneratorArguments, function: Any, arguments: dict[str, Any]) -> None:
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters or parameters[0].kind not in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    ):
        given.add("callable", "The first argument of the function is rng, the generator of its random numbers.")
        given.finish()
    named = {p.name: p for p in parameters[1:] if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        for name in arguments:
            if name not in named:
                hint = did_you_mean(name, named) or f"Its arguments are: {listed([*named]) or 'none'}."
                given.add(name, f'The function has no argument "{name}".', hint)
    for name, parameter in named.items():
        if parameter.default is parameter.empty and name not in arguments:
            given.add("callable", f'The function needs the argument "{name}".')
    given.finish()
