"""Commands that do not train start at once: they load neither TensorFlow nor the other heavy packages."""

import json
import math
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from busy import empty_seconds, process_seconds
from sweep_folder import make_sweep_folder

from experiments import EXPERIMENTS, FLOWERS
from nnrun.runs.record import RunRecord, write_record

HEAVY = ("tensorflow", "keras", "matplotlib", "sklearn", "scipy", "pandas", "optuna", "distributed", "dask")

XOR = str(EXPERIMENTS / "xor.yaml")
SEARCH = "sweep={search: {optimizer.learning_rate: 'uniform(0, 1)'}, trials: 9, objective: min(loss)}"
# Without those of which check tries a hundred configurations.
ALL = [str(path) for path in sorted(EXPERIMENTS.glob("*.yaml")) if not path.name.startswith("trainability")]

# Commands that only tell something.
LIGHT = [
    ("check", "--format", "json", XOR),
    ("check", "--format", "github", XOR, "--set", "epochs=0"),
    ("check", XOR, "--set", "start={run: no-such-run}"),
    ("check", XOR, "--set", f"data.generator={{csv: {{path: {FLOWERS}, inputs: petal}}}}", "--set", "predict=[]"),
    ("new", "regression", "-"),
    ("new", "regresion"),
    ("schema",),
    ("catalog",),
    ("catalog", "layers"),
    ("catalog", "layers", "Dense"),
    ("catalog", "layers", "Dens"),
    ("catalog", "layers", "Lambda"),
    ("show-config", XOR),
    ("show-config", XOR, "--diff"),
    ("doctor", "--help"),
    ("test", "--help"),
    ("data", "--help"),
    ("sweep", XOR, "--grid", "seed=0..9", "--dry-run"),
    ("sweep", XOR, "--grid", "seed=0..9", "--shard", "1/2", "--dask", "local", "--dry-run"),
    ("sweep", XOR, "--grid", "seed=0..x", "--dry-run"),
    ("sweep", XOR, "--set", SEARCH, "--dry-run"),
    ("sweep", "--help"),
    ("compare", "--help"),
    ("list", "--help"),
    ("show", "no-such-run"),
    ("predict", "--help"),
    ("evaluate", "--help"),
    ("judge", "--help"),
    ("predict", "no-such-run", "rows.csv"),
]

# Commands that may load NumPy.
READING = [
    ("--help",),
    ("--version",),
    ("train", "--help"),
    ("check", "--help"),
    ("check", *ALL),
    ("check", "no-such-file.yaml"),
    ("check", str(EXPERIMENTS / "xor.yaml"), "--set", "layers.0.unit=3"),
    ("train", "no-such-file.yaml"),
    ("test", "no-such-file.yaml"),
    ("explain", "no-such-file.yaml"),
    ("explain", XOR, "--step", "501"),
    ("explain", "--help"),
    ("report", "--help"),
    ("report", "no-such-run"),
    ("plot", "--help"),
    ("compare", "no-such-sweep"),
    ("merge", "no-such-sweep"),
    ("data", XOR),
    ("data", XOR, "--format", "json", "--rows", "2"),
    ("data", str(FLOWERS)),
    ("new", str(FLOWERS), "-"),
    ("data", "no-such-file.yaml"),
]
OF_A_FILE = ("check", XOR, "--set", f"data.generator={{csv: {{path: {FLOWERS}}}}}")

PROGRAM = """
import contextlib, io, json, sys
from nnrun.cli.main import run
for arguments in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()):
        run(arguments)
    print(*{name.partition(".")[0] for name in sys.modules})
"""


def loaded_after_each(*commands: Sequence[str]) -> list[set[str]]:
    """The packages that are loaded after each of some commands, which one process runs one after another."""
    command = [sys.executable, "-c", PROGRAM, json.dumps(commands)]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = [set(line.split()) for line in process.stdout.splitlines()]
    assert len(loaded) == len(commands), process.stderr
    return loaded


def loaded_by(*arguments: str) -> set[str]:
    return loaded_after_each(arguments)[0]


def test_light_commands_load_nothing_heavy():
    for words, loaded in zip(READING, loaded_after_each(*READING), strict=True):
        assert loaded.isdisjoint(HEAVY), words


def test_help_and_the_commands_that_only_tell_do_not_even_load_numpy():
    commands = [("--help",), ("check", XOR), *LIGHT]
    for words, loaded in zip(commands, loaded_after_each(*commands), strict=True):
        assert loaded.isdisjoint({*HEAVY, "numpy", "rich", "jsonschema", "attr"}), words


def test_commands_on_runs_load_nothing_heavy_and_no_numpy(make_run):
    folder = make_run()
    runs = ("--runs-dir", str(folder.parent))
    commands = [
        ("list", "--where", "loss < 1", "--sort", "loss", *runs),
        ("show", str(folder)),
        ("tag", str(folder), "paper"),
        ("note", str(folder), "a note"),
        ("diff", str(folder), str(folder)),
        ("judge", str(folder), "--expect", "best(loss) <= 0.02", "--expect", "loss <= 0.02"),
        ("rm", str(folder), "--dry-run", *runs),
    ]
    for words, loaded in zip(commands, loaded_after_each(*commands), strict=True):
        assert loaded.isdisjoint({*HEAVY, "numpy", "rich", "jsonschema", "attr"}), words


