"""What libcst reads becomes the tree that CPython makes: the same forms come of it, at the same places."""

from __future__ import annotations

import ast

import pytest

from losslint.static.lowering import forms as f
from losslint.static.lowering.lowering import NotParsed, Recorded, recorded
from tests.static.programs import file_of

#: Every kind of expression and statement that lowering follows, with brackets and wide characters around some.
ALL = '''\
import os, torch.nn as nn
from torch import (optim as o,
    cuda)
from . import sibling
from ..above import *


@decorated(1)
@plain
def outer(a, /, b: nn.Module = (2), *args: int, c, d: "nn.Linear" = None, e: Optional[nn.Conv2d] = 4, **rest) -> int:
    """Ein Satz, größer."""
    x = y = a.b.c[0], b[1:2, ..., None], c[::2], d[1,], e[()], e[(1, 2)]
    (p, *q), [r.s, t['k']] = f(x, *args, k=1, **rest)
    f(k=1, *args)
    z: int = -x + ~y * 2 ** 3 // 4 % 5 @ 6 & 7 | 8 ^ 9 << 1 >> 2
    z: str
    z += 1; z **= 2; z @= x
    w = ("a" 'b' "ö", b"a" b"b", 1.5, 2j, 0x1F, 1_000, True, None, ..., "\\d")
    print(f"{x} ü {y!r:>{width}} {{no}} {z = } {f(x)['k']:.3f} {(lambda: 0)()} {x != y} {'a' + f'{x.y}'}" f"{g(x)}" "c")
    print(f"""
        {f(x)}
        {g(x,
           y)} {a  if b else c}""")
    u = not a and b and (c or d or e) and a < b <= c is not d not in e
    v = a if b else (c if d else e)
    s = [i for i in x if i if j], {i for i in x}, {i: j for i, j in x for k in (i)}, (i for i in x), sum(i for i in x)
    s = {1, 2}, {**a, 'b': 1}, [*a, 1], (), [], ((a), (b)), (a), (b)
    g((a), (yield), (yield a), (yield from b), (n := 3), lambda q, *r, s=1: q)
    x.requires_grad_(True).relu_()
    torch.sigmoid_(x)
    setattr(x, "a", 1)
    x.append(1)
    F.relu(x, inplace=True, out=y)
    for i, (j, k) in x:
        if i:
            continue
        elif j: break
        else:
            total = total + j
    else:
        done = 1
    while True:
        if x: break
    with open(a) as h, lock, b as (c, d):
        pass
    try:
        t = 1
    except (A, B) as problem:
        raise C from problem
    except D:
        return
    else:
        t = 2
    finally:
        t = 3
    match a:
        case 1 | 2: m = 1
        case -1: m = 2
        case [1, *others] if b: m = 3
        case whatever if b: m = 5
        case _: m = 4
    del x[0], y
    del z
    del x[0]
    del x.y
    assert a, "b"
    global G
    async def inner(q):
        async with a as b:
            async for c in d: await c
        return [c async for c in d]
    class Inner(Base):
        x = 1
    if a:
        return x
    elif b:
        return (
            x,  # one
            y,
        )
    return m
'''


def seen(form: object) -> object:
    """A part of a form, without the unit that it belongs to."""
    if isinstance(form, f.Form):
        return form.seq
    if isinstance(form, (list, tuple)):
        return [seen(each) for each in form]
    if isinstance(form, dict):
        return {key: seen(value) for key, value in form.items()}
    if isinstance(form, f.Argument):
        return form.keyword, form.star, seen(form.form)
    return form if isinstance(form, (str, int, float, complex, bytes, type(None), type(...))) else type(form)


def described(found: Recorded) -> list[object]:
    """The forms of a unit, each with its parts and its place."""
    forms: list[object] = []
    for form, place in zip(found.forms, found.ranges, strict=True):
        slots = [name for sort in type(form).__mro__ for name in getattr(sort, "__slots__", ()) if name != "unit"]
        forms.append((type(form).__name__, {name: seen(getattr(form, name, None)) for name in slots}, place))
    return forms


def refuse(text: str) -> ast.Module:
    raise SyntaxError(text)


@pytest.mark.parametrize("qualname", ["outer", ""])
def test_the_same_forms_at_the_same_places(qualname: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unit = file_of(ALL).unit(qualname)
    assert unit is not None
    by_python = described(recorded(unit))
    monkeypatch.setattr("losslint.static.lowering.lowering.parse", refuse)
    by_libcst = described(recorded(unit))
    assert len(by_python) > (300 if qualname else 5)
    for one, other in zip(by_python, by_libcst, strict=True):
        assert one == other
    assert by_python == by_libcst


def test_what_neither_reads_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = file_of("x = 1\n").module()
    monkeypatch.setattr("losslint.static.lowering.units.Unit.text", lambda _: ("print 3\n", 0))
    with pytest.raises(NotParsed, match="error at 1:"):
        recorded(unit)
