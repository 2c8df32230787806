"""Modules that are imported by a name which the code works out: `importlib.import_module(args.model)`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.static.behaviour.builtin import unknown
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import Bindings, ConstV, Value
from losslint.static.files.file import File
from losslint.static.lowering import forms as f

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Files that are searched for the default of one setting of the command line.
MOST_FILES = 4

#: Names of modules, with dots in front where they are relative.
_MODULE = re.compile(r"\.{0,8}[^\W\d]\w{0,99}(?:\.[^\W\d]\w{0,99}){0,9}")


def import_module(ev: Evaluator, arguments: Bindings, form: f.Call, frame: Frame) -> Value:
    """The module of a name that is written out, or that the command line has by default."""
    written = form.arguments[0] if form.arguments else None
    name = _text(ev, written.form, frame) if written is not None and not written.star else None
    if name is not None and _MODULE.fullmatch(name):
        module = name.lstrip(".")
        found = ev.project.imports.resolve_module(frame.graph.unit.file, module, len(name) - len(module))
        value = ev.bound(found)
        if value is not None:
            return value
    return unknown("the module that is imported is not known", form, frame)


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
        return _default(ev, frame.graph.unit.file, bare.name)
    else:
        return None
    return "".join(piece for piece in pieces if piece is not None) if None not in pieces else None


def _default(ev: Evaluator, near: File, name: str) -> str | None:
    """What a setting of the command line is that nobody gives: `add_argument("--model", default="small")`."""
    option = re.compile(
        rf"""add_argument\(\s{{0,99}}["']--{re.escape(name)}["'][^()]{{0,200}}?\bdefault\s?=\s?["']([\w.]{{1,99}})["']"""
    )
    mentioning = [near.name, *ev.project.mentioning(f"--{name}", name)]
    for file in map(ev.project.file, dict.fromkeys(mentioning[: MOST_FILES + 1])):
        found = option.search("\n".join(file.lines)) if file is not None else None
        if found is not None:
            return found[1]
    return None
