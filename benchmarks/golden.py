"""How many planted regressions golden files catch, and how many runs with new seeds are false alarms.

    python benchmarks/golden.py [--only xor bilinear moons spirals] [--format markdown]

Freezes shipped experiments with 100 seeds, trains each with twenty changes that stand for changes of the code
(`tests/planted_regressions.py`), and holds these runs against the golden file of the unchanged one: with the versions
and the machine of the golden file, with its versions on another machine, and with other versions.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from table import FORMATS, Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from golden_study import WAYS, GoldenStudy
from planted_regressions import regressions

EXPERIMENTS = ("xor", "bilinear", "moons", "spirals")
NEW_SEEDS = 200


def main() -> None:
    """Prints a table of all experiments, and one of the regressions that are not caught everywhere."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=EXPERIMENTS, default=EXPERIMENTS, metavar="EXPERIMENT")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the tables are written (default: text)")
    arguments = parser.parse_args()
    counts = Table("Regressions caught of 20", ("experiment", *WAYS, f"false alarms of {NEW_SEEDS}", "level"))
    missed = Table("Not caught everywhere", ("regression", *WAYS))
    for name in arguments.only:
        study = GoldenStudy.frozen(name, NEW_SEEDS)
        caught = {regression: study.caught(regression) for regression in regressions(name)}
        found = [str(sum(one[way] for one in caught.values())) for way in WAYS]
        counts.rows.append((name, *found, str(study.false_alarms), f"{study.golden.level:g}"))
        for regression, one in caught.items():
            if not all(one.values()):
                missed.rows.append((f"{name}: {regression}", *("yes" if one[way] else "no" for way in WAYS)))
        print(f"{name} done", file=sys.stderr, flush=True)
    print(counts.render(arguments.format))
    print(missed.render(arguments.format))


if __name__ == "__main__":
    main()
