"""Commands that a warm worker runs: the same files, output and exit status as in a process of their own."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator

import pytest
from run_contents import contents_of
from warm_commands import Terminal, terminal_in

from experiments import EXPERIMENTS, SHIPPED

pytestmark = pytest.mark.keras

SHORT = {
    "xor": ("epochs=30",),
    "house-prices": ("epochs=2", "--no-plots"),
    "bilinear": ("epochs=40", "--set", "engine=xla", "--no-plots"),  # whose last bits depend on XLA's flags
    "digits-functional": ("epochs=1", "--no-plots"),
}


def differing(one: dict[str, object], other: dict[str, object]) -> list[str]:
    """The files that differ, or that only one of two runs has."""
    return [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    with terminal_in(tmp_path_factory.mktemp("w")) as found:
        shutil.copytree(EXPERIMENTS, found.folder / "experiments")
        ended = found.run("warm", "--idle", "10m")
        assert ended.status == 0, ended.err
        assert ended.out.startswith("Process ")
        trained = found.cold("train", "experiments/xor.yaml", "--no-plots")
        assert trained.status == 0, trained.err
        yield found


@pytest.mark.slow
def test_runs_have_the_files_and_the_output_of_runs_without_a_worker(terminal: Terminal) -> None:
    order = [name for name in SHORT for _ in range(2)]
    random.Random(1).shuffle(order)
    words = {name: ("train", f"experiments/{name}.yaml", "--set", *changes) for name, changes in SHORT.items()}
    cold = {name: (terminal.cold(*words[name]).timeless, contents_of(terminal.newest_run())) for name in SHORT}
    for name in order:
        assert terminal.run(*words[name]).timeless == cold[name][0]
        assert differing(contents_of(terminal.newest_run()), cold[name][1]) == []
    assert terminal.commands() == len(order)


ON_A_RUN = {
    "predict": (("predict", "latest:xor", "-"), "age,income\n0,1\n1,1\n"),
    "reproduce": (("reproduce", "latest:xor", "--no-plots"), ""),
    "a wrong file": (("train", "experiments/xor.yaml", "--set", "layers.0.unit=3"), ""),
}
MORE = {
    "evaluate": (("evaluate", "latest:xor", "--format", "json"), ""),
    "explain": (("explain", "latest:xor"), ""),
    "a divergence": (("train", "experiments/xor.yaml", "--set", "optimizer={SGD: {learning_rate: 1e30}}"), ""),
    "no rows": (("evaluate", "latest:xor", "no-such-file.csv"), ""),
}


@pytest.mark.parametrize("kind", [*ON_A_RUN, *(pytest.param(kind, marks=pytest.mark.slow) for kind in MORE)])
@pytest.mark.slow
def test_a_command_says_what_it_says_without_a_worker(kind: str, terminal: Terminal) -> None:
    words, given = {**ON_A_RUN, **MORE}[kind]
    before = terminal.commands()
    warm = terminal.run(*words, given=given).timeless
    time.sleep(1)  # a run that starts in the same second has a longer name, which moves the end of a line
    assert warm == terminal.cold(*words, given=given).timeless
    assert terminal.commands() == (before or 0) + 1


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("--allow-code",), {}),
        ((), {"CI": "true"}),
        ((), {"NNRUN_WARM": "never"}),
        ((), {"TF_ENABLE_ONEDNN_OPTS": "0"}),
        ((), {"KERAS_HOME": "elsewhere"}),
        (("--threads", "1"), {}),
        (("--device", "gpu:7"), {}),
    ],
    ids=str,
)
def test_what_the_worker_is_not_for_runs_without_it(
    words: tuple[str, ...], environment: dict[str, str], terminal: Terminal
) -> None:
    before = terminal.commands()
    ended = terminal.run("train", "no-such-file.yaml", *words, **environment)
    assert (ended.status, terminal.commands()) == (2, before)


def test_a_command_goes_to_the_worker_before_its_file_is_read(terminal: Terminal) -> None:
    before = terminal.commands()
    assert terminal.run("train", "no-such-file.yaml", CI="false").status == 2
    assert terminal.commands() == (before or 0) + 1


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_experiment_has_the_same_files(name: str, terminal: Terminal) -> None:
    words = ("train", f"experiments/{name}.yaml")
    terminal.cold(*words)
    alone = contents_of(terminal.newest_run())
    for _ in range(2):
        terminal.run(*words)
        assert differing(contents_of(terminal.newest_run()), alone) == []
