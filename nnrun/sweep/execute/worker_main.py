"""The main function of a worker process: it trains chunk after chunk and sends the outcome of each trial."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection, wait

from nnrun.errors import Bug, NnrunError
from nnrun.sweep.execute.trial_context import TrialContext

# The first message of a worker; then a `TrialOutcome` for each trial, or a `TrialBlock` or `TrainAlone` for some trials
# that are rows of a table, or the error that ends the sweep.
READY = "ready"
# The last message of a worker that has compiled so many programs: nothing frees what TensorFlow and XLA keep of them, a
# few megabytes of each, but the end of the process.
FULL = "full"
_MOST_PROGRAMS = 12


def worker_main(connection: Connection, context: TrialContext) -> None:
    """Trains the trials of one chunk after another until there are no more, or until its memory is full.

    An error that ends the sweep is sent instead of an outcome. The process ends with its parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the terminal; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        from nnrun.model.runtime import import_quietly

        import_quietly()  # loaded already where the process was forked from the server
        from nnrun.sweep.execute.chunk_runner import ChunkRunner

        runner = ChunkRunner(context)
        connection.send(READY)
        while (chunk := connection.recv()) is not None:
            for message in runner.train(chunk):
                connection.send(message)
                if runner.programs >= _MOST_PROGRAMS and runner.may_stop:
                    connection.send(FULL)
                    os._exit(0)
    except (EOFError, BrokenPipeError):
        pass
    except NnrunError as error:
        connection.send(error)
    except Exception as error:
        connection.send(Bug(f"{type(error).__name__}: {error}"))
    connection.close()
    os._exit(0)  # without tearing TensorFlow down


def ending(status: int) -> str:
    """How a process ended, in words that follow "The process"; the status is negative where a signal ended it."""
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:  # started as a command, with a pipe as its input that ends when the parent does
        sys.stdin.buffer.read()
    else:
        wait([parent.sentinel])
    os._exit(1)


if __name__ == "__main__":
    to_parent = Connection(int(sys.argv[1]))
    worker_main(to_parent, to_parent.recv())
