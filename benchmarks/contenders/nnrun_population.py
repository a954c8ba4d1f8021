"""Many XOR trainings as one compiled program of nnrun's, with nothing around it.

    python -m contenders.nnrun_population MEMBERS STARTS.npz

It writes the weights, orders and data into the file, for `jax_population.py`, and prints as it does.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from nnrun.data.epoch_order import epoch_orders
from nnrun.data.generate import generate
from nnrun.data.rows import network_rows
from nnrun.load import load_experiment
from nnrun.model.runtime import start_tensorflow

XOR = Path(__file__).resolve().parent.parent.parent / "experiments" / "xor.yaml"
CALLS = 3


def main() -> None:
    """Times the calls."""
    members, path = int(sys.argv[1]), sys.argv[2]
    start_tensorflow("cpu")
    from nnrun.model.build import build_model
    from nnrun.model.initial_weights import InitialWeights
    from nnrun.training.population import Population, Starts

    experiment = load_experiment(XOR)
    rows = network_rows(experiment, generate(experiment, Path.home() / ".keras").training)
    model = build_model(experiment, rows)
    weights = InitialWeights(experiment, model).draw(range(members), np.zeros((members, 0), np.float32))
    orders = np.stack([epoch_orders(seed, rows.count, 0, experiment.epochs) for seed in range(members)])
    named = {f"weights{i}": values for i, values in enumerate(weights)}
    np.savez(path, orders=orders, x=rows.inputs[0], y=rows.targets[0], **named)
    own = [variable for layer in experiment.layers for variable in model.get_layer(layer.name).variables]
    sizes = {"epochs": experiment.epochs, "trainings": members, "shared_data": True}
    population = Population(model, own, experiment.batch_size, rows, None, **sizes)
    step = population.capacity
    parts = [
        Starts(
            weights=[values[i : i + step] for values in weights],
            orders=orders[i : i + step],
            epochs=np.full(len(orders[i : i + step]), experiment.epochs, np.int32),
            rates=np.full(len(orders[i : i + step]), 0.001, np.float32),
            data=[(rows, None)],
        )
        for i in range(0, members, step)
    ]
    seconds = []
    for _ in range(CALLS + 1):  # the first one compiles
        began = time.perf_counter()
        losses = np.concatenate([population.run(part).logs["loss"][:, -1] for part in parts])
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"seconds": min(seconds[1:]), "loss": float(losses.mean())}))


if __name__ == "__main__":
    main()
