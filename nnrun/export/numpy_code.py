"""The rows of the generators that are a few lines of NumPy, as code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nnrun.data.generators.mackey_glass import BURN_IN, PARTS, delay_weights
from nnrun.export.column_code import Arguments, DataCode, cast, point_array

_RNG = "rng = np.random.default_rng([seed, 0])"


def numpy_code(name: str, arguments: Arguments) -> DataCode | None:
    """The code of a generator's rows, or None where there is none for it.

    Args:
        name: the generator.
        arguments: its arguments with every default.
    """
    if name in _SERIES:
        imports = ("from scipy.signal import lfilter",) if name in ("ar", "mackey_glass") else ()
        return DataCode([_RNG, *_SERIES[name](arguments)], _step_array, imports=imports)
    return DataCode([_RNG, *_POINTS[name](arguments)], point_array) if name in _POINTS else None


def _step_array(wanted: Sequence[str], label: bool) -> str:
    """The number of the step, t, or the value of a series."""
    values = "np.arange(len(values))" if list(wanted) == ["t"] else "values"
    return f"{values}.reshape(-1, 1)" + cast(label=label)


def _spirals(arguments: Arguments) -> list[str]:
    samples, arms = arguments["samples"], arguments["arms"]
    return [
        f"classes = np.arange({samples}) % {arms}  # the arm of each point",
        f"radius = (np.arange({samples}) // {arms} + 1) / np.bincount(classes)[classes]",
        f"angle = 2 * np.pi * ({arguments['turns']!r} * radius + classes / {arms})",
        "points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)",
        f"points = points + rng.normal(0, {arguments['noise']!r}, points.shape)",
    ]


def _xor(arguments: Arguments) -> list[str]:
    return [
        f"clouds = np.arange({arguments['samples']}) % 4  # the cloud of each point",
        "signs = np.stack([(clouds + 1) // 2 % 2, clouds // 2], axis=1)",
        f"points = 2 * signs - 1 + rng.normal(0, {arguments['spread']!r}, signs.shape)",
        "classes = signs[:, 0] ^ signs[:, 1]",
    ]


def _gaussians(arguments: Arguments) -> list[str]:
    described = arguments.get("means") or arguments.get("covariances")
    classes, features = (
        (len(described), len(described[0])) if described else (arguments["classes"], arguments["features"])
    )
    means, covariances = arguments.get("means"), arguments.get("covariances")
    drawn_means = f"means = rng.uniform(-5, 5, ({classes}, {features}))"
    drawn_covariances = [
        f"drawn = rng.standard_normal(({classes}, {features}, {features}))",
        f"covariances = drawn @ drawn.transpose(0, 2, 1) / {features}",
    ]
    return [
        drawn_means if means is None else f"means = np.array({means}, float)",
        *(drawn_covariances if covariances is None else [f"covariances = np.array({covariances}, float)"]),
        "values, vectors = np.linalg.eigh(covariances)",
        "roots = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]",
        f"classes = np.arange({arguments['samples']}) % {classes}",
        f"points = rng.standard_normal(({arguments['samples']}, {features}))",
        "for label, root in enumerate(roots):",
        "    points[classes == label] = points[classes == label] @ root.T",
        "points = points + means[classes]",
    ]


def _checkerboard(arguments: Arguments) -> list[str]:
    samples, squares = arguments["samples"], arguments["squares"]
    even = ["column = np.where((row + column) % 2 == classes, column, column ^ 1)"] if squares % 2 == 0 else []
    return [
        f"classes = np.arange({samples}) % 2  # the color of each point's square",
        f"square = rng.integers(({squares * squares} + 1 - classes) // 2) * 2 + classes",
        f"row, column = square // {squares}, square % {squares}",
        *even,
        f"points = 2 * (np.stack([column, row], axis=1) + rng.random(({samples}, 2))) / {squares} - 1",
        f"points = points + rng.normal(0, {arguments['noise']!r}, points.shape)",
    ]


def _parity(arguments: Arguments) -> list[str]:
    signed = ["points = 2 * points - 1"] if arguments["signed"] else []
    return [
        f"points = rng.integers(0, 2, ({arguments['samples']}, {arguments['bits']}))",
        f"classes = points[:, :{arguments['relevant']}].sum(axis=1) % 2",
        *signed,
    ]


def _sine(arguments: Arguments) -> list[str]:
    samples, period, phase = arguments["samples"], arguments["period"], arguments["phase"]
    return [
        f"values = {arguments['amplitude']!r} * np.sin(2 * np.pi * (np.arange({samples}) / {period!r} + {phase!r}))",
        f"values = values + {arguments['trend']!r} * np.arange({samples}) + rng.normal(0, {arguments['noise']!r}, "
        f"{samples})",
    ]


def _ar(arguments: Arguments) -> list[str]:
    weights = ", ".join(repr(-weight) for weight in arguments["coefficients"])
    return [
        f"values = rng.normal(0, {arguments['noise']!r}, {arguments['samples']} + 1000)",
        f"values = {arguments['mean']!r} + lfilter([1.0], [1.0, {weights}], values)[1000:]",
    ]


def _mackey_glass(arguments: Arguments) -> list[str]:
    weights = delay_weights(arguments["gamma"])
    delay, count = round(arguments["tau"] * PARTS), (arguments["samples"] + BURN_IN) * PARTS
    beta, exponent, decay = (repr(float(each)) for each in (arguments["beta"], arguments["exponent"], weights.decay))
    return [
        f"values = np.full({delay + 1 + count}, rng.uniform(0.5, 1.5))  # {PARTS} for each step of the series",
        f"for start in range({delay + 1}, len(values), {delay}):",
        f"    delayed = values[start - {delay + 1} : min(start + {delay}, len(values)) - {delay}]",
        f"    delayed = {beta} * delayed / (1 + delayed ** {exponent})",
        f"    drawn = {weights.early!r} * delayed[:-1] + {weights.late!r} * delayed[1:]",
        f"    row = lfilter([1.0], [1.0, -{decay}], drawn, zi=[{decay} * values[start - 1]])[0]",
        f"    values[start : start + {delay}] = row",
        f"values = values[{delay + 1 + BURN_IN * PARTS} :: {PARTS}]  # without the first {BURN_IN} steps",
        f"values = values + rng.normal(0, {arguments['noise']!r}, len(values))",
    ]


_POINTS: Mapping[str, Callable[[Arguments], list[str]]] = {
    "spirals": _spirals,
    "xor": _xor,
    "gaussians": _gaussians,
    "checkerboard": _checkerboard,
    "parity": _parity,
}
_SERIES: Mapping[str, Callable[[Arguments], list[str]]] = {"sine": _sine, "ar": _ar, "mackey_glass": _mackey_glass}
