"""The columns of a file that were read already."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nnrun.data.files.table_column import TableColumn


class ColumnCache:
    """Columns by name; one with numbers of 64 bits or many texts is used where 32 bits or few texts suffice, too."""

    def __init__(self) -> None:
        self._columns: dict[str, TableColumn] = {}
        self._precise: set[str] = set()
        self._many: set[str] = set()

    @property
    def known(self) -> tuple[TableColumn, ...]:
        """All columns that were read so far."""
        return tuple(self._columns.values())

    def missing(self, names: Sequence[str], precise: Collection[str], many: Collection[str]) -> list[str]:
        """The columns that are still to be read.

        Args:
            names: the columns.
            precise: those whose numbers must have 64 bits.
            many: those of which all texts must be kept.
        """
        coarse, short = {*precise} - self._precise, {*many} - self._many
        return [
            name
            for name in names
            if (column := self._columns.get(name)) is None or name in coarse or (name in short and column.is_unkept)
        ]

    def add(self, columns: dict[str, TableColumn], precise: Collection[str], many: Collection[str]) -> None:
        """Adds columns that were read; the other arguments are those of `missing`."""
        self._columns |= columns
        self._precise |= {*columns} & {*precise}
        self._many |= {*columns} & {*many}

    def take(self, names: Sequence[str]) -> dict[str, TableColumn]:
        """Columns that were read."""
        return {name: self._columns[name] for name in names}
