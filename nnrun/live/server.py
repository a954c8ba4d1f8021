"""The page over HTTP: on this machine alone, below a secret path, for no other origin."""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from nnrun.live.latest_messages import LatestMessages

_HOST = "127.0.0.1"
_BEAT = 15.0  # seconds after which a silent stream is written to, so that a page that is gone is noticed
_TIMEOUT = 60.0  # seconds that a page may take to send or to receive
_LOOK_SECONDS = 0.05  # between two looks whether the server is to be closed, which waits for one
_MOST_STREAMS = 64
_MOST_BYTES = 512 * 1024  # of a request's body
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

# Takes the content of a request and returns the status and the content of the reply.
Action = Callable[[Mapping[str, Any]], tuple[HTTPStatus, Mapping[str, Any]]]


class LiveServer(ThreadingHTTPServer):
    """Serves the page, its messages and its actions, each in a thread of its own.

    Args:
        page: the page.
        messages: what it is sent.
        actions: what it may ask for, by the last part of the path.
        port: the port; 0 for any free one.

    Raises:
        OSError: the port is taken.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, page: str, messages: LatestMessages, actions: Mapping[str, Action], port: int = 0) -> None:
        self.page = page.encode("utf-8")
        self.messages = messages
        self.actions = actions
        self.token = secrets.token_urlsafe(24)
        self.streams = threading.BoundedSemaphore(_MOST_STREAMS)
        super().__init__((_HOST, port), _Handler)

    @property
    def address(self) -> str:
        """The address of the page, with the token."""
        return f"{self.origin}/{self.token}/"

    @property
    def origin(self) -> str:
        """The origin of the page."""
        return f"http://{_HOST}:{self.server_port}"

    def serve_in_background(self) -> None:
        """Answers requests from now on, in a thread that ends with the process."""
        threading.Thread(target=self.serve_forever, args=(_LOOK_SECONDS,), daemon=True).start()

    def close(self) -> None:
        """Ends all streams and frees the port."""
        self.messages.close()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores pages that went away in the middle of a reply."""


class _Handler(BaseHTTPRequestHandler):
    server: LiveServer
    protocol_version = "HTTP/1.1"
    timeout = _TIMEOUT

    def do_GET(self) -> None:
        name = self._allowed_name()
        if name is None:
            self._reply(HTTPStatus.FORBIDDEN, b"Forbidden", "text/plain")
        elif name == "":
            self._reply(HTTPStatus.OK, self.server.page, "text/html")
        elif name == "events":
            self._stream()
        else:
            self._reply(HTTPStatus.NOT_FOUND, b"Not found", "text/plain")

    def do_POST(self) -> None:
        name, data = self._allowed_name(), self._body()
        if name is None or self.headers.get("Origin") != self.server.origin:
            self._reply_json(HTTPStatus.FORBIDDEN, {"problem": "This page may not ask for that."})
        elif name not in self.server.actions:
            self._reply_json(HTTPStatus.NOT_FOUND, {"problem": "There is no such action."})
        elif data is None or self.headers.get_content_type() != "application/json":
            self._reply_json(HTTPStatus.BAD_REQUEST, {"problem": "The request is no JSON object, or too large."})
        else:
            self._reply_json(*self.server.actions[name](data))

    def _allowed_name(self) -> str | None:
        """The part of the path behind the token; None for a request that this page did not make."""
        _, token, name = [*self.path.partition("?")[0].split("/", 2), "", ""][:3]
        own_host = self.headers.get("Host") == f"{_HOST}:{self.server.server_port}"  # not a name that leads here
        own_origin = self.headers.get("Origin") in (None, self.server.origin)
        known = hmac.compare_digest(token.encode("utf-8", "replace"), self.server.token.encode())
        return name if own_host and own_origin and known else None

    def _body(self) -> Mapping[str, Any] | None:
        """The object that was sent; None where it is none."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdecimal() or int(length) > _MOST_BYTES:
            self.close_connection = True  # what was sent is not read
            return None
        try:
            content = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            return None
        return content if isinstance(content, dict) else None

    def _reply_json(self, status: HTTPStatus, content: Mapping[str, Any]) -> None:
        self._reply(status, json.dumps(content).encode(), "application/json")

    def _reply(self, status: HTTPStatus, data: bytes, kind: str) -> None:
        self._begin(status, kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _begin(self, status: HTTPStatus, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        for name, value in _HEADERS.items():
            self.send_header(name, value)

    def _stream(self) -> None:
        """Sends every message from now on, the latest of each kind first."""
        if not self.server.streams.acquire(blocking=False):
            self._reply(HTTPStatus.SERVICE_UNAVAILABLE, b"Too many pages are open", "text/plain")
            return
        try:
            self.close_connection = True
            self._begin(HTTPStatus.OK, "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            seen = 0
            with suppress(OSError):  # the page is gone
                while not self.server.messages.closed:
                    seen, texts = self.server.messages.after(seen, _BEAT)
                    lines = "".join(f"data: {text}\n\n" for text in texts) or ": still here\n\n"
                    self.wfile.write(lines.encode("utf-8"))
        finally:
            self.server.streams.release()

    def log_message(self, format: str, *args: Any) -> None:
        """Writes no log."""

    def version_string(self) -> str:
        """Tells nothing about the server."""
        return "nnrun"
