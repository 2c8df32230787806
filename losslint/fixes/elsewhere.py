"""Where what is followed goes on in other functions, attributes and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from losslint.fixes.sight import Read, Sight
from losslint.fixes.syntax import NoFix
from losslint.fixes.taints import HARMLESS, PLAIN_DECORATORS, Taint
from losslint.static.evaluation.values import ClassV
from losslint.static.files.file import File
from losslint.static.files.index import Import
from losslint.static.lowering import forms as f


class Elsewhere:
    """The part of a search that crosses from one function to another. `push` goes on with a form, `refuse` ends the
    search at one."""

    def __init__(
        self, sight: Sight, push: Callable[[f.Form, Taint], None], refuse: Callable[[Read, f.Form, str], None]
    ) -> None:
        self._sight = sight
        self._push = push
        self._refuse_at = refuse
        self._done: set[tuple[object, Taint]] = set()
        self._calls = 0  # of functions that return what is followed

    def _refuse(self, read: Read, form: f.Form, said: str = "") -> None:
        self._refuse_at(read, form, said)

    def returned(self, read: Read, result: f.Result, taint: Taint) -> None:
        """What a function returns goes on at each of its calls."""
        graph = read.graph_of(result)
        if graph is None:
            self._refuse(read, result)
            return
        key = (id(graph), taint)
        if key in self._done:
            return
        self._done.add(key)
        made = taint  # what a call of the function gives
        before = self._calls
        if graph.outer is not None:
            for form in read.forms:
                if isinstance(form, f.Function) and form.graph is graph:
                    self._callable(form, made)
            if self._calls == before:
                self._refuse(read, result, "who calls the function that returns it is not known")
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
        if self._calls == before:
            self._refuse(read, result, "who calls the function that returns it is not known")

    def _callable(self, form: f.Form, made: Taint) -> None:
        """Every call of something that is a function gives what is followed."""
        read = self._sight.of(form)
        for reader in read.readers.get(form, ()):
            if isinstance(reader, (f.Named, f.Outer, f.Choice, f.Carried, f.LoopOut)):
                self._callable(reader, made)
            elif isinstance(reader, f.Call) and reader.function is form:
                self._calls += 1
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

    def kept(self, read: Read, form: f.SetAttr, taint: Taint) -> None:
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

    def in_module(self, read: Read, form: f.Form, taint: Taint) -> None:
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
            bound = project.imports.module_name(file, form.name)
        elif isinstance(form, f.Imported):
            if form.attribute not in names:
                return False
            bound = project.imports.imported(file, Import(form.module, form.attribute, form.level))
        elif isinstance(form, f.Defined):
            bound = (file, form.qualname)
        elif isinstance(form, f.Attr) and form.name in names:
            base = f.bare(form.base)
            if isinstance(base, f.Imported):
                module = project.imports.imported(file, Import(base.module, base.attribute, base.level))
            elif isinstance(base, f.Global):
                module = project.imports.module_name(file, base.name)
            else:
                return False
            bound = project.imports.module_name(module, form.name) if isinstance(module, File) else None
        else:
            return False
        if isinstance(bound, tuple):
            return bound[0].name == home.name and bound[1].removeprefix("=") == original
        return bound is None and not isinstance(form, f.Attr)


def _module_parts(file: File) -> set[str]:
    """The names under which a file, or a package that it is in, can be imported."""
    return {part for part in file.name.removesuffix(".py").split("/") if part.isidentifier() and part != "__init__"}


def _root(form: f.Form) -> f.Form:
    """What a form was before attributes of it were set."""
    while isinstance(form, (f.Named, f.SetAttr, f.Mutated, f.Within, f.Outer)):
        form = form.base if isinstance(form, (f.SetAttr, f.Mutated, f.Within)) else form.form
    return form


def _is_self(read: Read, form: f.Form) -> bool:
    """Whether a form is the object that a method is called on."""
    parameters = read.graph.parameters
    return bool(read.unit.owner) and isinstance(form, f.Param) and bool(parameters) and form.name == parameters[0].name
