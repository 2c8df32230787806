"""What is kept of one file: what it defines, imports and calls."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

MODULE = ""  # the qualified name of a file's module part

#: Keywords under which processes and their like are given the function that they call.
PASSED_AS = frozenset({"target", "fn", "func", "function"})

#: What calls the function that it is given for each item of what it is given besides, and the module that has it.
APPLYING = {"map": "", "starmap": "itertools", "reduce": "functools"}

#: The name of an attribute, or of a variable, that the program works out.
SOME_NAME = "*"

#: What stands for the class of an object among the names that attributes are set on.
OWN_CLASS = "type(self)"


@dataclass(slots=True)
class Definition:
    """A function, method or class. Rows count from 1; `first` includes the decorators."""

    name: str
    qualname: str
    first: int
    last: int
    decorators: tuple[str, ...] = ()
    owner: str = ""  # the qualified name of the class that a method belongs to
    parameters: tuple[str, ...] = ()  # those that take arguments by their place


@dataclass(slots=True)
class ClassDefinition(Definition):
    """A class: its bases as dotted names ("" for one that is not a plain name), and what its body holds."""

    bases: tuple[str, ...] = ()
    methods: dict[str, Definition] = field(default_factory=dict)
    #: names bound by the class body itself
    names: set[str] = field(default_factory=set)
    #: annotated names in order: the fields of a dataclass or NamedTuple, and whether each has a default
    fields: dict[str, bool] = field(default_factory=dict)
    #: which methods bind an attribute of their first argument
    stores: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Import:
    """`from module import attribute` (attribute "" for `import module`), `level` dots in front."""

    module: str
    attribute: str
    level: int


@dataclass(slots=True)
class Index:
    """What is kept of a file."""

    functions: dict[str, Definition] = field(default_factory=dict)
    classes: dict[str, ClassDefinition] = field(default_factory=dict)
    #: module-level names: a definition's qualname, an import, or "" for one that statements bind
    names: dict[str, str | Import] = field(default_factory=dict)
    star_imports: list[Import] = field(default_factory=list)
    #: every module that is imported anywhere in the file
    imported: set[tuple[str, int]] = field(default_factory=set)
    #: name of a callee (its last part) to the qualnames of the units that call it
    calls: dict[str, dict[str, None]] = field(default_factory=dict)
    #: names that a call's result is bound to or passed under, alone or among others, by the callee's name; none where
    #: it is passed without a name, in a list that stands in the call
    held_as: dict[str, set[str]] = field(default_factory=dict)
    #: names that what has a name, or an item of it, is bound to as well: `step = self.train_step`, `for loss in losses`
    taken_as: dict[str, set[str]] = field(default_factory=dict)
    #: names of the module to those of the functions that return what has them, or an item of it
    returned: dict[str, set[str]] = field(default_factory=dict)
    #: callees that are given what a class makes by its place, or a parameter that is handed on to a class, and the
    #: places, by the name of the class or of the parameter: `Trainer(net, nn.CrossEntropyLoss())`
    given_to: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    #: names of parameters, and of what they are bound to, that something is called by
    called_parameters: set[str] = field(default_factory=set)
    #: rows of the definitions that the module part leaves out
    blanked: list[tuple[int, int]] = field(default_factory=list)
    #: definitions of names that are defined more than once, by their first row: a later one counts from there on
    repeated: dict[int, tuple[str, str]] = field(default_factory=dict)
    #: names that functions bind with `global`, and the functions' qualnames
    globals_bound: dict[str, set[str]] = field(default_factory=dict)
    #: attributes that are set on what may be a module or a class (`settings.FLAG = …`, `setattr(Net, "forward", …)`),
    #: and the dotted names that they are set on; under SOME_NAME those whose name is worked out
    set_on: dict[str, set[str]] = field(default_factory=dict)
    #: names of which something is changed (`settings.x = …`, `model.layers[0] = …`), and the units that do it
    changed: dict[str, set[str]] = field(default_factory=dict)
    #: names of the module part that are bound by their name (`globals()["x"] = …`); SOME_NAME for any (`exec(…)`)
    bound_by_name: set[str] = field(default_factory=set)

    def aliases(self, names: Collection[str]) -> set[str]:
        """The other names under which the file imports what has one of these names."""
        return {
            alias
            for alias, bound in self.names.items()
            if isinstance(bound, Import) and bound.attribute in names and bound.attribute != alias
        }
