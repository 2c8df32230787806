"""Lowering: statements in order become a graph, and every form of it can be found again in the text."""

from __future__ import annotations

import ast
from textwrap import dedent, indent

import libcst as cst
import pytest

from losslint.static.lowering import forms as f
from losslint.static.lowering.lowering import recorded
from losslint.static.lowering.units import Unit
from tests.static.programs import file_of, judged, marks_of, project_of


def unit_of(text: str, qualname: str) -> Unit:
    unit = file_of(dedent(text)).unit(qualname)
    assert unit is not None
    return unit


def graph_of(body: str) -> f.Graph:
    """The graph of a function `step(x, y, flag)` with some statements."""
    return unit_of("def step(x, y, flag):\n" + indent(dedent(body), "    "), "step").graph()


def plain(form: f.Form | None) -> f.Form | None:
    """A form without the names that it was read under."""
    while isinstance(form, f.Named):
        form = form.form
    return form


def returned(graph: f.Graph) -> list[f.Form | None]:
    assert isinstance(graph.result, f.Result)
    return [plain(form) for _, form in graph.result.returns]


def callee(form: object) -> str:
    assert isinstance(form, f.Call), form
    return form.callee_name


def test_a_read_is_what_was_bound_last() -> None:
    graph = graph_of(
        """
        out = first(x)
        use(out)
        out = second(out)
        return out
        """
    )
    (result,) = returned(graph)
    assert callee(result) == "second"
    assert isinstance(result, f.Call)
    assert callee(plain(result.arguments[0].form)) == "first"
    use = next(call for call in graph.calls if call.callee_name == "use")
    assert callee(plain(use.arguments[0].form)) == "first"


def test_branches_join_in_a_choice() -> None:
    graph = graph_of(
        """
        out = first(x)
        if flag:
            out = second(x)
        return out
        """
    )
    (choice,) = returned(graph)
    assert isinstance(choice, f.Choice)
    assert (callee(plain(choice.then)), callee(plain(choice.other))) == ("second", "first")
    condition = plain(choice.condition)
    assert isinstance(condition, f.Param) and condition.name == "flag"


def test_a_branch_that_returns_joins_nothing() -> None:
    graph = graph_of(
        """
        out = first(x)
        if flag:
            out = second(x)
            return out
        return out
        """
    )
    assert [callee(form) for form in returned(graph)] == ["second", "first"]
    assert isinstance(graph.result, f.Result)
    assert [[truth for _, truth in path] for path, _ in graph.result.returns] == [[True], [False]]


def test_what_stands_behind_a_return_is_not_reached() -> None:
    graph = graph_of("return first(x)\nout = second(x)\n")
    assert [call.callee_name for call in graph.calls] == ["first"]


def test_a_function_without_a_return_gives_none() -> None:
    (result,) = returned(graph_of("use(x)\n"))
    assert isinstance(result, f.Const) and result.value is None


def test_calls_know_their_conditions_and_blocks() -> None:
    graph = graph_of(
        """
        with torch.no_grad():
            inside(x)
        if flag:
            yes(x)
        else:
            no(x)
        after(x)
        """
    )
    calls = {call.callee_name: call for call in graph.calls}
    assert [callee(block) for block in calls["inside"].blocks] == ["no_grad"]
    assert [truth for _, truth in calls["yes"].path] == [True]
    assert [truth for _, truth in calls["no"].path] == [False]
    assert calls["after"].path == () and calls["after"].blocks == ()


def test_unpacking() -> None:
    graph = graph_of("a, (b, c) = both(x)\nreturn c\n")
    (inner,) = returned(graph)
    assert isinstance(inner, f.Unpacked) and (inner.index, inner.count) == (1, 2)
    outer = plain(inner.base)
    assert isinstance(outer, f.Unpacked) and (outer.index, outer.count) == (1, 2)
    assert callee(plain(outer.base)) == "both"


