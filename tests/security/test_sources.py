"""Code that was written to keep a reader busy: values that double with each step, ways that fork at each, files that
lead to each other, tables of data."""

# ruff: noqa: E501  rows of the programs that are linted

from __future__ import annotations

from pathlib import Path

import pytest

from tests.security.hostile import survived

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
#: A function that gives a loss what `f` makes of its input.
LOSS = "def g(x, y):\n    return F.cross_entropy(f(x), y)\n"


def each(text: str, count: int, first: int = 1) -> str:
    """A text for each number, with the number for `@` and the one before it for `^`."""
    return "".join(text.replace("@", str(n)).replace("^", str(n - 1)) for n in range(first, first + count))


DOUBLING = {
    "texts": "v0 = 'lol' * 10\n" + each("v@ = v^ * 10\n", 50) + "def f(x): return x.sum(dim=v50)\n",
    "f-strings": "v0 = 'lol'\n" + each('v@ = f"{v^}{v^}"\n', 200) + "def f(x): return x.sum(dim=v200)\n",
    "lists in lists": "v0 = [1] * 10\n" + each("v@ = [v^] * 10\n", 50) + "def f(x): return x * torch.tensor(v50)\n",
    "lists and lists": "v0 = [nn.Linear(2, 2)] * 10\n"
    + each("v@ = v^ + v^\n", 50)
    + "f = nn.Sequential(*v50, nn.Softmax(1))\n",
    "starred": "v0 = [nn.ReLU()]\n" + each("v@ = [*v^, *v^]\n", 50) + "f = nn.Sequential(*v50)\n",
    "in place": "v = [nn.ReLU()]\n" + "v += v\n" * 50 + "f = nn.Sequential(*v)\n",
    "extended": "v = [nn.ReLU()]\n" + "v.extend(v)\n" * 50 + "f = nn.Sequential(*v)\n",
    "tuples": "def f(x):\n    t = (x, x)\n" + "    t = (t, t)\n" * 50 + "    return torch.stack(t)\n",
    "dicts": "v0 = {'a': 1}\n" + each("v@ = {'a': v^, 'b': v^}\n", 50) + "def f(x): return x.sum(**v50)\n",
    "calls": "def f0(x): return x.softmax(1)\n" + each("def f@(x): return f^(x) + f^(x)\n", 60) + "f = f60\n",
    "modules": "class N0(nn.Module):\n    def forward(self, x): return x\n"
    + each("class N@(N^):\n    def forward(self, x): return super().forward(x) + super().forward(x)\n", 40)
    + "f = N40()\n",
    "diamonds": "class A0(nn.Module): pass\nclass B0(A0): pass\n"
    + each("class A@(A^, B^): pass\nclass B@(B^, A^): pass\n", 40)
    + "f = A40()\n",
    "numbers": "n = 10 ** 10 ** 10\nm = 1 << 10 ** 12\nk = 'a' * 10 ** 12\nz = [0] * 10 ** 12\nq = 9 ** 9 ** 9 ** 9\n"
    "def f(x): return x.view(n, m, k, z, q)\n",
    "formats": "n = '%99999999999d' % 1\nm = '{:>99999999999}'.format(1)\no = f'{1:>99999999999}'\np = 'x'.ljust(10 ** 12)\n"
    "q = '%*d' % (10 ** 12, 1)\ndef f(x): return x.sum(n + m + o + p + q)\n",
    "ranges": "def f(x):\n    h = [x for i in range(10 ** 12)]\n    for i in range(10 ** 12):\n        x = x.softmax(1)\n"
    "    return h[10 ** 11] + x\n",
    "layers": "f = nn.Sequential(*[nn.Linear(2, 2) for _ in range(10 ** 12)], nn.Softmax(1))\n",
}

FORKING = {
    "ifs": "def f(x, *c):\n" + each("    if c[@]: x = x.softmax(1)\n    else: x = x.relu()\n", 60) + "    return x\n",
    "flags": "def f(x" + each(", c@=False", 60) + "):\n" + each("    if c@: x = x.softmax(1)\n", 60) + "    return x\n",
    "conditions": "def f(x, a, b):\n    if "
    + " and ".join(f"(a == {n} or b != {n} or not a > {n})" for n in range(200))
    + ":\n        x = x.softmax(1)\n    return x\n",
    "choices": "def f(x, a): return " + "(x.softmax(1) if a else " * 60 + "x" + ")" * 60 + "\n",
    "loops": "def f(x):\n"
    + "".join("  " * n + f"for i{n} in x:\n" for n in range(1, 19))
    + "  " * 19
    + "x = x.relu()\n  return x\n",
    "tries": "def f(x):\n"
    + "".join("  " * n + "try:\n" for n in range(1, 18))
    + "  " * 18
    + "x = x.softmax(1)\n"
    + "".join("  " * n + f"except E{n}: x = x.relu()\n" + "  " * n + "finally: x = x + 1\n" for n in range(17, 0, -1))
    + "  return x\n",
    "cases": "def f(x, m):\n    match m:\n" + each("        case @: x = x.softmax(@)\n", 1500) + "    return x\n",
    "callers": "def f(x): return x\n" + each("def h@(x, y): return g(x.softmax(1), y)\n", 1000),
    "callers of callers": "def f(x): return x\ndef h0(x, y): return g(x, y) + g(x, y)\n"
    + each("def h@(x, y): return h^(x, y) + h^(x, y)\n", 60)
    + "def z(x, y): return h60(x.softmax(1), y)\n",
    "each other": "def f(x): return a(x, 3)\ndef a(x, n): return b(x, n) if n else x.softmax(1)\n"
    "def b(x, n): return a(x, n - 1) + c(x, n)\ndef c(x, n): return a(x, n) + b(x, n)\n",
}

