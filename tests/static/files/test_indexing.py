"""The index: what one file defines, imports and calls."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest

from losslint.static.files.holding import under_other_names
from losslint.static.files.index import MODULE, Import, Index
from losslint.static.files.indexing import index_text
from losslint.static.files.newer_syntax import index_with_libcst
from losslint.static.files.syntax_trees import dotted, parse


def index_of(text: str) -> Index:
    return index_text(dedent(text))


def test_imports_bind_names() -> None:
    index = index_of(
        """
        import torch
        import torch.nn.functional as F
        import os.path
        from torch import nn
        from ..models import net as network
        from . import sibling
        from .common import *
        """
    )
    assert index.names == {
        "torch": Import("torch", "", 0),
        "F": Import("torch.nn.functional", "", 0),
        "os": Import("os", "", 0),
        "nn": Import("torch", "nn", 0),
        "network": Import("models", "net", 2),
        "sibling": Import("", "sibling", 1),
    }
    assert index.star_imports == [Import("common", "*", 1)]
    assert {("torch.nn.functional", 0), ("models.net", 2), ("sibling", 1), ("common", 1)} <= index.imported


def test_imports_inside_functions_bind_no_name_of_the_module() -> None:
    index = index_of(
        """
        def f():
            import torch
            from a.b import c
        """
    )
    assert set(index.names) == {"f"}
    assert {("torch", 0), ("a.b", 0), ("a.b.c", 0)} <= index.imported


def test_statements_bind_names_without_hiding_imports() -> None:
    index = index_of(
        """
        import argparse
        a = b = 1
        (c, *d), [e] = x
        for f in y:
            g = 2
        with open(h) as i:
            pass
        try:
            j = 3
        except ValueError:
            k = 4
        argparse = None
        l += 1
        m: int = 5
        """
    )
    assert {name for name, bound in index.names.items() if bound == ""} == set("abcdefgijklm")
    assert index.names["argparse"] == Import("argparse", "", 0)


def test_rows_of_definitions_include_their_decorators() -> None:
    index = index_of(
        """\
        @cache
        @wraps(
            thing,
        )
        def decorated():
            pass

        class Net(
            nn.Module,
        ):
            @property
            def criterion(self):
                return 1

            @criterion.setter
            def criterion(self, value):
                self.kept = value
        """
    )
    assert [(d.qualname, d.first, d.last) for d in index.functions.values()] == [
        ("decorated", 1, 6),
        ("Net.criterion", 11, 13),
        ("Net.criterion:setter", 15, 17),
    ]
    assert index.functions["decorated"].decorators == ("cache", "wraps")
    net = index.classes["Net"]
    assert (net.first, net.last, net.bases) == (8, 17, ("nn.Module",))
    assert net.methods["criterion"].qualname == "Net.criterion"
    assert net.stores == {"kept": ["criterion"]}
    assert index.blanked == [(1, 6), (8, 17)]


def test_a_class_holds_names_fields_and_what_its_methods_store() -> None:
    index = index_of(
        """
        class Net(Base[int], make(), metaclass=Meta):
            criterion = nn.CrossEntropyLoss()
            width: int
            depth: int = 3

            def __init__(self, width):
                self.width = width
                self.a, self.b = 1, 2
                self.options["x"] = 3
                self.register_buffer("weight", torch.ones(3))

            def grow(this):
                this.width = 4
                other.ignored = 5

            class Inner:
                pass
        """
    )
    net = index.classes["Net"]
    assert net.bases == ("Base", "")
    assert net.fields == {"width": False, "depth": True}
    assert net.names == {"criterion", "width", "depth", "Inner"}
    assert net.stores["width"] == ["__init__", "grow"]
    assert {"a", "b", "options", "weight"} <= set(net.stores)
    assert "Net.Inner" in index.classes


def test_definitions_under_conditions_are_found() -> None:
    index = index_of(
        """
        if flag:
            def f():
                return 1
        else:
            class C:
                if flag:
                    def method(self):
                        pass
        try:
            async def g():
                pass
        except ImportError:
            pass
        """
    )
    assert set(index.functions) == {"f", "C.method", "g"}
    assert index.classes["C"].methods["method"].qualname == "C.method"
    assert index.names["f"] == "f" and index.names["C"] == "C"


def test_calls_are_kept_under_the_unit_that_holds_them() -> None:
    index = index_of(
        """
        top(1)

        def f(a=default()):
            def inner():
                deep()
            x = obj.method(inner)(2)
            table["key"](x)

        class C:
            made = build()

            def m(self):
                return super().m()
        """
    )
    calls = {name: list(units) for name, units in index.calls.items()}
    assert calls["top"] == [MODULE]
    assert calls["default"] == ["f"]
    assert calls["deep"] == ["f"]
    assert calls["method"] == ["f"]
    assert calls["()"] == ["f"]
    assert calls["table"] == ["f"]
    assert calls["&inner"] == ["f"]
    assert calls["build"] == ["C"]
    assert calls["m"] == ["C.m"]


def test_names_under_which_results_are_held() -> None:
    index = index_of(
        """
        criterion = nn.CrossEntropyLoss().cuda()
        self.bce = nn.BCELoss() if flag else nn.MSELoss()
        train(loss=nn.NLLLoss())
        ce = F.cross_entropy

        def step(x, objective=nn.L1Loss()):
            pass
        """
    )
    assert index.held_as["CrossEntropyLoss"] == {"criterion"}
    assert index.held_as["BCELoss"] == index.held_as["MSELoss"] == {"bce"}
    assert index.held_as["NLLLoss"] == {"loss"}
    assert index.taken_as["cross_entropy"] == {"ce"}
    assert index.held_as["L1Loss"] == {"objective"}


def test_names_under_which_a_container_s_entries_are_held() -> None:
    index = index_of(
        """
        criteria = nn.ModuleList([])
        criteria.append(Distill(4))
        by_name = {"ce": Entropy(), **{"kl": Divergence()}}
        several = [Focal(gamma) for gamma in gammas]
        divide, entropy = criteria[0], by_name["ce"]
        first, second = make(config)
        for name, objective in by_name.items():
            pass
        total = sum(term(x) for term in several)
        """
    )
    assert index.held_as["Distill"] == {"criteria"}
    assert index.held_as["Entropy"] == index.held_as["Divergence"] == {"by_name"}
    assert index.held_as["Focal"] == {"several"}
    assert index.held_as["make"] == {"first", "second"}
    assert index.taken_as["criteria"] == {"divide"}
    assert index.taken_as["by_name"] == {"entropy", "name", "objective"}
    assert index.taken_as["several"] == {"term"}
    assert under_other_names(index, {"criteria"}) == {"criteria", "divide"}


def test_parameters_that_something_is_called_by() -> None:
    index = index_of(
        """
        class Trainer:
            def __init__(self, net, divergence, rate):
                self.net, self.kd = net, divergence
                self.rate = rate

            def step(self, x, y):
                return self.kd(self.net(x), y)

        def apply(function, x):
            return function(x)
        """
    )
    assert index.called_parameters == {"net", "kd", "function"}


def test_global_statements() -> None:
    index = index_of(
        """
        def setup():
            global model, head
            model = 1
        """
    )
    assert index.globals_bound == {"model": {"setup"}, "head": {"setup"}}


@pytest.mark.parametrize(
    ("text", "expected"), [("a.b.c", "a.b.c"), ("a", "a"), ("f().b", ""), ("a[0].b", ""), ("1", "")]
)
def test_dotted_names(text: str, expected: str) -> None:
    (statement,) = parse(text).body
    assert dotted(statement.value) == expected  # type: ignore[attr-defined]


def test_odd_escapes_in_linted_code_do_not_warn(recwarn: pytest.WarningsRecorder) -> None:
    assert "x" in index_text('x = "\\d"').names
    assert not recwarn.list


# ---------------------------------------------------------------- newer syntax

NEWER = """\
type Pair[T] = tuple[T, T]

