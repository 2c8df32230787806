"""The abstract interpreter: forces forms to values, on demand, and remembers what it found.

A *world* is a set of answers to open questions (which call site, which branch). What an evaluation found without
asking any question holds in every world and is kept for good; the rest holds in the current world, and in those that
answer the same (`results.py`). So whatever is read of a world has to be noted: what has an answer by `answer`, and
what `equals`, `among` or the whole of `answers` say by a subject in `asked`; what is done to a world, by `does`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from losslint.static.evaluation import (
    calls,
    global_effects,
    handing,
    parameters,
    rebinding,
    registries,
)
from losslint.static.evaluation.classes import Classes
from losslint.static.evaluation.dispatch import FORCE
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.notes import Notes
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
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    ExternalV,
    FunctionV,
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
from losslint.static.files.project import Project
from losslint.static.lowering import forms as f
from losslint.static.lowering.attribute_changes import touches
from losslint.static.lowering.units import THE_END, FormSpot

if TYPE_CHECKING:
    from losslint.contracts.declared import DeclaredContracts
    from losslint.static.behaviour.declared import Declared

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
        #: what is found out of the project once
        self.notes = Notes()
        self.searching: set[tuple[f.Graph, tuple[str, str] | None]] = set()
        #: what some methods set an attribute to, while it is worked out what others make of it
        self.found_so_far: dict[Hashable, Value] = {}
        #: whether one of them is being asked about
        self.weighing = False

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
            value = FORCE[type(form)](self, form, frame)
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
        frame = self.notes.frames.get(key)
        if frame is None:
            frame = self.notes.frames[key] = parameters.uncalled(self, graph)
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
        known = self.notes.touched.get((form, name))
        if known is None:
            known = self.notes.touched[form, name] = touches(form, name)
        return known

    def spot(self, form: f.Form) -> FormSpot:
        """Where a form stands, to be worked out when asked."""
        return FormSpot(form)
