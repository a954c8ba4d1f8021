"""Nothing fails at import where the names of POSIX are missing, as on Windows."""

import subprocess
import sys

import pytest

from experiments import EXPERIMENTS

# Modules and names that CPython has on POSIX only.
PROGRAM = """
import importlib, multiprocessing, os, pathlib, pkgutil, signal, subprocess, sys, tempfile

for module in ("fcntl", "termios", "resource", "pwd", "grp", "pty", "tty", "readline"):
    sys.modules[module] = None
for module, names in {
    os: ("fork", "forkpty", "sched_getaffinity", "getuid", "geteuid", "killpg", "setsid",
         "O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "WNOHANG"),
    signal: ("SIGHUP", "SIGKILL", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE", "SIGALRM", "SIGWINCH",
             "pthread_sigmask", "setitimer", "sigwait"),
}.items():
    for name in names:
        module.__dict__.pop(name, None)

import nnrun
from nnrun.cli.main import run
from nnrun.cli.signals import take_signals

for package in sys.argv[2:]:
    importlib.import_module(f"nnrun.{package}")
    path = getattr(sys.modules[f"nnrun.{package}"], "__path__", [])
    for module in pkgutil.walk_packages(path, f"nnrun.{package}."):
        importlib.import_module(module.name)
take_signals()
sys.exit(run(["check", sys.argv[1]]))
"""

PACKAGES = ["cli", "data", "errors", "experiment", "html", "load", "network", "runs", "templates", "warm"]


@pytest.mark.parametrize(
    "packages", [PACKAGES, ["run_listener", "sweep.listener", "sweep.plan"]], ids=["light", "sweep"]
)
def test_light_modules_import_where_posix_is_missing(packages):
    command = [sys.executable, "-c", PROGRAM, str(EXPERIMENTS / "xor.yaml"), *packages]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
