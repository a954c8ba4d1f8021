"""Tags and notes, beside the record, which stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnrun.errors import ExperimentError, StorageError
from nnrun.store.annotations import Annotations, change_note, change_tags, read_annotations


def test_a_run_has_no_annotations_at_first(tmp_path: Path) -> None:
    assert read_annotations(tmp_path) == Annotations((), "")


def test_tags_keep_their_order_and_are_there_once(tmp_path: Path) -> None:
    change_tags(tmp_path, ["paper", "baseline"])
    assert change_tags(tmp_path, ["baseline", "v1.2"]).tags == ("paper", "baseline", "v1.2")
    assert read_annotations(tmp_path).tags == ("paper", "baseline", "v1.2")
    assert change_tags(tmp_path, removed=["baseline"]).tags == ("paper", "v1.2")


def test_a_note_replaces_the_former_one_and_keeps_the_tags(tmp_path: Path) -> None:
    change_tags(tmp_path, ["paper"])
    change_note(tmp_path, "first")
    assert change_note(tmp_path, "  learning rate – too «high»\n") == Annotations(
        ("paper",), "learning rate – too «high»"
    )
    assert read_annotations(tmp_path).note == "learning rate – too «high»"
    assert change_note(tmp_path, "").note == ""


@pytest.mark.parametrize("tag", ["", " ", "two words", "-x", ".x", "a,b", "a\n", "x" * 65, "\x1b[31m", "a'b"])
def test_a_tag_is_one_word_and_nothing_is_written_otherwise(tmp_path: Path, tag: str) -> None:
    with pytest.raises(ExperimentError, match=r"cannot be a tag[\s\S]*letters, digits"):
        change_tags(tmp_path, ["fine", tag])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tag", ["a", "7", "größe", "2026/paper", "lr:0.1", "v1.2-rc_3", "日本"])
def test_a_tag_may_have_letters_of_every_language_and_some_signs(tmp_path: Path, tag: str) -> None:
    assert change_tags(tmp_path, [tag]).tags == (tag,)


def test_a_tag_that_is_not_there_cannot_be_removed(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="It has no tags"):
        change_tags(tmp_path, removed=["paper"])
    change_tags(tmp_path, ["paper", "baseline"])
    with pytest.raises(ExperimentError, match=r'does not have the tag "papr"[\s\S]*paper, baseline'):
        change_tags(tmp_path, removed=["papr"])


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 1, "tags": 3}', '{"format": 2, "tags": []}'])
def test_a_damaged_file_is_refused_and_stays(tmp_path: Path, content: str) -> None:
    path = tmp_path / "annotations.json"
    path.write_text(content)
    with pytest.raises(StorageError, match=r"annotations\.json"):
        change_tags(tmp_path, ["paper"])
    assert path.read_text() == content
