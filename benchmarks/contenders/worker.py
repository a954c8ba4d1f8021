"""A process for the contenders of one library and row, so that none meets the settings or the threads of another."""

from __future__ import annotations

import importlib
import multiprocessing
import traceback
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from rows import Row

from contenders.contender import Contender


class Worker:
    """The handle of such a process: a call of one of `Servant`'s methods is answered by the process.

    Args:
        library: the module in this folder.
        row: what its contenders are to train.
    """

    def __init__(self, library: str, row: Row) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(library, row, theirs), daemon=True)
        self._process.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.join()

    def ask(self, method: str, *arguments: object) -> Any:
        """The answer of the method.

        Raises:
            RuntimeError: with the trace of what went wrong over there.
        """
        self._pipe.send((method, arguments))
        answer, failure = self._pipe.recv()
        if failure:
            raise RuntimeError(failure)
        return answer


class Servant:
    """What such a process does: it keeps the contenders of one row.

    Args:
        library: the module in this folder.
        row: what they are to train.
    """

    def __init__(self, library: str, row: Row) -> None:
        self.row = row
        self.library = importlib.import_module(f"contenders.{library}")
        self.library.start(row)
        self.contenders: dict[str, Contender] = {}

    def prepare(self, weights: Any) -> dict[str, tuple[float, str]]:
        """Compiles the contenders; the first epoch's loss and a note of each."""
        self.contenders = dict(self.library.contenders(self.row, weights))
        return {name: (contender.loss, contender.note) for name, contender in self.contenders.items()}

    def train(self, name: str) -> float:
        """Seconds per epoch."""
        return self.contenders[name].train()

    def whole(self, name: str) -> float:
        """Seconds of a whole training."""
        return self.contenders[name].whole()

    def tell(self, function: str) -> object:
        """What one of the library's own functions says of the row."""
        return getattr(self.library, function)(self.row)


def _serve(library: str, row: Row, pipe: Connection) -> None:
    servant = Servant(library, row)
    while True:
        method, arguments = pipe.recv()
        try:
            pipe.send((getattr(servant, method)(*arguments), None))
        except Exception:
            pipe.send((None, traceback.format_exc()))
