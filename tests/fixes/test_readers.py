"""Who reads a softmax beside the loss: each reader is found, at its row, and only those that do not mind let it go."""

from __future__ import annotations

import textwrap

import pytest

from losslint.fixes.edits import Fix
from losslint.fixes.plan import Plans, Refusal
from losslint.sources.tree import MemoryTree

from .programs import found

HEAD = """\
import torch
import torch.nn.functional as F
from torch import nn
head = nn.Linear(4, 3)
store = {}
"""

#: Programs, and the row of the reader that stands in the way, from 1 (0: nobody does).
READERS = {
    "except": (
        6,
        """
        def f(x,y):
            try:
                p = F.softmax(head(x), dim=1)
                loss = F.cross_entropy(p, y)
            except Exception:
                print(p)
            return loss
        """,
    ),
    "try else": (
        7,
        """
        def f(x,y):
            p = None
            try:
                p = F.softmax(head(x), dim=1)
                return F.cross_entropy(p, y)
            finally:
                print(p)
        """,
    ),
    "attr": (
        6,
        """
        class A:
            def f(self,x,y):
                self.p = F.softmax(head(x), dim=1)
                return F.cross_entropy(self.p, y)
            def g(self):
                return self.p > 0.5
        """,
    ),
    "attr outside": (
        6,
        """
        class A:
            def f(self,x,y):
                self.p = F.softmax(head(x), dim=1)
                return F.cross_entropy(self.p, y)
        def g(a):
            return a.p > 0.5
        """,
    ),
    "yield": (
        1,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            yield p
            F.cross_entropy(p, y).backward()
        """,
    ),
    "closure": (
        4,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            def show():
                print(p)
            show()
            return F.cross_entropy(p, y)
        """,
    ),
    "global": (
        5,
        """
        x = torch.rand(2,4); y = torch.zeros(2).long()
        p = F.softmax(head(x), dim=1)
        loss = F.cross_entropy(p, y)
        def show():
            print(p)
        """,
    ),
    "if": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            if p[0,0] > 0.5:
                return 0
            return F.cross_entropy(p, y)
        """,
    ),
    "bare if": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            while p.max() > 0.5:
                x = x * 2
            return F.cross_entropy(p, y)
        """,
    ),
    "fstring": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            print(f'{p}')
            return F.cross_entropy(p, y)
        """,
    ),
    "dict": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            return {'p': p, 'loss': F.cross_entropy(p, y)}
        """,
    ),
    "helper": (
        2,
        """
        def acc(p,y):
            return (p > 0.5).float().mean()
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            return F.cross_entropy(p, y), acc(p, y)
        """,
    ),
    "helper ok": (
        0,
        """
        def acc(p,y):
            return (p.argmax(1) == y).float().mean()
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            return F.cross_entropy(p, y), acc(p, y)
        """,
    ),
    "lambda": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            g = lambda: p.sum()
            return F.cross_entropy(p, y) + g()
        """,
    ),
    "kwargs": (
        3,
        """
        def f(x,y,m):
            p = F.softmax(head(x), dim=1)
            m(**{'p': p})
            return F.cross_entropy(input=p, target=y)
        """,
    ),
    "comp": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            z = [q.item() for q in p]
            return F.cross_entropy(p, y)
        """,
    ),
    "alias": (
        4,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            q = p
            store['q'] = q
            return F.cross_entropy(p, y)
        """,
    ),
    "walrus": (
        3,
        """
        def f(x,y):
            loss = F.cross_entropy(p := F.softmax(head(x), dim=1), y)
            print(p)
            return loss
        """,
    ),
    "loop": (
        5,
        """
        def f(xs,y):
            p = None
            for x in xs:
                if p is not None:
                    print(p)
                p = F.softmax(head(x), dim=1)
                F.cross_entropy(p, y).backward()
        """,
    ),
    "inplace": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            p += 1e-8
            return F.cross_entropy(p, y)
        """,
    ),
    "with": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            with open(str(p)) as g: pass
            return F.cross_entropy(p, y)
        """,
    ),
    "assert": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            assert (p <= 1).all()
            return F.cross_entropy(p, y)
        """,
    ),
    "raise": (
        4,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            if y is None:
                raise ValueError(p)
            return F.cross_entropy(p, y)
        """,
    ),
    "star": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            a, *b = p
            return F.cross_entropy(p, y), a
        """,
    ),
    "max": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            c, i = p.max(1)
            return F.cross_entropy(p, y), c
        """,
    ),
    "max ok": (
        0,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            c, i = p.max(1)
            return F.cross_entropy(p, y), i
        """,
    ),
    "max one": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            return F.cross_entropy(p, y), p.max()
        """,
    ),
    "topk": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            return F.cross_entropy(p, y), torch.topk(p, 2)
        """,
    ),
    "argmax batch": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            return F.cross_entropy(p, y), p.argmax(0)
        """,
    ),
    "sort": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            return F.cross_entropy(p, y), p[:, 1].argsort()
        """,
    ),
    "getattr": (
        6,
        """
        class B(nn.Module):
            def __init__(self):
                super().__init__()
                self.net = nn.Sequential(nn.Linear(4,3), nn.Softmax(dim=1))
            def forward(self, x): return self.net(x)
            def prob(self, x): return getattr(self, 'net')(x).max()
        b = B()
        def f(x,y): return F.cross_entropy(b(x), y)
        """,
    ),
    "decorated": (
        5,
        """
        def show(g):
            def h(x):
                r = g(x); print(r); return r
            return h
        @show
        def m(x): return F.softmax(head(x), dim=1)
        def f(x,y): return F.cross_entropy(m(x), y)
        """,
    ),
    "passed fn": (
        3,
        """
        def m(x): return F.softmax(head(x), dim=1)
        def f(x,y): return F.cross_entropy(m(x), y)
        print(list(map(m, [torch.rand(2,4)])))
        """,
    ),
    "property": (
        2,
        """
        class C:
            @property
            def p(self): return F.softmax(head(self.x), dim=1)
            def f(self, y): return F.cross_entropy(self.p, y)
            def g(self): return self.p.max()
        """,
    ),
    "cond": (
        1,
        """
        def f(x,y,flag):
            p = head(x)
            if flag:
                p = F.softmax(p, dim=1)
                loss = F.cross_entropy(p, y)
            else:
                loss = 0
            return loss, p
        """,
    ),
    "return both": (
        1,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            return p, F.cross_entropy(p, y)
        """,
    ),
    "star args": (
        3,
        """
        def f(x,y):
            p = F.softmax(head(x), dim=1)
            return F.cross_entropy(*(p, y))
        """,
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_readers(name: str) -> None:
    row, program = READERS[name]
    files = {"a.py": (HEAD + textwrap.dedent(program).lstrip("\n")).encode()}
    findings = [finding for finding in found(files) if finding.code == "LL101"]
    (fix,) = map(Plans([(MemoryTree(files), ["a.py"])], findings).fix, findings)
    if not row:
        assert isinstance(fix, Fix)
        return
    assert isinstance(fix, Refusal)
    assert fix.place is not None
    assert fix.place.row - HEAD.count("\n") == row