@pytest.mark.parametrize(
    ("statement", "sort"),
    [
        ("x += y", f.Binary),
        ("x.attr = y", f.SetAttr),
        ("x['key'] = y", f.SetItem),
        ("x.append(y)", f.Mutated),
        ("x = not y", f.Unary),
        ("x = y < 1", f.Compare),
        ("x = y and flag", f.Boolean),
        ("x = [y, flag]", f.Sequence),
        ("x = {'a': y}", f.Mapping),
        ("x = y if flag else x", f.Choice),
        ("x = y[0]", f.Item),
        ("x = [a for a in y]", f.Comprehension),
        ("x = lambda: y", f.Function),
        ("x = y.attr", f.Attr),
        ("x = 1", f.Const),
        ("x = elsewhere", f.Global),
        ("import elsewhere as x", f.Imported),
        ("x.relu_()", f.Call),
        ("(x := y.attr)", f.Attr),
        ("setattr(x, 'name', y)", f.SetAttr),
    ],
)
def test_what_a_name_is_after_a_statement(statement: str, sort: type[f.Form]) -> None:
    assert isinstance(plain(graph_of(statement + "\n").bindings["x"]), sort)


def test_loops_carry_what_they_rebind() -> None:
    graph = graph_of(
        """
        for layer in y:
            x = layer(x)
        return x
        """
    )
    (out,) = returned(graph)
    assert isinstance(out, f.LoopOut) and out.name == "x"
    body = plain(out.loop.after["x"])
    assert isinstance(body, f.Call)
    assert isinstance(plain(body.function), f.Element)
    argument = plain(body.arguments[0].form)
    assert isinstance(argument, f.Carried)
    before = plain(argument.before)
    assert isinstance(before, f.Param) and before.name == "x"
    assert out.loop.first <= body.seq < out.loop.last


def test_nested_functions_are_graphs_of_their_own() -> None:
    graph = graph_of(
        """
        scale = make(x)

        def inner(z, w=default(y)):
            return use(z, scale)

        return inner(x)
        """
    )
    assert [nested.name for nested in graph.nested] == ["inner"]
    assert [call.callee_name for call in graph.nested[0].calls] == ["use"]
    assert {call.callee_name for call in graph.calls} == {"make", "default", "inner"}
    use = graph.nested[0].calls[0]
    seen = plain(use.arguments[1].form)
    assert isinstance(seen, f.Outer)
    assert callee(plain(seen.form)) == "make"


def test_parameters() -> None:
    graph = unit_of("def g(a, /, b: torch.Tensor = 2, *args, c, d=None, **rest):\n    pass\n", "g").graph()
    assert [(p.name, p.sort, p.keyword_only, p.annotation, p.default is not None) for p in graph.parameters] == [
        ("a", "", False, "", False),
        ("b", "", False, "torch.Tensor", True),
        ("args", "*", False, "", False),
        ("c", "", True, "", False),
        ("d", "", True, "", True),
        ("rest", "**", True, "", False),
    ]


def test_generators_yield() -> None:
    graph = graph_of("yield first(x)\nyield second(x)\n")
    assert isinstance(graph.result, f.Yielded)
    assert [callee(plain(form)) for form in graph.result.forms] == ["first", "second"]


# ---------------------------------------------------------------- units and positions


def found(text: str, qualname: str) -> dict[str, tuple[int, int, int, int]]:
    """Where each call of a unit stands: row, column, end row, end column, by its text."""
    file = file_of(text)
    unit = file.unit(qualname)
    assert unit is not None
    graph = unit.graph()
    places = {}
    for part in (graph, *graph.nested):
        for call in part.calls:
            place, written = unit.locate(call)
            places[written] = (place.row, place.column, place.end_row, place.end_column)
    return places


