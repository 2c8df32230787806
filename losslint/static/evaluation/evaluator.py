"""The abstract interpreter: forces forms to values, on demand, and remembers what it found.

A *world* is a set of answers to open questions (which call site, which branch). What an evaluation found without
asking any question holds in every world and is kept for good; the rest holds in the current world, and in those that
answer the same (`results.py`). So whatever is read of a world has to be noted: what has an answer by `answer`, and
what `equals`, `among` or the whole of `answers` say by a subject in `asked`; what is done to a world, by `does`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from losslint.static.evaluation import (
    branches,
    calls,
    changes,
    effects,
    expressions,
    global_effects,
    handing,
    item_writes,
    items,
    loops,
    object_effects,
    parameters,
    ranks,
    reading,
    rebinding,
    registries,
    texts,
)
from losslint.static.evaluation.classes import Classes
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.patches import Patches
from losslint.static.evaluation.results import (
    FOR_GOOD,
    Earlier,
    Effect,
    Place,
    Reading,
    Result,
    Unfollowed,
    missing,
    taken_for,
)
from losslint.static.evaluation.sites import Caller
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    DictV,
    ExternalV,
    FunctionV,
    InstanceV,
    Lazy,
    ModuleV,
    UnknownV,
    Value,
    forget_symbols,
    passed_on,
    stepped,
)
from losslint.static.files.file import File
from losslint.static.files.imports import Bound
from losslint.static.files.index import MODULE
from losslint.static.files.project import Project
from losslint.static.lowering import forms as f
from losslint.static.lowering.attribute_changes import touches
from losslint.static.lowering.units import THE_END, FormSpot, Unit
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.contracts.declared import DeclaredContracts
    from losslint.static.behaviour.declared import Declared
    from losslint.static.evaluation.outsiders import Setting
    from losslint.static.evaluation.testing import Rows

#: Forms that wait for each other's values: deeper than this nothing is followed.
DEEPEST = 220

#: What stands in front of an attribute that is being worked out.
READ = "read"

#: Forms forced for one loss call: past it the call is left undecided.
STEPS_PER_CALL = 4_300

#: How many of them are left for what a layer makes of its input, however long the way to the input is: which kind the
#: last layer gives says most of what there is to know.
STEPS_FOR_THE_END = 300

#: Forms forced for what is judged by what stands around it.
NEARBY = 800


class Way:
    """How what is looked at came to where it is, in one world: the call sites that gave something, and of those that
    made an object, for whom they did and the questions that what they gave hangs on; and of those that call what a
    run chooses, which function was taken to be chosen."""

    __slots__ = ("callers", "chosen", "made")

    def __init__(self) -> None:
        self.callers: dict[f.Call, Frame] = {}
        self.chosen: dict[f.Call, tuple[Frame, f.Graph, ClassV | None]] = {}
        self.made: dict[f.Call, tuple[Frame, str, set[Hashable]]] = {}


class Evaluator:
    """Evaluates forms of one project."""

    def __init__(
        self,
        project: Project,
        contracts: DeclaredContracts | None = None,
        classes: Classes | None = None,
        patches: Patches | None = None,
    ) -> None:
        """`classes` and `patches` are those of an earlier one of the same project: they hold no forms."""
        self.project = project
        #: what the configuration says of losses and models
        self.declared: Declared | None = None
        if contracts:
            from losslint.static.behaviour.declared import Declared

            self.declared = Declared(project, contracts)
        forget_symbols()
        self.classes = classes if classes is not None else Classes(project)
        self.patches = patches if patches is not None else Patches(project)
        self.answers: dict[Hashable, int] = {}
        #: `symbol == constant` that this world takes to be true
        self.equals: dict[Hashable, object] = {}
        #: the keys under which this world takes a symbol to be looked up, with the question that says so
        self.looked_up: dict[Hashable, tuple[Hashable, str]] = {}
        #: questions that were asked since somebody last looked
        self.asked: set[Hashable] = set()
        #: what this world takes a symbol to be one of, or none of: the question, its constants, and which of the two
        self.among: dict[Hashable, list[tuple[Hashable, tuple[str, ...], bool]]] = {}
        #: the call sites that gave something in this world
        self.way = Way()
        self._consulted = 0
        self._world: dict[Place, Result] = {}
        self._earlier = Earlier()
        #: what is being worked out, and what that is made of
        self._making = Result(())
        self._busy: set[Place] = set()
        self._depth = 0
        self.steps = 0
        self.most_steps = STEPS_PER_CALL
        #: whether steps are being kept for the end
        self._sparing = False
        #: callers are not searched for: what is judged stands close by
        self.nearby = False
        #: a function is also called where it is one of several that a run chooses
        self.by_choice = False
        #: there are such places for something that was looked at since somebody last asked
        self.has_choices = False
        #: functions that only somebody who is not read can call, in that call
        self.unread: dict[f.Graph, Frame] = {}
        self._generic: dict[f.Graph, Frame] = {}
        self.frames: dict[Hashable, Frame] = {}
        self.inits: dict[Hashable, list[tuple[ClassV, Frame]]] = {}
        #: an object of each class that is made by code which is not read
        self.strangers: dict[Hashable, InstanceV] = {}
        #: what objects are whose attributes were set, by form and loop
        self.same: dict[tuple[f.Form, f.Loop | None], f.Form | None] = {}
        #: whether attributes are set on the way to a form
        self.touched: dict[tuple[f.Form, str], bool] = {}
        self.handed: dict[f.Graph, dict[f.Form, list[tuple[f.Call, int]]]] = {}
        self.handed_on: dict[f.Graph, dict[Hashable, list[tuple[f.Call, int]]]] = {}
        self.set_by_others: dict[str, frozenset[str]] = {}
        self.called_elsewhere: dict[tuple[str, Unit], bool] = {}
        self.called_on: dict[f.Graph, dict[Hashable, list[f.Call]]] = {}
        self.sets_of: dict[Hashable, dict[str, f.Left | None]] = {}
        self.written: dict[tuple[f.Form, str], int] = {}
        self.may_write: dict[Hashable, bool] = {}
        self.changing: dict[tuple[str, str], set[str]] = {}
        #: whether a method is never run on an object, by the call that makes the object
        self.outsiders: dict[Hashable, list[Setting]] = {}
        self.apart: dict[tuple[f.Form, f.Graph], bool] = {}
        self.searching: set[tuple[f.Graph, tuple[str, str] | None]] = set()
        self.callers: dict[tuple[f.Graph, tuple[str, str] | None], tuple[Caller, ...]] = {}
        #: functions that more callers give something to than are looked at
        self.crowded: set[f.Graph] = set()
        #: what pytest gives tests, by the names of their parameters
        self.parametrized: dict[f.Graph, dict[str, Rows]] = {}
        #: the attributes that functions always read, by what they read them of
        self.read_of: dict[Unit, dict[str, frozenset[str]]] = {}
        #: constants of modules, and whether they are bound anew elsewhere
        self.flags: dict[tuple[str, str], bool] = {}
        #: how many dimensions tensors have, by what each function does with them
        self.ranks: dict[f.Graph, dict[f.Form, Shape]] = {}
        #: what registries hold, by the call that made each
        self.registered: dict[f.Form, dict[object, Lazy]] = {}
        #: where something is looked up under a key that nobody reads, and the classes that it may be, by the question;
        #: and those of them that look up another one of them there
        self.looked_up_in: dict[Hashable, tuple[f.Graph, tuple[Hashable, ...]]] = {}
        self.wholes: dict[Hashable, frozenset[Hashable]] = {}
        #: what modules hold to choose from, by their file and the function of it that chooses
        self.namespaces: dict[tuple[str, tuple[str, str] | None], DictV] = {}
        #: the attributes that functions set under names which they work out
        self.worked_out: dict[f.Graph, list[tuple[f.Call, f.Form | None, f.Form]]] = {}
        #: the objects that functions leave, and attributes, and whether they are made of what they were
        self.goes_on: dict[tuple[f.Form, str], bool] = {}
        self.works_on: dict[tuple[f.Form, str], bool] = {}
        #: by the key of a class, and an attribute: whether its constructor puts something into what a base has made
        self.adds_to: dict[tuple[Hashable, str], bool] = {}
        #: what some methods set an attribute to, while it is worked out what others make of it
        self.found_so_far: dict[Hashable, Value] = {}
        #: whether calls stand under conditions that the runs decide
        self.hanging: dict[tuple[f.Call, Frame], bool] = {}
        #: call sites that have been asked about, and whether what they stand under is known not to hold
        self.dead: dict[tuple[f.Call, Frame], bool] = {}
        #: whether one of them is being asked about
        self.weighing = False
        #: the classes that share objects with a class, by its file and name
        self.families: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
        #: names of attributes, and whether something in the project reads them
        self.mattering: dict[str, bool] = {}

    # ---------------------------------------------------------------- worlds

    def enter(self, answers: dict[Hashable, int], most_steps: int = STEPS_PER_CALL) -> None:
        """Start a world: the answers that hold in it, and how far to look."""
        self.steps = 0
        self.most_steps = most_steps
        self.nearby = most_steps < STEPS_PER_CALL
        self._sparing = False
        self.answers = dict(answers)
        self.equals = {}
        self.among = {}
        self.looked_up = {}
        for key, answer in answers.items():
            if isinstance(key, tuple) and key and key[0] == "equals" and answer == 1:
                self.equals[key[1]] = key[2]
            elif isinstance(key, tuple) and key and key[0] == "condition" and isinstance(key[1], tuple):
                if key[1][0] == "in":
                    self.among.setdefault(key[1][1], []).append((key, key[1][2], answer == 1))
            elif isinstance(key, tuple) and key and key[0] == "entry" and answer < len(key[2]):
                self.looked_up.setdefault(key[1], (key, key[2][answer]))
        self._world = {}
        self._making = Result(())
        self._earlier.enter(self.answers, self.by_choice)
        self._consulted = 0
        self.asked = set()
        self.way = Way()

    @contextmanager
    def outside(self, answers: dict[Hashable, int] | None = None) -> Iterator[None]:
        """Evaluate outside any world for a while, or in one that knows nothing but some answers."""
        kept = (
            self.answers, self.equals, self.among, self.looked_up, self.way, self._world, self._earlier, self._making,
            self.asked, self._busy, self._consulted,
        )  # fmt: skip
        self.answers, self.equals, self.among, self._world = answers or {}, {}, {}, {}
        self.looked_up = {}
        self.asked, self.way = set(), Way()
        self._busy = {place for place in self._busy if place[0] == READ}
        self._earlier, self._making = Earlier(), Result(())
        self._earlier.enter(self.answers, self.by_choice)
        try:
            yield
        finally:
            (
                self.answers, self.equals, self.among, self.looked_up, self.way, self._world, self._earlier,
                self._making, self.asked, self._busy, self._consulted,
            ) = kept  # fmt: skip

    def answer(self, key: Hashable) -> int | None:
        """The answer that this world gives to a question, or None when the question is open."""
        self._consulted += 1
        self.asked.add(key)
        return self.answers.get(key)

    def depends(self, asked: set[Hashable]) -> None:
        """What is being evaluated hangs on something that was evaluated in this world."""
        self._consulted += 1
        self.asked |= asked

    def taken_to_be(self, symbol: Hashable) -> tuple[object, ...]:
        """The one constant that this world takes something to be of which it is not known what it is; nothing where it
        does not say: `if args.model == "resnet": …`"""
        self.depends({taken_for(symbol)})
        if symbol not in self.equals:
            return ()
        constant = self.equals[symbol]
        self.answer(("equals", symbol, constant))
        return (constant,)

    def watched(self, work: Callable[[], Value]) -> tuple[Value, set[Hashable] | None]:
        """A value, and the questions that it hangs on; None when it holds in every world."""
        before, outside = self._consulted, self.asked
        self.asked = set()
        try:
            value = work()
        finally:
            inside, self.asked = self.asked, outside
            outside |= inside
        return value, (inside if self._consulted != before else None)

    def sparing(self, lazy: Lazy) -> Value:
        """The value that a layer is given, in so many steps that some are left for the layer."""
        if self._sparing or self.nearby:
            return self.value(lazy)
        self._sparing = True
        self.most_steps -= STEPS_FOR_THE_END
        try:
            return self.value(lazy)
        finally:
            self.steps = min(self.steps, self.most_steps)
            self.most_steps += STEPS_FOR_THE_END
            self._sparing = False

    # ---------------------------------------------------------------- forcing

    def force(self, form: f.Form, frame: Frame) -> Value:
        """The value of a form in a frame."""
        loop = frame.loop
        while loop is not None and not loop.first <= form.seq < loop.last:
            assert frame.base is not None
            frame = frame.base
            loop = frame.loop
        known = frame.memo.get(form)
        if known is not None:
            return known
        place = (form, frame)
        here = self._world.get(place)
        if here is None and place not in self._busy:
            here = self._taken_over(place)
        if here is not None:
            self._consulted += 1
            self.asked |= here.asked
            self._making.reuse(here, self._busy)
            found: Value = here.value
            return found
        if place in self._busy:
            self._consulted += 1  # what hangs on this is not known for good
            self._making.cut(place)
            return UnknownV("it depends on itself")
        self.steps += 1
        if self._depth > DEEPEST or self.steps > self.most_steps:
            self._consulted += 1
            if self.steps > self.most_steps:
                self._making.cut(FOR_GOOD)
            else:
                self._making.deep = True
                self._making.parts[Unfollowed(place)] = False
            return UnknownV("the way there is too long to follow")
        self._busy.add(place)
        self._depth += 1
        before, outside, around = self._consulted, self.asked, self._making
        self.asked = set()
        made = self._making = Result(place, self._depth)
        try:
            value = _FORCE[type(form)](self, form, frame)
        finally:
            self._busy.discard(place)
            self._depth -= 1
            inside, self.asked = self.asked, outside
            outside |= inside
            self._making = around
        if self._consulted == before:
            frame.memo[form] = value
        else:
            made.value = value
            made.asks(inside)
            if made.cut_by:
                made.cut_by.discard(place)
            self._world[place] = made
            around.add(made)
            if not (self.nearby or self.unread):
                self._earlier.keep(made)
        return value

    def _taken_over(self, place: Place) -> Result | None:
        """What an earlier world found at a place, if it holds in this one, and comes about here as it did there."""
        found = self._earlier.find(place, self._depth + 1)
        if found is None or self.nearby or self.unread or self._depth + found.height > DEEPEST:
            return None
        fresh = missing(found, self._world, self._busy, self.most_steps - self.steps)
        if fresh is None:
            return None
        parts, steps = fresh
        self.steps += steps
        for part in parts:
            if isinstance(part, Result):
                self._world[part.place] = part
            else:
                part()
        return found

    # ---------------------------------------------------------------- what results are made of

    def does(self, effect: Effect) -> None:
        """Do something to this world, and to each that takes over what is being worked out."""
        effect()
        self._making.parts[effect] = False

    def reads(self, attribute: Hashable) -> bool:
        """Start to work an attribute out; not if it is being worked out already."""
        place = (READ, attribute)
        if place in self._busy:
            self._consulted += 1
            self._making.cut(place)
            return False
        self._busy.add(place)
        self._making.parts[Reading(place)] = False
        return True

    def has_read(self, attribute: Hashable) -> None:
        """Be done with an attribute."""
        place = (READ, attribute)
        self._busy.discard(place)
        self._making.mend(place)

    @contextmanager
    def aside(self) -> Iterator[set[Hashable]]:
        """Ask without what is looked at hanging on it: the questions that are asked meanwhile, collected apart."""
        before, self.asked = self.asked, set()
        try:
            yield self.asked
        finally:
            self.asked = before

    def cut(self) -> None:
        """Note that what is being worked out is not known for good, nor in another world."""
        self._consulted += 1
        self._making.cut(FOR_GOOD)

    def known(self, place: Place) -> Result | None:
        """What this world has found at a place, to make something of it."""
        here = self._world.get(place)
        if here is not None:
            self._making.reuse(here, self._busy)
        return here

    @contextmanager
    def making(self, place: Place, value: object) -> Iterator[Result]:
        """Work out something else than a form's value, which others may ask for before it is done."""
        around, made = self._making, Result(place)
        made.value = value
        made.cut(place)
        self._making = self._world[place] = made
        self._busy.add(place)
        try:
            yield made
        finally:
            self._busy.discard(place)
            made.mend(place)
            self._making = around
            around.add(made)

    def value(self, lazy: Lazy) -> Value:
        """The value of a lazy one, its steps added."""
        if lazy.value is not None:
            value = lazy.value
        else:
            assert lazy.form is not None and lazy.frame is not None
            value = self.force(lazy.form, lazy.frame)
        for step in lazy.steps:
            value = stepped(value, *step) if isinstance(step, tuple) else passed_on(value, step)
        return value

    # ---------------------------------------------------------------- frames and names

    def generic(self, graph: f.Graph) -> Frame:
        """The frame that stands for any call of a function."""
        frame = self._generic.get(graph)
        if frame is None:
            parent = self.generic(graph.outer) if graph.outer is not None else None
            frame = self._generic[graph] = Frame(graph, None, None, parent)
        return frame

    def unread_frame(self, graph: f.Graph) -> Frame:
        """The frame of a function in a call that is not read, whoever else calls it."""
        key = ("unread", graph)
        frame = self.frames.get(key)
        if frame is None:
            frame = self.frames[key] = parameters.uncalled(self, graph)
        return frame

    def module_frame(self, file: File) -> Frame:
        """The frame of a file's module part."""
        return self.generic(file.module().graph())

    def bound(self, bound: Bound) -> Value | None:
        """The value of what a name of a module is bound to."""
        if bound is None:
            return None
        if isinstance(bound, str):
            return self.external(bound)
        if isinstance(bound, File):
            return ModuleV(bound)
        file, qualname = bound
        if qualname.startswith("="):
            return self.module_variable(file, qualname[1:])
        return self.definition(file, qualname)

    def definition(self, file: File, qualname: str) -> Value | None:
        """A function or class of the project."""
        definition = file.index.classes.get(qualname)
        if definition is not None:
            return ClassV(file, definition)
        unit = file.function(qualname)
        if unit is not None:
            return FunctionV(unit.graph())
        return None

    def module_variable(self, file: File, name: str) -> Value:
        """What a name that statements of the module part bind is at the end."""
        frame = self.module_frame(file)
        form = frame.graph.bindings.get(name)
        value = self.force(form, frame) if form is not None else None
        if form is not None and value is not None:
            value = handing.afterwards(self, value, form, frame, THE_END)
        if value is None or (isinstance(value, ConstV) and value.value is None):
            for qualname in sorted(file.index.globals_bound.get(name, ())):
                later = global_effects.bound_by(self, file, name, qualname)
                if later is not None:
                    return later
        if value is None:
            return UnknownV(f"`{name}` is bound where losslint does not follow")
        if rebinding.is_rebound(self, file, name, value):
            return UnknownV(f"`{name}` is bound anew while the program runs", symbol=("rebound", file.name, name))
        if isinstance(value, ConstV) and rebinding.is_flag(self, file, name):
            return UnknownV(f"`{name}` is changed while the program runs", symbol=("flag", file.name, name))
        return registries.filled_by_functions(self, file, name, self.patches.changed(self, value, file, name))

    def external(self, name: str) -> Value:
        """Something outside the project, by its qualified name."""
        from losslint.contracts.lookup import canonical
        from losslint.contracts.numbers import NUMBERS

        known = canonical(name)
        if self.patches.outside(self, known):
            return UnknownV(f"`{known}` is replaced by other code", symbol=("replaced", known))
        return ConstV(NUMBERS[known]) if known in NUMBERS else ExternalV(known)

    def call(self, function: Value, arguments: tuple[Lazy, ...], form: f.Call, frame: Frame) -> Value:
        """Call a value with arguments at hand."""
        from losslint.static.evaluation.values import Bindings

        return calls.call(self, function, Bindings(arguments), form, frame)

    def touches(self, form: f.Form, name: str) -> bool:
        """Whether an attribute is set on the way to a form."""
        known = self.touched.get((form, name))
        if known is None:
            known = self.touched[form, name] = touches(form, name)
        return known

    def spot(self, form: f.Form) -> FormSpot:
        """Where a form stands, to be worked out when asked."""
        return FormSpot(form)


