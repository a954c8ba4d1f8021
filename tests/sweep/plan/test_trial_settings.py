"""What the row of a trial says is what its resolved settings hold, however settings lie within one another."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from nnrun.errors import ExperimentError
from nnrun.runs.resolved_file import resolved_text
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.plan.planned_trials import PlannedTrials
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.results.tables import read_table, write_trials
from nnrun.sweep.sweep import SweepOptions, run_sweep

BASE = {
    "data": {"generator": "moons", "validation_split": 0.25},
    "layers": [{"Dense": {"units": 4, "activation": "tanh"}}, {"Dense": {"units": 1, "activation": "sigmoid"}}],
    "optimizer": "adam",
    "loss": "binary_crossentropy",
    "epochs": 1,
}
DECAY = {"ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5}}
DEEP = [{"Dense": {"units": 8}}, {"Dense": {"units": 2, "name": "inner"}}, {"Dense": {"units": 1}}]
# Values of settings that lie within one another, in every way in which their paths can be written.
VALUES: dict[str, list[Any]] = {
    "optimizer": ["sgd", "adam", "Adam", {"adam": {"learning_rate": 0.5, "beta_1": 0.8}}, {"SGD": {"momentum": 0.3}}],
    "optimizer.adam": [{"beta_1": 0.7}, {"learning_rate": 0.25}],
    "optimizer.learning_rate": [0.125, 0.0625, DECAY],
    "optimizer.adam.learning_rate": [0.03, 0.04],
    "optimizer.Adam.beta_1": [0.6, 0.5],
    "optimizer.momentum": [0.1, 0.2],
    "optimizer.learning_rate.decay_rate": [0.75, 0.8],
    "layers": [BASE["layers"], DEEP],
    "layers.0": [{"Dense": {"units": 3}}, {"Dense": {"units": 5, "activation": "relu"}}],
    "layers.0.units": [6, 7],
    "layers.dense.units": [9, 10],
    "layers.0.Dense.activation": ["elu", "gelu"],
    "layers.inner.units": [11, 12],
    "layers.-1.kernel_initializer": ["zeros", {"RandomNormal": {"mean": 0.5}}],
    "layers.-1.kernel_initializer.stddev": [0.1, 0.2],
    "data": [{"generator": "circles"}, {"generator": {"moons": {"samples": 40}}, "validation_split": 0.5}],
    "data.generator": ["circles", {"moons": {"noise": 0.4}}],
    "data.generator.samples": [50, 60],
    "data.generator.moons.noise": [0.1, 0.2],
    "data.validation_split": [0.1, 0.2],
    "seed": [3, 4],
    "epochs": [2, 3],
}
PATHS = st.sampled_from(sorted(VALUES))


def value_of(path: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(VALUES[path])


@st.composite
def assignments(draw: st.DrawFn, most: int) -> dict[str, Any]:
    return {path: draw(value_of(path)) for path in draw(st.lists(PATHS, max_size=most, unique=True))}


@st.composite
def sweeps(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, list[Any]], dict[str, Any]]:
    """A section sweep, the grids of options, and the settings of --set."""
    grid = {path: VALUES[path][:2] for path in draw(st.lists(PATHS, max_size=2, unique=True))}
    drawn = {path: VALUES[path] for path in draw(st.lists(PATHS, max_size=1, unique=True))}
    variants = {name: draw(assignments(2)) for name in draw(st.sampled_from(["", "a", "ab"]))}
    section: dict[str, Any] = {}
    if draw(st.integers(0, 4)) == 0 and drawn:
        section = {"search": drawn, "trials": 3, "objective": "min(loss)", "sampler": "random"}
    else:
        section |= {"random": {"trials": 2, **drawn}} if drawn else {}
        section |= {"grid": grid} if grid else {}
        section |= {"variants": variants} if variants and all(variants.values()) else {}
    options = {path: VALUES[path][-2:] for path in draw(st.lists(PATHS, max_size=1, unique=True))}
    return section, {} if "search" in section else options, draw(assignments(2))


def holds(resolved: Any, value: Any) -> bool:
    """Whether a resolved value is the written one, with defaults besides."""
    if isinstance(value, str) and isinstance(resolved, dict):
        return list(resolved) == [value]
    if isinstance(value, dict) and isinstance(resolved, dict):
        return all(key in resolved and holds(resolved[key], part) for key, part in value.items())
    if isinstance(value, list) and isinstance(resolved, list):
        return len(value) == len(resolved) and all(map(holds, resolved, value))
    return bool(resolved == value)


def at(resolved: Any, path: str) -> Any:
    """What the resolved settings hold at a path whose components' names may be left out."""
    steps = path.split(".")
    value = resolved
    while steps:
        step = steps.pop(0)
        if isinstance(value, list):
            by_name = {name_of(item, i, value): item for i, item in enumerate(value)}
            value = by_name[step] if step in by_name else value[int(step)]
        elif step in value:
            value = value[step]
        else:
            (name, value) = next(iter(value.items()))
            steps = steps if step.lower() == name.lower() else [step, *steps]
    return value


