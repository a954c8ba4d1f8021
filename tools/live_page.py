"""The page of `nnrun live` in a headless browser, for its picture in the documentation and for its benchmark.

`python -m tools.live_page` writes `docs/pictures/live.png`: `experiments/spirals.yaml`, trained, at 1,280 pixels.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.browser import Browser

_ROOT = Path(__file__).parent.parent
_PICTURE = _ROOT / "docs" / "pictures" / "live.png"
# What the page has drawn: the points of the first curve, and whether it is that of an older save.
POINTS = "document.querySelector('.curves polyline')?.getAttribute('points')"
STALE = "document.querySelector('.curves').classList.contains('stale')"
JUDGED = "document.querySelector('.results').childElementCount && !document.querySelector('.results.stale')"


@contextmanager
def live_address(*files: Path, folder: Path) -> Iterator[str]:
    """The address of `nnrun live` for some files, which runs as long as the block.

    Args:
        files: the experiment files.
        folder: where it works.
    """
    command = [sys.executable, "-m", "nnrun", "live", *map(str, files)]
    pipe, silent = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=silent, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    """Writes the picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "spirals.yaml"
        text = (_ROOT / "experiments" / "spirals.yaml").read_text(encoding="utf-8")
        file.write_text(text.partition("name:")[1] + text.partition("name:")[2], encoding="utf-8")
        (folder / "browser").mkdir()
        with live_address(Path(file.name), folder=folder) as address, Browser(folder / "browser") as browser:
            browser.open(address, width=1280)
            browser.wait_for(JUDGED)
            browser.wait_for("document.querySelector('output').textContent === '200'")
            browser.picture(_PICTURE)


if __name__ == "__main__":
    main()
