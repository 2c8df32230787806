"""The forms of a project's units with their places and with who reads them: what the search for readers walks over."""

from __future__ import annotations

from collections.abc import Iterator

from losslint.fixes.syntax import NoFix, text_row
from losslint.static.evaluation.evaluator import Evaluator
from losslint.static.evaluation.values import UnknownV, Value
from losslint.static.files.file import File
from losslint.static.files.index import MODULE
from losslint.static.files.nesting import too_deep
from losslint.static.files.project import Project
from losslint.static.lowering import forms as f
from losslint.static.lowering.lowering import NotParsed, recorded
from losslint.static.lowering.units import Unit
from losslint.vocabulary.places import Place

#: Units that are read for one search: more would take longer than a person waits.
MOST_UNITS = 1_500


class Read:
    """One unit: its graph, its forms in order, and for each form those that it is a part of."""

    def __init__(self, unit: Unit) -> None:
        if too_deep(unit.text()[0]):
            raise NoFix("a function is nested too deeply to be looked into", unit.file.source.place(unit.first))
        try:
            found = recorded(unit)
        except (NotParsed, RecursionError):
            raise NoFix("a function cannot be looked into", unit.file.source.place(unit.first)) from None
        self.unit = unit
        self.graph = found.graph
        self.forms = found.forms
        self._ranges = found.ranges
        self.readers: dict[f.Form, list[f.Form]] = {}
        carriers: dict[tuple[f.Form, str], list[f.Form]] = {}
        for form in self.forms:
            if isinstance(form, (f.Carried, f.LoopOut)):
                carriers.setdefault((form.loop, form.name), []).append(form)
        for form in self.forms:
            for part in _parts(form):
                self.readers.setdefault(part, []).append(form)
            if isinstance(form, f.Loop):
                for name, after in form.after.items():
                    self.readers.setdefault(after, []).extend(carriers.get((form, name), ()))

    def place(self, form: f.Form) -> Place:
        """Where a form stands; the head of its unit for one that nothing in the text stands for."""
        found = self._ranges[form.seq]
        if found is None:
            return self.unit.file.source.place(self.unit.first)
        return self.unit.file.source.place(*self.unit.in_file(found))

    def at(self, place: Place) -> Iterator[f.Form]:
        """The forms that stand exactly at a place."""
        for form, found in zip(self.forms, self._ranges, strict=True):
            if found is not None and self.unit.file.source.place(*self.unit.in_file(found)) == place:
                yield form

    def graph_of(self, result: f.Form) -> f.Graph | None:
        """The function of the unit whose result this is."""
        return next((graph for graph in self.graphs() if graph.result is result), None)

    def graphs(self) -> Iterator[f.Graph]:
        """The unit's graph, and those of the functions in it."""
        pending = [self.graph]
        while pending:
            graph = pending.pop()
            yield graph
            pending.extend(graph.nested)


class Sight:
    """A project with its units as `Read`, each read once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.evaluator = Evaluator(project)
        self._read: dict[tuple[str, str], Read] = {}

    def read(self, file: File, qualname: str) -> Read:
        """A unit. Raises NoFix for one that cannot be looked into."""
        key = file.name, qualname
        found = self._read.get(key)
        if found is None:
            if len(self._read) >= MOST_UNITS:
                raise NoFix("too much of the project would have to be looked into")
            unit = file.unit(qualname)
            if unit is None:
                raise NoFix(f"`{qualname}` is not found")
            found = self._read[key] = Read(unit)
        return found

    def of(self, form: f.Form) -> Read:
        """The unit that a form belongs to."""
        return self.read(form.unit.file, form.unit.qualname)

    def around(self, file: File, place: Place) -> Read:
        """The unit that a place stands in."""
        return self._holding(file, text_row(file.source, place))

    def _holding(self, file: File, row: int) -> Read:
        held = [
            each
            for each in (*file.index.functions.values(), *file.index.classes.values())
            if each.first <= row <= each.last
        ]
        if not held:
            return self.read(file, MODULE)
        return self.read(file, min(held, key=lambda each: each.last - each.first).qualname)

    def mentioning(self, file: File, word: str) -> Iterator[Read]:
        """The units of a file in whose text a word stands."""
        seen: set[str] = set()
        for row, text in enumerate(file.lines, 1):
            if word in text:
                read = self._holding(file, row)
                if read.unit.qualname not in seen:
                    seen.add(read.unit.qualname)
                    yield read

    def methods(self, file: File, owner: str) -> Iterator[Read]:
        """The methods of a class."""
        for definition in list(file.index.functions.values()):
            if definition.owner == owner:
                yield self.read(file, definition.qualname)

    def callee(self, call: f.Call) -> Value:
        """What is called, as the observer sees it by itself."""
        found = self._observed(call)
        if found is None:
            return UnknownV("it is not found again")
        graph, same = found
        self.evaluator.enter({})
        try:
            return self.evaluator.force(same.function, self.evaluator.generic(graph))
        except RecursionError:
            return UnknownV("it is nested too deeply")

    def _observed(self, call: f.Call) -> tuple[f.Graph, f.Call] | None:
        """The same call in the graphs that the observer walks over."""
        for graph in call.unit.graph().with_nested():
            for each in graph.calls:
                if each.seq == call.seq:
                    return graph, each
        return None


def _parts(form: f.Form) -> Iterator[f.Form]:
    """The forms that a form is made of."""
    match form:
        case f.Result():
            yield from (returned for _, returned in form.returns)
        case f.Call():
            yield form.function
            yield from (argument.form for argument in form.arguments)
        case f.Mutated() | f.Within():
            yield form.base
            yield from (argument.form for argument in form.arguments)
        case f.Mapping():
            for key, value in form.items:
                if key is not None:
                    yield key
                yield value
        case f.Text():
            yield from (part for part, _ in form.parts)
        case f.Carried() | f.LoopOut():
            yield form.before
        case f.Element():
            if form.loop.iterable is not None:
                yield form.loop.iterable
        case f.Loop() | f.Function() | f.Const() | f.Opaque() | f.Param() | f.Global() | f.Imported() | f.Defined():
            return
        case _:
            for name in type(form).__slots__ or type(form).__mro__[1].__slots__:
                part = getattr(form, name)
                if isinstance(part, f.Form):
                    yield part
                elif isinstance(part, tuple):
                    yield from (each for each in part if isinstance(each, f.Form))
