"""Edits of the arguments of one call: one more, one less, or another value."""

from __future__ import annotations

import libcst as cst

from losslint.fixes.edits import Edit
from losslint.fixes.syntax import NoFix, Range, Syntax


def of_argument(syntax: Syntax, arg: cst.Arg) -> Range:
    """Where an argument stands, with its keyword and without its comma."""
    value = syntax.whole(arg.value)
    start = syntax.range(arg.keyword) if arg.keyword is not None else value
    return start[0], start[1], value[2], value[3]


def with_comma(syntax: Syntax, call: cst.Call, arg: cst.Arg) -> Range:
    """What has to go so that an argument is gone: the comma before it, or the one behind the first."""
    row, column, end_row, end_column = of_argument(syntax, arg)
    place = call.args.index(arg)
    if place:
        _, _, row, column = of_argument(syntax, call.args[place - 1])
    elif len(call.args) > 1:
        end_row, end_column, _, _ = of_argument(syntax, call.args[1])
    elif isinstance(arg.comma, cst.Comma):
        _, _, end_row, end_column = syntax.range(arg.comma)
    where = row, column, end_row, end_column
    if syntax.has_comment(where):
        raise NoFix("a comment stands in what would be taken away")
    return where


def appended(syntax: Syntax, call: cst.Call, written: str) -> Edit:
    """The edit that gives a call one more argument, the last."""
    if not call.args:
        _, _, row, column = syntax.range(call)
        return syntax.edit((row, column - 1, row, column - 1), written)
    _, _, row, column = of_argument(syntax, call.args[-1])
    return syntax.edit((row, column, row, column), f", {written}")
