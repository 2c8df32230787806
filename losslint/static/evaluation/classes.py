"""Classes of the project: their bases in order, their methods, their subclasses."""

from __future__ import annotations

import re

from losslint.static.evaluation.values import ClassV
from losslint.static.files.file import File
from losslint.static.files.imports import Bound
from losslint.static.files.index import ClassDefinition, Definition
from losslint.static.files.mentions import may_be_called, may_be_handed_on, may_be_renamed, may_be_returned
from losslint.static.files.project import Project
from losslint.static.lowering.forms import Graph

#: Subclasses that are looked at when a base class's method is read by itself.
MOST_SUBCLASSES = 24

#: Bases that call none of their subclasses' methods but those of CALLED_BY_TORCH.
FRAMELESS = frozenset({"object", "torch.nn.Module", "torch.nn.modules.Module", "torch.nn.modules.module.Module"})

#: Bases that set no attributes of a program's own.
BARE = FRAMELESS | {"abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"}

#: With these, bases of frameworks that set attributes of their own (`hparams`, `trainer`), and none under the names
#: that models, losses and layers are kept under.
OF_FRAMEWORKS = BARE | {
    "pytorch_lightning.LightningModule", "pytorch_lightning.core.LightningModule", "lightning.LightningModule",
    "pytorch_lightning.core.lightning.LightningModule", "lightning.pytorch.LightningModule",
    "lightning.pytorch.core.LightningModule", "torch.jit.ScriptModule",
}  # fmt: skip

#: Methods of `nn.Module` that torch calls, or everybody who has a module.
CALLED_BY_TORCH = frozenset(
    {
        "forward", "train", "eval", "apply", "to", "cuda", "cpu", "type", "float", "half", "double", "requires_grad_",
        "extra_repr", "reset_parameters", "state_dict", "load_state_dict", "_load_from_state_dict", "_apply",
        "_save_to_state_dict", "_get_name", "_init_weights", "zero_grad", "compile", "share_memory",
        "get_extra_state", "set_extra_state",
    }
)  # fmt: skip


