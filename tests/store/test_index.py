"""The index: what was stored is found again, and whatever is wrong with the file means that nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.store.index import Row, indexed_contents, indexed_stamps, write_index

ROWS = st.dictionaries(
    st.text(min_size=1, alphabet=st.characters(blacklist_categories=["Cs"])),
    st.builds(Row, st.text("0123456789- "), st.floats(0, 2e9), st.none() | st.just("ab"), st.binary(max_size=50)),
    max_size=20,
)


@settings(max_examples=25)
@given(ROWS, ROWS, st.data())
def test_the_index_is_a_mapping_from_names_to_rows(tmp_path_factory, first, second, data) -> None:
    folder = tmp_path_factory.mktemp("runs")
    gone = data.draw(st.lists(st.sampled_from(sorted(first)), unique=True) if first else st.just([]))
    write_index(folder, first, [])
    write_index(folder, second, [name for name in gone if name not in second])
    expected = {**{name: row for name, row in first.items() if name not in gone}, **second}
    assert indexed_stamps(folder) == {name: row[:3] for name, row in expected.items()}
    assert indexed_contents(folder, expected) == {name: row.content for name, row in expected.items()}


def test_many_contents_are_read_as_few_are(tmp_path: Path) -> None:
    rows = {f"run-{i}": Row("stamp", float(i), None, str(i).encode()) for i in range(1200)}
    write_index(tmp_path, rows, [])
    for count in (0, 1, 499, 500, 501, 1200):
        wanted = list(rows)[:count]
        assert indexed_contents(tmp_path, wanted) == {name: rows[name].content for name in wanted}


def test_what_is_not_in_the_index_is_not_found(tmp_path: Path) -> None:
    assert indexed_stamps(tmp_path) == {}
    assert indexed_contents(tmp_path, ["run"]) == {}
    write_index(tmp_path, {"run": Row("stamp", 1.0, None, b"content")}, [])
    assert indexed_contents(tmp_path, ["other"]) == {}


@pytest.mark.parametrize("content", [b"", b"garbage", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_index_is_empty_and_written_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".index.sqlite").write_bytes(content)
    row = Row("stamp", 1.0, None, b"content")
    assert indexed_stamps(tmp_path) == {}
    write_index(tmp_path, {"run": row}, [])
    write_index(tmp_path, {"run": row}, [])
    assert indexed_contents(tmp_path, ["run"]) == {"run": b"content"}


def test_where_nothing_can_be_written_nothing_happens(tmp_path: Path) -> None:
    write_index(tmp_path / "nothing", {"run": Row("stamp", 1.0, None, b"")}, [])
    assert not (tmp_path / "nothing").exists()
