"""Data from a file or a function to arrays, against pandas and bare NumPy, and `nnrun check` of a large file.

    python benchmarks/data.py [--only NAME] [--megabytes N] [--repeat N] [--format markdown]

Every number comes from a process of its own. Memory is the peak of the reading above that of the same process with
its libraries loaded, against the size of the arrays that come out. pandas is installed for this alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from table import FORMATS, Table, at_most, ratio

_READ = 1.0  # times pandas
_MEMORY = 1.5  # times the arrays
_CHECK = 1.0  # seconds
_FUNCTION = 3.0  # times NumPy
_BLOCK = 5_000  # rows
_WORDS = 100

# Prints the seconds, those of the processor, the megabytes of the arrays, and those of the peak above the one before.
_MEASURED = """
import resource, sys, time
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
{prepare}
before, begin, used = peak(), time.perf_counter(), time.process_time()
{read}
print(time.perf_counter() - begin, time.process_time() - used)
print(sum(array.nbytes for array in arrays) / 2**20, peak() - before)
"""
_NNRUN = _MEASURED.format(
    prepare="""
from pathlib import Path
import numpy
from nnrun.data.files.csv_file import open_csv
from nnrun.data.files.data_files import DataFiles
few = Path(sys.argv[1] + ".few")
[column.values() for column in open_csv(DataFiles(), few).columns(["target"]).values()]""",
    read="""
table = open_csv(DataFiles(), Path(sys.argv[1]))
arrays = [column.values() for column in table.columns(table.names).values()]""",
)
_PANDAS = _MEASURED.format(
    prepare="import pandas\npandas.read_csv(sys.argv[1] + '.few').to_numpy()",
    read="arrays = [pandas.read_csv(sys.argv[1]).to_numpy()]",
)
# Column by column: to_numpy makes an object of every number where one column has texts.
_PANDAS_TEXTS = _MEASURED.format(
    prepare="import pandas\npandas.read_csv(sys.argv[1] + '.few').to_numpy()",
    read="""
frame = pandas.read_csv(sys.argv[1])
arrays = [frame[name].to_numpy() for name in frame]""",
)
# Expressions of nnrun, and the same of NumPy.
_FUNCTIONS = {
    "x >= 0.5": "x >= 0.5",
    "sin(3 * x) + 0.1 * x ** 2": "np.sin(3 * x) + 0.1 * x ** 2",
    "where(x < 0, 0, where(x < 0.5, x ** 2, 2 - x))": "np.where(x < 0, 0, np.where(x < 0.5, x ** 2, 2 - x))",
}
_GENERATED = """
import sys, time
from pathlib import Path
import numpy as np
{prepare}
make(10)
begin = time.perf_counter()
make(1_000_000)
print(time.perf_counter() - begin)
"""
_BY_FUNCTION = _GENERATED.format(
    prepare="""
from nnrun.data.generators.generator import Resources
from nnrun.data.generators.registry import make_source
from nnrun.experiment.experiment import Component
def make(samples):
    arguments = {"samples": samples, "x": "uniform(-1, 1)", "y": sys.argv[1]}
    return make_source(Component("generators", "function", arguments), Resources(np.random.default_rng(0), Path()))"""
)
_BY_NUMPY = _GENERATED.format(
    prepare="""
expression = compile(sys.argv[1], "expression", "eval")
def make(samples):
    x = np.random.default_rng(0).uniform(-1, 1, samples)
    return x, eval(expression, {"np": np, "x": x})"""
)
_EXPERIMENT = """
data: {generator: {csv: {path: rows.csv, target: target}}, validation_split: 0.2}
layers: [Dense: {units: 1}]
optimizer: adam
loss: mse
epochs: 1
"""


def main() -> None:
    """Prints the tables."""
    arguments = _arguments()
    for name, measure in _MEASURES.items():
        if arguments.only in (None, name):
            print(measure(arguments).render(arguments.format))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=_MEASURES, help="one measurement alone")
    parser.add_argument("--megabytes", type=int, default=200, metavar="N", help="size of the file (default: 200)")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs, of which the median (default: 3)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the tables are written (default: text)")
    return parser.parse_args()


def csv_table(arguments: argparse.Namespace) -> Table:
    """A file of numbers from the disk to arrays."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        write_rows(path, arguments.megabytes)
        table = _read_table(f"A CSV file of {arguments.megabytes} MB, from file to arrays", path, arguments.repeat)
        check = median(_check(path) for _ in range(arguments.repeat))
    table.rows.append(["nnrun check, seconds of the processor", f"{check:.2f}", "–", "–", at_most(check, _CHECK)])
    return table