def check(text: str, qualname: str, *calls: str) -> None:
    """The calls of a unit, each on one row, stand where a search for their text finds them."""
    rows = text.split("\n")
    places = found(text, qualname)
    assert sorted(places) == sorted(calls)
    for call, (row, column, end_row, end_column) in places.items():
        assert row == end_row
        assert rows[row - 1][column - 1 : end_column - 1] == call


DECORATED = '''\
"""A text."""
import torch

@first(1)
@second(
    2,
)
def outer(x,
          y=3):
    value = call(x)

    @third(4)
    def inner(z):
        return deep(z)

    return inner(value)
'''


def test_positions_beside_decorators_and_nested_functions() -> None:
    places = found(DECORATED, "outer")
    assert places["first(1)"] == (4, 2, 4, 10)
    assert places["call(x)"] == (10, 13, 10, 20)
    assert places["deep(z)"] == (14, 16, 14, 23)
    assert places["inner(value)"] == (16, 12, 16, 24)
    assert places["second( …"] == (5, 2, 7, 2)


def test_positions_in_a_method() -> None:
    text = "class Net(nn.Module):\n\n    @staticmethod\n    def f(x):\n        y = g(x)\n        return h(y)\n"
    check(text, "Net.f", "g(x)", "h(y)")


def test_positions_in_a_method_of_a_nested_class() -> None:
    text = "class A:\n    class B:\n        class C:\n            def f(x):\n                return g(x)\n"
    check(text, "A.B.C.f", "g(x)")


def test_positions_behind_tabs() -> None:
    text = "class Net:\n\tdef f(x):\n\t\tif x:\n\t\t\ty = g(x);\tz = h(x)\n\t\treturn k(x)\n"
    check(text, "Net.f", "g(x)", "h(x)", "k(x)")


def test_positions_beside_wide_characters() -> None:
    text = "def f(x):\n    name = 'größe 🙂'; y = g(x)\n    return h('🙂🙂', y)\n"
    check(text, "f", "g(x)", "h('🙂🙂', y)")


@pytest.mark.parametrize(
    "text",
    [
        "def a():\n    pass\n\f\ndef f(x):\n    return g(x)\n",
        "def a():\n    pass\n\n\fdef f(x):\n    return g(x)\n",
        "\f\n\f\nimport torch\n\f\ndef f(x):\n\n\f\n    y = 1\n    return g(x)\n",
        "def f(x):\n\f\n    return g(x)\n",
    ],
)
def test_positions_beside_form_feeds(text: str) -> None:
    check(text, "f", "g(x)")


def test_positions_in_definitions_under_conditions() -> None:
    text = (
        "import torch\nif torch:\n    def f(x):\n        return g(x)\nelse:\n    class C:\n        def m(self, x):\n"
        "            return h(x)\ntry:\n\tdef k(x): return n(x)\nexcept ImportError:\n    pass\nlast = m(1)\n"
    )
    check(text, "f", "g(x)")
    check(text, "C.m", "h(x)")
    check(text, "k", "n(x)")
    check(text, "", "m(1)")


def test_positions_in_the_module_part() -> None:
    text = "a = f(1)\ndef g():\n    return h(2)\nclass C:\n    x = k(3)\nb = m(\n  4)\nif a:\n    c = n(5)\n"
    assert found(text, "") == {
        "f(1)": (1, 5, 1, 9),
        "m( …": (6, 5, 7, 5),
        "n(5)": (9, 9, 9, 13),
    }
    check(text, "C", "k(3)")


def test_a_class_body_is_read_without_its_methods() -> None:
    text = "class C(B):\n    a = f(1)\n    @property\n    def m(self):\n        return g(2)\n    b = h(3)\n"
    check(text, "C", "f(1)", "h(3)")
    check(text, "C.m", "g(2)")


def test_units_that_the_index_does_not_know() -> None:
    file = file_of("def f():\n    pass\n")
    assert file.unit("g") is None
    assert file.function("g") is None
    assert file.unit("f") is file.unit("f")
    assert file.unit("") is file.module()


