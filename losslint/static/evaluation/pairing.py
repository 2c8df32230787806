"""Whether what a call site gives is meant for the function: in a framework that pairs any model with any trainer, code
alone shows many pairs that nobody runs."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslint.static.evaluation import flags
from losslint.static.evaluation.classes import FRAMELESS
from losslint.static.evaluation.conditions import truth
from losslint.static.evaluation.receivers import made_at, some_object
from losslint.static.evaluation.values import (
    ClassV,
    ConstV,
    FunctionV,
    InstanceV,
    Open,
    UnknownV,
    Value,
    is_for,
    opened,
)
from losslint.static.files.attribute_reads import always_read
from losslint.static.files.index import SOME_NAME
from losslint.static.lowering import forms as f
from losslint.static.lowering.attribute_changes import is_configuration

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator
    from losslint.static.evaluation.frames import Frame
    from losslint.static.lowering.units import Unit

#: What every module has. Source: torch 2.13, `torch.nn.Module`.
OF_EVERY_MODULE = frozenset(
    {
        "T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu",
        "cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "get_extra_state",
        "get_parameter", "get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers",
        "named_children", "named_modules", "named_parameters", "parameters", "register_backward_hook",
        "register_buffer", "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
        "register_full_backward_pre_hook", "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook", "register_module", "register_parameter", "register_state_dict_post_hook",
        "register_state_dict_pre_hook", "requires_grad_", "set_extra_state", "set_submodule", "share_memory",
        "state_dict", "to", "to_empty", "train", "training", "type", "xpu", "zero_grad",
    }
)  # fmt: skip


def is_condition(key: Hashable) -> bool:
    """Whether a question is for a condition."""
    return is_for(key, "condition", "equals")


def is_open(ev: Evaluator, condition: f.Form, frame: Frame) -> bool:
    """Whether a condition is open, or only this world says that it holds."""
    with ev.aside() as asked:
        held = truth(ev, condition, frame)
    return isinstance(held, Open) or any(is_condition(key) for key in asked & ev.answers.keys())


def symbols(key: Hashable) -> Iterator[Hashable]:
    """The symbols of things that a question speaks of."""
    if isinstance(key, tuple):
        if key and key[0] == "equals":
            yield key[1]
        elif key and key[0] == "form":
            yield key
        else:
            for part in key:
                yield from symbols(part)
    elif isinstance(key, str) and key.startswith("#"):
        yield key


@dataclass
class Reached:
    """Whether a run in which a world's answers hold gets to all the call sites that gave something in it."""

    is_so: bool = True
    #: what was asked about it
    asked: set[Hashable] = field(default_factory=set)
    #: what is open
    questions: list[Open] = field(default_factory=list)
    #: what was asked about which function is called there, and what of it is open
    asked_of_choices: set[Hashable] = field(default_factory=set)
    choices: list[Open] = field(default_factory=list)
    #: why two things that were given do not meet in any run that the code shows
    apart: str = ""
    #: the functions that are left before
    passed_by: set[f.Graph] = field(default_factory=set)


#: So many settings that pick what happens on the way make it one of many that a framework offers.
MANY_PICKS = 2


def passed_by(ev: Evaluator) -> set[f.Graph]:
    """The functions on the way that what this world assumes leads through without getting to the call that gave
    something: whatever else is open, no run gets there."""
    before, steps = ev.asked, ev.steps
    found: set[f.Graph] = set()
    for call, frame in list(ev.way.callers.items()):
        for condition, wanted in call.path:
            ev.asked, ev.steps = set(), 0
            held = truth(ev, condition, frame)
            if not isinstance(held, Open) and held != wanted and not ev.asked.isdisjoint(ev.answers):
                found.add(frame.graph)
    ev.asked, ev.steps = before, steps
    return found


