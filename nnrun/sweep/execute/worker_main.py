"""What a worker process does, whoever employs it: it trains share after share and tells what comes of each trial."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection, wait

from nnrun.errors import Bug, NnrunError
from nnrun.sweep.execute.trial_context import TrialContext

# What it tells when it can begin; then an `Outcome` for each trial, or the error that ends the sweep.
READY = "ready"


def worker_main(connection: Connection, job: TrialContext) -> None:
    """Trains the trials of one share after another until there are no more.

    An error that ends the sweep is sent instead of an outcome. The process ends with the one that started it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the terminal; the employer decides
    threading.Thread(target=_end_with_employer, daemon=True).start()
    try:
        from nnrun.model.runtime import import_quietly

        import_quietly()  # loaded already where the process was forked from the server
        from nnrun.sweep.execute.trial_runner import TrialRunner

        worker = TrialRunner(job)
        connection.send(READY)
        while (share := connection.recv()) is not None:
            for trial in share:
                connection.send(worker.train(trial))
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


def _end_with_employer() -> None:
    employer = multiprocessing.parent_process()
    if employer is None:  # started as a command, with a pipe as its input that ends when the employer does
        sys.stdin.buffer.read()
    else:
        wait([employer.sentinel])
    os._exit(1)


if __name__ == "__main__":
    there = Connection(int(sys.argv[1]))
    worker_main(there, there.recv())
