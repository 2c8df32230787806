"""What is found out of a project once, and holds in every world: kept by whoever finds it, for whoever asks next."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from losslint.static.evaluation.frames import Frame
    from losslint.static.evaluation.outsiders import Setting
    from losslint.static.evaluation.sites import Caller
    from losslint.static.evaluation.testing import Rows
    from losslint.static.evaluation.values import ClassV, DictV, InstanceV, Lazy
    from losslint.static.lowering import forms as f
    from losslint.static.lowering.units import Unit
    from losslint.vocabulary.shapes import Shape


class Notes:
    """The notes of one evaluator. Each part of the interpreter writes its own, and no one else changes them."""

    def __init__(self) -> None:
        # Functions, and who calls them
        #: frames of functions, by the call and what is given there
        self.frames: dict[Hashable, Frame] = {}
        #: the call sites of functions; of constructors, also by the class that is made
        self.callers: dict[tuple[f.Graph, tuple[str, str] | None], tuple[Caller, ...]] = {}
        #: functions that more callers give something to than are looked at
        self.crowded: set[f.Graph] = set()
        #: what pytest gives tests, by the names of their parameters
        self.parametrized: dict[f.Graph, dict[str, Rows]] = {}
        #: whether calls stand under conditions that the runs decide
        self.hanging: dict[tuple[f.Call, Frame], bool] = {}
        #: call sites that have been asked about, and whether what they stand under is known not to hold
        self.dead: dict[tuple[f.Call, Frame], bool] = {}
        #: whether a method is never run on an object, by the call that makes the object
        self.outsiders: dict[Hashable, list[Setting]] = {}
        #: whether a method is never run on what a call makes, as far as the place shows where that is done
        self.apart: dict[tuple[f.Form, f.Graph], bool] = {}

        # Classes, and their objects
        #: the constructors that run when an object is made, its own first
        self.inits: dict[Hashable, list[tuple[ClassV, Frame]]] = {}
        #: an object of each class that is made by code which is not read
        self.strangers: dict[Hashable, InstanceV] = {}
        #: the classes that share objects with a class, by its file and name
        self.families: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
        #: by the key of a class, and an attribute: whether its constructor puts something into what a base has made
        self.adds_to: dict[tuple[Hashable, str], bool] = {}

        # Attributes
        #: what objects are whose attributes were set, by form and loop
        self.same: dict[tuple[f.Form, f.Loop | None], f.Form | None] = {}
        #: whether attributes are set on the way to a form
        self.touched: dict[tuple[f.Form, str], bool] = {}
        #: the objects that constructors leave, and whether they make an attribute of what it was before
        self.goes_on: dict[tuple[f.Form, str], bool] = {}
        #: the objects that functions leave, and attributes that they compute from what those were before
        self.works_on: dict[tuple[f.Form, str], bool] = {}
        #: the attributes that functions set under names which they work out
        self.worked_out: dict[f.Graph, list[tuple[f.Call, f.Form | None, f.Form]]] = {}
        #: the attributes that functions always read, by what they read them of
        self.read_of: dict[Unit, dict[str, frozenset[str]]] = {}
        #: names of attributes, and whether something in the project reads them
        self.mattering: dict[str, bool] = {}
        #: by the name of an attribute: the functions that set it on what is not their own object
        self.set_by_others: dict[str, frozenset[str]] = {}
        #: whether other functions than one call methods of a name, too
        self.called_elsewhere: dict[tuple[str, Unit], bool] = {}
        #: what methods leave in the attributes of their object; None for what another method sets that they call
        self.sets_of: dict[Hashable, dict[str, f.Left | None]] = {}

        # What calls do to what they are given
        #: the calls of a function that are given a local variable, by the form that is bound to it, with its place
        self.handed: dict[f.Graph, dict[f.Form, list[tuple[f.Call, int]]]] = {}
        #: the calls of a function that are given an object, by the object, with its place
        self.handed_on: dict[f.Graph, dict[Hashable, list[tuple[f.Call, int]]]] = {}
        #: the calls of methods in a function, by the object that they are called on
        self.called_on: dict[f.Graph, dict[Hashable, list[f.Call]]] = {}
        #: where a function sets an attribute last on the way to a form; -1 where it does not
        self.written: dict[tuple[f.Form, str], int] = {}
        #: whether a method sets or changes an attribute of its object, itself or by another one
        self.may_write: dict[Hashable, bool] = {}

        # Names of modules
        #: the functions of a file that bind a variable of the module anew, or change it
        self.changing: dict[tuple[str, str], set[str]] = {}
        #: constants of modules, and whether they are bound anew elsewhere
        self.flags: dict[tuple[str, str], bool] = {}
        #: what modules hold to choose from, by their file and the function of it that chooses
        self.namespaces: dict[tuple[str, tuple[str, str] | None], DictV] = {}

        # Registries
        #: what registries hold, by the call that made each
        self.registered: dict[f.Form, dict[object, Lazy]] = {}
        #: where something is looked up under a key that nobody reads, and the classes that it may be, by the question
        self.looked_up_in: dict[Hashable, tuple[f.Graph, tuple[Hashable, ...]]] = {}
        #: those of them that look up another one of them there
        self.wholes: dict[Hashable, frozenset[Hashable]] = {}

        # Tensors
        #: how many dimensions they have, by what each function does with them
        self.ranks: dict[f.Graph, dict[f.Form, Shape]] = {}