def test_newer_syntax_is_lowered_in_place() -> None:
    text = (
        'type Pair[T] = tuple[T, T]\n\ndef first[T](x: Pair[T]) -> T:\n    name = f"{x["a"]}"\n    return g(x)\n\n'
        "class Net[T]:\n    def m(self, x):\n        return h(x)\n"
    )
    check(text, "first", "g(x)")
    check(text, "Net.m", "h(x)")


def test_a_program_in_newer_syntax_is_judged() -> None:
    text = (
        "import torch.nn.functional as F\nfrom torch import nn\n\ntype Batch[T] = tuple[T, T]\n\n"
        "class Net[T](nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = nn.Linear(8, 3)\n\n    def forward(self, x: T) -> T:\n"
        '        print(f"{self.sizes["fc"]}")\n        return self.fc(x).softmax(1)\n\n'
        "def bad[T](x: T, y: T) -> T:\n    return F.cross_entropy(Net()(x), y)  # LL101\n\n"
        "def good[T](x: T, y: T) -> T:\n    return F.cross_entropy(Net().fc(x), y)\n"
    )
    assert judged({"a.py": text}) == marks_of({"a.py": text})


# ---------------------------------------------------------------- rows that are left out

#: Definitions between, below and behind statements of the module part, with all that may stand in one row with them.
BETWEEN = (
    'TEXT = """a\n\ndef no():\n    pass\n"""; early = f(1)\n\n\ndef a(x):\n\n    # nothing\n    return deep(x)\n\n'
    "if early:\n    @first(2)\n    def b(x):\n        return deep(x)\n    within = g(3)\nelse:\n"
    "\tclass C:\n\t\tdef m(self):\n\t\t\treturn deep(self)\n"
    "long = h(4) \\\n    + k(5)\nclass D: pass\n\f\nclass E:\n    x = 1\n\n    y = n(6)\nlast = m('ö', late(7))\n"
)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_positions_in_a_module_part_full_of_definitions(ends: str) -> None:
    file = project_of({"a.py": BETWEEN.replace("\n", ends)}).file("a.py")
    assert file is not None
    assert file.source.text == BETWEEN
    check(BETWEEN, "", "f(1)", "g(3)", "h(4)", "k(5)", "m('ö', late(7))", "late(7)")
    check(BETWEEN, "E", "n(6)")


@pytest.mark.parametrize("qualname", ["", "E"])
def test_a_unit_is_the_same_when_it_is_lowered_again_for_its_places(qualname: str) -> None:
    text = BETWEEN + "    z = 1\n    def f(self):\n\n        return deep(self)\n    w = p(z)\n" * (qualname == "E")
    text = text.replace("last = m('ö', late(7))\n", "") if qualname else text
    unit = unit_of(text, qualname)
    graph, again = unit.graph(), recorded(unit)
    assert [(call.seq, call.callee_name) for call in graph.calls] == [
        (call.seq, call.callee_name) for call in again.graph.calls
    ]
    assert graph.bindings.keys() == again.graph.bindings.keys()
    if not qualname:
        held = graph.bindings["TEXT"]
        assert isinstance(held, f.Const)
        assert held.value == "a\n\ndef no():\n    pass\n"


def test_what_no_parser_understands_is_told_with_its_row_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(text: str) -> cst.Module:
        # What CPython and libcst disagree on differs by version: here it is a word.
        return parse(text.replace("REFUSED", "print 3"))

    def too_new(text: str) -> ast.Module:
        raise SyntaxError(text)

    parse = cst.parse_module
    monkeypatch.setattr("libcst.parse_module", refusing)
    monkeypatch.setattr("losslint.static.lowering.lowering.parse", too_new)
    file = file_of("x = 1\n\ndef f():\n\n    return 2\n\ny = 3\nREFUSED\n")
    assert not file.module().graph().calls
    [(_, problem)] = file.project.left_out
    assert "error at 8:" in problem.message
