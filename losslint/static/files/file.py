"""One file of a project: its source, and its index and units when they are asked for."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from losslint.sources.source import Source, UnreadableSource

if TYPE_CHECKING:
    from losslint.static.files.index import Index
    from losslint.static.files.project import Project
    from losslint.static.lowering.units import Unit

#: What a bug of losslint's own looks like.
BUGS = (AssertionError, AttributeError, IndexError, KeyError, TypeError)


class File:
    """One file: its source, and its index and units when they are asked for."""

    __slots__ = (
        "_class_units",
        "_function_units",
        "_index",
        "_lines",
        "_module",
        "is_package",
        "name",
        "project",
        "source",
    )

    def __init__(self, project: Project, source: Source) -> None:
        self.project = project
        self.source = source
        self.name = source.name
        self.is_package = source.name.endswith("__init__.py")
        self._index: Index | None = None
        self._lines: list[str] | None = None
        self._module: Unit | None = None
        self._function_units: dict[str, Unit] = {}
        self._class_units: dict[str, Unit] = {}

    @property
    def lines(self) -> list[str]:
        """The rows of the text."""
        if self._lines is None:
            self._lines = self.source.text.split("\n")
        return self._lines

    @property
    def index(self) -> Index:
        """What the file defines, imports and calls."""
        if self._index is None:
            self._index = self._read_index()
        return self._index

    def _read_index(self) -> Index:
        from losslint.static.files.indexing import index_text

        text, known = self.source.text, self.project.indexes
        if known is not None and text in known:
            return known[text]
        ahead = self.project.ahead.pop(self.name, None)
        if ahead is not None:
            return ahead
        try:
            index = index_text(text)
            if known is not None:
                known[text] = index
            return index
        except SyntaxError as error:
            from losslint.static.files.newer_syntax import index_with_libcst

            newer = index_with_libcst(self.source.text)
            if newer is not None:
                return newer
            repaired = self._repaired(error)
            if repaired is not None:
                return repaired
            row = min(max(error.lineno or 1, 1), max(len(self.lines), 1))
            raise UnreadableSource(
                f"syntax error: {error.msg}", self.source.place(row, max(error.offset or 1, 1))
            ) from None
        except ValueError as error:
            raise UnreadableSource(str(error), self.source.place(1)) from None
        except (RecursionError, MemoryError):
            raise UnreadableSource("nested too deeply to be read", self.source.place(1)) from None
        except BUGS as error:
            if os.environ.get("LOSSLINT_DEBUG"):
                raise
            # One file must not keep all the others from being looked at.
            message = f"internal error of losslint, please report it: {type(error).__name__}: {error}"
            raise UnreadableSource(message, self.source.place(1)) from None

    def _repaired(self, error: SyntaxError) -> Index | None:
        """The index of what is left when a few rows in older syntax are taken out; the rest of the file is read."""
        from losslint.static.files.indexing import index_text
        from losslint.static.files.older_syntax import repaired

        found = repaired(self.source.text)
        if found is None:
            return None
        text, rows = found
        self.source = replace(self.source, text=text)
        self._lines = None
        others = f" (and {len(rows) - 1} more such rows)" if len(rows) > 1 else ""
        self.leave_out(f"syntax error: {error.msg}{others}; the rest of the file is read", rows[0])
        return index_text(text)

    def leave_out(self, message: str, row: int) -> None:
        """Note that a part of the file is not read, and why."""
        problem = UnreadableSource(message, self.source.place(row))
        self.project.left_out.append((self.name, problem))

    def forget(self) -> None:
        """Let go of the units, which can be read again."""
        self._lines = self._module = None
        self._function_units.clear()
        self._class_units.clear()

    def module(self) -> Unit:
        """The module part."""
        if self._module is None:
            from losslint.static.lowering.units import module_unit

            self._module = module_unit(self)
        return self._module

    def function(self, qualname: str) -> Unit | None:
        """A function or method by its qualified name."""
        unit = self._function_units.get(qualname)
        if unit is None and qualname in self.index.functions:
            from losslint.static.lowering.units import function_unit

            unit = self._function_units[qualname] = function_unit(self, qualname, self.index)
        return unit

    def class_body(self, qualname: str) -> Unit:
        """The body of a class."""
        unit = self._class_units.get(qualname)
        if unit is None:
            from losslint.static.lowering.units import class_unit

            unit = self._class_units[qualname] = class_unit(self, qualname, self.index)
        return unit

    def unit(self, qualname: str) -> Unit | None:
        """The unit of any qualified name that the index speaks of."""
        if not qualname:
            return self.module()
        if qualname in self.index.functions:
            return self.function(qualname)
        if qualname in self.index.classes:
            return self.class_body(qualname)
        return None