def reached(ev: Evaluator, of_arguments: set[Hashable]) -> Reached:
    """Look back at the way on which the arguments of a loss came: done when they are known, so that nothing of it is
    being worked out. `of_arguments` are the questions that they hang on."""
    found = Reached()
    way, before, steps = ev.way, ev.asked, ev.steps
    assumed = set(filter(is_condition, ev.answers))
    one_of_many = any(is_for(key, "caller", "row") for key in ev.answers)
    picks: dict[Hashable, None] = {}
    # Where no condition is answered, none can speak of what another one speaks of.
    for call, frame in list(way.callers.items()) if assumed or one_of_many else ():
        if flags.both_taken(ev, call, frame):
            found.is_so = False
        for condition, wanted in call.path:
            ev.asked, ev.steps = set(), 0
            held = truth(ev, condition, frame)
            if isinstance(held, Open):
                found.questions.append(held)
                setting = _setting(ev, condition, frame, of_the_run=True) if wanted else None
                if setting is not None and are_apart(setting, of_arguments):
                    picks[setting] = None
            elif held != wanted and not ev.asked.isdisjoint(ev.answers):
                # What is so in every world is nothing that this one assumes: the function is there for somebody else.
                found.is_so = False
                found.passed_by.add(frame.graph)
            found.asked |= ev.asked
    if one_of_many and len(picks) >= MANY_PICKS:
        found.apart = "where it is used and what is given to it are chosen apart from each other"
    for call, (frame, name, inside) in list(way.made.items()):
        setting = picked_by(ev, call, frame)
        if setting is not None and are_apart(setting, inside):
            found.apart = f"`{name}` and what it is given are chosen apart from each other"
    for call, (frame, graph, made) in list(way.chosen.items()):
        ev.asked, ev.steps = set(), 0
        runs = _runs(ev, ev.force(call.function, frame), graph, made)
        if isinstance(runs, Open):
            found.choices.append(runs)
        elif not runs:
            found.is_so = False
        found.asked_of_choices |= ev.asked
    ev.asked, ev.steps = before, steps
    return found


def _runs(ev: Evaluator, function: Value, graph: f.Graph, made: ClassV | None) -> bool | Open:
    """Whether a call of something runs a method, on the object that this world takes the method's `self` to be; a
    constructor for the class that is `made` there."""
    open_question = opened(function)
    if open_question is not None:
        # An answer that leaves it open is no run: nobody makes an object of a class whose subclasses say what it does.
        return open_question if open_question.key not in ev.answers else False
    if isinstance(function, ClassV):
        return made is not None and function.key == made.key
    of = function
    if isinstance(function, FunctionV):
        if function.graph is not graph:
            return False
        of = function.bound if function.bound is not None else function
    owner = graph.unit.file.index.classes.get(graph.unit.owner)
    if not isinstance(of, InstanceV) or owner is None:
        return isinstance(function, FunctionV)
    cls = ClassV(graph.unit.file, owner)
    method = ev.classes.method(of.cls, graph.name)
    if method is None or method[0].key != cls.key:
        return False
    taken = some_object(ev, cls) if ("subclass", cls.key) in ev.answers else of
    if isinstance(taken, InstanceV) and taken.cls.key != of.cls.key:
        return False
    origin = made_at(ev, graph)
    return origin is None or of.origin is None or origin is of.origin


def are_apart(setting: Hashable, others: set[Hashable]) -> bool:
    """Whether a question speaks of nothing that others speak of."""
    spoken_of = frozenset(symbol for key in others if is_condition(key) for symbol in symbols(key))
    return spoken_of.isdisjoint(symbols(setting))


def picked_by(ev: Evaluator, call: f.Call, frame: Frame) -> Hashable:
    """The setting, not known in this world, that picks a call which makes one of several classes of the same arguments:
    `if args.data == "words": trainer = WordTrainer(model) else: trainer = Trainer(model)`. None for what is made where
    no setting picks anything: everybody gets it."""
    for position, (condition, wanted) in enumerate(call.path):
        setting = _setting(ev, condition, frame) if wanted else None
        if setting is None or not isinstance(truth(ev, condition, frame), Open):
            continue
        otherwise = (*call.path[:position], (condition, False))
        for other in frame.graph.calls:
            if other.path[: position + 1] != otherwise or len(other.arguments) != len(call.arguments):
                continue
            if other.callee_name != call.callee_name and isinstance(ev.force(other.function, frame), ClassV):
                return setting
    return None


def _setting(ev: Evaluator, condition: f.Form, frame: Frame, of_the_run: bool = False) -> Hashable:
    """What a condition says of a setting that this world does not know: `… == "words"`, `… == WORDS`,
    `… in ["words", "letters"]`. None for another one, and if it has to be one of the run's configuration and is not."""
    if isinstance(condition, f.Boolean):
        parts = (_setting(ev, part, frame, of_the_run) for part in (condition.left, condition.right))
        return next(filter(None, parts), None)
    if not isinstance(condition, f.Compare) or condition.operator not in ("==", "in"):
        return None
    right = condition.right
    named = right.elements if isinstance(right, f.Sequence) else (right,)
    values = [ev.force(each, frame) for each in named]
    if not all(isinstance(value, ConstV) and isinstance(value.value, str) for value in values):
        return None
    if of_the_run and not (isinstance(condition.left, f.Attr) and is_configuration(condition.left.base)):
        return None
    itself = ev.force(condition.left, frame)
    symbol = itself.symbol if isinstance(itself, UnknownV) else None
    return ("equals", symbol, "") if symbol is not None and symbol not in ev.equals else None