def _const(_: Evaluator, form: f.Const, __: Frame) -> Value:
    return ConstV(form.value)


def _opaque(_: Evaluator, form: f.Opaque, frame: Frame) -> Value:
    return UnknownV(f"{form.reason}", symbol=("opaque", id(form), id(frame)))


def _outer(ev: Evaluator, form: f.Outer, frame: Frame) -> Value:
    if frame.parent is None:
        return UnknownV("it comes from an enclosing function that is not followed")
    return ev.force(form.form, frame.parent)


def _named(ev: Evaluator, form: f.Named, frame: Frame) -> Value:
    value = handing.afterwards(ev, ev.force(form.form, frame), form.form, frame, form.seq)
    value = global_effects.afterwards(ev, value, form, frame)
    if type(value) is DictV and not value.items and frame.graph.unit.qualname == MODULE:
        value = registries.filled_by_functions(ev, frame.graph.unit.file, form.name, value)
    return ranks.refined(ev, value, form.form, frame.graph)


def _param(ev: Evaluator, form: f.Param, frame: Frame) -> Value:
    value = parameters.force_param(ev, form, frame)
    if isinstance(value, InstanceV):
        value = object_effects.on_parameter(ev, form, value, frame)
    return ranks.refined(ev, value, form, frame.graph)


