"""Pages get the latest message of each kind, in order, at their own speed."""

import json
import math
import threading

from nnrun.live.latest_messages import LatestMessages


def test_a_new_page_gets_the_latest_message_of_each_kind_in_order():
    messages = LatestMessages()
    messages.put(0, "stage", {"text": "building"})
    messages.put(0, "progress", {"epoch": 1})
    messages.put(0, "stage", {"text": "compiling"})
    messages.put(1, "stage", {"text": "building"})
    seen, texts = messages.after(0, 0.0)
    assert [json.loads(text) for text in texts] == [
        {"pane": 0, "kind": "progress", "epoch": 1},
        {"pane": 0, "kind": "stage", "text": "compiling"},
        {"pane": 1, "kind": "stage", "text": "building"},
    ]
    assert messages.after(seen, 0.0) == (seen, [])


def test_a_waiting_page_is_woken():
    messages, got = LatestMessages(), []
    page = threading.Thread(target=lambda: got.append(messages.after(0, 120.0)))
    page.start()
    messages.put(0, "stage", {"text": "building"})
    page.join(120)
    assert got[0][0] == 1


def test_numbers_that_json_lacks_become_null():
    messages = LatestMessages()
    messages.put(0, "results", {"values": (math.nan, [math.inf, 1.5]), "text": "nan"})
    assert '"values":[null,[null,1.5]],"text":"nan"' in messages.after(0, 0.0)[1][0]


def test_closing_ends_the_waiting():
    messages = LatestMessages()
    messages.close()
    assert messages.after(0, 120.0) == (0, [])
    assert messages.closed
