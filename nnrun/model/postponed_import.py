"""Modules that are loaded at the first use of a name of theirs instead of at their import.

The module itself is always the real one: only the moment at which its code runs is another.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from pkgutil import resolve_name
from types import ModuleType
from typing import Any


@contextlib.contextmanager
def postponed(
    modules: Mapping[str, Mapping[str, str]],
    around: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext,
) -> Iterator[None]:
    """Loads modules that are imported in this block at their first use; to import a module inside one is no use of it.

    Args:
        modules: the modules by name, each with the names that it imports from others and that are read without loading
            it: the module that has such a name, by name.
        around: makes the context in which each of them is loaded; by default none.
    """
    finder = _Postponing(modules, around)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextlib.contextmanager
def imported_late(modules: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """Loads modules at the first use of what others have imported from them.

    Whoever imports one of them behind this block gets it as if nobody had imported it here.

    Args:
        modules: the modules by name, each with all those that import names from it in this block, or names that come
            from it; these have no `__getattr__` of their own. To import the module itself is allowed to all.
    """
    late = {source: holders for source, holders in modules.items() if not {source, *holders} & sys.modules.keys()}
    stand_ins = {source: _StandIn(source) for source in late}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for source, stand_in in stand_ins.items():
            del sys.modules[source]
            stand_in.importable = True
        for holder in {holder for holders in late.values() for holder in holders}:
            if holder in sys.modules:
                _read_late(sys.modules[holder])


class _Postponing(importlib.abc.MetaPathFinder):
    """Finds the named modules as usual, and wraps their loaders."""

    def __init__(
        self, modules: Mapping[str, Mapping[str, str]], around: Callable[[], contextlib.AbstractContextManager[None]]
    ) -> None:
        self.modules = modules
        self.around = around

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in self.modules:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _LateLoader(_LateState(spec.loader, self.modules[name], self.around))
        return spec


@dataclass(eq=False)
class _LateState:
    """What a module needs that is not loaded yet; the fields are those of `postponed`, of this module alone."""

    loader: importlib.abc.Loader
    elsewhere: Mapping[str, str]
    around: Callable[[], contextlib.AbstractContextManager[None]]
    lock: Any = field(default_factory=threading.RLock)
    loading: bool = False


class _LateLoader(importlib.abc.Loader):
    """Makes a module that loads itself.

    `importlib.util.LazyLoader` is not enough: it loads a module for every name, and for whoever looks at the file of
    each module, as the `inspect` of the standard library does.
    """

    def __init__(self, state: _LateState) -> None:
        self.state = state

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _LateModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self.state.loader
        module.__spec__.loader_state = self.state


class _LateModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        """A name that the module does not have, because it is not loaded yet."""
        assert self.__spec__ is not None
        state: _LateState = self.__spec__.loader_state
        if name in state.elsewhere:
            setattr(self, name, getattr(import_module(state.elsewhere[name]), name))
            return self.__dict__[name]
        with state.lock:  # other threads wait until it is loaded
            if state.loading:
                raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
            if type(self) is _LateModule:
                _load(self, state)
        return getattr(self, name)

    def __dir__(self) -> list[str]:
        with contextlib.suppress(AttributeError):
            self.__getattr__("__all__")
        return sorted(self.__dict__)


def _load(module: ModuleType, state: _LateState) -> None:
    """Runs the code of a module; one that raises an exception is loaded again at its next use."""
    state.loading = True
    try:
        with state.around():
            state.loader.exec_module(module)
        module.__class__ = ModuleType
    finally:
        state.loading = False


class _StandIn(ModuleType):
    """Gives to a module that imports a name the place where the name will be found.

    To one that has imported the module itself, it gives the names of the real one once that can be imported.
    """

    importable = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name) if self.importable else _LateName(self.__name__, name)


class _LateName:
    """A name of a module that is loaded late, or one inside it."""

    def __init__(self, source: str, name: str) -> None:
        self._place = (source, name)

    def __getattr__(self, name: str) -> _LateName:
        if name.startswith("__"):
            raise AttributeError(name)
        source, outer = self._place
        return _LateName(source, f"{outer}.{name}")

    def __call__(self) -> Any:
        """What the name stands for."""
        return resolve_name(".".join(self._place))


def _read_late(holder: ModuleType) -> None:
    """Lets a module import names when they are read."""
    late = {name: value for name, value in vars(holder).items() if isinstance(value, _LateName)}
    for name in late:
        delattr(holder, name)

    def read(name: str) -> Any:
        if name not in late:
            raise AttributeError(f"module {holder.__name__!r} has no attribute {name!r}")
        setattr(holder, name, late[name]())
        return getattr(holder, name)

    holder.__getattr__ = read  # type: ignore[method-assign]
