"""The columns of the `function` generator as the code that makes the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnrun.data.generators.function_arguments import Function
from nnrun.experiment.distributions import Distribution
from nnrun.export.column_code import DataCode, cast
from nnrun.export.expression_code import distribution_code, expression_code
from nnrun.export.python_text import Bracket, Keyword, Variables, number, statement, text


def function_code(function: Function, variables: Variables) -> DataCode:
    """The code that makes the columns of a function, with noise and flipped labels as they are drawn."""
    names = {name: variables.take(name) for name in function.definitions}
    lines = ["rng = np.random.default_rng([seed, 0])"] if _draws(function) else []
    rows = number(function.samples)
    for name, definition in function.definitions.items():
        if isinstance(definition, Distribution) and definition.name == "grid":
            lines += _grid(function, names) if name == _grids(function)[0] else []
        elif isinstance(definition, Distribution):
            lines.append(f"{names[name]} = {distribution_code(definition, rows)}")
        else:
            written = expression_code(definition, names, rows)
            number_too = definition.is_truth and not _is_only_label(function, name)
            lines.append(f"{names[name]} = {f'np.where({written}, 1.0, 0.0)' if number_too else written}")
    lines += [*_noise(function, names, variables, rows), *_flips(function, names, rows)]
    lines += _gaps(function, names, rows)

    def array(wanted: Sequence[str], label: bool) -> str:
        own = [names[name] for name in wanted]
        stacked = f"{own[0]}.reshape(-1, 1)" if len(own) == 1 else f"np.stack([{', '.join(own)}], axis=1)"
        return stacked + cast(label=label)

    weight = function.roles.weight
    return DataCode(lines, array, weights=None if weight is None else names[weight] + cast(label=False))


def _noise(function: Function, names: Mapping[str, str], variables: Variables, rows: str) -> list[str]:
    """The noise on the targets; the deviations come first, from targets without noise."""
    deviations = {
        name: variables.take(f"{name}_deviation")
        for name, noise in function.noise.items()
        if not isinstance(noise, Distribution)
    }
    lines = [
        f"{deviations[name]} = {expression_code(noise, names, rows)}"
        for name, noise in function.noise.items()
        if not isinstance(noise, Distribution)
    ]
    for name, noise in function.noise.items():
        drawn = (
            distribution_code(noise, rows)
            if isinstance(noise, Distribution)
            else f"{deviations[name]} * rng.standard_normal({rows})"
        )
        lines.append(f"{names[name]} = {names[name]} + {drawn}")
    return lines


def _flips(function: Function, names: Mapping[str, str], rows: str) -> list[str]:
    lines = []
    for name, classes in function.classes.items():
        label = names[name]
        lines.append(f"flipped = rng.random({rows}) < {function.label_flips!r}")
        lines.append(
            f"{label} = np.where(flipped, ({label} + rng.integers(1, {classes}, {rows})) % {classes}, {label})"
        )
    return lines


def _gaps(function: Function, names: Mapping[str, str], rows: str) -> list[str]:
    """The cells of the inputs that are missing; no other column depends on them."""
    return [
        f'{names[name]} = np.where(rng.random({rows}) < {share!r}, float("nan"), {names[name]})'
        for name, share in function.missing_inputs.items()
    ]


def _draws(function: Function) -> bool:
    drawn = [d for d in function.definitions.values() if isinstance(d, Distribution) and d.name not in _NOT_DRAWN]
    return bool(drawn or function.noise or function.classes or function.missing_inputs)


_NOT_DRAWN = ("linspace", "grid")


def _grids(function: Function) -> list[str]:
    return [n for n, d in function.definitions.items() if isinstance(d, Distribution) and d.name == "grid"]


def _grid(function: Function, names: Mapping[str, str]) -> list[str]:
    """All grid columns at once: every point of the grid, the last column varying fastest."""
    axes = []
    for name in _grids(function):
        start, stop, steps = function.definitions[name].arguments  # type: ignore[union-attr]  # a distribution
        axes.append(f"np.linspace({number(start)}, {number(stop)}, {int(steps)})")
    own = [names[name] for name in _grids(function)]
    if len(own) == 1:
        return [f"{own[0]} = {axes[0]}"]
    meshed = Bracket("np.meshgrid(", (*axes, Keyword("indexing", text("ij"))), "))")
    return statement(f"{', '.join(own)} = (axis.ravel() for axis in ", meshed)


def _is_only_label(function: Function, name: str) -> bool:
    """Whether a truth is a class label that no other column and no input uses as a number."""
    expressions = (*function.definitions.values(), *function.noise.values())
    used = {n for d in expressions if not isinstance(d, Distribution) for n in d.names}
    return function.is_label(name) and name not in used
