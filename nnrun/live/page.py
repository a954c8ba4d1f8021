"""The page of `nnrun live` and what it may ask for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from nnrun.errors import NnrunError
from nnrun.html.rendering import render_page
from nnrun.live.completions import completions
from nnrun.live.server import Action
from nnrun.live.session import LiveSession, Pane
from nnrun.live.watched_file import FileConflict

_BAD = {"problem": "The request does not say which file."}


def live_page(session: LiveSession) -> str:
    """The page for the files of a session."""
    panes = [
        {"path": str(pane.file.path), "command": shlex.join(("nnrun", "train", str(pane.file.path)))}
        for pane in session.panes
    ]
    title = ", ".join(pane.file.path.name for pane in session.panes)
    content: dict[str, Any] = {"title": f"{title}: nnrun live", "panes": panes, "completions": completions()}
    return render_page("live.html", "live.css", "live.js", connects=True, **content)


def live_actions(session: LiveSession) -> Mapping[str, Action]:
    """What the page may ask for: to write a file, and to keep a run."""

    def save(content: Mapping[str, Any]) -> tuple[HTTPStatus, Mapping[str, Any]]:
        pane, text, digest = _pane(session, content), content.get("text"), content.get("digest")
        if pane is None or not isinstance(text, str) or not isinstance(digest, str | None):
            return HTTPStatus.BAD_REQUEST, _BAD
        try:
            written = pane.file.write(text, digest)
        except FileConflict as conflict:
            there = {"text": conflict.present.text, "digest": conflict.present.digest}
            return HTTPStatus.CONFLICT, {"problem": str(conflict), **there}
        except NnrunError as error:
            return HTTPStatus.INTERNAL_SERVER_ERROR, {"problem": str(error)}
        except UnicodeEncodeError:
            return HTTPStatus.BAD_REQUEST, {"problem": "The text cannot be written as UTF-8."}
        session.wake()
        return HTTPStatus.OK, {"digest": written.digest}

    def keep(content: Mapping[str, Any]) -> tuple[HTTPStatus, Mapping[str, Any]]:
        pane = _pane(session, content)
        if pane is None:
            return HTTPStatus.BAD_REQUEST, _BAD
        session.ask_to_keep(pane.number)
        return HTTPStatus.ACCEPTED, {}

    return {"save": save, "keep": keep}


def _pane(session: LiveSession, content: Mapping[str, Any]) -> Pane | None:
    """The file that a request is about; None where it names none."""
    number = content.get("pane")
    return session.panes[number] if type(number) is int and 0 <= number < len(session.panes) else None
