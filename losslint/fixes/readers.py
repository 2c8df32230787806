"""Who reads a value, or calls a module: everybody is found, or the search says who is not understood.

It walks forwards, from the form that makes the value to each form that takes it: through names, functions, attributes
and files. A reader for whom the value may change (a loss that is told of, an argmax, a shape) ends the walk; any other
ends the search with NoFix, at the reader's place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from losslint.fixes.sight import Read, Sight
from losslint.fixes.syntax import NoFix
from losslint.static.evaluation.values import ClassV, ExternalV, FunctionV, InstanceV, Value
from losslint.static.files.index import Import
from losslint.static.files.project import File
from losslint.static.lowering import forms as f
from losslint.vocabulary.places import Place

#: Attributes of a tensor that do not hang on its values.
ASIDE = frozenset({"shape", "dtype", "device", "ndim", "is_cuda", "requires_grad", "grad_fn"})
#: Methods and functions whose result does not change with a monotonous function of what they are called on.
ORDERED = frozenset({"argmax", "size", "dim", "numel", "nelement", "get_device", "is_floating_point", "argsort"})
#: Those that give values and indices: the indices stay.
WITH_INDICES = frozenset({"max", "topk", "sort"})
#: Methods and functions that hand on the values as they are.
PASSING = frozenset(
    {
        "view", "reshape", "squeeze", "unsqueeze", "flatten", "permute", "transpose", "contiguous", "clone", "detach",
        "cpu", "cuda", "to", "float", "double", "half", "type", "type_as", "data", "t", "T", "view_as", "reshape_as",
        "numpy", "expand", "expand_as", "swapaxes", "movedim", "requires_grad_", "retain_grad",
    }
)  # fmt: skip
#: What a module hands on when it is asked for itself.
ITSELF = frozenset(
    {"to", "cuda", "cpu", "train", "eval", "float", "double", "half", "requires_grad_", "share_memory", "apply"}
    | {"module", "forward", "__call__", "type", "bfloat16"}
)
#: Wrappers that keep the module.
WRAPPERS = frozenset({"DataParallel", "DistributedDataParallel", "compile", "deepcopy", "script", "copy", "DDP"})
#: Functions that do not call what they are given, and do not read its values.
HARMLESS = frozenset({"isinstance", "type", "id", "len", "hasattr", "super", "issubclass", "callable", "repr", "str"})
#: Functions that show a module or a loss, or count what it holds.
SHOWING = frozenset({"print", "summary", "watch", "info", "count_parameters"})
#: What a trainer of Lightning is told: it calls the steps of the module, which are read.
TRAINING = frozenset({"fit", "validate", "test"})
#: Decorators that leave a function what it is.
PLAIN_DECORATORS = frozenset(
    {"staticmethod", "classmethod", "no_grad", "inference_mode", "override", "abstractmethod", "wraps", "enable_grad"}
)
#: Steps of one search.
MOST_STEPS = 4_000


@dataclass(frozen=True)
class Taint:
    """What is followed: a `value` (or the element of a tuple that is one), a `module` whose calls give the value, a
    `loss` whose calls are asked for. Calls of a module give a value, or a tuple whose `element` is one."""

    sort: str
    element: int | None = None


VALUE, MODULE, LOSS = Taint("value"), Taint("module"), Taint("loss")


class Readers:
    """One search. `known` are the places of the loss calls that may be reached; `reached` those that were."""

    def __init__(self, sight: Sight, known: Iterable[Place], purpose: str) -> None:
        self._sight = sight
        self._known = frozenset(known)
        self._purpose = purpose
        self.reached: set[Place] = set()
        self._seen: set[tuple[f.Form, Taint]] = set()
        self._done: set[tuple[object, Taint]] = set()
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
            self._global(read, form, taint)
            readers = read.readers.get(form, ())
            if not readers and isinstance(form, f.Named) and taint.sort != "module":
                self._refuse(read, form)
            if read.unit.file.source.cells and taint.sort == "value" and form in read.graph.statements:
                self._refuse(read, form)  # a cell shows what its last expression gives
            for reader in readers:
                self._step(read, form, reader, taint)

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
            self._returned(read, reader, taint)
        elif isinstance(reader, f.Sequence) and self._is_returned(read, reader) and taint == VALUE:
            self._push(reader, Taint("value", next(i for i, each in enumerate(reader.elements) if each is form)))
        elif isinstance(reader, f.SetAttr):
            if form is reader.base:
                self._push(reader, taint)
            else:
                self._kept(read, reader, taint)
        elif isinstance(reader, f.Call):
            self._called(read, form, reader, taint)
        elif isinstance(reader, f.Attr):
            self._attribute(read, reader, taint)
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
            self._push(reader, taint)
        else:
            self._refuse(read, reader)

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
            if name in ("data", "T", "mT"):
                self._push(reader, taint)
                return
            for call in read.readers.get(reader, ()):
                if not isinstance(call, f.Call) or call.function is not reader:
                    self._refuse(read, reader)
                elif name in PASSING:
                    self._push(call, taint)
                elif name in WITH_INDICES:
                    self._with_indices(read, call, bool(call.arguments))
                elif name not in ORDERED:
                    self._refuse(read, call)
        else:
            if name in ("forward", "__call__", "module"):
                self._push(reader, taint)
            elif name in ITSELF:
                for call in read.readers.get(reader, ()):
                    if isinstance(call, f.Call) and call.function is reader:
                        self._push(call, taint)

    def _with_indices(self, read: Read, call: f.Call, gives_both: bool) -> None:
        """`values, indices = x.max(1)`: nobody may read the values."""
        if not gives_both:
            self._refuse(read, call)
        for reader in read.readers.get(call, ()):
            if isinstance(reader, f.Named):
                self._with_indices(read, reader, True)  # type: ignore[arg-type]
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
        if taint == VALUE and place in self._known:
            self.reached.add(place)
            return
        name = call.callee_name
        if name in HARMLESS and isinstance(f.bare(call.function), f.Global):
            return
        if taint.sort != "value" and (name in SHOWING or (name in TRAINING and _uses_lightning(read.unit.file))):
            return
        value = self._sight.callee(call)
        if isinstance(value, ExternalV):
            self._given_outside(read, form, call, value.name, taint)
            return
        if taint.sort == "value" and name in ("add_scalar", "zero_grad"):
            self._refuse(read, call)
        for target, shift in self._parameters_of(value):
            self._push_parameter(read, form, call, target, shift, taint)
            return
        self._refuse(read, call)

    def _given_outside(self, read: Read, form: f.Form, call: f.Call, name: str, taint: Taint) -> None:
        last = name.rpartition(".")[2]
        first = bool(call.arguments) and call.arguments[0].form is form
        if taint == VALUE and first and name.startswith(("torch.", "numpy.")):
            if last in ORDERED:
                return
            if last in WITH_INDICES and name.startswith("torch."):
                self._with_indices(read, call, len(call.arguments) > 1)
                return
            if last in PASSING:
                self._push(call, taint)
                return
        if taint.sort in ("module", "loss") and last in WRAPPERS:
            self._push(call, taint)
            return
        if taint.sort == "module" and name == "torch.nn.Sequential":
            if call.arguments[-1].form is form and not any(each.star for each in call.arguments):
                self._push(call, taint)
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

    # ---------------------------------------------------------------- across functions

    def _returned(self, read: Read, result: f.Result, taint: Taint) -> None:
        graph = read.graph_of(result)
        if graph is None:
            self._refuse(read, result)
            return
        key = (id(graph), taint)
        if key in self._done:
            return
        self._done.add(key)
        made = taint  # what a call of the function gives
        if graph.outer is not None:
            for form in read.forms:
                if isinstance(form, f.Function) and form.graph is graph:
                    self._callable(form, made)
            return
        unit = read.unit
        definition = unit.file.index.functions.get(unit.qualname)
        if definition is None or any(each.rpartition(".")[2] not in PLAIN_DECORATORS for each in definition.decorators):
            self._refuse(read, result, "a decorator decides what the function gives")
            return
        if not definition.owner:
            self._references(unit.file, definition.name, made)
        elif definition.name in ("forward", "__call__"):
            if made.sort != "value":
                self._refuse(read, result)
            self._instances(unit.file, definition.owner, definition.name, Taint("module", made.element))
        else:
            self._method(unit.file, definition.owner, definition.name, made)

    def _callable(self, form: f.Form, made: Taint) -> None:
        """Every call of something that is a function gives what is followed."""
        read = self._sight.of(form)
        for reader in read.readers.get(form, ()):
            if isinstance(reader, (f.Named, f.Outer, f.Choice, f.Carried, f.LoopOut)):
                self._callable(reader, made)
            elif isinstance(reader, f.Call) and reader.function is form:
                self._push(reader, made)
            elif not (
                (isinstance(reader, f.Attr) and reader.name in ("__name__", "__doc__"))
                or (isinstance(reader, f.Call) and reader.callee_name in HARMLESS)
            ):
                self._refuse(read, reader)

    def _files(self, word: str, home: File) -> Iterator[File]:
        """The files that mention something of a file. One that cannot be read may do anything, if it can know it."""
        project = self._sight.project
        known_as = [part.encode() for part in _module_parts(home)]
        for name in project.mentioning(word):
            file = project.file(name)
            if file is not None:
                yield file
            elif any(part in project.data(name) for part in known_as):
                raise NoFix(f"{project.tree.shown(name)} mentions `{word}` and cannot be read")

    def _references(self, home: File, name: str, made: Taint) -> None:
        """Everything that is done with a function of the module part, or a class, in the whole project."""
        for file in self._files(name, home):
            names = {name, *file.index.aliases({name})}
            for word in sorted(names):
                for read in self._sight.mentioning(file, word):
                    for form in read.forms:
                        if self._means(form, names, home, name):
                            self._callable(form, made)

    def _instances(self, home: File, owner: str, method: str, taint: Taint) -> None:
        """Everything that is done with the objects of a class whose call is followed."""
        classes = self._sight.evaluator.classes
        definition = home.index.classes.get(owner)
        if definition is None:
            raise NoFix(f"`{owner}` is not found")
        cls = ClassV(home, definition)
        for each in (cls, *classes.subclasses(cls)):
            found = classes.method(each, method)
            if found is None or found[0].key != cls.key:
                raise NoFix(f"`{each.definition.name}` builds upon it", each.file.source.place(each.definition.first))
            if each.definition.decorators:
                place = each.file.source.place(each.definition.first)
                raise NoFix(
                    f"`{each.definition.name}` is registered by a decorator, under which anybody may use it", place
                )
            self._references(each.file, each.definition.name, taint)
            for part in (*classes.order(each),):
                if isinstance(part, ClassV):
                    for read in self._sight.methods(part.file, part.definition.qualname):
                        for form in read.forms:
                            if isinstance(form, f.Param) and _is_self(read, form):
                                self._push(form, taint)

    def _method(self, home: File, owner: str, name: str, made: Taint) -> None:
        """Every call of a method by its name, on whatever may be an object of the class."""
        definition = home.index.classes.get(owner)
        if definition is None:
            raise NoFix(f"`{owner}` is not found")
        family = self._family(ClassV(home, definition))
        for file in self._files(name, home):
            for read in self._sight.mentioning(file, name):
                for form in read.forms:
                    if isinstance(form, f.Attr) and form.name == name:
                        is_own = _is_self(read, _root(form.base))
                        if (file.name, read.unit.owner) in family or not is_own:
                            self._callable(form, made)

    def _family(self, cls: ClassV) -> set[tuple[str, str]]:
        """A class, those above it and those below."""
        classes = self._sight.evaluator.classes
        family = {each.key for each in (cls, *classes.subclasses(cls))}
        return family | {each.key for each in classes.order(cls) if isinstance(each, ClassV)}

    def _kept(self, read: Read, form: f.SetAttr, taint: Taint) -> None:
        """`self.name = value`: every `.name` of the class's objects goes on from there."""
        owner = read.unit.owner
        base = _root(form.base)
        if not owner or not isinstance(base, f.Param) or not _is_self(read, base):
            self._refuse(read, form)
        key = ((read.unit.file.name, owner, form.name), taint)
        if key in self._done:
            return
        self._done.add(key)
        home = read.unit.file
        definition = home.index.classes.get(owner)
        if definition is None:
            self._refuse(read, form)
            return
        family = self._family(ClassV(home, definition))
        for file in self._files(form.name, home):
            if file is not home and not any(self._mentions(file, key[1].rpartition(".")[2]) for key in family):
                continue
            for each in self._sight.mentioning(file, form.name):
                of_family = (file.name, each.unit.owner) in family
                for attribute in each.forms:
                    if isinstance(attribute, f.Attr) and attribute.name == form.name:
                        is_own = _is_self(each, _root(attribute.base))
                        if of_family or not is_own:
                            self._push(attribute, taint)

    def _mentions(self, file: File, word: str) -> bool:
        return file.name in self._sight.project.mentioning(word)

    def _global(self, read: Read, form: f.Form, taint: Taint) -> None:
        """A name of the module part is read by the functions of its file, and by files that import it."""
        if read.unit.sort != "module":
            return
        names = {name for name, bound in read.graph.bindings.items() if bound is form}
        if isinstance(form, f.Named):
            names.add(form.name)
        home = read.unit.file
        for name in names:
            key = ((home.name, name), taint)
            if key in self._done:
                continue
            self._done.add(key)
            for file in self._files(name, home):
                aliases = {name} if file is home else file.index.aliases({name}) | {name}
                if file is not home and not self._imports(file, home):
                    continue
                for word in sorted(aliases):
                    for each in self._sight.mentioning(file, word):
                        for other in each.forms:
                            if each.unit is not read.unit and self._means(other, aliases, home, name):
                                self._push(other, taint)

    def _imports(self, file: File, home: File) -> bool:
        """Whether a file may import another, as far as its own text says."""
        parts = _module_parts(home)
        imported = {part for module, _ in file.index.imported for part in module.split(".")}
        imported |= {bound.attribute for bound in file.index.names.values() if isinstance(bound, Import)}
        return not parts.isdisjoint(imported)

    def _means(self, form: f.Form, names: set[str], home: File, original: str) -> bool:
        """Whether a form stands for something of the module part of a file, by one of the names that it has."""
        project, file = self._sight.project, form.unit.file
        if isinstance(form, f.Global):
            if form.name not in names:
                return False
            bound = project.module_name(file, form.name)
        elif isinstance(form, f.Imported):
            if form.attribute not in names:
                return False
            bound = project.imported(file, Import(form.module, form.attribute, form.level))
        elif isinstance(form, f.Defined):
            bound = (file, form.qualname)
        elif isinstance(form, f.Attr) and form.name in names:
            base = f.bare(form.base)
            if isinstance(base, f.Imported):
                module = project.imported(file, Import(base.module, base.attribute, base.level))
            elif isinstance(base, f.Global):
                module = project.module_name(file, base.name)
            else:
                return False
            bound = project.module_name(module, form.name) if isinstance(module, File) else None
        else:
            return False
        if isinstance(bound, tuple):
            return bound[0].name == home.name and bound[1].removeprefix("=") == original
        return bound is None and not isinstance(form, f.Attr)


def _module_parts(file: File) -> set[str]:
    """The names under which a file, or a package that it is in, can be imported."""
    return {part for part in file.name.removesuffix(".py").split("/") if part.isidentifier() and part != "__init__"}


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


def _root(form: f.Form) -> f.Form:
    """What a form was before attributes of it were set."""
    while isinstance(form, (f.Named, f.SetAttr, f.Mutated, f.Within, f.Outer)):
        form = form.base if isinstance(form, (f.SetAttr, f.Mutated, f.Within)) else form.form
    return form


def _is_self(read: Read, form: f.Form) -> bool:
    """Whether a form is the object that a method is called on."""
    parameters = read.graph.parameters
    return bool(read.unit.owner) and isinstance(form, f.Param) and bool(parameters) and form.name == parameters[0].name