def test_a_report_is_written_and_the_packages_of_an_export_are_looked_for_without_anything_heavy(make_run):
    folder = make_run()
    # TensorFlow is loaded later, without the lines that it writes to standard error.
    commands = [("report", str(folder)), ("export", str(folder), "--format", "onnx")]
    for words, loaded in zip(commands, loaded_after_each(*commands), strict=True):
        assert loaded.isdisjoint(HEAVY), words
    assert (folder / "report.html").is_file()


def test_polars_is_loaded_only_where_a_file_is_named():
    commands = [("--help",), ("check", *ALL), ("train", "--help"), ("list", "--help"), OF_A_FILE]
    assert ["polars" in loaded for loaded in loaded_after_each(*commands)] == [False] * 4 + [True]


def test_a_keras_model_is_read_without_keras_and_without_numpy(tmp_path):
    dense = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 2, "name": "dense"}}
    config = {"name": "s", "layers": [dense], "build_input_shape": [None, 3]}
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Sequential", "config": config}))
    assert loaded_by("new", str(tmp_path / "m.keras"), "-").isdisjoint({*HEAVY, "numpy", "rich", "jsonschema"})


@pytest.mark.parametrize("words", ["nnrun che", "nnrun train experiments/x", "nnrun catalog layers D", "nnrun new re"])
def test_a_completion_loads_neither_numpy_nor_anything_heavy(words):
    program = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
    program += "from nnrun.cli.main import run; run([])"
    asked = {"_NNRUN_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    process = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **asked}, capture_output=True, text=True, check=True
    )
    assert process.stdout.startswith("plain,")
    assert set(process.stderr.split()).isdisjoint({*HEAVY, "numpy"})


@pytest.mark.keras
def test_a_training_whose_pictures_another_process_draws_loads_no_matplotlib(tmp_path):
    loaded = loaded_by("train", "-q", XOR, "--no-animation", "--no-report", "--runs-dir", str(tmp_path))
    assert next(tmp_path.glob("2*/plots/history.png")).is_file()
    assert "tensorflow" in loaded
    assert loaded.isdisjoint({"matplotlib", "sklearn", "scipy", "pandas"})


def test_pictures_are_drawn_with_matplotlib_and_nothing_that_trains(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    write_record(
        tmp_path / "run",
        RunRecord(name="xor", experiment_sha256="0" * 64, status="completed", started=datetime.now(UTC), seed=0),
    )
    (tmp_path / "run" / "metrics.csv").write_text("epoch,loss\n1,0.5\n2,0.25\n")
    sweep = make_sweep_folder(tmp_path / "sweep", "seed=0..1")
    commands = [("plot", "run"), ("data", XOR, "--plot"), ("report", str(sweep))]
    plot, data, report = loaded_after_each(*commands)
    assert "matplotlib" in plot
    for loaded in (plot, data):
        assert loaded.isdisjoint({"tensorflow", "keras", "sklearn", "scipy", "pandas"})
    # SciPy computes the intervals of the medians of a sweep.
    assert report.isdisjoint({"tensorflow", "keras", "sklearn", "pandas"})
    for file in ("run/plots/history.png", "xor-data.png", "sweep/report.html"):
        assert (tmp_path / file).is_file()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> dict[str, str]:
    """An environment in which bytecode is kept, as pip leaves it where nnrun is installed."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("bytecode"))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def seconds(environment: dict[str, str], bound: float, *arguments: str) -> float:
    """The least that one of four runs of a Python process keeps the processor busy; the first compiles the modules.

    One run will do if it takes less than the bound.
    """
    least = math.inf
    for _ in range(4):
        least = min(least, process_seconds(environment, *arguments))
        if least < bound:
            break
    return least


def times_an_empty_python(environment: dict[str, str], bound: float, *arguments: str) -> float:
    """How much longer than an empty Python process a command of nnrun keeps the processor busy.

    Other processes take from the caches, of a command with many modules more: the least of up to four rounds counts,
    each of which measures both side by side.
    """
    least = math.inf
    for _ in range(4):
        empty = empty_seconds(environment)
        least = min(least, seconds(environment, bound * empty, "-m", "nnrun", *arguments) / empty)
        if least < bound:
            break
    return least


@pytest.mark.parametrize(
    "arguments", [("--help",), ("check", XOR), ("schema",), ("catalog", "layers", "Dense"), ("show-config", XOR)]
)
def test_light_commands_take_less_than_twenty_times_an_empty_python(compiled, arguments):
    assert times_an_empty_python(compiled, 20, *arguments) < 20


def test_judge_takes_less_than_twenty_times_an_empty_python(compiled, make_run):
    arguments = ("judge", str(make_run()), "--expect", "best(loss) <= 0.02", "--expect", "loss <= 0.02 by epoch 300")
    assert times_an_empty_python(compiled, 20, *arguments) < 20


def test_a_proposal_for_a_data_file_takes_less_than_thirty_times_an_empty_python(compiled):
    # It loads polars and NumPy, to read the file and to profile its columns.
    assert times_an_empty_python(compiled, 30, "new", str(FLOWERS), "-") < 30


def test_each_further_file_that_is_checked_takes_less_than_an_empty_python(compiled):
    one = seconds(compiled, 0, "-m", "nnrun", "check", ALL[0])
    bound = one + (len(ALL) - 1) * empty_seconds(compiled)
    assert seconds(compiled, bound, "-m", "nnrun", "check", *ALL) < bound
