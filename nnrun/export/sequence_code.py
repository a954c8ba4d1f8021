"""The rows of the generators of token sequences, as code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nnrun.export.column_code import Arguments, ColumnArray, DataCode, cast, index_code

_RNG = "rng = np.random.default_rng([seed, 0])"


def sequence_code(name: str, arguments: Arguments) -> DataCode | None:
    """The code of a generator's rows, or None where there is none for it.

    Args:
        name: the generator.
        arguments: its arguments with every default.
    """
    if name not in _SEQUENCES:
        return None
    lines, vocabulary = _SEQUENCES[name](arguments)
    return DataCode([_RNG, *lines], _token_array(vocabulary if arguments["encoding"] == "one_hot" else None))


def _token_array(vocabulary: int | None) -> ColumnArray:
    """The tokens, or the labels of some steps, y1, y2, …

    Args:
        vocabulary: the number of tokens where they are one-hot encoded.
    """

    def array(wanted: Sequence[str], label: bool) -> str:
        if list(wanted) == ["result"]:
            return "classes.reshape(-1, 1)" + cast(label=label)
        if list(wanted) != ["tokens"]:
            return f"answers[:, {index_code([int(name[1:]) - 1 for name in wanted])}]" + cast(label=label)
        if vocabulary is None:
            return "tokens" + cast(label=False)
        return f"np.equal(tokens[..., None], np.arange({vocabulary}))" + cast(label=False)

    return array


def _addition(arguments: Arguments) -> tuple[list[str], int]:
    count, digits = arguments["samples"], arguments["digits"]

    def written(numbers: str, width: int) -> str:
        return f"{numbers} // 10 ** np.arange({width - 1}, -1, -1) % 10"

    lines = [
        f"drawn = rng.integers(0, 10**{digits}, ({count}, 2))  # two numbers in each sample",
        f"row, column = ({written('drawn[:, i, None]', digits)} for i in (0, 1))  # their digits",
        f"tokens = np.concatenate([row, np.full(({count}, 1), 10), column], axis=1)  # 10 is the plus",
        f"answers = {written('drawn.sum(axis=1)[:, None]', digits + 1)}",
    ]
    return [*lines, *(["answers = answers[:, ::-1]"] if arguments["reverse"] else [])], 11


def _copy(arguments: Arguments) -> tuple[list[str], int]:
    count, length, symbols = arguments["samples"], arguments["length"], arguments["symbols"]
    return [
        f"drawn = rng.integers(1, {symbols + 1}, ({count}, {length}))",
        f"tokens = np.zeros(({count}, {2 * length + arguments['delay'] + 1}), int)",
        f"tokens[:, :{length}] = drawn",
        f"tokens[:, -{length + 1}] = {symbols + 1}  # the signal to answer",
        "answers = np.zeros_like(tokens)",
        f"answers[:, -{length}:] = drawn",
    ], symbols + 2


def _modular(arguments: Arguments) -> tuple[list[str], int]:
    modulus, operation = arguments["modulus"], arguments["operation"]
    first = int(operation == "/")  # nothing is divided by 0
    pairs = modulus * (modulus - first)
    taken = max(1, round(arguments["share"] * pairs))
    lines = [f"pairs = np.arange({pairs})"]
    if taken < pairs:
        lines.append(f"pairs = np.sort(rng.choice(pairs, {taken}, replace=False))")
    second = f"pairs % {modulus - first} + {first}" if first else f"pairs % {modulus}"
    lines += [f"row, column = pairs // {modulus - first}, {second}"]
    lines += ["tokens = np.stack([row, column], axis=1)"]
    if operation == "/":
        lines += [f"inverses = np.array([pow(value, {max(1, modulus - 2)}, {modulus}) for value in range({modulus})])"]
        return [*lines, f"classes = row * inverses[column] % {modulus}"], modulus
    return [*lines, f"classes = (row {operation} column) % {modulus}"], modulus


_SEQUENCES: Mapping[str, Callable[[Arguments], tuple[list[str], int]]] = {
    "addition": _addition,
    "copy": _copy,
    "modular": _modular,
}
