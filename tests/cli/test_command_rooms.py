"""The commands by name: every one is there, and a command imports no room but its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from nnrun.cli import commands
from nnrun.cli.command_rooms import CommandRooms
from nnrun.cli.main import nnrun

XOR = Path(__file__).parents[2] / "experiments" / "xor.yaml"
PROGRAM = """
import sys
from nnrun.cli.main import run
run(sys.argv[1:])
print(*(name for name in sys.modules if name.startswith("nnrun.cli.commands.")))
"""


def test_every_room_has_its_command():
    rooms = {path.stem for path in Path(next(iter(commands.__path__))).glob("*.py")} - {"__init__"}
    assert {str(command.callback.__module__).rpartition(".")[2] for command in nnrun.commands.values()} == rooms
    assert all(command.name == name for name, command in nnrun.commands.items())


@pytest.mark.parametrize(
    ("room", "words"),
    [("check", ["check", str(XOR)]), ("show_config", ["show-config", str(XOR)]), ("schema", ["schema"])],
)
def test_a_command_imports_no_room_but_its_own(room, words):
    process = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True)
    assert process.stdout.splitlines()[-1] == f"nnrun.cli.commands.{room}"


def test_a_command_is_prepared_once_when_it_is_first_asked_for():
    prepared = []
    rooms = CommandRooms(
        {"schema": "schema", "list": "list_runs"}, lambda name, command: prepared.append(name) or command
    )
    assert (list(rooms), len(rooms), "list" in rooms, "plot" in rooms, prepared) == (
        ["schema", "list"],
        2,
        True,
        False,
        [],
    )
    assert rooms["list"] is rooms["list"]
    assert prepared == ["list"]
    assert rooms.get("plot") is None


def test_a_further_command_can_be_added_and_removed():
    rooms = CommandRooms({"schema": "schema"}, lambda name, command: command)
    rooms["mine"] = mine = click.Command("mine")
    assert (list(rooms), rooms["mine"]) == (["schema", "mine"], mine)
    del rooms["mine"]
    assert list(rooms) == ["schema"]
