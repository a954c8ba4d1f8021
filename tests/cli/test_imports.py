"""Commands that do not train start at once: they load neither TensorFlow nor the other heavy packages."""

import subprocess
import sys

import pytest

from experiments import EXPERIMENTS

HEAVY = ("tensorflow", "keras", "matplotlib", "sklearn", "scipy", "pandas")

PROGRAM = """
import sys
from nnrun.cli.main import run
status = run(sys.argv[1:])
print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}))
sys.exit(status)
"""


def loaded_by(*arguments: str) -> set[str]:
    process = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False)
    last = process.stdout.splitlines()[-1]
    assert last.startswith("loaded: "), process.stderr
    return set(last.removeprefix("loaded: ").split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("train", "--help"),
        ("check", "--help"),
        ("check", *(str(path) for path in sorted(EXPERIMENTS.glob("*.yaml")))),
        ("check", "no-such-file.yaml"),
        ("check", str(EXPERIMENTS / "xor.yaml"), "--set", "layers.0.unit=3"),
        ("train", "no-such-file.yaml"),
    ],
)
def test_light_commands_load_nothing_heavy(arguments):
    assert loaded_by(*arguments).isdisjoint(HEAVY)


def test_help_and_check_do_not_even_load_numpy():
    assert "numpy" not in loaded_by("--help")
    assert "numpy" not in loaded_by("check", str(EXPERIMENTS / "xor.yaml"))
