"""The commands by name, each imported when it is first asked for: one command need not wait for thirty others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from importlib import import_module

import click

Prepare = Callable[[str, click.Command], click.Command]


class CommandRooms(MutableMapping[str, click.Command]):
    """The commands of a group, in an order of its own.

    Args:
        rooms: the module of each command in `nnrun.cli.commands`, by the command's name; in it the command has the
            module's name.
        prepare: takes a command's name and the command when it is imported, and returns the one that is run.
    """

    def __init__(self, rooms: Mapping[str, str], prepare: Prepare) -> None:
        self._rooms = dict(rooms)
        self._prepare = prepare
        self._imported: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._imported:
            room = self._rooms[name]
            command = getattr(import_module(f"nnrun.cli.commands.{room}"), room)
            self._imported[name] = self._prepare(name, command)
        return self._imported[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._rooms.setdefault(name, "")
        self._imported[name] = command

    def __delitem__(self, name: str) -> None:
        del self._rooms[name]
        self._imported.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rooms)

    def __contains__(self, name: object) -> bool:
        return name in self._rooms

    def __len__(self) -> int:
        return len(self._rooms)