CIRCLES = {
    "names": "f = b\nb = c\nc = f\n",
    "bases": "class A(B): pass\nclass B(C): pass\nclass C(A):\n    def forward(self, x): return super().forward(x)\nf = A()\n",
    "its own base": "class A(A): pass\nclass B(A, B, A): pass\nf = B()\n",
    "objects": "class A:\n    def __init__(self, o=None): self.o = o or A(self)\n    def f(self, x): return self.o.f(x)\nf = A(A()).f\n",
    "properties": "class A(nn.Module):\n    @property\n    def p(self): return self.q\n    @property\n    def q(self): return self.p\n"
    "    def __getattr__(self, n): return getattr(self, n)\n    def __call__(self, x): return self(x)\nf = A().p.r\n",
    "collections": "d = {}\nd['d'] = d\nl = []\nl.append(l)\nl[0] = l\ndef f(x): return d['d']['d']['d'](l[0][0][0](x))\n",
    "generators": "def w():\n    yield from w()\n    yield w()\ndef f(x):\n    for a in w():\n        for b in a:\n            x = b(x)\n    return x\n",
    "globals": "".join(f"def s{n}():\n    global f\n    f = s{(n + 1) % 100}\n" for n in range(100)),
}

#: Much of everything. What is found says where the reading ends.
MUCH = {
    "rows that only print": (HEAD + "x = 1\n" * 100_000 + "print 'a'\n" * 299, None),
    "a table": (
        HEAD + "d = [" + "[1.0, 2.0], " * 120_000 + "]\ndef f(x): return x * torch.tensor(d)\n" + LOSS,
        "LL900",
    ),
    "losses": (HEAD + "def g(x, y):\n    p = x.softmax(1)\n" + "    y = F.cross_entropy(p, y)\n" * 3000, "LL900"),
    "a text": (HEAD + "d = '" + "x" * 10_000_000 + "'\ndef f(x): return x.softmax(1)\n" + LOSS, "LL101"),
    "a name": (
        HEAD + f"def g({'x' * 1_000_000}, y): return F.cross_entropy({'x' * 1_000_000}.softmax(1), y)\n",
        "LL101",
    ),
    "functions in functions": (
        HEAD
        + "".join(" " * n + f"def f{n}(x):\n" for n in range(80))
        + " " * 80
        + "return x.softmax(1)\nf = f0\n"
        + LOSS,
        None,
    ),
    "decorators": (HEAD + "def d(f): return f\n" + "@d\n" * 300 + "def f(x): return x.softmax(1)\n" + LOSS, None),
    "classes": (
        HEAD
        + "class A(nn.Module):\n    def forward(self, x): return self.h(x)\n"
        + each("class A@(A):\n    def h(self, x): return x.softmax(1)\n", 1500)
        + "def f(x, n): return n(x)\n"
        + LOSS,
        None,
    ),
    "mentions in one row": (
        HEAD
        + "class C:\n    n = 3\ncfg = C()\nz = ("
        + "cfg.n, " * 25_000
        + ")\ndef f(x): return x.softmax(cfg.n)\n"
        + LOSS,
        "LL101",
    ),
}

BYTES: dict[str, bytes] = {
    "null": HEAD.encode() + b"\0\n",
    "UTF-16": b"\xff\xfe" + HEAD.encode("utf-16-le"),
    "a long cookie": b"# coding: " + b"x" * 100_000 + b"\n",
    "a path as cookie": b"# coding: ../../x\n" + HEAD.encode(),
    **{
        codec: b"# coding: " + codec.encode() + b"\n" + HEAD.encode() + b"-9" * 100_000
        for codec in ("rot13", "idna", "punycode", "unicode_escape", "undefined", "utf-7", "zlib", "oem")
    },
    "surrogates": HEAD.encode() + b"# \xed\xa0\x80\n",
    "carriage returns": HEAD.replace("\n", "\r").encode() * 1000,
    "controls": HEAD.encode() + b"x = '\x1b[2J\x07\x9b'\n" + (HEAD + LOSS).encode(),
}


@pytest.mark.parametrize("name", [*DOUBLING, *FORKING, *CIRCLES])
def test_what_doubles_forks_and_goes_in_circles_comes_to_an_end(tmp_path: Path, name: str) -> None:
    survived(tmp_path, {"hostile.py": HEAD + {**DOUBLING, **FORKING, **CIRCLES}[name] + LOSS})


@pytest.mark.parametrize("name", MUCH)
def test_much_of_everything_comes_to_an_end(tmp_path: Path, name: str) -> None:
    text, code = MUCH[name]
    run = survived(tmp_path, {"hostile.py": text})
    if code is not None:
        assert any(line.startswith("hostile.py:") and line.endswith(code) for line in run.found), run.output[-2000:]


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_text(tmp_path: Path, name: str) -> None:
    survived(tmp_path, {"hostile.py": BYTES[name]})


def test_modules_that_import_each_other_entirely(tmp_path: Path) -> None:
    files = {
        f"m{n}.py": "".join(f"from m{(n + step) % 120} import *\n" for step in (1, 7, 3)) for n in range(120)
    }  # fmt: skip
    survived(tmp_path, {**files, "hostile.py": HEAD + "from m0 import *\n" + LOSS})


def test_what_modules_give_is_found_through_circles(tmp_path: Path) -> None:
    files = {f"m{n}.py": f"from m{(n + 1) % 6} import *\nfrom m{(n + 2) % 6} import *\n" for n in range(6)}
    files["m5.py"] += "def f(x): return x.softmax(1)\n"
    run = survived(tmp_path, {**files, "a.py": HEAD + "from m0 import *\n" + LOSS})
    assert "a.py:6:12: LL101" in run.found
