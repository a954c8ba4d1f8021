"""Commands that a warm worker runs: the same files, output and exit status as in a process of their own."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator

import pytest
from run_contents import contents_of
from warm_commands import Terminal, terminal_in

from experiments import EXPERIMENTS, SHIPPED
from nnrun.cli.commands import test as command
from nnrun.cli.handing_over import _outgrows_worker
from nnrun.model.processors import available_threads

pytestmark = pytest.mark.keras

SHORT = {
    "xor": ("epochs=5",),
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
        found.start_worker(idle=600.0, most_bytes=1 << 40)  # it stays, whatever this machine has it take
        ended = found.run("warm", "--idle", "10m")
        assert ended.status == 0, ended.err
        assert ended.out.startswith("Process ")
        short = ("--set", "epochs=30", "--set", "expect=[]", "--no-plots", "--no-report")
        trained = found.run("train", "experiments/xor.yaml", *short)
        assert trained.status == 0, trained.err
        yield found


@pytest.mark.parametrize("names", [("xor", "bilinear"), pytest.param(tuple(SHORT), marks=pytest.mark.slow)])
def test_runs_have_the_files_and_the_output_of_runs_without_a_worker(
    names: tuple[str, ...], terminal: Terminal
) -> None:
    before = terminal.commands() or 0
    order = [name for name in names for _ in range(2)]
    random.Random(1).shuffle(order)
    words = {name: ("train", f"experiments/{name}.yaml", "--set", *changes) for name, changes in SHORT.items()}
    cold = {name: (terminal.cold(*words[name]).timeless, contents_of(terminal.newest_run())) for name in names}
    for name in order:
        terminal.wait_for_next_second()
        assert terminal.run(*words[name]).timeless == cold[name][0]
        assert differing(contents_of(terminal.newest_run()), cold[name][1]) == []
    assert terminal.commands() == before + len(order)


ON_A_RUN = {
    "predict": (("predict", "latest:xor", "-"), "age,income\n0,1\n1,1\n"),
    "a wrong file": (("train", "experiments/xor.yaml", "--set", "layers.0.unit=3"), ""),
}
MORE = {
    "reproduce": (("reproduce", "latest:xor", "--no-plots"), ""),
    "evaluate": (("evaluate", "latest:xor", "--format", "json"), ""),
    "explain": (("explain", "latest:xor"), ""),
    "a divergence": (("train", "experiments/xor.yaml", "--set", "optimizer={SGD: {learning_rate: 1e30}}"), ""),
    "no rows": (("evaluate", "latest:xor", "no-such-file.csv"), ""),
}


@pytest.mark.parametrize("kind", [*ON_A_RUN, *(pytest.param(kind, marks=pytest.mark.slow) for kind in MORE)])
def test_a_command_says_what_it_says_without_a_worker(kind: str, terminal: Terminal) -> None:
    words, given = {**ON_A_RUN, **MORE}[kind]
    before = terminal.commands()
    terminal.wait_for_next_second()
    warm = terminal.run(*words, given=given).timeless
    terminal.wait_for_next_second()
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


def test_the_stages_are_told_but_those_that_have_nothing_to_do(terminal: Terminal) -> None:
    words = ("train", "experiments/xor.yaml", "--no-plots", "--set", "layers.0.units=11")
    first, second = [re.findall(r"^(\w+) .*…$", terminal.run(*words).err, re.MULTILINE) for _ in range(2)]
    assert first == ["reading", "building", "compiling", "predicting"]
    assert second == ["reading", "building", "predicting"]


def test_a_command_goes_to_the_worker_before_its_file_is_read(terminal: Terminal) -> None:
    before = terminal.commands()
    assert terminal.run("train", "no-such-file.yaml", CI="false").status == 2
    assert terminal.commands() == (before or 0) + 1


@pytest.mark.slow
def test_every_shipped_experiment_has_the_same_files_in_any_order(terminal: Terminal) -> None:
    turns = [(name, warm) for name in SHIPPED for warm in (True, True, False, False)]
    random.Random(2).shuffle(turns)
    first: dict[str, dict[str, object]] = {}
    wrong = []
    for name, warm in turns:
        if warm:
            terminal.wait_for(terminal.is_idle)  # after many programs it is replaced
        before = terminal.commands()
        (terminal.run if warm else terminal.cold)("train", f"experiments/{name}.yaml")
        found = contents_of(terminal.newest_run())
        wrong += [(name, warm, file) for file in differing(found, first.setdefault(name, found))]
        assert not warm or terminal.commands() in (None, 0, (before or 0) + 1)
    assert wrong == []


# The words of a test of a file, and whether its runs are kept.
TESTED = {
    "passed": ("experiments/xor.yaml", "--keep", "--junit", "results.xml", "--markdown", "results.md"),
    "failed": ("failed.yaml", "--junit", "results.xml"),
    "diverged": ("diverged.yaml", "--markdown", "results.md"),
    "folds": ("folds.yaml", "--keep"),
    "golden": ("golden.yaml", "--keep"),
}
_FOLDER = re.compile(r"\d{8}-\d{6}-\w+(-\d+)?")
_SECONDS = re.compile(r"\d+\.\d+ s\b|time=\"[\d.]+\"|timestamp=\"[^\"]+\"|\| \d+\.\d+ \|")


def outcome_of(terminal: Terminal, words: tuple[str, ...], warm: str) -> tuple[object, ...]:
    """What a test of a file prints and writes, without times."""
    reports = [terminal.folder / name for name in words if name.startswith("results.")]
    for report in reports:
        report.unlink(missing_ok=True)
    ended = terminal.run("test", *words, warm=warm)
    folder = terminal.newest_run()
    texts = [ended.out, ended.err, *(report.read_text() for report in reports)]
    return ended.status, [_SECONDS.sub("SECONDS", text.replace(folder.name, "RUN")) for text in texts], folder


def write_tested(terminal: Terminal) -> None:
    """Writes the files of `TESTED`."""
    xor = (EXPERIMENTS / "xor.yaml").read_text().replace("epochs: 500", "epochs: 20")
    (terminal.folder / "failed.yaml").write_text(xor)
    (terminal.folder / "diverged.yaml").write_text(
        xor.replace("optimizer: adam", "optimizer: {SGD: {learning_rate: 1.0e+30}}").replace("sigmoid", "linear")
    )
    moons = (EXPERIMENTS / "moons.yaml").read_text().replace("epochs: 100", "epochs: 3").partition("expect:")[0]
    (terminal.folder / "folds.yaml").write_text(moons.replace("validation_split: 0.2", "folds: 2"))
    (terminal.folder / "golden.yaml").write_text(moons)


@pytest.mark.parametrize("kind", ["passed", *(pytest.param(kind, marks=pytest.mark.slow) for kind in [*TESTED][1:])])
def test_a_file_is_tested_as_without_a_worker(kind: str, terminal: Terminal) -> None:
    write_tested(terminal)
    if kind == "golden":
        assert (
            terminal.cold("freeze", "golden.yaml", "--seeds", "10", "--threads", str(available_threads())).status == 0
        )
    terminal.wait_for(terminal.is_idle)
    terminal.wait_for_next_second()
    before = terminal.commands()
    *warm, warm_folder = outcome_of(terminal, TESTED[kind], "use")
    if kind == "folds":
        terminal.wait_for(lambda: terminal.commands() == 0)  # its processes have an environment of their own
    else:
        assert terminal.commands() == (before or 0) + 1
    terminal.wait_for_next_second()
    *cold, cold_folder = outcome_of(terminal, TESTED[kind], "never")
    assert warm == cold
    if kind != "folds":  # a sweep, in whose tables are times
        assert differing(contents_of(warm_folder), contents_of(cold_folder)) == []


# The words of a test that takes processes, and of one that does not.
WITH_PROCESSES = [("a.yaml", "b.yaml"), ("invalid",), ("a.yaml", "--seeds", "2"), ("a.yaml", "--update"), ()]
WITHOUT = [("a.yaml",), ("a.yaml", "b.yaml", "--jobs", "1")]


@pytest.fixture
def invalid(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The present folder has files that cannot be trained, which a command refuses at once."""
    monkeypatch.chdir(terminal.folder)
    (terminal.folder / "invalid").mkdir(exist_ok=True)
    for name in ("a.yaml", "b.yaml", "invalid/c.nnrun.yaml"):
        (terminal.folder / name).write_text("epochs: 0\n")


