"""The README as code: its experiments are experiments, its commands exist, its table of exit statuses is the truth."""

import re
import shlex
from pathlib import Path

import click
import pytest

from experiments import EXPERIMENTS, SHIPPED, written
from nnrun.cli.main import nnrun
from nnrun.errors import NnrunError

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|&& |\()(nnrun (?:train|check)[^)\n]*)", re.MULTILINE)
COMMANDS = sorted({line for _, text in BLOCKS for line in COMMAND.findall(text)})


@pytest.mark.parametrize("text", [text for kind, text in BLOCKS if kind == "yaml"])
def test_every_experiment_in_the_readme_is_well(text):
    assert written(text).epochs > 0


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_in_the_readme_exists_with_its_options_and_files(line):
    _, name, *words = shlex.split(line.replace("[", " ").replace("]", " ").replace("…", " "))
    options = {option for parameter in nnrun.commands[name].params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= options
    for word in words:
        if word.startswith("experiments/"):
            assert (EXPERIMENTS.parent / word).exists()


def test_the_readme_names_every_option_of_every_command():
    for command in nnrun.commands.values():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.name != "debug":
                assert any(option in README for option in parameter.opts), parameter.name


def test_the_readme_names_the_exit_status_of_every_error():
    def below(kind: type[NnrunError]) -> set[type[NnrunError]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    listed = {int(number) for row in re.findall(r"^\| ([\d, ]+) \|", README, re.MULTILINE) for number in row.split(",")}
    assert {kind.exit_status for kind in below(NnrunError)} | {0, 1, 141} == listed


def test_the_changelog_counts_the_experiments():
    changelog = (EXPERIMENTS.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "Thirteen experiments" in changelog
    assert len(SHIPPED) == 13
