"""Commands whose streams, folders or disks are not as they should be: the status and the words."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from run_folder import make_run_folder

from experiments import EXPERIMENTS
from nnrun.cli.main import run

pytestmark = pytest.mark.keras
slow = pytest.mark.slow

XOR = str(EXPERIMENTS / "xor.yaml")
SHORT = ("--set", "epochs=3", "--set", "expect=[]")
TRAIN = ("train", XOR, *SHORT)
SWEEP = ("sweep", XOR, "--grid", "seed=0..1", *SHORT)
JOBS = (*SWEEP, "--jobs", "2")
LINUX_ROOT = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounts file systems and drops capabilities"
)


def shell(line: str, *words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs nnrun where a line of the shell says `nnrun`."""
    command = ["/bin/sh", "-c", line.replace("nnrun", f'{sys.executable} -m nnrun "$@"'), "sh", *words]
    return subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True)


@pytest.mark.parametrize(
    "closed", ["nnrun <&- >&- 2>&-", *(pytest.param(f"nnrun {o}", marks=slow) for o in ("2>&-", ">&-"))]
)
@pytest.mark.parametrize(
    "words",
    [(*TRAIN, "--no-animation"), *(pytest.param(words, marks=slow) for words in (JOBS, ("doctor",)))],
    ids=lambda words: words[0],
)
def test_a_command_without_a_stream_does_its_work(tmp_path, closed, words):
    ended = shell(closed, *words, cwd=tmp_path)
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False)
    records = [*tmp_path.glob("runs/*/run.json"), *tmp_path.glob("runs/*/sweep.json")]
    assert [json.loads(path.read_text())["status"] for path in records] == ["completed"] * (words[0] != "doctor")


@pytest.mark.parametrize(
    ("line", "length"),
    [
        ("nnrun <&- >&- 2>&-", 200),  # what the first of those above shows of workers, too
        *(pytest.param("nnrun", length, marks=slow) for length in (10, 60, 110, 200)),
    ],
)
def test_workers_start_without_streams_and_whatever_the_length_of_the_temporary_folder(tmp_path, line, length):
    folder = tmp_path / ("y" * length)
    folder.mkdir(parents=True)
    ended = shell(line, *JOBS, "-q", cwd=tmp_path, TMPDIR=str(folder))
    assert ended.returncode == 0, ended.stderr
    assert [json.loads(path.read_text())["status"] for path in tmp_path.glob("runs/*/sweep.json")] == ["completed"]
    assert list(folder.iterdir()) == []


NOWHERE = """
set -e
mkdir -p here
for folder in /var/tmp here /tmp; do
  mount --bind $folder $folder; mount -o remount,ro,bind $folder
  if [ $folder = here ]; then cd here; fi
done
nnrun;
"""


@pytest.fixture
def shared_memory() -> Iterator[Path]:
    """A folder that stays writable where those of temporary files do not."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@LINUX_ROOT
@pytest.mark.parametrize(
    "words",
    [(*TRAIN, "-q"), (*SWEEP, "-q"), (*SWEEP, "-q", "--dask", "local"), ("check-resume", XOR), ("explain", XOR)],
    ids=lambda words: f"{words[0]} {words[-1] if 'dask' in words[-2] else ''}",
)
def test_without_a_folder_for_temporary_files_the_remedy_is_named(tmp_path, shared_memory, words):
    words = (*words, "--runs-dir", str(shared_memory)) if words[0] in ("train", "sweep") else words
    command = ["unshare", "-m", "/bin/sh", "-c", NOWHERE.replace("nnrun;", f'{sys.executable} -m nnrun "$@";'), "sh"]
    environment = {**os.environ, "TMPDIR": "/nonexistent"}
    ended = subprocess.run([*command, *words], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 4, ended.stderr
    assert "There is no folder for temporary files that can be written.\n  Set TMPDIR to a folder" in ended.stderr
    assert list(shared_memory.iterdir()) == []


@LINUX_ROOT
@pytest.mark.parametrize("command", ["report", "plot", "resume", "explain", "compare"])
def test_a_folder_that_cannot_be_read_is_no_question_of_usage(tmp_path, command):
    folder = make_run_folder(tmp_path / "run")
    os.chown(folder, 12345, 12345)
    folder.chmod(0o700)
    ended = shell("setpriv --bounding-set -dac_override,-dac_read_search nnrun", command, str(folder), cwd=tmp_path)
    assert ended.returncode == 4, ended.stderr
    assert "no permission" in ended.stderr
    assert "Usage" not in ended.stderr


@pytest.fixture
def renamed_meanwhile(tmp_path, monkeypatch):
    """Waits for a file or a folder in the present one, and renames the folder of the run or the sweep that it is in."""
    monkeypatch.chdir(tmp_path)

    @contextmanager
    def renamed(pattern: str) -> Iterator[list[str]]:
        names: list[str] = []

        def rename() -> None:
            until = time.monotonic() + 300
            while not (begun := [*tmp_path.glob(pattern)]) and time.monotonic() < until:
                time.sleep(0.02)
            names.append(begun[0].relative_to(tmp_path / "runs").parts[0])
            (tmp_path / "runs" / names[0]).rename(tmp_path / "elsewhere")

        other = threading.Thread(target=rename)
        other.start()
        yield names
        other.join()

    return renamed


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        (("train", XOR, "--checkpoint-every", "0.1s", "--set", "epochs=500000"), "runs/*/metrics.csv"),
        (("sweep", XOR, "--grid", "seed=0..99", "--set", "epochs=50000"), "runs/*/trials/[0-9]*"),
    ],
    ids=["train", "sweep"],
)
def test_a_folder_that_is_removed_meanwhile_is_reported_as_that(words, pattern, renamed_meanwhile, capsys):
    with renamed_meanwhile(pattern) as names:
        status = run([*words, "-q", "--set", "expect=[]"])
    told = capsys.readouterr().err
    assert status == 4, told
    assert f"runs/{names[0]} was removed or renamed by another program while nnrun was writing into it." in told


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.system(f"mount -t tmpfs -o size=1m tmpfs {disk}"):
        pytest.skip("a small file system cannot be mounted here")
    yield disk
    os.system(f"umount {disk}")


@LINUX_ROOT
@pytest.mark.parametrize("words", [TRAIN, SWEEP], ids=lambda words: words[0])
@pytest.mark.parametrize("free", [18_000, 50_000, 140_000, *(pytest.param(n, marks=slow) for n in (30_000, 84_000))])
def test_no_record_stays_at_running_on_a_full_disk(small_disk, words, free, capsys):
    room = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(bytes(room.f_bavail * room.f_frsize - free))
    status = run([*words, "-q", "--runs-dir", str(small_disk)])
    told = capsys.readouterr().err
    assert status == 4 or (status == 0 and words == SWEEP), told
    assert ("the disk is full" in told) == (status == 4)
    for path in [*small_disk.rglob("run.json"), *small_disk.rglob("sweep.json")]:
        assert json.loads(path.read_text())["status"] in ("failed", "interrupted", "completed")
