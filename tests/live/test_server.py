"""The server answers its own page alone, and any number of pages at once."""

import http.client
import json
import socket
import time
from http import HTTPStatus

import pytest

from nnrun.live.latest_messages import LatestMessages
from nnrun.live.server import LiveServer


@pytest.fixture
def server():
    taken = []

    def save(content):
        taken.append(content)
        return HTTPStatus.OK, {"digest": "d"}

    server = LiveServer("<!DOCTYPE html>the page", LatestMessages(), {"save": save})
    server.taken = taken
    server.serve_in_background()
    yield server
    server.close()


def ask(server, method, path, body=None, **headers):
    """Status, headers and body of the reply; `headers` have underscores in place of dashes."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=120)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, given)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply.status, reply.headers, text


def post(server, content, *, path=None, **headers):
    own = {"Origin": server.origin, "Content_Type": "application/json"} | headers
    body = content if isinstance(content, str) else json.dumps(content)
    return ask(server, "POST", path or f"/{server.token}/save", body, **own)


class Stream:
    """A page that listens."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.server_port), timeout=120)
        host = f"127.0.0.1:{server.server_port}"
        self.socket.sendall(f"GET /{server.token}/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")

    def messages(self, count):
        found = []
        while len(found) < count:
            line = self.file.readline()
            assert line, "the stream has ended"
            if line.startswith(b"data: "):
                found.append(json.loads(line[6:]))
        return found

    def close(self):
        self.file.close()
        self.socket.close()


def test_the_page_is_there_with_the_token_and_is_kept_from_caches_frames_and_other_origins(server):
    status, headers, text = ask(server, "GET", f"/{server.token}/")
    assert (status, text) == (200, "<!DOCTYPE html>the page")
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("path", ["/", "/wrong/", "/wrong/events", "/events", "//", "/%00/"])
def test_a_wrong_token_is_forbidden(server, path):
    assert ask(server, "GET", path)[0] == 403
    assert post(server, {"pane": 0}, path=path)[0] == 403
    assert server.taken == []


@pytest.mark.parametrize("origin", ["http://example.com", "null", "http://127.0.0.1:1", ""])
def test_a_strangers_page_is_refused_even_with_the_token(server, origin):
    assert post(server, {"pane": 0}, Origin=origin)[0] == 403
    assert ask(server, "GET", f"/{server.token}/events", Origin=origin)[0] == 403
    assert server.taken == []


def test_a_post_without_an_origin_is_refused(server):
    assert ask(server, "POST", f"/{server.token}/save", "{}", Content_Type="application/json")[0] == 403
    assert server.taken == []


def test_a_name_that_leads_here_is_no_way_in(server):
    assert ask(server, "GET", f"/{server.token}/", Host=f"example.com:{server.server_port}")[0] == 403


def test_an_action_gets_the_object_that_was_sent(server):
    status, _, text = post(server, {"pane": 0, "text": "ä"})
    assert (status, json.loads(text), server.taken) == (200, {"digest": "d"}, [{"pane": 0, "text": "ä"}])


@pytest.mark.parametrize("body", ["", "[1]", "{", '"text"', "[" * 100_000])
def test_what_is_no_object_is_refused(server, body):
    assert post(server, body)[0] == 400


def test_a_form_and_a_huge_request_are_refused(server):
    assert post(server, {}, Content_Type="text/plain")[0] == 400
    assert post(server, {}, Content_Length=str(2**40))[0] == 400
    assert post(server, {}, path=f"/{server.token}/other")[0] == 404
    assert server.taken == []


def test_ten_pages_at_once_get_every_message(server):
    server.messages.put(0, "stage", {"text": "building"})
    streams = [Stream(server) for _ in range(10)]
    assert [stream.messages(1)[0]["text"] for stream in streams] == ["building"] * 10
    server.messages.put(0, "stage", {"text": "compiling"})
    assert [stream.messages(1)[0]["text"] for stream in streams] == ["compiling"] * 10
    for stream in streams:
        stream.close()


def test_a_page_that_goes_away_gives_its_place_back(server):
    streams = [Stream(server) for _ in range(64)]
    server.messages.put(0, "stage", {"text": "building"})
    for stream in streams:
        stream.messages(1)
    assert ask(server, "GET", f"/{server.token}/events")[0] == 503
    for stream in streams:
        stream.close()
    end = time.monotonic() + 300
    while True:
        server.messages.put(0, "stage", {"text": "still"})  # which notices that the pages are gone
        one = Stream(server)
        status = one.file.readline()
        one.close()
        if b"200" in status:
            break
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_taken_port_is_an_error_of_the_system(server):
    with pytest.raises(OSError, match="in use"):
        LiveServer("", LatestMessages(), {}, server.server_port)