def name_of(layer: Any, position: int, layers: list[Any]) -> str:
    unnamed = [i for i, item in enumerate(layers) if "name" not in item["Dense"]]
    return layer["Dense"].get("name") or f"dense{f'_{unnamed.index(position)}' if unnamed.index(position) else ''}"


def within(inner: str, outer: str) -> bool:
    """Whether a path lies within another, whatever is left out; layers are not told apart."""
    short = [part for part in inner.split(".") if part not in ("adam", "Adam", "Dense", "moons")]
    long = [part for part in outer.split(".") if part not in ("adam", "Adam", "Dense", "moons")]
    position = {"0": "*", "dense": "*", "inner": "*", "-1": "*"}
    short, long = [position.get(part, part) for part in short], [position.get(part, part) for part in long]
    return inner != outer and short[: len(long)] == long


def check_trial(resolved: dict[str, Any], written: dict[str, Any]) -> None:
    """Every written value is held, but for what another one within it has changed."""
    for path, value in written.items():
        inner = [other for other in written if within(other, path)]
        if not inner:
            assert holds(at(resolved, path), value), f"{path} = {value}, resolved {at(resolved, path)}"
        elif isinstance(value, str):
            assert list(at(resolved, path)) == [value]


def rows_of(plan: SweepPlan, folder: Path) -> list[dict[str, Any]]:
    """The settings in each row of trials.csv."""
    outcomes = {trial.index: TrialOutcome(trial.index, "completed", trial.name) for trial in plan.trials}
    write_trials(folder, plan, outcomes)
    return [{path: read(row[path]) for path in plan.columns} for row in read_table(folder / "trials.csv")]


def read(cell: str) -> Any:
    try:
        return json.loads(cell)
    except ValueError:
        return cell


def planned(file: Path, options: dict[str, Any], overrides: dict[str, Any]) -> SweepPlan:
    """The plan of a file; of a search with its first trials."""
    as_text = [f"{path}={json.dumps(value)}" for path, value in overrides.items()]
    plan = plan_sweep(request_sweep(file, as_text, [f"{path}={json.dumps(value)}" for path, value in options.items()]))
    if plan.search is None:
        return plan
    ends = [part.ends for part in plan.search.settings.drawn]
    drawn = [[settings[i % len(settings)] for settings in ends] for i in range(plan.count)]
    trials = [plan.search.trial(i, settings, ()) for i, settings in enumerate(drawn)]
    return replace(plan, trials=PlannedTrials.drawn(trials))


RATE = {"optimizer.learning_rate": [0.125, 0.0625]}
OPTIMIZER = {"optimizer": ["sgd", "adam"]}


@given(sweeps())
@example(({"random": {"trials": 2, **RATE}, "grid": OPTIMIZER}, {}, {}))
@example(({"grid": OPTIMIZER}, {}, {"optimizer.learning_rate": 0.3}))
@example(({"grid": {**RATE, **OPTIMIZER}}, {}, {}))
@example(({"variants": {"a": {"optimizer.learning_rate": 0.3}}, "grid": OPTIMIZER}, {}, {}))
@example(({"search": {**RATE, **OPTIMIZER}, "trials": 3, "objective": "min(loss)"}, {}, {"layers.0.units": 7}))
@example(({"grid": {"layers.-1.units": [1, 2]}}, {"layers": [BASE["layers"], DEEP]}, {"layers.2.units": 3}))
@settings(max_examples=100)
def test_every_trial_has_the_settings_of_its_row(tmp_path_factory: pytest.TempPathFactory, swept: Any) -> None:
    section, options, overrides = swept
    folder = tmp_path_factory.mktemp("sweep")
    file = folder / "exp.yaml"
    file.write_text(json.dumps({**BASE, **({"sweep": section} if section else {})}))
    try:
        plan = planned(file, options, overrides)
    except ExperimentError:
        event("refused")
        return
    event("planned")
    for trial, row in zip(plan.trials, rows_of(plan, folder), strict=True):
        resolved = yaml.safe_load(resolved_text(trial.experiment, folder))
        name = row.pop("variant", None)
        check_trial(resolved, {**overrides, **(section["variants"][name] if name else {}), **row})


