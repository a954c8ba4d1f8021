"""The rows of the generators that are calls of scikit-learn or of Keras, as code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnrun.experiment.columns import Columns
from nnrun.export.column_code import Arguments, DataCode, cast, index_code, point_array
from nnrun.export.keras_set_code import image_array, keras_set_code
from nnrun.export.numpy_code import numpy_code
from nnrun.export.python_text import Code, call, number, statement
from nnrun.export.sequence_code import sequence_code

_LOADED = ("iris", "wine", "breast_cancer", "diabetes", "linnerud")
# The arguments of scikit-learn's make_… besides the number of samples and the random state, and the generator's names.
_MADE: Mapping[str, Mapping[str, str]] = {
    "moons": {"noise": "noise"},
    "circles": {"noise": "noise", "factor": "factor"},
    "blobs": {"n_features": "features", "centers": "centers", "cluster_std": "spread"},
    "swiss_roll": {"noise": "noise", "hole": "hole"},
    "s_curve": {"noise": "noise"},
    "friedman1": {"n_features": "features", "noise": "noise"},
    "friedman2": {"noise": "noise"},
    "friedman3": {"noise": "noise"},
    "regression": {
        "n_features": "features",
        "n_informative": "informative",
        "n_targets": "targets",
        "bias": "bias",
        "effective_rank": "effective_rank",
        "noise": "noise",
    },
    "classification": {
        "n_features": "features",
        "n_informative": "informative",
        "n_redundant": "redundant",
        "n_classes": "classes",
        "n_clusters_per_class": "clusters_per_class",
        "flip_y": "flip_y",
        "class_sep": "class_sep",
    },
}
_IN_ORDER = ("regression", "classification")  # which shuffle the columns, too, unless they are told not to


def set_code(name: str, arguments: Arguments, columns: Columns) -> DataCode | None:
    """The code of a generator's rows.

    Args:
        name: the generator.
        arguments: its arguments with every default.
        columns: what it makes.

    Returns:
        The code, or None where there is none for this generator.
    """
    if name in _LOADED:
        return _loaded(name, arguments, columns)
    if name in _MADE:
        return _made(name, arguments, columns)
    if name == "digits":
        return _digits(arguments)
    found = keras_set_code(name, arguments, columns) or sequence_code(name, arguments)
    return found or numpy_code(name, arguments)


def _made(name: str, arguments: Arguments, columns: Columns) -> DataCode:
    given: dict[str, Code] = {
        theirs: repr(arguments[ours]) for theirs, ours in _MADE[name].items() if arguments.get(ours) is not None
    }
    if weights := arguments.get("weights"):
        given["weights"] = repr([weight / sum(weights) for weight in weights])
    if name in _IN_ORDER:
        given["shuffle"] = "False"
    is_mixed = name == "classification"  # its rows are put into random order afterwards
    rng = "rng" if is_mixed else "np.random.default_rng([seed, 0])"
    labelled = columns.targets[0].is_label
    values = "classes" if labelled else "values"
    code = call(f"make_{name}", number(arguments["samples"]), **given, random_state=f"int({rng}.integers(2**32))")
    lines = statement(f"points, {values} = ", code)
    if is_mixed:
        mixed = [f"order = rng.permutation({arguments['samples']})", "points, classes = points[order], classes[order]"]
        lines = ["rng = np.random.default_rng([seed, 0])", *lines, *mixed]
    array = point_array if labelled else _target_array
    return DataCode(lines, array, imports=(f"from sklearn.datasets import make_{name}",))


def _target_array(wanted: Sequence[str], label: bool) -> str:
    """Inputs x1, x2, …, or the only target y, or some of y1, y2, …"""
    if list(wanted) == ["y"]:
        return "values.reshape(-1, 1)" + cast(label=label)
    if wanted[0].startswith("y"):
        return f"values[:, {index_code([int(name[1:]) - 1 for name in wanted])}]" + cast(label=label)
    return point_array(wanted, label)


def _loaded(name: str, arguments: Arguments, columns: Columns) -> DataCode:
    """A table that scikit-learn ships."""
    inputs, targets = ([column.name for column in side] for side in (columns.inputs, columns.targets))
    scaled = {"scaled": repr(arguments["scaled"])} if "scaled" in arguments else {}

    def array(wanted: Sequence[str], label: bool) -> str:
        if wanted[0] in inputs:
            return f"table.data[:, {index_code([inputs.index(column) for column in wanted])}]" + cast(label=label)
        if len(targets) == 1:
            return "table.target.reshape(-1, 1)" + cast(label=label)
        return f"table.target[:, {index_code([targets.index(column) for column in wanted])}]" + cast(label=label)

    lines = statement("table = ", call(f"load_{name}", **scaled))
    return DataCode(lines, array, imports=(f"from sklearn.datasets import load_{name}",))


def _digits(arguments: Arguments) -> DataCode:
    lines = ["images, classes = load_digits(return_X_y=True)"]
    rows = "" if arguments["samples"] >= 1797 else f"[:{arguments['samples']}]"
    array = image_array("images", "classes", rows, arguments, 16)
    return DataCode(lines, array, imports=("from sklearn.datasets import load_digits",))
