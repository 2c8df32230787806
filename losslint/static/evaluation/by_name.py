"""What a program takes by a name that a run gives, out of a module: `globals()[name]`, `sys.modules[__name__]`,
`eval(name)(…)`, `importlib.import_module(f"models.{name}")`. Each that the name may mean is a run of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.evaluation import namespaces
from losslint.static.evaluation.attributes import attribute
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.meeting import same_form
from losslint.static.evaluation.values import ConstV, DictV, ExternalV, Lazy, ModuleV, UnknownV, Value, given
from losslint.static.files.file import File
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Modules of one folder that are looked at one by one.
MOST_MODULES = 12

#: Modules of settings that are looked at one by one: many of them make the same.
MOST_SETTINGS = 32

#: Of a module of settings as many names are read at least: a model and a loss.
FEWEST_NAMES = 2

#: A dotted name, or the written part of one.
_DOTTED = re.compile(r"\.?[^\W\d]\w{0,99}(?:\.[^\W\d]\w{0,99}){0,9}\.?|\.")


def this_module(form: f.Form) -> ModuleV | None:
    """The module that `__name__` is the name of."""
    form = f.bare(form)
    return ModuleV(form.unit.file) if isinstance(form, f.Global) and form.name == "__name__" else None


def namespace(ev: Evaluator, form: f.Item, base: Value, frame: Frame) -> DictV | ModuleV | None:
    """What an item is read of where it is read of a module's names, or of the modules: `globals()[name]`,
    `models.__dict__[name]`, `sys.modules[__name__]`. None for all else."""
    if isinstance(base, ExternalV):
        return this_module(form.key) if base.name == "sys.modules" else None
    call = f.bare(form.base)
    if isinstance(call, f.Attr):
        module = ev.force(call.base, frame) if call.name == "__dict__" else None
        return namespaces.of(ev, module, frame.graph.unit) if isinstance(module, ModuleV) else None
    if isinstance(call, f.Call) and call.callee_name == "globals" and not call.arguments:
        if _is_builtin(ev, call, frame):
            return namespaces.of(ev, ModuleV(call.unit.file), call.unit)
    return None


def evaluated(ev: Evaluator, called: f.Form, frame: Frame) -> Value | None:
    """What is called in `eval(name)(…)`: a name of the module, or of one that the text begins with. A text that is not
    called may be any expression."""
    call = f.bare(called)
    if not isinstance(call, f.Call) or call.callee_name != "eval" or len(call.arguments) != 1:
        return None
    if call.arguments[0].star or not _is_builtin(ev, call, frame):
        return None
    form = call.arguments[0].form
    pieces = _pieces(ev, form, frame)
    pieces = [each if isinstance(each, str) else _taken(ev, each) for each in pieces]
    if len(pieces) == 1 and isinstance(pieces[0], UnknownV):
        pieces = [_tested(call, form) or pieces[0]]
    holes = [each for each in pieces if isinstance(each, UnknownV)]
    if not holes:
        return _named(ev, call.unit.file, _written(pieces))
    if len(holes) != 1 or len(pieces) > 3:
        return None
    at = pieces.index(holes[0])
    before, behind = _written(pieces[:at]), _written(pieces[at + 1 :])
    if not before and not behind:
        return _entry(ev, namespaces.of(ev, ModuleV(call.unit.file), call.unit), holes[0], call, frame)
    if not before.endswith(".") or not _DOTTED.fullmatch(before):
        return None
    if not behind:
        holder = _named(ev, call.unit.file, before.rstrip("."))
        if not isinstance(holder, ModuleV):
            return None
        return _entry(ev, namespaces.of(ev, holder), holes[0], call, frame)
    name = behind.removeprefix(".")
    if not behind.startswith(".") or not name.isidentifier():
        return None
    found = _modules(ev, call.unit.file, [before, holes[0]], {name})
    bound = {key: ev.bound(ev.project.imports.module_name(file, name)) for key, file in found.items()}
    items: dict[object, Lazy] = {key: given(value) for key, value in bound.items() if value is not None}
    return _entry(ev, DictV(items, True), holes[0], call, frame) if items else None


def module_of(ev: Evaluator, form: f.Call, frame: Frame) -> Value | None:
    """The module that `importlib.import_module` gives for a name of which a run gives a part: one of those of a folder
    that have what is read of it."""
    if not form.arguments or form.arguments[0].star:
        return None
    pieces = _pieces(ev, form.arguments[0].form, frame)
    holes = [each for each in pieces if isinstance(each, UnknownV)]
    if len(pieces) == len(holes) == 1:
        return settings(ev, holes[0], form, frame)
    names = _read_of(form, frame)
    if not holes or not names or not isinstance(pieces[0], str) or not _DOTTED.fullmatch(pieces[0]):
        return None
    if not pieces[0].endswith(".") or not all(isinstance(each, UnknownV) or each for each in pieces):
        return None
    found = _modules(ev, form.unit.file, pieces, names)
    if not found:
        return None
    key = holes[0] if len(holes) == 1 else UnknownV("a name that is put together", symbol=("module", id(form)))
    return _entry(ev, DictV({name: given(ModuleV(file)) for name, file in found.items()}, True), key, form, frame)


def settings(ev: Evaluator, name: UnknownV, form: f.Call, frame: Frame) -> Value | None:
    """The module of a name that a run gives, where what is read of it are objects that the modules of one folder make:
    `run = import_module(args.run)`, `train(run.model, run.criterion)`."""
    names = _attributes_of(form, frame)
    if len(names) < FEWEST_NAMES:
        return None
    mentioning = [set(ev.project.mentioning(each)) for each in sorted(names)]
    found: dict[object, Lazy] = {}
    folders: set[str] = set()
    for path in sorted(set.intersection(*mentioning)):
        file = ev.project.file(path) if path.endswith(".py") else None
        if file is None or file is form.unit.file or not _makes(file, names):
            continue
        found[path] = given(ModuleV(file))
        folders.add(path.rpartition("/")[0])
        if len(found) > MOST_SETTINGS or len(folders) > 1:
            return None
    return _entry(ev, DictV(found, True), name, form, frame) if found else None


def _makes(file: File, names: set[str]) -> bool:
    """Whether the statements of a module bind names, and some of them to what calls make."""
    index = file.index
    return all(index.names.get(each) == "" for each in names) and any(
        not names.isdisjoint(bound) for bound in index.held_as.values()
    )


def _attributes_of(form: f.Call, frame: Frame) -> set[str]:
    """The attributes that a file reads of what has the name that a call's result is bound to."""
    held = [name for name, bound in frame.graph.bindings.items() if f.bare(bound) is form]
    if len(held) != 1:
        return set()
    return set(re.findall(rf"(?<![\w.]){re.escape(held[0])}\.([^\W\d]\w{{0,99}})", form.unit.file.source.text))