def _function(_: Evaluator, form: f.Function, frame: Frame) -> Value:
    assert form.graph is not None
    return FunctionV(form.graph, frame)


def _defined(ev: Evaluator, form: f.Defined, frame: Frame) -> Value:
    file = form.unit.file
    value = ev.definition(file, form.qualname)
    return value if value is not None else UnknownV(f"`{form.qualname}` is not found")


def _imported(ev: Evaluator, form: f.Imported, frame: Frame) -> Value:
    from losslint.static.files.index import Import

    file = form.unit.file
    bound = ev.project.imports.imported(file, Import(form.module, form.attribute, form.level))
    value = ev.bound(bound)
    name = form.attribute or form.module
    return value if value is not None else UnknownV(f"the import of `{name}` leads nowhere")


_FORCE: dict[type[f.Form], Callable[[Evaluator, Any, Frame], Value]] = {
    f.Const: _const,
    f.Opaque: _opaque,
    f.Text: texts.force_text,
    f.Outer: _outer,
    f.Named: _named,
    f.Function: _function,
    f.Defined: _defined,
    f.Imported: _imported,
    f.Param: _param,
    f.Global: rebinding.force_global,
    f.Left: effects.force_left,
    f.Attr: reading.force_attr,
    f.SetAttr: changes.force_set_attr,
    f.Mutated: changes.force_mutated,
    f.Within: changes.force_within,
    f.Item: items.force_item,
    f.SetItem: item_writes.force_set_item,
    f.Slice: items.force_slice,
    f.Unpacked: items.force_unpacked,
    f.Binary: expressions.force_binary,
    f.Unary: expressions.force_unary,
    f.Compare: expressions.force_compare,
    f.Boolean: expressions.force_boolean,
    f.Sequence: expressions.force_sequence,
    f.Mapping: expressions.force_mapping,
    f.Choice: branches.force_choice,
    f.Skip: branches.force_skip,
    f.Otherwise: branches.force_otherwise,
    f.Result: branches.force_result,
    f.Element: loops.force_element,
    f.Carried: loops.force_carried,
    f.LoopOut: loops.force_loop_out,
    f.Loop: loops.force_loop,
    f.Comprehension: loops.force_comprehension,
    f.Yielded: loops.force_yielded,
    f.Call: calls.force_call,
}
