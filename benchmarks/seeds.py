"""How often a shipped experiment meets its expectations: the same file under many seeds.

    python benchmarks/seeds.py rounding --seeds 100

Prints a row per experiment: the share of seeds that meet every expectation, and the seeds that do not. One compiled
program serves all seeds of an experiment; each begins from the weights and data that its seed decides.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from nnrun.data.generate import generate
from nnrun.data.rows import Rows, network_rows
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment
from nnrun.model.runtime import start_tensorflow
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.judge.verdicts import judge

EXPERIMENTS = Path(__file__).parent.parent / "experiments"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", help="experiments, such as rounding")
    parser.add_argument("--seeds", type=int, default=100, help="how many, from 0 on (default 100)")
    arguments = parser.parse_args()
    start_tensorflow()
    print("| experiment | seeds | met | failing seeds |\n| --- | --- | --- | --- |")
    for name in arguments.names:
        experiments = [load_experiment(EXPERIMENTS / f"{name}.yaml", [f"seed={s}"]) for s in range(arguments.seeds)]
        failing = [
            experiment.seed
            for experiment, final in zip(experiments, final_metrics(experiments), strict=True)
            if not all(verdict.met for verdict in judge(experiment.expect, RunEvidence(final, history=dict)))
        ]
        met = len(experiments) - len(failing)
        print(f"| {name} | {len(experiments)} | {met} | {', '.join(map(str, failing)) or 'none'} |", flush=True)


def final_metrics(experiments: list[Experiment]) -> Iterator[dict[str, float]]:
    """The metrics of the last epoch of each experiment; they differ in their seeds alone."""
    from nnrun.data.epoch_order import epoch_orders
    from nnrun.model.build import build_model
    from nnrun.training.program import Program
    from nnrun.training.state import put_state, take_state

    program = None
    for experiment in experiments:
        training, validation = parts(experiment)
        model = build_model(experiment, training)
        if program is None:
            program = Program(model, experiment.batch_size, training, validation, trace=False, xla=True)
        put_state(program.model, take_state(model))
        program.take_data(training, validation)
        for first in range(0, experiment.epochs, program.capacity):
            count = min(program.capacity, experiment.epochs - first)
            chunk = program.run(epoch_orders(experiment.seed, training.count, first, count))
        yield {name: float(values[-1]) for name, values in chunk.logs.items()}


def parts(experiment: Experiment) -> tuple[Rows, Rows | None]:
    """The experiment's rows for training and validation."""
    dataset = generate(experiment, Path.home() / ".keras")
    validation = network_rows(experiment, dataset.validation) if dataset.validation else None
    return network_rows(experiment, dataset.training), validation


if __name__ == "__main__":
    main()
