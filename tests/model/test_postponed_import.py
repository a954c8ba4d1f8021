"""Modules that are loaded at their first use: the real ones, later."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from nnrun.model.postponed_import import imported_late, postponed

RECORD = "import builtins; builtins.loaded_late.append(__name__)\n"


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the modules of a package that were loaded so far, in their order."""
    import builtins

    names: list[str] = []
    monkeypatch.setattr(builtins, "loaded_late", names, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "shop"
    (package / "back").mkdir(parents=True)
    (package / "__init__.py").write_text(f"{RECORD}from shop import back\nfrom shop.front import door, prices\n")
    (package / "front.py").write_text(f"{RECORD}from shop.store import Price, door\nprices = Price\n")
    (package / "store.py").write_text(f"{RECORD}door = object()\nclass Price:\n    class Net: pass\n")
    (package / "back" / "__init__.py").write_text(
        f"{RECORD}from shop.back import yard\nfrom shop.store import door\nyear = 1\n"
    )
    (package / "back" / "yard.py").write_text(f"{RECORD}size = 3\n")
    yield names
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]


def test_a_postponed_module_is_loaded_when_a_name_of_it_is_read(loaded: list[str]) -> None:
    with postponed({"shop.back": {}}):
        shop = import_module("shop")
    assert "shop.back" not in loaded
    assert shop.back.year == 1
    assert loaded[-2:] == ["shop.back", "shop.back.yard"]
    assert type(shop.back) is ModuleType
    with pytest.raises(AttributeError, match=r"'shop\.back' has no attribute 'none'"):
        _ = shop.back.none


def test_its_file_is_known_before_and_does_not_load_it(loaded: list[str]) -> None:
    with postponed({"shop.back": {}}):
        shop = import_module("shop")
    assert Path(inspect.getfile(shop.back)).read_text().startswith(RECORD)
    assert "shop.back" not in loaded


@pytest.mark.parametrize(
    "use", ["from shop.back import year", "from shop.back import *", "dir(shop.back).index('year')"]
)
def test_every_other_use_loads_it_first(use: str, loaded: list[str]) -> None:
    with postponed({"shop.back": {}}):
        import_module("shop")
    exec(f"import shop\n{use}")
    assert loaded[-2:] == ["shop.back", "shop.back.yard"]


def test_a_module_inside_it_is_imported_once_and_without_it(loaded: list[str]) -> None:
    with postponed({"shop.back": {}}):
        shop = import_module("shop")
    assert import_module("shop.back.yard").size == 3
    assert loaded[-1] == "shop.back.yard"
    assert "shop.back" not in loaded
    assert shop.back.year == 1
    assert loaded.count("shop.back.yard") == 1


def test_a_name_that_is_found_elsewhere_does_not_load_it(loaded: list[str]) -> None:
    with postponed({"shop.back": {"door": "shop.store"}}):
        shop = import_module("shop")
    assert shop.back.door is shop.door
    assert "shop.back" not in loaded
    assert (shop.back.year, shop.back.door) == (1, shop.door)


def test_it_is_loaded_inside_the_context_that_is_given(loaded: list[str]) -> None:
    @contextmanager
    def around() -> Iterator[None]:
        loaded.append("begin")
        yield
        loaded.append("end")

    with postponed({"shop.back": {}}, around):
        shop = import_module("shop")
    assert shop.back.year == 1
    assert loaded[-4:] == ["begin", "shop.back", "shop.back.yard", "end"]


def test_threads_that_use_it_at_once_load_it_once(loaded: list[str], tmp_path: Path) -> None:
    (tmp_path / "shop" / "back" / "yard.py").write_text(f"import time; time.sleep(0.1)\n{RECORD}")
    with postponed({"shop.back": {}}):
        shop = import_module("shop")
    years: list[int] = []
    threads = [threading.Thread(target=lambda: years.append(shop.back.year)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert years == [1] * 4
    assert loaded.count("shop.back") == 1


def test_a_module_that_fails_is_loaded_again_at_its_next_use(loaded: list[str], tmp_path: Path) -> None:
    with postponed({"shop.back": {}}):
        shop = import_module("shop")
    yard = tmp_path / "shop" / "back" / "yard.py"
    yard.write_text("raise OSError('the disk')")
    with pytest.raises(OSError, match="the disk"):
        _ = shop.back.year
    yard.write_text("")
    import_module("importlib").invalidate_caches()
    assert shop.back.year == 1


def test_a_module_that_is_loaded_already_or_that_nobody_has_is_left_alone(loaded: list[str]) -> None:
    shop = import_module("shop")
    with postponed({"shop.back": {}, "shop.cellar": {}}):
        assert import_module("shop.back") is shop.back
        with pytest.raises(ModuleNotFoundError, match=r"shop\.cellar"):
            import_module("shop.cellar")
    assert type(shop.back) is ModuleType


def test_what_others_import_from_a_module_loads_it_when_it_is_read(loaded: list[str]) -> None:
    with postponed({"shop.back": {}}), imported_late({"shop.store": ("shop", "shop.front")}):
        shop = import_module("shop")
    assert loaded == ["shop", "shop.front"]
    assert "shop.store" not in sys.modules
    assert shop.prices.__module__ == "shop.store"
    assert loaded == ["shop", "shop.front", "shop.store"]
    assert shop.front.Price is shop.prices
    from shop.front import door  # type: ignore[import-not-found]

    assert door is shop.door is sys.modules["shop.store"].door
    with pytest.raises(AttributeError, match=r"'shop\.front' has no attribute 'none'"):
        _ = shop.front.none


def test_names_inside_a_name_are_late_too(loaded: list[str], tmp_path: Path) -> None:
    (tmp_path / "shop" / "front.py").write_text("from shop.store import Price, door\nprices = Price.Net\n")
    with postponed({"shop.back": {}}), imported_late({"shop.store": ("shop", "shop.front")}):
        shop = import_module("shop")
    assert shop.prices.__qualname__ == "Price.Net"


def test_a_module_that_is_imported_as_a_whole_is_loaded_when_a_name_of_it_is_read(loaded: list[str]) -> None:
    with imported_late({"shop.back": ()}):
        back = import_module("shop").back
    assert "shop.back" not in {*loaded, *sys.modules}
    assert back.year == 1
    assert loaded[-2:] == ["shop.back", "shop.back.yard"]
    assert type(sys.modules["shop.back"]) is ModuleType


def test_behind_the_block_the_modules_inside_it_are_imported_as_ever(loaded: list[str], tmp_path: Path) -> None:
    # As those of requests, which import one another, and which the package imports in one order alone.
    (tmp_path / "shop" / "back" / "yard.py").write_text(f"{RECORD}from shop.back import year\nsize = 3\n")
    (tmp_path / "shop" / "back" / "__init__.py").write_text(f"{RECORD}year = 1\nfrom shop.back.yard import size\n")
    with imported_late({"shop.back": ()}):
        import_module("shop")
    assert import_module("shop.back.yard").size == 3
    assert loaded == ["shop", "shop.front", "shop.store", "shop.back", "shop.back.yard"]
