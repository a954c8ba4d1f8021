"""CSV files as people have them, made on the spot: name, bytes."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

ROWS = 60
CITIES = ("Rome", "Oslo", "Bern", "Lima")


def _text(names: Sequence[str] | None, columns: Sequence[Sequence[Any]], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    if names is not None:
        writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue()


def _comma(number: float) -> str:
    return str(number).replace(".", ",")


def _gaps(values: Sequence[Any], every: int, mark: str = "") -> list[Any]:
    return [mark if i % every == 0 else value for i, value in enumerate(values)]


def _made() -> Mapping[str, bytes]:
    rng = random.Random(1)
    area = [round(rng.uniform(30, 200), 1) for _ in range(ROWS)]
    rooms = [rng.randint(1, 7) for _ in range(ROWS)]
    city = [rng.choice(CITIES) for _ in range(ROWS)]
    price = [round(2000 * a + 9000 * rng.gauss(0, 1)) for a in area]
    age = [round(rng.uniform(1, 80), 1) for _ in range(ROWS)]
    kinds = [("setosa", "virginica", "versicolor")[i % 3] for i in range(ROWS)]
    petal = [round(1 + (i % 3) + rng.uniform(0, 1), 2) for i in range(ROWS)]
    sepal = [round(5 + (i % 3) + rng.uniform(0, 2), 2) for i in range(ROWS)]
    yes = [rng.choice(("yes", "no")) for _ in range(ROWS)]
    rare = ["sick" if i % 12 == 0 else "healthy" for i in range(ROWS)]
    days = [date(2020, 1, 1) + timedelta(days=i) for i in range(ROWS)]
    sales = [round(100 + i + 5 * rng.gauss(0, 1), 1) for i in range(ROWS)]
    sex, survived = [rng.choice(("male", "female")) for _ in range(ROWS)], [rng.randint(0, 1) for _ in range(ROWS)]
    streets = [f"street {min(int(rng.expovariate(0.05)), 299)}" for _ in range(900)]
    many = [round(rng.uniform(0, 9), 2) for _ in range(900)]
    passengers = [[i + 1 for i in range(ROWS)], [f"Passenger, Nr. {i}" for i in range(ROWS)], sex]
    passengers += [_gaps(age, 5), _gaps(["C85"] * ROWS, 1), _gaps(city, 20), survived]
    wide = [[round(rng.gauss(0, 1), 3) for _ in range(ROWS)] for _ in range(200)]
    files = {
        "houses": _text(["area", "rooms", "city", "price"], [area, rooms, city, price]),
        "iris": _text(["petal", "sepal", "species"], [petal, sepal, kinds]),
        "titanic": _text(["PassengerId", "Name", "Sex", "Age", "Cabin", "Embarked", "Survived"], passengers),
        "decimal_comma": _text(["area", "price"], [map(_comma, area), map(_comma, price)], ";"),
        "headerless": _text(None, [petal, sepal, kinds]),
        "series": _text(["day", "sales"], [days, sales]),
        "wide": _text([*(f"gene{i}" for i in range(200)), "label"], [*wide, yes]),
        "rare_class": _text(["age", "weight", "state"], [age, area, rare]),
        "cars": _text(["power", "age", "mpg"], [_gaps(rooms, 9, "?"), age, sales], "\t"),
        "many_words": _text(["street", "size", "rent"], [streets, many, [2 * m + rng.gauss(0, 1) for m in many]]),
        "pandas_index": _text(["", "area", "price"], [range(ROWS), area, price]),
        "leak": _text(["area", "euros", "country", "price"], [area, [p / 2 for p in price], ["it"] * ROWS, price]),
        "tiny": _text(["flats", "price"], [[1, 2, 3, 4], [10, 20, 31, 40]]),
        "quoted": _text(["note", "size", "buys"], [_gaps(["one, two"] * ROWS, 2, "three"), area, yes]),
        "missing_target": _text(["area", "price"], [area, _gaps(price, 10, "NA")]),
        "comments": "# measured in 2020\n# by hand\n" + _text(["area", "price"], [area, price]),
    }
    latin = _text(["Größe", "Straße", "Preis"], [area, ["Süd" if i % 2 else "Nord" for i in range(ROWS)], price])
    return {**{name: text.encode() for name, text in files.items()}, "latin": latin.encode("cp1252")}


MADE: Mapping[str, bytes] = _made()
