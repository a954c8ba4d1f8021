"""What runs and trials share: how an experiment is trained, and what is stored of its training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import structs

from nnrun.data.dataset import Array
from nnrun.experiment.experiment import Experiment
from nnrun.model.callback_objects import build_callbacks, build_schedule
from nnrun.model.weights import name_trace, named_weights
from nnrun.runs.identity import Identity, identity_of
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.judge.sample_predictions import SamplePredictions
from nnrun.runs.judge.verdicts import judge
from nnrun.runs.stored_weights import BEST
from nnrun.training.rule import ComputedBy
from nnrun.training.setup import TrainingSetup
from nnrun.training.train import Trained, TrainingPlan, best_epoch


def plan_training(
    experiment: Experiment, engine: ComputedBy, folder: Path, longest_chunk: int | None = None
) -> TrainingPlan:
    """How an experiment is trained.

    Args:
        experiment: the experiment.
        engine: what computes its epochs.
        folder: where its callbacks write.
        longest_chunk: the largest number of epochs between two observations; None for no limit.
    """
    if any(callback.code for callback in experiment.callbacks):
        longest_chunk = 1  # they see the model as it is at the end of every epoch
    return TrainingPlan(
        seed=experiment.seeds.order,
        epochs=experiment.epochs,
        batch_size=experiment.batch_size,
        shuffle=experiment.shuffle,
        engine=engine,
        keep=experiment.keep,
        callbacks=build_callbacks(experiment, folder),
        schedule=build_schedule(experiment),
        longest_chunk=longest_chunk,
    )


def trace_arrays(setup: TrainingSetup, trained: Trained) -> dict[str, Array]:
    """The weights at every epoch, (epochs + 1, …), by name; empty for models too large."""
    return {} if trained.trace is None else name_trace(setup.model, trained.trace)


def weight_arrays(setup: TrainingSetup, trained: Trained) -> dict[str, Array]:
    """The weights of the trained model by name and, where the trace is known, those of the best epoch below `best/`."""
    weights = named_weights(setup.model)
    if trained.trace is not None:
        best = best_epoch(trained.history)
        weights |= {f"{BEST}{name}": values[best] for name, values in trace_arrays(setup, trained).items()}
    return weights


def record_results(
    setup: TrainingSetup,
    trained: Trained,
    *,
    seconds: float,
    predictions: Callable[[], SamplePredictions],
    baseline: RunEvidence | None = None,
) -> dict[str, Any]:
    """The fields of a completed run's record that its training decides.

    Args:
        setup: the model and its data.
        trained: the training.
        seconds: how long the run took.
        predictions: gives the predictions for the samples of `predict`.
        baseline: the run that it is compared with.
    """
    experiment = setup.experiment
    history = {name: values for name, values in trained.history.items() if name not in ("seconds", "learning_rate")}
    final = {name: values[trained.kept - 1] for name, values in history.items()} | setup.test_metrics()
    best = best_epoch(trained.history)
    early = f"A callback stopped the training after epoch {trained.epochs} of {experiment.epochs}."
    evidence = RunEvidence(
        final,
        trained.epochs,
        seconds,
        setup.model.count_params(),
        lambda: history,
        lambda: named_weights(setup.model),
        predictions,
        lambda: experiment.resolved["predict"],
        baseline,
        equal_targets(setup, final),
    )
    return {
        "reason": early if trained.stopped else None,
        "epochs": trained.epochs,
        "kept_epoch": trained.kept,
        "final_metrics": final,
        "best_metrics": {"epoch": best, **{name: values[best - 1] for name, values in history.items()}},
        "expectations": judge(experiment.expect, evidence),
    }


def equal_targets(setup: TrainingSetup, metrics: Iterable[str]) -> dict[str, str]:
    """By metric, the part of the data in which all of its targets are equal, such as `validation`."""
    parts = {"val_": ("validation", setup.validation), "test_": ("test", setup.test)}
    found = {}
    for metric in metrics:
        prefix = next((prefix for prefix in parts if metric.startswith(prefix)), "")
        name, rows = parts.get(prefix, ("training", setup.training))
        outputs = [output.layer for output in setup.experiment.outputs]
        own = [i for i, layer in enumerate(outputs) if metric.removeprefix(prefix).startswith(f"{layer}_")]
        positions = own or range(len(outputs))
        streamed = getattr(setup.dataset.streamed, name, None)
        equal = streamed.constant if streamed else [_equal(values) for values in rows.targets] if rows else []
        if equal and all(equal[i] for i in positions):
            found[metric] = name
    return found


def _equal(values: Array) -> bool:
    return bool((values == values[:1]).all())


def setup_identity(setup: TrainingSetup, versions: Mapping[str, str]) -> Identity:
    """Everything that decides the result of a training that is set up.

    Args:
        setup: the model and its data.
        versions: version by package name.
    """
    return structs.replace(
        identity_of(setup.experiment.resolved, versions),
        engine=setup.engine,
        device=setup.runtime.device,
        threads=setup.runtime.threads,
        data=setup.digest,
        environment=setup.runtime.environment,
        processor=setup.runtime.processor,
        system=setup.runtime.system,
    )
