"""Golden files made by hand, of runs whose numbers are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnrun.golden.freeze import distribution
from nnrun.golden.golden_band import METHOD, PredictionInterval
from nnrun.golden.golden_file import FrozenNetwork, FrozenRun, GoldenFile, rounded
from nnrun.runs.identity import Identity

EPOCHS = (1, 2, 5, 10)
ENVIRONMENT = Identity(
    versions={"nnrun": "0.2.0", "keras": "3.15.1", "tensorflow": "2.21.0", "numpy": "2.4.6"},
    engine="xla",
    device="cpu",
    threads=1,
    environment={},
    processor="AMD EPYC with avx2",
    system="Linux x86_64",
)


def drawn_run(seed: int, *, rate: float = 0.3, **changes: Any) -> FrozenRun:
    """A run whose loss falls from about 1 at a rate, each seed by a course of its own; `changes` are further fields."""
    rng = np.random.default_rng([seed, 7])
    start, speed = rng.lognormal(0, 0.2), rate * rng.lognormal(0, 0.02)
    losses = [start * np.exp(-speed * epoch) * rng.lognormal(0, 0.01) for epoch in EPOCHS]
    facts: dict[str, Any] = {
        "seed": seed,
        "epochs": EPOCHS[-1],
        "weights": f"{seed:016x}",
        "data": "d" * 16,
        "metrics": {"loss": tuple(rounded(loss) for loss in losses), "accuracy": (0.5, 0.75, 1.0, 1.0)},
        "sizes": (rounded(rng.lognormal(0, 0.1)),),
    }
    return FrozenRun(**(facts | changes))


def drawn_golden(seeds: int = 120, **changes: Any) -> GoldenFile:
    """A golden file of such runs, some of its fields changed."""
    runs = tuple(drawn_run(seed) for seed in range(seeds))
    interval = PredictionInterval.of(seeds, 0.01)
    facts: dict[str, Any] = {
        "name": "drawn",
        "frozen": "2026-11-29",
        "method": METHOD,
        "level": 0.01,
        "coverage": interval.coverage,
        "settings_sha256": "5" * 64,
        "settings": {"optimizer": "Adam", "optimizer.learning_rate": 0.01, "epochs": 10},
        "data_files": {"rows.csv": "f" * 64},
        "environment": ENVIRONMENT,
        "network": FrozenNetwork(parameters=3, training_rows=4, shapes={"dense/kernel": (2, 1), "dense/bias": (1,)}),
        "epochs": EPOCHS,
        "paired_epochs": 2,
        "paired_tolerance": 1e-3,
        "metrics": {name: distribution(runs, name, interval) for name in ("accuracy", "loss")},
        "final_metrics": {"accuracy": 1.0, "loss": 0.05},
        "runs": runs,
    }
    return GoldenFile(**(facts | changes))