@pytest.mark.usefixtures("invalid")
@pytest.mark.parametrize("words", [*WITH_PROCESSES, *WITHOUT], ids=" ".join)
def test_tests_that_take_processes_are_not_for_the_worker(words: tuple[str, ...]) -> None:
    assert _outgrows_worker(command.test.make_context("test", list(words)).params) == (words in WITH_PROCESSES)


@pytest.mark.usefixtures("invalid")
@pytest.mark.parametrize("words", [WITH_PROCESSES[0], WITHOUT[0]], ids=" ".join)
def test_they_run_without_it_and_others_in_it(words: tuple[str, ...], terminal: Terminal) -> None:
    before = terminal.commands() or 0
    assert terminal.run("test", *words).status == 2
    assert terminal.commands() == before + (words in WITHOUT)


def on_a_terminal(terminal: Terminal, words: tuple[str, ...], warm: str) -> tuple[int, list[str]]:
    """Exit status and lines of a command on a terminal, without times and what turns meanwhile."""
    ended = terminal.run_in_shell('TERM=xterm-256color script -qec "$*" /dev/null', *words, warm=warm)
    lines = _SECONDS.sub("SECONDS", _FOLDER.sub("RUN", ended.out)).splitlines()
    return ended.status, [line for line in lines if "training xor …" not in line]


@pytest.mark.skipif(shutil.which("script") is None, reason="only script of util-linux makes a terminal")
def test_on_a_terminal_it_has_the_same_colors(terminal: Terminal) -> None:
    write_tested(terminal)
    before = terminal.commands() or 0
    warm = on_a_terminal(terminal, ("test", "failed.yaml"), "use")
    assert terminal.commands() == before + 1
    assert any("\x1b[31m" in line for line in warm[1])
    assert warm == on_a_terminal(terminal, ("test", "failed.yaml"), "never")


@pytest.mark.parametrize(
    "line",
    [
        '{ "$@"; echo "$?" >&2; } | true',
        pytest.param('"$@" 2> /dev/null', marks=pytest.mark.slow),
        pytest.param('"$@" -q', marks=pytest.mark.slow),
        pytest.param('"$@" < /dev/null >&2', marks=pytest.mark.slow),
        pytest.param('"$@" >&-', marks=pytest.mark.slow),
    ],
)
def test_a_pipe_is_written_to_and_closed_as_without_a_worker(line: str, terminal: Terminal) -> None:
    words = ("train", "experiments/xor.yaml", "--no-plots", "--no-report")
    before = terminal.commands() or 0
    terminal.wait_for_next_second()
    warm = terminal.run_in_shell(line, *words).timeless
    assert terminal.commands() in (before, before + 1)  # a command without its streams runs by itself
    terminal.wait_for_next_second()
    assert warm == terminal.run_in_shell(line, *words, warm="never").timeless