def csv_text_table(arguments: argparse.Namespace) -> Table:
    """A file of which every second column has texts, from the disk to arrays."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        write_rows(path, arguments.megabytes, texts=10)
        title = f"A CSV file of {arguments.megabytes} MB, half of its columns texts, from file to arrays"
        return _read_table(title, path, arguments.repeat, _PANDAS_TEXTS)


def _read_table(title: str, path: Path, repeat: int, pandas: str = _PANDAS) -> Table:
    """The reading of a file, by turns."""
    table = Table(title, ["what", "nnrun", "pandas", "ratio", "target"])
    pairs = [(_run(_NNRUN, path), _run(pandas, path)) for _ in range(repeat)]
    for position, what in ((0, "seconds"), (1, "seconds of the processor")):
        ours, theirs = (median(run[position] for run in runs) for runs in zip(*pairs, strict=True))
        quotient = ours / theirs
        table.rows.append([what, f"{ours:.2f}", f"{theirs:.2f}", ratio(quotient), at_most(quotient, _READ)])
    memory, other = (median(run[3] / run[2] for run in runs) for runs in zip(*pairs, strict=True))
    cells = [ratio(memory), ratio(other), ratio(memory / other), at_most(memory, _MEMORY)]
    table.rows.append(["peak memory / arrays", *cells])
    return table


def function_table(arguments: argparse.Namespace) -> Table:
    """A million rows of a drawn column and an expression."""
    table = Table("1,000,000 rows of a function, milliseconds", ["x uniform, y", "nnrun", "NumPy", "ratio", "target"])
    for expression, plain in _FUNCTIONS.items():
        pairs = [(_run(_BY_FUNCTION, expression), _run(_BY_NUMPY, plain)) for _ in range(arguments.repeat)]
        ours, theirs = (median(seconds for (seconds,) in runs) for runs in zip(*pairs, strict=True))
        quotient = ours / theirs
        cells = [f"{ours * 1000:.1f}", f"{theirs * 1000:.1f}", ratio(quotient), at_most(quotient, _FUNCTION)]
        table.rows.append([expression, *cells])
    return table


def write_rows(path: Path, megabytes: int, columns: int = 20, texts: int = 0) -> None:
    """Writes a file of normally distributed numbers with six decimals, and a small one of its columns beside it.

    Args:
        path: the file.
        megabytes: its size.
        columns: how many there are.
        texts: how many of them have one of 100 texts of 4 to 12 letters in a row.
    """
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefghij"), rng.integers(4, 13))) for _ in range(_WORDS)]
    names = ",".join([*(f"x{i}" for i in range(columns - 1)), "target"])
    cells = np.char.mod("%.6f", rng.normal(0, 100, (_BLOCK, columns))).astype(object)
    cells[:, 0 : 2 * texts : 2] = rng.choice(words, (_BLOCK, texts))
    rows = "".join(",".join(row) + "\n" for row in cells)
    with path.open("w") as file:
        file.write(f"{names}\n")
        for _ in range(megabytes * 2**20 // len(rows) + 1):
            file.write(rows)
    Path(f"{path}.few").write_text(f"{names}\n{rows.splitlines()[0]}\n")
    path.with_name("rows.yaml").write_text(_EXPERIMENT)


def _run(code: str, subject: Path | str) -> list[float]:
    """What a program says of a file or an expression."""
    command = [sys.executable, "-c", code, str(subject)]
    return [float(word) for word in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]


def _check(path: Path) -> float:
    """The seconds of the processor that `nnrun check` takes."""
    command = [sys.executable, "-m", "nnrun", "check", str(path.with_name("rows.yaml"))]
    before = os.times()
    subprocess.run(command, capture_output=True, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


_MEASURES = {"csv": csv_table, "csv_text": csv_text_table, "function": function_table}

if __name__ == "__main__":
    main()
