"""The profile of data: parts, classes, and what looks wrong in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tables_by_hand import number, table, text

from nnrun.data.profile.data_profile import profile_data
from nnrun.data.profile.raw_table import RawColumn, RawTable

ROWS = 60
RNG = np.random.default_rng(0)
SIZE = RNG.normal(size=ROWS).tolist()
PRICE = RNG.normal(size=ROWS).tolist()
KIND = [["no", "yes"][i % 2] for i in range(ROWS)]


def suspected(*columns: RawColumn) -> list[tuple[str, str | None]]:
    """The kinds and columns of what looks wrong in some rows."""
    return [(one.kind, one.column) for one in profile_data({"training": table(*columns)}).suspicions]


def test_the_rows_of_each_class_are_counted_in_each_part() -> None:
    parts = {"training": ["no", "yes", "yes"], "validation": ["no", "no", "yes"]}
    columns = {name: text("kind", kinds, "target") for name, kinds in parts.items()}
    profile = profile_data({name: table(number("x", [1, 2, 3]), column) for name, column in columns.items()})
    assert profile.rows == {"training": 3, "validation": 3}
    (classes,) = profile.classes
    assert classes.classes == ("no", "yes")
    assert classes.counts == {"training": (1, 2), "validation": (2, 1)}
    assert classes.totals == (3, 3)


def test_rows_that_stand_in_two_parts_are_counted() -> None:
    training = table(number("x", [1, 2, 3]), number("y", [0, 0, 1], "target"))
    test = table(number("x", [3, 2, 9]), number("y", [1, 1, 0], "target"), first=4)
    profile = profile_data({"training": training, "test": test})
    assert profile.shared == {"test": 1}
    assert [one.kind for one in profile.suspicions] == ["rows in two parts"]


def test_ordinary_columns_are_not_suspicious() -> None:
    assert suspected(number("size", SIZE), text("kind", KIND, "target")) == []
    assert suspected(number("size", SIZE), number("price", PRICE, "target")) == []


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (number("n", list(range(ROWS))), "index"),
        (number("n", [7 + i for i in reversed(range(ROWS))]), "index"),
        (number("customer_id", [i * i for i in range(ROWS)]), "identifier"),
        (text("name", [f"house {i}" for i in range(ROWS)]), "identifier"),
        (number("country", [7] * ROWS), "constant"),
        (text("country", ["Italy"] * ROWS), "constant"),
        (number("age", [None] * 31 + SIZE[31:]), "missing cells"),
        (number("euros", [1000 * price for price in PRICE]), "copy of the target"),
        (number("discount", [5 - price for price in PRICE]), "copy of the target"),
    ],
)
def test_a_column_that_tells_nothing_or_too_much_is_suspicious(column: RawColumn, kind: str) -> None:
    assert suspected(number("size", SIZE), column, number("price", PRICE, "target")) == [(kind, column.name)]


def test_a_text_or_none_tells_something() -> None:
    pool = text("pool", ["yes", "yes", None] * 20)
    assert suspected(number("size", SIZE), pool, number("price", PRICE, "target")) == []


def test_a_class_without_training_rows_is_named() -> None:
    kinds = text("y", ["no", "yes", "no", "maybe", "no"], "target")
    training, test = (
        table(number("x", [1, 2, 3]), replace(kinds, values=kinds.values[:3])),
        table(number("x", [4, 5, 6]), replace(kinds, values=kinds.values[2:]), first=4),
    )
    (found,) = profile_data({"training": training, "test": test}).suspicions
    assert (found.kind, found.message) == ("untrained classes", 'Class maybe of "y" has no training row.')
    assert profile_data({"training": training}).suspicions == ()


def test_a_target_with_one_value_teaches_nothing() -> None:
    assert suspected(number("size", SIZE), number("price", [3] * ROWS, "target")) == [("constant", "price")]
    assert suspected(number("size", SIZE), text("kind", ["no"] * ROWS, "target")) == [("constant", "kind")]


def test_another_name_for_each_class_is_a_copy_of_the_target() -> None:
    code = text("code", [{"no": "N", "yes": "Y"}[kind] for kind in KIND])
    assert suspected(number("size", SIZE), code, text("kind", KIND, "target")) == [("copy of the target", "code")]


def test_a_number_per_class_is_a_copy_of_the_target() -> None:
    code = number("code", [{"no": 3, "yes": 8}[kind] for kind in KIND])
    assert suspected(number("size", SIZE), code, text("kind", KIND, "target")) == [("copy of the target", "code")]


def test_the_only_input_may_run_on_and_determine_the_target() -> None:
    assert suspected(number("flats", list(range(ROWS))), number("price", [10 * i for i in range(ROWS)], "target")) == []


def test_an_input_that_helps_much_is_no_copy() -> None:
    noisy = [price + 0.1 * noise for price, noise in zip(PRICE, RNG.normal(size=ROWS), strict=True)]
    assert suspected(number("size", SIZE), number("estimate", noisy), number("price", PRICE, "target")) == []


def test_a_class_with_few_rows_is_suspicious() -> None:
    rare = ["no"] * (ROWS - 3) + ["yes"] * 3
    assert suspected(number("size", SIZE), text("kind", rare, "target")) == [("imbalanced classes", "kind")]


def test_groups_that_stand_in_two_parts_are_suspicious() -> None:
    patients = ("a", "b", "c")

    def part(names: list[str], first: int) -> list[RawColumn]:
        codes = np.array([patients.index(name) for name in names], np.int32)[:, None]
        size = number("size", SIZE[first : first + 4])
        return [RawColumn("patient_id", "input", "text", codes, patients), size]

    torn = {"training": table(*part(list("aabb"), 0)), "validation": table(*part(list("bbcc"), 4), first=5)}
    whole = {"training": table(*part(list("aabb"), 0)), "validation": table(*part(list("cccc"), 4), first=5)}
    (found,) = profile_data(torn).suspicions
    assert (found.kind, found.column) == ("torn groups", "patient_id")
    assert found.message.startswith("1 of 3 groups")
    assert profile_data(whole).suspicions == ()


def test_a_measure_named_as_an_identifier_forms_no_groups() -> None:
    def parts(numbers: list[float]) -> dict[str, RawTable]:
        first, second = ([number("heat_index", half), number("size", half)] for half in (numbers, numbers[::-1]))
        return {"training": table(*first), "validation": table(*second, first=5)}

    kinds = [suspicion.kind for suspicion in profile_data(parts([1.5, 2, 2, 3])).suspicions]
    assert "torn groups" not in kinds
    assert "torn groups" in [suspicion.kind for suspicion in profile_data(parts([1, 2, 2, 3])).suspicions]


def test_missing_cells_hide_no_copy() -> None:
    euros = [None, *(1000 * price for price in PRICE[1:])]
    found = suspected(number("size", SIZE), number("euros", euros), number("price", PRICE, "target"))
    assert found == [("copy of the target", "euros")]