def lacks(ev: Evaluator, graph: f.Graph, name: str, given: InstanceV) -> str:
    """An attribute that the function, or the class it belongs to, reads of a parameter, and that the object given for
    it does not have: it is meant for others. "" when there is none."""
    for read in sorted(_read_of(ev, graph, name)):
        if not read.startswith("_") and has(ev, given, read) is False and not _is_asked_for(ev, read):
            return read
    return ""


def ruled_out(ev: Evaluator, graph: f.Graph, frame: Frame) -> bool:
    """Whether a function reads something of what it chose among several that this choice does not have:
    `model = models[name]()`, and then `model.encoder`."""
    for name, bound in graph.bindings.items():
        if isinstance(f.bare(bound), f.Param) or _read_of(ev, graph, name) <= OF_EVERY_MODULE:
            continue
        value, inside = ev.watched(lambda bound=bound: ev.force(bound, frame))  # type: ignore[misc]
        chosen_here = inside is not None and any(is_for(key, "entry") for key in inside & ev.answers.keys())
        if chosen_here and isinstance(value, InstanceV) and lacks(ev, graph, name, value):
            return True
    return False


def has(ev: Evaluator, given: InstanceV, name: str) -> bool | None:
    """Whether an object of the project has an attribute; None where that is not known."""
    bases = ev.classes.order(given.cls)
    known = [base.definition for base in bases if not isinstance(base, str)]
    if name in given.attributes or any(
        name in part for each in known for part in (each.methods, each.names, each.stores, each.fields)
    ):
        return True
    outside = [base for base in bases if isinstance(base, str)]
    if not FRAMELESS.issuperset(outside) or not any("Module" in each for each in outside):
        return None
    if name in OF_EVERY_MODULE:
        return True
    if any("__getattr__" in each.methods or SOME_NAME in each.stores for each in known) or _is_set_elsewhere(ev, name):
        return None
    return False


def _is_set_elsewhere(ev: Evaluator, name: str) -> bool:
    """Whether the project sets an attribute of that name on something that is not `self`."""
    word = re.escape(name.encode())
    return _stands(ev, name, rb"(?<!\bself)\." + word + rb"\s*=[^=]|setattr\([^)]{0,400}['\"]" + word)


def _is_asked_for(ev: Evaluator, name: str) -> bool:
    """Whether the project asks somewhere if an object has an attribute of that name, or reads it by its name."""
    return _stands(ev, name, rb"attr\([^)]{0,400}['\"]" + re.escape(name.encode()))


def _stands(ev: Evaluator, name: str, pattern: bytes) -> bool:
    found = re.compile(pattern)
    return any(found.search(ev.project.data(file)) is not None for file in ev.project.mentioning(name))


def _read_of(ev: Evaluator, graph: f.Graph, name: str) -> frozenset[str]:
    """The attributes that are always read of a parameter: in its function, and in its class of the attribute of its
    name."""
    unit = graph.unit
    known = ev.notes.read_of.get(unit)
    if known is None:
        known = ev.notes.read_of[unit] = _reads(unit)
    found = known.get(name, frozenset())
    if unit.name == "__init__":
        found |= known.get(f"self.{name}", frozenset())
    return found


def _reads(unit: Unit) -> dict[str, frozenset[str]]:
    """What a function always reads of what; a constructor with all methods of its class, as of what it keeps."""
    index = unit.file.index
    units = [unit] if unit.qualname in index.functions else []
    if unit.owner and unit.name == "__init__":
        methods = (unit.file.function(each.qualname) for each in index.functions.values() if each.owner == unit.owner)
        units += [method for method in methods if method is not None and method is not unit]
    asked_for = {"module", *re.findall(r"attr\([^)]{0,400}['\"](\w+)['\"]", unit.file.source.text)}
    found: dict[str, set[str]] = {}
    for each in units:
        for base, attribute in always_read(each.text()[0]):
            if (each is unit or base.startswith("self.")) and attribute not in asked_for:
                found.setdefault(base, set()).add(attribute)
    return {base: frozenset(read) for base, read in found.items()}