def first[T](pair: Pair[T]) -> T:
    return criterion(pair)

class Net[T](nn.Module):
    def name(self):
        return f"{self.names["head"]} of {
            self.width
        }"

    def step(self):
        return 1
"""


def test_newer_syntax_is_indexed_by_way_of_libcst() -> None:
    index = index_with_libcst(NEWER)
    assert index is not None
    assert {name: (d.first, d.last) for name, d in index.functions.items()} == {
        "first": (3, 4),
        "Net.name": (7, 10),
        "Net.step": (12, 13),
    }
    assert index.classes["Net"].bases == ("nn.Module",)
    assert index.calls["criterion"] == {"first": None}
    assert index.names["Pair"] == ""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the interpreter must read the syntax itself")
def test_newer_syntax_is_indexed_as_the_interpreter_does() -> None:
    by_libcst, by_python = index_with_libcst(NEWER), index_text(NEWER)
    assert by_libcst is not None
    assert by_libcst.functions == by_python.functions
    assert by_libcst.classes == by_python.classes
    assert by_libcst.calls == by_python.calls


@pytest.mark.parametrize("text", ["def f(:\n    pass\n", "x = (1\n", "  x = 1\n y = 2\n", "print 'a'\n"])
def test_what_no_python_reads_has_no_index(text: str) -> None:
    assert index_with_libcst(text) is None


def test_a_class_knows_all_that_its_methods_bind() -> None:
    index = index_of(
        """
        class Net:
            def run(self, layers):
                with open("a") as self.file, lock as (self.one, other):
                    pass
                for self.step in layers:
                    del self.gone
                found = [0 for self.last in layers]
                self.inner.deep[0] = 1
                layers[self.read] = 2

                def later():
                    self.late: int = 3

                if layers:
                    layers.append(setattr(self, found, 4))
                self.head.register_forward_hook(later)
                return self.add_module("tail", layers)

            def other(this):
                self.not_its_own = 5
                this.own += 6

        def function(self):
            self.nobodys = 7

        class Later:
            def run(self):
                self.own = 8
        """
    )
    assert index.classes["Net"].stores == {
        name: ["run"] for name in ("file", "one", "step", "last", "inner", "late", "*", "head", "tail")
    } | {"own": ["other"]}
    assert index.classes["Later"].stores == {"own": ["run"]}
