"""Where the settings of commands come from: command line, environment, `pyproject.toml`, default, in this order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from nnrun import machine
from nnrun.cli.project import (
    DATA_DIR,
    GIT_PATCH,
    KEYS,
    OPTIONS,
    WARM,
    WARM_MODES,
    WARM_WORDS,
    Project,
    find_project,
    variable_of,
)
from nnrun.errors import ExperimentError, Problem, StorageError, UsageError, did_you_mean, shown
from nnrun.experiment.code.code_file import CodeAccess

_PROJECT = "nnrun.project"
_CODE = "nnrun.allow-code"
_NEVER = ("yes", "force")  # asked of a person for one command
_OF_THE_RUN = ("device", "threads")  # what these commands take from the run, unless it is given for them
_AS_THE_RUN = ("resume", "reproduce")


def name_variables(name: str, command: click.Command) -> None:
    """Gives every option its environment variables: `NNRUN_COMMAND_OPTION`, and for settings `NNRUN_OPTION`, too."""
    for option in _options(command):
        key = _key(option)
        several_flags = option.multiple and option.is_flag
        if not (option.hidden or option.envvar or several_flags or key in _NEVER):
            alone = variable_of(f"{name}-{key}")
            option.envvar = [alone, variable_of(key)] if _is_setting(name, key) else [alone]


def use_project(context: click.Context, group: click.Group) -> None:
    """Makes the settings of the project that the present folder belongs to the defaults of the commands.

    Raises:
        ExperimentError: the file is no TOML, or a setting is unknown or has a value that its option does not take.
        StorageError: the present folder was removed.
    """
    try:
        project = find_project(Path.cwd())
    except FileNotFoundError as error:
        raise StorageError(Problem("The present folder was removed.", hint="Go to one that exists: cd")) from error
    context.meta[_PROJECT] = project
    defaults: dict[str, dict[str, Any]] = {}
    problems: dict[str, Problem] = {}
    for name, command in group.commands.items() if project.values else ():
        for option in _options(command):
            key = _key(option)
            if _is_setting(name, key) and key in project.values and not option.hidden:
                if problem := _problem(command, option, key, project):
                    problems.setdefault(key, problem)
                defaults.setdefault(name, {})[str(option.name)] = _given(project.values[key])
    if project.problems or problems:
        found = [*project.problems, *problems.values()]
        raise ExperimentError(*sorted(found, key=lambda problem: problem.place.line if problem.place else 0))
    context.default_map = defaults


def _is_setting(command: str, key: str) -> bool:
    """Whether an option takes the setting of its name: device and threads of a run hold for it wherever it goes on."""
    return key in OPTIONS and not (key in _OF_THE_RUN and command in _AS_THE_RUN)


def _given(value: Any) -> Any:
    return os.path.relpath(value) if isinstance(value, Path) else value


def _problem(command: click.Command, option: click.Option, key: str, project: Project) -> Problem | None:
    """What is wrong with a value: another type than that of the option, or one that the command refuses."""
    value, place = project.values[key], project.places[key]
    is_number = isinstance(option.type, click.types.IntParamType)
    wanted: type = int if is_number else str
    words = "a whole number" if is_number else "a text"
    if option.is_flag:
        wanted, words = bool, "true or false"
    if not isinstance(value, Path) and type(value) is not wanted:
        return Problem(f"{key} is {words}. Received: {shown(value)}", place)
    try:
        option.process_value(click.Context(command), _given(value))
    except click.UsageError as error:
        return Problem(f"{key}: {error.message}", place)
    return None


def _options(command: click.Command) -> Iterator[click.Option]:
    return (option for option in command.params if isinstance(option, click.Option))


def _key(option: click.Option) -> str:
    return option.opts[-1].removeprefix("--")


def _project() -> Project:
    context = click.get_current_context(silent=True)
    return context.meta.get(_PROJECT, Project()) if context else Project()


def data_folders() -> tuple[Path, ...]:
    """The folders whose data files may be read wherever an experiment lies: of the environment, else the project."""
    return machine.data_folders() or tuple(_project().values.get(DATA_DIR, ()))


def code_access() -> CodeAccess | None:
    """The permission to run the code that an experiment names: of the command line alone, where it has the option."""
    return machine.code_access(code_is_allowed())


def code_is_allowed() -> bool:
    """Whether the command line allows to run the code that an experiment names."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(_CODE))


def allow_code(context: click.Context, option: click.Parameter, value: bool) -> None:
    """Gives the permission for this command."""
    context.meta[_CODE] = value


def runs_folder() -> Path:
    """The folder of all runs, of a command without the option `--runs-dir`."""
    return Path(os.environ.get(machine.RUNS_DIR_VARIABLE) or _project().values.get("runs-dir", "runs"))


def saves_git_patch() -> bool:
    """Whether runs save the uncommitted changes of their repository, by the environment, else the project."""
    if os.environ.get(variable_of(GIT_PATCH)):
        return machine.saves_git_patch()
    return bool(_project().values.get(GIT_PATCH, True))


def warm_mode() -> str:
    """Whether commands start a warm worker (`auto`), use the one that there is (`use`), or do not (`never`).

    Raises:
        UsageError: the environment says something else.
    """
    value = os.environ.get(variable_of(WARM)) or str(_project().values.get(WARM, "use"))
    if value not in WARM_MODES:
        raise UsageError(f"{variable_of(WARM)} is {WARM_WORDS}. Received: {shown(value)}")
    return value


def settings_in_force(group: click.Group, given: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Every setting with its value and where it comes from; a row more for each command with a variable of its own.

    Args:
        group: the commands.
        given: the values on the command line, by key.
    """
    project = _project()
    for key in KEYS:
        variable = variable_of(key)
        if key in given:
            yield key, str(given[key]), "command line"
        elif value := os.environ.get(variable):
            yield key, value, f"environment, {variable}"
        elif key in project.values:
            place = project.places[key]
            yield key, _in_words(project.values[key]), f"{place.source}:{place.line}"
        else:
            yield key, _default(group, key), "default"
        for name, command in group.commands.items():
            alone = variable_of(f"{name}-{key}")
            if os.environ.get(alone) and any(_key(option) == key for option in _options(command)):
                yield f"{key} of {name}", os.environ[alone], f"environment, {alone}"


def unknown_variables(group: click.Group) -> list[str]:
    """A message for each environment variable that begins like one of nnrun's and is none."""
    known = {variable_of(key) for key in KEYS}
    for command in group.commands.values():
        for option in _options(command):
            known.update([option.envvar] if isinstance(option.envvar, str) else option.envvar or ())
    found = sorted(name for name in os.environ if name.startswith(variable_of("")) and name not in known)
    return [f"{name} is no variable of nnrun. {did_you_mean(name, known) or ''}".rstrip() for name in found]


def _in_words(value: Any) -> str:
    if isinstance(value, tuple):
        return os.pathsep.join(_given(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(_given(value))


def _default(group: click.Group, key: str) -> str:
    """The default of the first command with such an option; a dash for one that depends on the machine or is empty."""
    if key in (GIT_PATCH, WARM):
        return "true" if key == GIT_PATCH else "use"
    found = (option for command in group.commands.values() for option in _options(command) if _key(option) == key)
    option = next(found, None)
    value = option.default if option else None
    return "–" if value is None or type(value).__name__ == "Sentinel" else _in_words(value)
