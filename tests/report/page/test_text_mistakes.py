"""The wrongly classified texts of a report, from the files of a run's folder."""

from __future__ import annotations

from pathlib import Path

from nnrun.report.page.text_mistakes import text_mistakes
from nnrun.runs import layout
from nnrun.runs.data_record import ColumnRecord, DataRecord, TextRecord, data_json

HEADER = "row,text,mood,predicted_mood,p(mood=bad),p(mood=good)\n"
ROWS = ["1,fine,good,good,0.1,0.9", "2,<b>so so</b>,good,bad,0.6,0.4", "3,odd,good,bad,0.9,0.1", "4,x,bad,good,0.2,0.8"]


def write(folder: Path, rows: list[str], header: str = HEADER) -> None:
    encoding = TextRecord(10, 3, "int", "lower", 1, 1)
    text = ColumnRecord(name="text", width=3, text=encoding)
    target = ColumnRecord(name="mood", categories=("bad", "good"), is_label=True)
    (folder / layout.DATA).write_text(data_json(DataRecord(inputs=(text,), targets=(target,))))
    (folder / layout.VOCABULARY).write_text("so\n")
    (folder / layout.PREDICTIONS).write_text(header + "".join(f"{row}\n" for row in rows))


def test_each_cell_has_its_texts_the_most_confident_first(tmp_path: Path) -> None:
    write(tmp_path, ROWS)
    first, second = text_mistakes(tmp_path)
    assert (first.true, first.predicted, first.count) == ("good", "bad", 2)
    assert first.rows == [("3", "0.9", "odd"), ("2", "0.6", "<b>so so</b>")]
    assert (second.true, second.predicted, second.rows) == ("bad", "good", [("4", "0.8", "x")])


def test_of_two_classes_the_probability_of_one_is_enough(tmp_path: Path) -> None:
    write(tmp_path, ["1,a,good,bad,0.2", "2,b,bad,good,0.7"], "row,text,mood,predicted_mood,p(mood=good)\n")
    assert [cell.rows[0][1] for cell in text_mistakes(tmp_path)] == ["0.7", "0.8"]


def test_many_and_long_texts_are_cut(tmp_path: Path) -> None:
    write(tmp_path, [f"{i},{'so ' * 200},good,bad,0.9,0.1" for i in range(500)])
    (cell,) = text_mistakes(tmp_path)
    assert (cell.count, len(cell.rows), len(cell.rows[0][2])) == (500, 60, 401)


def test_a_run_on_anything_else_has_none(tmp_path: Path) -> None:
    assert text_mistakes(tmp_path) == []
    write(tmp_path, ROWS[:1])
    assert text_mistakes(tmp_path) == []
    write(tmp_path, ROWS)
    (tmp_path / layout.VOCABULARY).unlink()
    assert text_mistakes(tmp_path) == []