@pytest.mark.parametrize(
    ("section", "overrides", "message"),
    [
        ({"grid": {"epochs": [1, 2]}}, ["epochs=3"], '"epochs" is already set by --set epochs=3'),
        ({"grid": {"seed": [1, 2]}}, ["seed=3"], '"seed" is already set by --set seed=3'),
        ({"grid": {"seed": [1, 2]}, "variants": {"a": {"seed": 3}}}, [], '"seed" is already set by '),
        ({"grid": {**RATE, "optimizer.adam.learning_rate": [1]}}, [], '"optimizer.adam.learning_rate" is already set'),
        ({"grid": RATE, "random": {"trials": 2, **RATE}}, [], '"optimizer.learning_rate" is already set by '),
        ({"grid": RATE, "variants": {"a": {"optimizer.Adam.learning_rate": 1}}}, [], "is already set by "),
        ({"grid": {"layers.0.units": [1], "layers.dense.units": [2]}}, [], '"layers.dense.units" is already set'),
        ({"grid": {"layers.-1.units": [1]}}, ["layers.1.units=2"], '"layers.-1.units" is already set by --set'),
        ({"search": RATE, "trials": 2, "objective": "min(loss)"}, ["optimizer.learning_rate=1"], "is already set by"),
        ({"grid": {**OPTIMIZER, "optimizer.momentum": [0.5]}}, [], 'The optimizer Adam has no argument "momentum"'),
        ({"grid": {**OPTIMIZER, "optimizer.momentum": [0.5]}}, [], "It is set in the trials with optimizer=adam."),
        ({"grid": {**OPTIMIZER, "optimizer.adam.beta_1": [0.5]}}, [], '"optimizer" is sgd, not adam'),
        ({"grid": {"layers": [BASE["layers"], DEEP], "layers.2.units": [1]}}, [], '"layers" has no entry 2'),
        ({"grid": {"sweep.report": [True, False]}}, [], '"sweep.report" belongs to the sweep as a whole'),
    ],
)
def test_settings_that_cannot_be_reconciled_are_refused(experiment_file, section, overrides, message) -> None:
    file = experiment_file(json.dumps({**BASE, "sweep": section}))
    with pytest.raises(ExperimentError, match=re.escape(message)) as caught:
        plan_sweep(request_sweep(file, overrides))
    assert all(problem.place and problem.hint for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("section", "override"),
    [
        ({"grid": RATE}, "sweep.grid.optimizer.learning_rate=[7, 8]"),
        ({}, "sweep.grid.optimizer.learning_rate=[7, 8]"),
        ({"zip": {**RATE, "epochs": [1, 2]}}, "sweep.zip.optimizer.learning_rate=[7, 8]"),
        ({"zip": [{**RATE, "epochs": [1, 2]}]}, "sweep.zip.0.optimizer.learning_rate=[7, 8]"),
        ({"variants": {"a": {"epochs": 2}, "b": {}}}, "sweep.variants.b.optimizer.learning_rate=8"),
        ({"random": {"trials": 9, **RATE}}, "sweep.random.optimizer.learning_rate=[8]"),
    ],
)
def test_what_trials_differ_in_is_set_by_its_own_path(experiment_file, section, override) -> None:
    file = experiment_file(json.dumps({**BASE, "sweep": section}))
    last = list(plan_sweep(request_sweep(file, [override])).trials)[-1]
    assert yaml.safe_load(resolved_text(last.experiment, file.parent))["optimizer"]["adam"]["learning_rate"] == 8


@pytest.mark.keras
def test_the_trials_of_a_sweep_have_the_rates_of_their_rows(tmp_path) -> None:
    file = Path(__file__).parents[2] / "cases" / "sweep_outer_wipes_inner" / "exp.yaml"
    sweep = run_sweep(plan_sweep(request_sweep(file)), SweepOptions(tmp_path), SweepListener(), runs_dir=tmp_path)
    rows = read_table(sweep.folder / "trials.csv")
    assert [row["optimizer"] for row in rows] == ["sgd", "adam"] * 2
    for row in rows:
        resolved = yaml.safe_load((sweep.folder / row["folder"] / "resolved.yaml").read_text())
        assert resolved["optimizer"][row["optimizer"]]["learning_rate"] == float(row["optimizer.learning_rate"])
    weights = {(sweep.folder / row["folder"] / "weights.npz").read_bytes() for row in rows}
    assert len(weights) == 4
