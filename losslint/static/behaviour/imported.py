"""Modules that are imported by a name which the code works out: `importlib.import_module(args.model)`, and
`__import__(name.split(".")[0])`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.behaviour.builtin import first, unknown
from losslint.static.evaluation import by_name
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import Bindings, ConstV, ExternalV, ModuleV, SeqV, UnknownV, Value, given
from losslint.static.files.file import File
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Files that are searched for the default of one setting of the command line.
MOST_FILES = 4

#: What the settings of the command line are called.
COMMAND_LINE = frozenset({"args", "arguments", "opt", "opts", "options", "flags", "FLAGS"})

#: Names of modules, with dots in front where they are relative.
_MODULE = re.compile(r"\.{0,8}[^\W\d]\w{0,99}(?:\.[^\W\d]\w{0,99}){0,9}")


def import_module(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """The module of a name that is written out, or that the command line has by default."""
    written = form.arguments[0] if form.arguments else None
    itself = by_name.this_module(written.form) if written is not None else None
    if itself is not None:
        return itself
    name = _text(ev, written.form, frame) if written is not None and not written.star else None
    if name is not None and _MODULE.fullmatch(name):
        module = name.lstrip(".")
        found = ev.project.imports.resolve_module(frame.graph.unit.file, module, len(name) - len(module))
        value = ev.bound(found)
        if isinstance(value, ModuleV) and not (value.file.index.classes or value.file.index.functions):
            # They are there to be chosen from.
            name_of_one = UnknownV("settings that are imported by a name", symbol=("call", id(form), id(frame)))
            settings = by_name.settings(ev, name_of_one, form, frame)
            return settings if settings is not None else unknown(name_of_one.reason, form, frame)
        if value is not None and not (isinstance(value, ExternalV) and _is_folder(ev, value.name)):
            return value
    chosen = by_name.module_of(ev, form, frame) if name is None else None
    return chosen if chosen is not None else unknown("the module that is imported is not known", form, frame)


def import_first(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """`__import__("models.net")`: the package that the name begins with, or the module where something is said to be
    taken from it."""
    name = first(ev, arguments)
    text = name.value if isinstance(name, ConstV) else None
    if not isinstance(text, str) or not _MODULE.fullmatch(text) or text.startswith(".") or not arguments.complete:
        return unknown("the module that is imported is not known", form, frame)
    wanted = arguments.get(3, "fromlist")
    names = ev.value(wanted) if wanted is not None else SeqV("list", ())
    if arguments.get(4, "level") is not None or not isinstance(names, SeqV):
        return unknown("the module that is imported is not known", form, frame)
    module = text if names.items else text.partition(".")[0]
    value = ev.bound(ev.project.imports.resolve_module(frame.graph.unit.file, module, 0))
    return value if value is not None else unknown("the module that is imported is not known", form, frame)


def parts_of_name(ev: Evaluator, form: f.Call, frame: Frame) -> Value | None:
    """`args.model.split(".")`, where the command line has the dotted name of a module or class of the project by
    default, as `import_class(args.model)` asks for it."""
    written = f.bare(form.function)
    by = f.bare(form.arguments[0].form) if len(form.arguments) == 1 else None
    if not isinstance(written, f.Attr) or not isinstance(by, f.Const) or by.value != ".":
        return None
    name = _text(ev, written.base, frame)
    if name is None or "." not in name or not _MODULE.fullmatch(name) or name.startswith("."):
        return None
    first_part = ev.project.imports.resolve_module(frame.graph.unit.file, name.partition(".")[0], 0)
    is_ours = isinstance(first_part, File) or _is_folder(ev, name.partition(".")[0])
    return SeqV("list", tuple(given(ConstV(part)) for part in name.split("."))) if is_ours else None


def _is_folder(ev: Evaluator, module: str) -> bool:
    """Whether a module is a folder of the project, without a file of its own that says what is in it."""
    folder = module.replace(".", "/") + "/"
    return any(name.startswith(folder) for name in ev.project.names)


def _text(ev: Evaluator, form: f.Form, frame: Frame) -> str | None:
    """A text that is put together of written ones, and of defaults of the command line."""
    value = ev.force(form, frame)
    if isinstance(value, ConstV):
        return value.value if isinstance(value.value, str) else None
    bare = f.bare(form)
    if isinstance(bare, f.Binary) and bare.operator == "+":
        pieces = [_text(ev, bare.left, frame), _text(ev, bare.right, frame)]
    elif isinstance(bare, f.Text):
        pieces = [None if layout else _text(ev, part, frame) for part, layout in bare.parts]
    elif isinstance(bare, f.Attr):
        return _setting(ev, value, bare, frame)
    elif isinstance(bare, f.Param):
        passed = frame.arguments.get(bare.name) if frame.arguments is not None else None
        if passed is None or passed.form is None or passed.frame is None:
            return None
        return _text(ev, passed.form, passed.frame)
    else:
        return None
    return "".join(piece for piece in pieces if piece is not None) if None not in pieces else None


def _setting(ev: Evaluator, value: Value, form: f.Attr, frame: Frame) -> str | None:
    """A setting of the command line: what this world takes it for, or else its default, unless the world rules that
    out."""
    symbol = value.symbol if isinstance(value, UnknownV) else None
    if symbol is not None:
        for taken in ev.taken_to_be(symbol):
            return taken if isinstance(taken, str) else None
    default = _default(ev, frame.graph.unit.file, form)
    if symbol is not None and ev.answer(("equals", symbol, default)) == 0:
        return None
    return default


def _default(ev: Evaluator, near: File, form: f.Attr) -> str | None:
    """What a setting is that nobody gives: `add_argument("--model", default="small")` in the same file, or in the only
    one that has such a setting."""
    name = re.escape(form.name)
    option = re.compile(rf"""add_argument\(\s{{0,99}}(?:["']-\w["'],\s{{0,9}})?["'](?:--)?{name}["']""")
    default = re.compile(rf"""{option.pattern}[^()]{{0,200}}?\bdefault\s?=\s?["']([\w.]{{1,99}})["']""")
    own = "\n".join(near.lines)
    if option.search(own) is None:
        if f.last_name(form.base) not in COMMAND_LINE:
            return None
        files = [file for file in map(ev.project.file, ev.project.mentioning(f"--{form.name}", form.name)) if file]
        texts = [text for text in ("\n".join(file.lines) for file in files[:MOST_FILES]) if option.search(text)]
        if len(texts) != 1 or len(files) > MOST_FILES:
            return None
        own = texts[0]
    found = default.findall(own)
    return found[0] if len(found) == 1 == len(option.findall(own)) else None