class Classes:
    """Answers questions about classes, each once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._orders: dict[tuple[str, str], tuple[ClassV | str, ...]] = {}
        self._overriding: dict[tuple[str, str, str], bool] = {}
        self._beside: dict[tuple[str, str, str], bool] = {}
        self._subclasses: dict[tuple[str, str], tuple[ClassV, ...]] = {}
        self._only: dict[tuple[str, str], tuple[ClassV, ...]] = {}
        self._called: dict[tuple[str, str, str], bool] = {}
        #: classes that functions derive from one that they are given
        self.of_factories: dict[tuple[str, str], tuple[ClassDefinition, ...]] = {}

    def resolve(self, file: File, dotted: str) -> Bound:
        """What a dotted name means in a file's module part."""
        first, *rest = dotted.split(".")
        bound = self.project.imports.module_name(file, first)
        for name in rest:
            if isinstance(bound, str):
                bound = f"{bound}.{name}"
            elif isinstance(bound, File):
                bound = self.project.imports.module_name(bound, name)
            elif isinstance(bound, tuple) and f"{bound[1]}.{name}" in bound[0].index.classes:
                bound = (bound[0], f"{bound[1]}.{name}")
            else:
                return None
        return bound

    def order(self, cls: ClassV) -> tuple[ClassV | str, ...]:
        """The class and its bases in the order in which attributes are looked up; outside bases by name."""
        known = self._orders.get(cls.key)
        if known is None:
            self._orders[cls.key] = (cls,)  # a class that is its own base ends here
            order: list[ClassV | str] = [cls]
            keys = {cls.key}
            for dotted in cls.definition.bases:
                for base in self._base(cls.file, cls.definition, dotted):
                    if isinstance(base, str):
                        if base not in order:
                            order.append(base)
                        continue
                    if base.key in keys:
                        # A base of several bases comes after all of them.
                        order = [o for o in order if isinstance(o, str) or o.key != base.key]
                    keys.add(base.key)
                    order.append(base)
            known = self._orders[cls.key] = tuple(order)
        return known

    def _base(self, file: File, definition: ClassDefinition, dotted: str) -> tuple[ClassV | str, ...]:
        if not dotted:
            return ("?",)
        if dotted == definition.name:
            # `class Net(Net): …` goes on where the class of that name above it ended.
            earlier = [
                qualname
                for row, (name, qualname) in sorted(file.index.repeated.items())
                if name == dotted and row < definition.first and qualname in file.index.classes
            ]
            if earlier:
                return self.order(ClassV(file, file.index.classes[earlier[-1]]))
        bound = self.resolve(file, dotted)
        if bound is None:
            # A class of the same function or class body
            scope = definition.qualname.rpartition(".")[0]
            if scope and f"{scope}.{dotted}" in file.index.classes:
                return self.order(ClassV(file, file.index.classes[f"{scope}.{dotted}"]))
            return (dotted,) if dotted == "object" else (f"?{dotted}",)
        if isinstance(bound, str):
            from losslint.contracts.lookup import canonical

            return (canonical(bound),)
        if isinstance(bound, tuple) and bound[1] in bound[0].index.classes:
            return self.order(ClassV(bound[0], bound[0].index.classes[bound[1]]))
        return (f"?{dotted}",)

    def method(self, cls: ClassV, name: str, after: ClassV | None = None) -> tuple[ClassV, Definition] | None:
        """Where a method is found, starting behind `after` (for `super()`)."""
        found = after is None
        for base in self.order(cls):
            if isinstance(base, str):
                continue
            if not found:
                found = after is not None and base.key == after.key
                continue
            method = base.definition.methods.get(name)
            if method is not None:
                return base, method
        return None

    def graph(self, cls: ClassV, name: str) -> Graph | None:
        """The body of a method that a class has, None where it is not of the project or not read."""
        found = self.method(cls, name)
        unit = found[0].file.function(found[1].qualname) if found is not None else None
        return unit.graph() if unit is not None else None

    def outside_bases(self, cls: ClassV) -> tuple[str, ...]:
        """The qualified names of the bases that are not of the project."""
        return tuple(base for base in self.order(cls) if isinstance(base, str))

    def derives(self, cls: ClassV, other: ClassV) -> bool:
        """Whether a class is another one or derives from it."""
        return any(not isinstance(base, str) and base.key == other.key for base in self.order(cls))

    def only_subclasses(self, cls: ClassV) -> tuple[ClassV, ...]:
        """The subclasses that are made somewhere, if the class itself is made nowhere; else nothing."""
        known = self._only.get(cls.key)
        if known is None:
            known = ()
            if not (self._is_made(cls) or self._is_kept(cls)):
                known = tuple(sub for sub in self.subclasses(cls) if self._is_made(sub) or self._is_kept(sub))
            self._only[cls.key] = known
        return known

    def _is_made(self, cls: ClassV) -> bool:
        name = cls.definition.name
        found = [each for each in self.project.mentioning(name) if may_be_handed_on(self.project.data(each), name)]
        # One that makes it is enough: where it seems to be called comes first.
        for each in sorted(found, key=lambda each: not may_be_called(self.project.data(each), name)):
            file = self.project.file(each)
            if file is None:
                continue
            # Handed on, kept in a list or a dict, or asked for by name: it may be made by whoever gets it.
            if name in file.index.calls or f"&{name}" in file.index.calls:
                return True
            if not file.index.aliases({name}).isdisjoint(file.index.calls):
                return True
        return False

    def _is_kept(self, cls: ClassV) -> bool:
        """Whether a class is bound to another name, stands in a list or a dict, or is returned: whoever takes it out of
        there may make it."""
        name = cls.definition.name
        for each in self.project.mentioning(name):
            data = self.project.data(each)
            if not (may_be_handed_on(data, name) or may_be_renamed(data, name) or may_be_returned(data, name)):
                continue
            file = self.project.file(each)
            index = file.index if file is not None else None
            if index is not None and any(
                written in index.taken_as or written in index.returned for written in (name, *index.aliases({name}))
            ):
                return True
        return False

    def may_be_called(self, cls: ClassV, name: str) -> bool:
        """Whether anybody may call a method: the project mentions its name elsewhere, or something outside knows it."""
        key = (*cls.key, name)
        known = self._called.get(key)
        if known is None:
            known = self._called[key] = self._is_known_outside(cls, name) or self._is_mentioned(name)
        return known

    def _is_known_outside(self, cls: ClassV, name: str) -> bool:
        definition = cls.definition.methods.get(name)
        return (
            (name.startswith("__") and name.endswith("__"))
            or name in CALLED_BY_TORCH
            or definition is None
            or any(decorator.rpartition(".")[2] not in ("property", "setter") for decorator in definition.decorators)
            # A framework may call whatever its subclasses define.
            or any(base not in FRAMELESS for base in self.outside_bases(cls))
        )

    def _is_mentioned(self, name: str) -> bool:
        word = re.compile(rb"(def\s+)?\b" + re.escape(name.encode()) + rb"\b")
        return any(
            not match[1] for file in self.project.mentioning(name) for match in word.finditer(self.project.data(file))
        )

    def is_abstract(self, cls: ClassV, name: str) -> bool:
        """Whether a class declares a method that those derived from it have to define."""
        definition = cls.definition.methods.get(name)
        if definition is None or not any(each.endswith("abstractmethod") for each in definition.decorators):
            return False
        return any(name in derived.definition.methods for derived in self.subclasses(cls))

    def overridden(self, cls: ClassV, name: str) -> bool:
        """Whether a subclass that is made has another method (or attribute) of that name; of any subclass, where the
        class itself leaves the method to them."""
        if self.is_abstract(cls, name):
            return True
        return any(
            not isinstance(base, str) and base.key != cls.key and self.derives(base, cls)
            and (name in base.definition.methods or name in base.definition.names)
            for sub in self.only_subclasses(cls)
            for base in self.order(sub)
        )  # fmt: skip

    def may_be_overridden(self, cls: ClassV, name: str) -> bool:
        """Whether a subclass has another method of that name, where no code that is read makes objects of the class or
        of any that is derived from it: whoever does, by a registry or a configuration, may take each of them."""
        key = (*cls.key, name)
        known = self._overriding.get(key)
        if known is None:
            family = (cls, *self.subclasses(cls))
            known = any(name in sub.definition.methods for sub in family[1:]) and not any(map(self._is_made, family))
            self._overriding[key] = known
        return known

    def is_kept_beside(self, cls: ClassV, name: str) -> bool:
        """Whether whoever makes objects of a class takes it, or a subclass that has something else of that name, out
        of a list, a dict or a variable: nobody makes them by the name of the class."""
        key = (*cls.key, name)
        known = self._beside.get(key)
        if known is None:
            held = ((sub, sub.definition) for sub in self.subclasses(cls))
            others = [sub for sub, definition in held if name in definition.methods or name in definition.names]
            known = bool(others) and not self._is_made(cls) and self._is_kept(cls) and any(map(self._is_kept, others))
            self._beside[key] = known
        return known

    def is_set_by_subclasses(self, cls: ClassV, name: str) -> bool:
        """Whether a class derived from one has methods of its own that set an attribute."""
        return any(name in sub.definition.stores for sub in self.subclasses(cls))

    def subclasses(self, cls: ClassV) -> tuple[ClassV, ...]:
        """The classes of the project that derive from one, nearest files first."""
        known = self._subclasses.get(cls.key)
        if known is None:
            found: list[ClassV] = []
            pending = [cls]
            seen = {cls.key}
            while pending and len(found) < MOST_SUBCLASSES:
                here = pending.pop(0)
                bases = re.compile(rb"class\s+\w+\s*\([^)]{0,2000}\b" + here.definition.name.encode() + rb"\b")
                for name in self.project.mentioning(here.definition.name):
                    if bases.search(self.project.data(name)) is None:
                        continue
                    file = self.project.file(name)
                    if file is None:
                        continue
                    for definition in file.index.classes.values():
                        if not any(base.rpartition(".")[2] == here.definition.name for base in definition.bases):
                            continue
                        sub = ClassV(file, definition)
                        if sub.key not in seen and self.derives(sub, here):
                            seen.add(sub.key)
                            found.append(sub)
                            pending.append(sub)
            known = self._subclasses[cls.key] = tuple(found[:MOST_SUBCLASSES])
        return known
