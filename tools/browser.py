"""A headless Chromium, spoken to through the DevTools protocol over two pipes."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_OPTIONS = "--headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars --remote-debugging-pipe"
# What a page plays is played without the pauses between its frames.
WITHOUT_PAUSES = "window.setInterval = ((own) => (step) => own(step, 0))(window.setInterval)"
_LISTENING = ("Page", "Runtime", "Log", "Network")


class Browser:
    """One page in a browser, and all that it complains about or asks for.

    Args:
        folder: where the browser may write.
    """

    def __init__(self, folder: Path) -> None:
        to_browser, from_browser = os.pipe(), os.pipe()
        command = f'exec "$0" {_OPTIONS} --user-data-dir="$1" about:blank 3<&{to_browser[0]} 4>&{from_browser[1]}'
        self.process = subprocess.Popen(
            ["bash", "-c", command, str(PROGRAM), str(folder)],
            pass_fds=(to_browser[0], from_browser[1]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": "/tmp"},  # the path of its socket must be short
        )
        os.close(to_browser[0])
        os.close(from_browser[1])
        self.out, self.into = to_browser[1], from_browser[0]
        self.rest = b""
        self.sent = 0
        self.session = ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in _LISTENING:
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self.out)
        os.close(self.into)
        self.process.kill()
        self.process.wait()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Asks the browser for something and waits for the answer; events on the way are kept."""
        self.sent += 1
        message = {"id": self.sent, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self.sent:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self.events.append(answer)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self.rest:
            data = os.read(self.into, 1 << 20)
            assert data, "the browser is gone"
            self.rest += data
        message, _, self.rest = self.rest.partition(b"\0")
        return dict(json.loads(message))

    def show(self, path: Path, *, width: int = 900, scheme: str = "light", media: str = "screen") -> None:
        """Opens a file and waits until it is there."""
        self.open(path.resolve().as_uri(), width=width, scheme=scheme, media=media)

    def open(self, address: str, *, width: int = 900, scheme: str = "light", media: str = "screen") -> None:
        """Opens an address and waits until it is there."""
        phone = width < 600
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=phone)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self.events.clear()
        page = self.call("Page.navigate", url=address)["loaderId"]
        while not any(_is_load_of(page, event) for event in self.events):
            self.events.append(self._receive())
        time.sleep(0.1)
        self.call("Runtime.evaluate", expression="0")  # what came meanwhile is among the events now

    def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 300.0) -> Any:
        """The value of an expression of JavaScript as soon as it is true."""
        end = time.monotonic() + seconds
        while not (found := self.ask(expression)):
            assert time.monotonic() < end, expression
            time.sleep(0.02)
        return found

    def complaints(self) -> list[dict[str, Any]]:
        """What went to the console, and errors that nobody caught."""
        loud = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
        return [event["params"] for event in self.events if event["method"] in loud]

    def requests(self) -> list[str]:
        """The addresses that the page asked for, but for what it holds itself."""
        asked = [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in asked if not url.startswith("data:")]

    def picture(self, path: Path) -> None:
        """Keeps the whole page as a PNG file."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def printed(self) -> bytes:
        """The page as PDF."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])


def _is_load_of(page: str, event: dict[str, Any]) -> bool:
    """Whether an event says that this page is loaded, not the one before it."""
    facts = event.get("params", {})
    return event["method"] == "Page.lifecycleEvent" and (facts["loaderId"], facts["name"]) == (page, "load")
