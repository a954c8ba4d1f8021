"""A vocabulary is the same, whether all its tokens are counted in memory or set down on disk and merged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.preparation.token_counts import TokenCounts, fit_texts
from nnrun.experiment.text_encoding import UNKNOWN, TextEncoding

WORDS = st.sampled_from(["cat", "dog", "über", "日本", "x\u2028y", "\x1f", "\U0001f600", "\uffff", UNKNOWN])
TEXTS = st.lists(st.lists(WORDS, max_size=8).map(" ".join), min_size=1, max_size=8)


@pytest.mark.parametrize("output", ["int", "tf_idf"])
@given(texts=TEXTS, most=st.integers(0, 6), tokens=st.integers(3, 12))
def test_counts_that_were_set_down_give_the_vocabulary_of_those_in_memory(
    tmp_path_factory: pytest.TempPathFactory, output: str, texts: list[str], most: int, tokens: int
) -> None:
    encoding = TextEncoding(tokens, output=output, standardize="none", ngrams=2)  # type: ignore[arg-type]
    counts = TokenCounts(encoding, tmp_path_factory.getbasetemp() / "counts", most=most)
    for text in texts:
        counts.take([text])
    found, expected = counts.fit(), fit_texts(encoding, texts)
    assert (found.vocabulary, found.weights) == (expected.vocabulary, expected.weights)


def test_more_different_tokens_than_are_held_lie_in_a_file_without_a_name(tmp_path: Path) -> None:
    counts = TokenCounts(TextEncoding(5), tmp_path / "counts", most=10)
    counts.take(f"word{i % 40} often" for i in range(200))
    assert list((tmp_path / "counts").iterdir()) == []
    assert len(counts._counts) <= 11
    assert counts.fit().vocabulary == ("often", "word9", "word8")
