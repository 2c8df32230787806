"""Who reads a value, or calls a module: everybody is found, or the search says who is not understood.

It walks forwards, from the form that makes the value to each form that takes it: through names, functions, attributes
and files. A reader for whom the value may change (a loss that is told of, an argmax, a shape) ends the walk; any other
ends the search with NoFix, at the reader's place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from losslint.fixes.elsewhere import Elsewhere
from losslint.fixes.sight import Read, Sight
from losslint.fixes.syntax import NoFix
from losslint.fixes.taints import (
    ARRANGED,
    ASIDE,
    HARMLESS,
    ITSELF,
    OF_CLASSES,
    ORDERED,
    OUTER,
    PASSING,
    RESHAPING,
    SEVERAL,
    SHOWING,
    TRAINING,
    VALUE,
    WITH_INDICES,
    WRAPPERS,
    Taint,
)
from losslint.static.evaluation.values import ClassV, ExternalV, FunctionV, InstanceV, ObjectV, Value
from losslint.static.files.file import File
from losslint.static.lowering import forms as f
from losslint.vocabulary.places import Place

#: Steps of one search.
MOST_STEPS = 4_000


class Readers:
    """One search. `known` are the places of the loss calls that may be reached; `reached` those that were. `by_element`
    says that the activation is one of each element by itself, `in_place` that it hangs on where the dimensions are."""

    def __init__(
        self,
        sight: Sight,
        known: Iterable[Place],
        purpose: str,
        *,
        by_element: bool = False,
        in_place: bool = False,
    ) -> None:
        self._sight = sight
        self._known = frozenset(known)
        self._purpose = purpose
        self._by_element = by_element  # whether the order of any two values stays, wherever they are
        self._passing = PASSING - RESHAPING if in_place else PASSING
        self.reached: set[Place] = set()
        self._seen: set[tuple[f.Form, Taint]] = set()
        self._elsewhere = Elsewhere(sight, self._push, self._refuse)
        self._pending: list[tuple[f.Form, Taint]] = []

    def follow(self, form: f.Form, taint: Taint) -> None:
        """Find everybody who reads a form. Raises NoFix at the first reader who is not understood."""
        self._push(form, taint)
        steps = 0
        while self._pending:
            steps += 1
            if steps > MOST_STEPS:
                raise NoFix(f"too many places would have to be looked at to know who needs {self._purpose}")
            form, taint = self._pending.pop()
            read = self._sight.of(form)
            self._elsewhere.in_module(read, form, taint)
            readers = read.readers.get(form, ())
            if not readers and isinstance(form, f.Named) and taint.sort != "module":
                self._refuse(read, form)
            if taint.sort == "value" and isinstance(form, f.Named):
                self._read_unbound(read, form.name)
            if read.unit.file.source.cells and taint.sort == "value" and form in read.graph.statements:
                self._refuse(read, form)  # a cell shows what its last expression gives
            for reader in readers:
                self._step(read, form, reader, taint)

    def _read_unbound(self, read: Read, name: str) -> None:
        """A name that a function binds is read where it may not be bound: by the handler of an exception."""
        for form in read.forms:
            if isinstance(form, f.Global) and form.name == name and read.unit.sort == "function":
                self._refuse(read, form)

    def _push(self, form: f.Form, taint: Taint) -> None:
        if (form, taint) not in self._seen:
            self._seen.add((form, taint))
            self._pending.append((form, taint))

    def _refuse(self, read: Read, form: f.Form, said: str = "") -> None:
        place = read.place(form)
        raise NoFix(said or f"{self._purpose} reaches this place too, where it may be needed", place)

    # ---------------------------------------------------------------- one reader

    def _step(self, read: Read, form: f.Form, reader: f.Form, taint: Taint) -> None:
        if isinstance(reader, (f.Named, f.Outer, f.Carried, f.LoopOut)):
            self._push(reader, taint)
        elif isinstance(reader, f.Choice):
            if form is not reader.condition:
                self._push(reader, taint)
            elif taint.sort == "value":
                self._refuse(read, reader)
        elif isinstance(reader, f.Result):
            self._elsewhere.returned(read, reader, taint)
        elif isinstance(reader, f.Sequence) and (picked := _picked(read, reader, form)) is not None:
            for each in picked:
                self._push(each, taint)
        elif isinstance(reader, f.Sequence) and self._is_returned(read, reader) and taint == VALUE:
            self._push(reader, Taint("value", next(i for i, each in enumerate(reader.elements) if each is form)))
        elif isinstance(reader, f.SetAttr):
            if form is reader.base:
                self._push(reader, taint)
            else:
                self._elsewhere.kept(read, reader, taint)
        elif isinstance(reader, f.Call):
            self._called(read, form, reader, taint)
        elif isinstance(reader, f.Attr):
            self._attribute(read, reader, taint)
        elif taint.sort in SEVERAL:
            if isinstance(reader, f.Mutated) and form is reader.base and reader.method == "append":
                self._push(reader, Taint("modules", taint.element))
            elif isinstance(reader, (f.Element, f.Item, f.Unpacked)):
                self._push(reader, Taint("module", taint.element))
            else:
                self._refuse(read, reader)
        elif isinstance(reader, f.Sequence) and taint.sort == "module" and reader.sort in ("list", "tuple"):
            self._push(reader, Taint("ending" if reader.elements[-1] is form else "modules", taint.element))
        elif isinstance(reader, f.Mutated) and taint.sort == "module" and reader.method == "append":
            if form is reader.base:
                self._refuse(read, reader)
            self._push(reader, Taint("ending", taint.element))
        elif isinstance(reader, f.Within) and form is reader.base and reader.name == "apply" and taint.sort == "module":
            self._push(reader, taint)
        elif taint.sort == "value":
            self._value_read(read, form, reader, taint)
        elif isinstance(reader, (f.Compare, f.Boolean, f.Unary)):
            return  # `if model is None`
        else:
            self._refuse(read, reader)

    def _value_read(self, read: Read, form: f.Form, reader: f.Form, taint: Taint) -> None:
        if taint.element is not None:
            if isinstance(reader, f.Unpacked) and not reader.from_end:
                if reader.index == taint.element:
                    self._push(reader, VALUE)
                return
            if isinstance(reader, f.Item) and isinstance(f.bare(reader.key), f.Const):
                if f.bare(reader.key).value == taint.element:  # type: ignore[attr-defined]
                    self._push(reader, VALUE)
                return
            self._refuse(read, reader)
        if isinstance(reader, f.Item) and form is reader.base:
            key = f.bare(reader.key)
            single = isinstance(key, f.Const) and isinstance(key.value, int) and not taint.part
            whole = isinstance(key, f.Slice)
            self._push(reader, taint if whole else Taint("value", None, "row" if single else "column"))
        else:
            self._refuse(read, reader)

    def _arranged(self, read: Read, call: f.Call, name: str, first: int, taint: Taint) -> None:
        """An argmax or its like, whose dimension is the argument `first`, has to run along the classes."""
        if self._by_element or name not in ARRANGED:
            return
        given = [each for each in call.arguments if not each.keyword and not each.star]
        named = next((each.form for each in call.arguments if each.keyword in ("dim", "axis")), None)
        form = named if named is not None else given[first].form if len(given) > first else None
        dim = _number(form) if form is not None else (-1 if name in ("topk", "sort", "argsort") else None)
        if taint.part == "row" and dim in (None, 0, -1):
            return
        if taint.part or dim not in OF_CLASSES:
            self._refuse(read, call)

    @staticmethod
    def _is_returned(read: Read, reader: f.Sequence) -> bool:
        if reader.sort != "tuple" or any(reader.starred):
            return False
        return all(isinstance(each, (f.Result, f.Named)) for each in read.readers.get(reader, ()))

    # ---------------------------------------------------------------- attributes and calls

    def _attribute(self, read: Read, reader: f.Attr, taint: Taint) -> None:
        name = reader.name
        if taint.sort == "value":
            if taint.element is not None:
                self._refuse(read, reader)
            if name in ASIDE:
                return
            if name == "data" or (name in ("T", "mT") and name in self._passing):
                self._push(reader, taint)
                return
            for call in read.readers.get(reader, ()):
                if not isinstance(call, f.Call) or call.function is not reader:
                    self._refuse(read, reader)
                elif name in self._passing:
                    self._push(call, taint)
                elif name in OUTER:
                    self._outer(read, call, name, taint)
                elif name in WITH_INDICES:
                    self._arranged(read, call, name, 1 if name == "topk" else 0, taint)
                    self._with_indices(read, call, bool(call.arguments))
                elif name not in ORDERED:
                    self._refuse(read, call)
                else:
                    self._arranged(read, call, name, 0, taint)
        elif taint.sort in SEVERAL:
            if name != "append":
                self._refuse(read, reader)
        else:
            if name in ("forward", "__call__", "module"):
                self._push(reader, taint)
            elif name in ITSELF:
                for call in read.readers.get(reader, ()):
                    if isinstance(call, f.Call) and call.function is reader:
                        self._push(call, taint)

    def _with_indices(self, read: Read, call: f.Form, gives_both: bool) -> None:
        """`values, indices = x.max(1)`: nobody may read the values."""
        if not gives_both:
            self._refuse(read, call)
        for reader in read.readers.get(call, ()):
            if isinstance(reader, f.Named):
                self._with_indices(read, reader, True)
                continue
            index = None
            if isinstance(reader, f.Unpacked) and not reader.from_end:
                index = reader.index
            elif isinstance(reader, f.Item) and isinstance(f.bare(reader.key), f.Const):
                index = f.bare(reader.key).value  # type: ignore[attr-defined]
            elif isinstance(reader, f.Attr) and reader.name == "indices":
                index = 1
            if index in (1, -1) or (index == 0 and not _is_read(read, reader)):
                continue
            self._refuse(read, reader)

    def _called(self, read: Read, form: f.Form, call: f.Call, taint: Taint) -> None:
        if form is call.function:
            if taint.sort == "value":
                self._refuse(read, call)
            elif taint.sort == "loss":
                place = read.place(call)
                if place not in self._known:
                    self._refuse(read, call, "another call of the same loss stands there")
                self.reached.add(place)
            else:
                self._push(call, Taint("value", taint.element))
            return
        place = read.place(call)
        if taint.sort == "value" and taint.element is None and place in self._known:
            self.reached.add(place)
            return
        name = call.callee_name
        if name in HARMLESS and isinstance(f.bare(call.function), f.Global):
            return
        if taint.sort != "value" and (name in SHOWING or (name in TRAINING and _uses_lightning(read.unit.file))):
            return
        if taint.sort == "module" and name == "append" and call in read.graph.statements:
            return  # the list that it is put into is followed
        value = self._sight.callee(call)
        if isinstance(value, ObjectV) and taint == VALUE and value.name.rpartition(".")[2] in OUTER:
            self._outer(read, call, value.name.rpartition(".")[2], taint)
            return
        if isinstance(value, ExternalV):
            self._given_outside(read, form, call, value.name, taint)
            return
        if taint.sort == "value" and name in ("add_scalar", "zero_grad"):
            self._refuse(read, call)
        for target, shift in self._parameters_of(value):
            self._push_parameter(read, form, call, target, shift, taint)
            return
        self._refuse(read, call)

    def _outer(self, read: Read, call: f.Call, name: str, taint: Taint) -> None:
        """Another activation on top: what it gives is followed in the place of what it is given."""
        if taint.part:
            self._refuse(read, call)
        self._by_element = self._by_element and OUTER[name]
        self._push(call, taint)

    def _given_outside(self, read: Read, form: f.Form, call: f.Call, name: str, taint: Taint) -> None:
        last = name.rpartition(".")[2]
        first = bool(call.arguments) and call.arguments[0].form is form
        if taint.sort == "value" and taint.element is None and first and name.startswith(("torch.", "numpy.")):
            if last in ORDERED:
                self._arranged(read, call, last, 1, taint)
                return
            if last in WITH_INDICES and name.startswith("torch."):
                self._arranged(read, call, last, 2 if last == "topk" else 1, taint)
                self._with_indices(read, call, len(call.arguments) > 1)
                return
            if last in self._passing:
                self._push(call, taint)
                return
            if last in OUTER:
                self._outer(read, call, last, taint)
                return
        if taint.sort in ("module", "loss") and last in WRAPPERS:
            self._push(call, taint)
            return
        if name == "torch.nn.Sequential" and call.arguments[-1].form is form:
            stars = [each.star for each in call.arguments]
            if (taint.sort == "module" and not any(stars)) or (taint.sort == "ending" and stars[-1] == "*"):
                self._push(call, Taint("module", taint.element))
                return
        self._refuse(read, call)

    def _parameters_of(self, value: Value) -> Iterator[tuple[f.Graph, int]]:
        """The function that a call runs, and how many of its parameters the caller does not give."""
        classes = self._sight.evaluator.classes
        if isinstance(value, FunctionV):
            yield value.graph, 1 if value.bound is not None else 0
        elif isinstance(value, (ClassV, InstanceV)):
            cls = value if isinstance(value, ClassV) else value.cls
            for name in ("__init__",) if isinstance(value, ClassV) else ("__call__", "forward"):
                found = classes.method(cls, name)
                if found is not None:
                    unit = found[0].file.function(found[1].qualname)
                    if unit is not None:
                        yield unit.graph(), 1

    def _push_parameter(
        self, read: Read, form: f.Form, call: f.Call, target: f.Graph, shift: int, taint: Taint
    ) -> None:
        """Go on with the parameter that an argument becomes."""
        if any(argument.star for argument in call.arguments):
            self._refuse(read, call)
        there = self._sight.read(target.unit.file, target.unit.qualname)
        graph = next((each for each in there.graphs() if each.name == target.name), there.graph)
        listed = [each.name for each in graph.parameters if not each.sort and not each.keyword_only]
        by_name = {each.name for each in graph.parameters if not each.sort}
        position = 0
        for argument in call.arguments:
            name = argument.keyword
            if not name:
                name = listed[position + shift] if position + shift < len(listed) else ""
                position += 1
            if argument.form is not form:
                continue
            if name not in by_name:
                self._refuse(read, call)
            for each in there.forms:
                if isinstance(each, f.Param) and each.name == name:
                    self._push(each, taint)


def _picked(read: Read, sequence: f.Sequence, form: f.Form) -> list[f.Form] | None:
    """Of a tuple that is unpacked where it is written (`a, b = x, y`), the parts that a form becomes; None for any
    other tuple."""
    readers = read.readers.get(sequence, ())
    if not readers or any(sequence.starred):
        return None
    found: list[f.Form] = []
    for reader in readers:
        if not isinstance(reader, f.Unpacked) or reader.from_end or reader.count != len(sequence.elements):
            return None
        if sequence.elements[reader.index] is form:
            found.append(reader)
    return found


def _number(form: f.Form) -> object:
    """A number that is written out, with its sign."""
    form = f.bare(form)
    if isinstance(form, f.Unary) and form.operator == "-":
        inner = f.bare(form.operand)
        return -inner.value if isinstance(inner, f.Const) and isinstance(inner.value, int) else ""
    return form.value if isinstance(form, f.Const) else ""


def _is_read(read: Read, form: f.Form) -> bool:
    """Whether anybody reads a form; that a name keeps it behind a loop or a branch is no reading."""
    pending, seen = [form], {form}
    while pending:
        for reader in read.readers.get(pending.pop(), ()):
            if not isinstance(reader, (f.Carried, f.LoopOut, f.Choice)):
                return True
            if reader not in seen:
                seen.add(reader)
                pending.append(reader)
    return False


def _uses_lightning(file: File) -> bool:
    return any("lightning" in module for module, _ in file.index.imported)
