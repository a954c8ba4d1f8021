"""How soon `nnrun live` shows what a save has changed, in a real headless Chromium.

    python -m benchmarks.live [--repeat N]

The time runs from the save of the file until the browser has drawn the changed curve. XOR is saved with another seed,
then with another architecture, which is compiled anew; so is each save of spirals, whose first curve grows.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tools.browser import Browser
from tools.live_page import JUDGED, POINTS, STALE, live_address

_EXPERIMENTS = Path(__file__).parent.parent / "experiments"
_EPOCH = "Number(document.querySelector('.pane').dataset.epoch)"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=20, metavar="N", help="saves of each kind (default: 20)")
    arguments = parser.parse_args()
    xor, spirals = ((_EXPERIMENTS / f"{name}.yaml").read_text(encoding="utf-8") for name in ("xor", "spirals"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "experiment.yaml"
        file.write_text(xor, encoding="utf-8")
        (folder / "browser").mkdir()
        with live_address(file, folder=folder) as address, Browser(folder / "browser") as browser:
            browser.open(address, width=1280)
            browser.wait_for(JUDGED)
            repeat = arguments.repeat
            seeds = [save(browser, file, xor.replace("seed: 0", f"seed: {seed}")) for seed in range(1, repeat + 1)]
            _print("XOR with another seed, to its curve", [curve for curve, _ in seeds], 0.8)
            _print("the same, to verdicts and diagnosis", [whole for _, whole in seeds])
            units = [save(browser, file, xor.replace("units: 16", f"units: {17 + i}")) for i in range(min(repeat, 5))]
            _print("XOR with another architecture, to its curve", [curve for curve, _ in units])
            first, epochs = [], []
            for more in range(min(repeat, 5)):
                text = spirals.replace("units: 32", f"units: {32 + more}", 1)  # a program of its own
                first.append(save(browser, file, text, wait=False)[0])
                epochs = growing(browser)
                browser.wait_for(JUDGED)
            _print("spirals with 200 epochs, to its first curve", first, 1.5)
            print(f"epochs of the last of these curves as they were drawn: {', '.join(map(str, epochs))}")


def save(browser: Browser, file: Path, text: str, *, wait: bool = True) -> tuple[float, float]:
    """Saves a file; the seconds to the changed curve, and to verdicts and diagnosis where these are waited for."""
    before = browser.ask(POINTS)
    began = time.perf_counter()
    file.write_text(text, encoding="utf-8")
    while browser.ask(STALE) or browser.ask(POINTS) == before:
        time.sleep(0.002)
    curve = time.perf_counter() - began
    if wait:
        browser.wait_for(JUDGED)
    return curve, time.perf_counter() - began


def growing(browser: Browser) -> list[int]:
    """The numbers of epochs that the curve had on the way to its end."""
    seen = [browser.ask(_EPOCH)]
    while seen[-1] < 200:
        epoch = browser.ask(_EPOCH)
        if epoch != seen[-1]:
            seen.append(epoch)
        time.sleep(0.01)
    return seen


def _print(name: str, seconds: Sequence[float], target: float | None = None) -> None:
    median, least, most = statistics.median(seconds), min(seconds), max(seconds)
    aim = f", target ≤ {target} s: {'met' if median <= target else 'MISSED'}" if target else ""
    print(f"{name}: median of {len(seconds)} {median:.2f} s ({least:.2f} to {most:.2f}){aim}")


if __name__ == "__main__":
    main()