def _entry(ev: Evaluator, table: DictV, key: UnknownV, form: f.Form, frame: Frame) -> Value | None:
    from losslint.static.evaluation.items import entry

    return entry(ev, table, key, form, frame)


def _is_builtin(ev: Evaluator, call: f.Call, frame: Frame) -> bool:
    function = ev.force(call.function, frame)
    return isinstance(function, ExternalV) and function.name == f"builtins.{call.callee_name}"


def _pieces(ev: Evaluator, form: f.Form, frame: Frame) -> list[str | UnknownV]:
    """A text that is put together: what is written, and what is not known, in order."""
    value = ev.force(form, frame)
    if isinstance(value, ConstV):
        return [str(value.value)]
    written = f.bare(form)
    parts: list[f.Form] = []
    if isinstance(written, f.Binary) and written.operator == "+":
        parts = [written.left, written.right]
    elif isinstance(written, f.Text) and not any(layout for _, layout in written.parts):
        parts = [part for part, _ in written.parts]
    if not parts:
        return [value if isinstance(value, UnknownV) else UnknownV("a part of a name")]
    found: list[str | UnknownV] = []
    for each in (piece for part in parts for piece in _pieces(ev, part, frame)):
        if isinstance(each, str) and found and isinstance(found[-1], str):
            found[-1] += each
        else:
            found.append(each)
    return found


def _written(pieces: list[str | UnknownV]) -> str:
    return "".join(each for each in pieces if isinstance(each, str))


def _taken(ev: Evaluator, hole: UnknownV) -> str | UnknownV:
    """What this world takes a name to be: `if args.model == "ResNet": model = eval(args.model)()`."""
    if hole.symbol is None:
        return hole
    names = [constant for constant in ev.taken_to_be(hole.symbol) if isinstance(constant, str)]
    return names[0] if names else hole


def _tested(call: f.Call, name: f.Form) -> str | None:
    """What a name is where a call stands: `if args.model == "ResNet": eval(args.model)()`."""
    for condition, wanted in call.path:
        tested = f.bare(condition)
        if wanted and isinstance(tested, f.Compare) and tested.operator == "==" and same_form(tested.left, name):
            known = f.bare(tested.right)
            if isinstance(known, f.Const) and isinstance(known.value, str):
                return known.value
    return None


def _named(ev: Evaluator, near: File, name: str) -> Value | None:
    """What a dotted name means in a file."""
    first, *rest = name.split(".")
    value = ev.bound(ev.project.imports.module_name(near, first))
    for part in rest:
        value = attribute(ev, value, part) if value is not None else None
    return None if isinstance(value, UnknownV) else value


def _modules(ev: Evaluator, near: File, pieces: list[str | UnknownV], names: set[str]) -> dict[str, File]:
    """The modules of the project that a name may mean and that define these names themselves, by what stands in the
    place of what is not known; none where there are too many."""
    known = _written(pieces)
    level = len(known) - len(known.lstrip("."))
    pattern = "".join(re.escape(each) if isinstance(each, str) else r"([^\W\d]\w{0,99})" for each in pieces)
    wanted = re.compile(r"(?:.*\.)?(" + pattern.removeprefix(re.escape("." * level)) + ")")
    found: dict[str, File] = {}
    for name in ev.project.names:
        matched = wanted.fullmatch(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        if matched is None or not name.endswith(".py"):
            continue
        file = ev.project.imports.resolve_module(near, matched[1], level)
        if not isinstance(file, File) or file.name != name:
            continue
        if names <= file.index.names.keys() and all(file.index.names[each] for each in names):
            found[".".join(matched.groups()[1:])] = file
            if len(found) > MOST_MODULES:
                return {}
    return found


def _read_of(form: f.Call, frame: Frame) -> set[str]:
    """What the function reads of a module that it imports, to call it."""
    found: set[str] = set()
    for call in frame.graph.calls:
        written = f.bare(call.function)
        if isinstance(written, f.Attr) and f.bare(written.base) is form:
            found.add(written.name)
        elif call.callee_name == "getattr" and len(call.arguments) > 1 and f.bare(call.arguments[0].form) is form:
            name = f.bare(call.arguments[1].form)
            if not isinstance(name, f.Const) or not isinstance(name.value, str):
                return set()
            found.add(name.value)
    return found
