"""How many planted regressions golden files catch, and how many runs with new seeds are false alarms.

    python benchmarks/golden.py [--only caught engines] [--experiments xor bilinear moons spirals] [--format markdown]

`caught` freezes shipped experiments with 100 seeds, trains each with twenty changes that stand for changes of the code
(`tests/planted_regressions.py`), and holds these runs against the golden file of the unchanged one: with the versions
and the machine of the golden file, with its versions on another machine, and with other versions. `engines` trains six
seeds by both engines, which round differently as other machines do.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from table import FORMATS, Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from golden_study import WAYS, GoldenStudy
from planted_regressions import regressions

EXPERIMENTS = ("xor", "bilinear", "moons", "spirals")
NEW_SEEDS, BOTH_ENGINES = 200, 6


def main() -> None:
    """Prints the tables."""
    parts = {"caught": measure_caught, "engines": measure_engines}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=parts, default=[*parts], metavar="PART", help="some parts alone")
    parser.add_argument("--experiments", nargs="+", choices=EXPERIMENTS, default=EXPERIMENTS, metavar="NAME")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the tables are written (default: text)")
    arguments = parser.parse_args()
    for part in arguments.only:
        for table in parts[part](arguments.experiments):
            print(table.render(arguments.format), flush=True)


def measure_caught(experiments: Sequence[str]) -> Iterator[Table]:
    """How many regressions are caught, and which are not caught everywhere."""
    counts = Table("Regressions caught of 20", ("experiment", *WAYS, f"false alarms of {NEW_SEEDS}", "level"))
    missed = Table("Not caught everywhere", ("regression", *WAYS))
    for name in experiments:
        study = GoldenStudy.frozen(name, NEW_SEEDS)
        caught = {regression: study.caught(regression) for regression in regressions(name)}
        found = [str(sum(one[way] for one in caught.values())) for way in WAYS]
        counts.rows.append((name, *found, str(study.false_alarms), f"{study.golden.level:g}"))
        for regression, one in caught.items():
            if not all(one.values()):
                missed.rows.append((f"{name}: {regression}", *("yes" if one[way] else "no" for way in WAYS)))
    yield counts
    yield missed


def measure_engines(experiments: Sequence[str]) -> Iterator[Table]:
    """How far the losses of two engines differ."""
    table = Table("Largest difference of a loss, graph against XLA", ("experiment", "first 200 steps", "all epochs"))
    for name in experiments:
        early, every = GoldenStudy.frozen(name, 0).rounding(BOTH_ENGINES)
        table.rows.append((name, f"{early:.1e}", f"{every:.1e}"))
    yield table


if __name__ == "__main__":
    main()
