"""What becomes of the result of a loss: nobody takes it, or its name is bound to something else before it is read."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from losslint.contracts import lookup, wrappers
from losslint.static.behaviour.modules import loss_of
from losslint.static.evaluation import calls
from losslint.static.evaluation.evaluator import NEARBY
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import ExternalV
from losslint.static.lowering import forms as f
from losslint.static.lowering.operands import computed_from
from losslint.static.signs.flows import backward_calls, flowing
from losslint.static.signs.patterns import argument_of, is_one
from losslint.vocabulary.observations import OperationCall

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Blocks that leave what happens inside as it is; others catch errors, measure, record.
PLAIN_BLOCKS = wrappers.NO_GRAD | {
    "torch.enable_grad", "torch.set_grad_enabled", "torch.autograd.set_grad_enabled", "torch.autocast",
    "torch.cuda.amp.autocast", "torch.amp.autocast", "torch.autograd.detect_anomaly",
}  # fmt: skip

#: What begins a cell in a script that a notebook was saved as, or that an editor runs cell by cell.
CELL = re.compile(r"# ?(?:In ?\[[\d ]*\]:?|%%(?!\w)|<codecell>)")

#: Functions by which a program measures how long something takes.
CLOCKS = frozenset({"time", "perf_counter", "monotonic", "process_time", "synchronize", "elapsed_time", "timeit"})


def negated(call: f.Call, graph: f.Graph) -> bool:
    """Whether a function uses a result with a minus in front of it, or takes it off 1 by that: the mean of what stands
    at the labels is `-F.nll_loss(p, y)`, and `1 + F.nll_loss(p, y)` is a mean absolute error."""
    worked_out = [*graph.arithmetic, *(form for form, _ in graph.sums)]
    sides = (side for form in worked_out for side in (form.left, form.right))
    given = (argument.form for other in graph.calls for argument in other.arguments)
    called = (other.function.base for other in graph.calls if isinstance(other.function, f.Attr))
    returned = (form for _, form in graph.result.returns) if isinstance(graph.result, f.Result) else ()
    forms = (*graph.bindings.values(), *worked_out, *sides, *given, *called, *returned)
    return any(_is_minus(form, call) for form in forms)


def _is_minus(form: f.Form, call: f.Call) -> bool:
    form = _before_item(form)
    if isinstance(form, f.Binary) and form.operator == "+":
        return (is_one(form.left) and f.bare(form.right) is call) or (is_one(form.right) and f.bare(form.left) is call)
    return isinstance(form, f.Unary) and form.operator == "-" and _before_item(form.operand) is call


def _before_item(form: f.Form) -> f.Form:
    """`loss` of `loss.item()`, and anything else as it is."""
    form = f.bare(form)
    if isinstance(form, f.Call) and form.callee_name == "item" and isinstance(form.function, f.Attr):
        return f.bare(form.function.base)
    return form


# ---------------------------------------------------------------- results that nobody takes


def unused(ev: Evaluator, graph: f.Graph, names: set[str]) -> Iterator[OperationCall]:
    """The losses of a function that are called, or made, as statements of their own."""
    found = [call for call in graph.statements if _may_be_loss(call, names)]
    if not found or _tries_something_out(graph):
        return
    for call in found:
        if call in graph.guarded or _shown(call, graph):
            continue
        ev.enter({}, NEARBY)
        frame = ev.generic(graph)
        if not _in_plain_blocks(ev, call, frame):
            continue
        callee = calls.callee(ev, call, frame)
        loss = loss_of(ev, callee)
        if loss is not None and call.arguments:
            yield OperationCall("unused", loss.contract.name, ev.spot(call), (), "computed")
        elif isinstance(callee, ExternalV) and lookup.loss_by_module(callee.name) is not None:
            yield OperationCall("unused", callee.name.rpartition(".")[2], ev.spot(call), (), "made")


def _may_be_loss(call: f.Call, names: set[str]) -> bool:
    function = f.bare(call.function)
    return call.callee_name in names or (isinstance(function, f.Call) and function.callee_name in names)


def _tries_something_out(graph: f.Graph) -> bool:
    """Whether a function tests or measures: there, calling is all that is wanted."""
    outermost = graph
    while outermost.outer is not None:
        outermost = outermost.outer
    if outermost.name.lower().startswith(("test", "bench", "check", "warm")):
        return True
    return any(call.callee_name in CLOCKS for call in graph.calls)


def _in_plain_blocks(ev: Evaluator, call: f.Call, frame: Frame) -> bool:
    for block in call.blocks:
        made = f.bare(block)
        value = ev.force(made.function if isinstance(made, f.Call) else made, frame)
        if not isinstance(value, ExternalV) or value.name not in PLAIN_BLOCKS:
            return False
    return True


def _shown(call: f.Call, graph: f.Graph) -> bool:
    """Whether the result may be shown: the last row of a notebook's cell, and what stands in a document."""
    file = graph.unit.file
    if graph.unit.sort != "module":
        return False
    if not file.name.endswith((".ipynb", ".py")):
        return True
    found = graph.unit.range(call)
    last = found[2] if found is not None else 0
    if file.name.endswith(".py"):
        return _ends_cell(file.lines, last)
    cells = file.source.cells
    if not 0 < last <= len(cells):
        return True
    cell = cells[last - 1][0]
    for row in range(last, len(cells)):
        if cells[row][0] != cell:
            break
        if file.lines[row].strip() and not file.lines[row].lstrip().startswith("#"):
            return False
    return True


def _in_two_sections(graph: f.Graph, call: f.Call, after: f.Form) -> bool:
    """Whether two rows of a module part stand in two cells, or in two examples of a document: each stands alone."""
    file, found, later = graph.unit.file, graph.unit.range(call), graph.unit.range(f.bare(after))
    if graph.unit.sort != "module" or found is None or later is None:
        return False
    last, first = found[2], later[0]
    cells = file.source.cells
    if cells:
        return max(last, first) > len(cells) or cells[last - 1][0] != cells[first - 1][0]
    between = file.lines[last : first - 1]
    if file.name.endswith(".py"):
        return any(CELL.match(line) for line in between)
    # What is no code is empty here: at least the ends of two fences.
    return any(not one.strip() and not other.strip() for one, other in itertools.pairwise(between))


def _ends_cell(lines: Sequence[str], last: int) -> bool:
    """Whether a row of a script is the last one of a cell: scripts that notebooks were saved as have their marks."""
    for line in lines[last:]:
        if CELL.match(line):
            return True
        if line.strip() and not line.lstrip().startswith("#"):
            return False
    return any(CELL.match(line) for line in lines)


# ---------------------------------------------------------------- results that are lost


def never_read(call: f.Call, graph: f.Graph) -> bool:
    """Whether the name that a result was bound to is bound to something else before anybody reads it."""
    names = [name for other, _, name in graph.rebound if other is call]
    return bool(names) and all(_is_local(name, graph) for name in names) and call not in flowing(graph.reads.forms)


def _is_local(name: str, graph: f.Graph) -> bool:
    """Whether nobody but the function itself reads a name that it binds."""
    return name not in graph.reads.closed and name not in graph.unit.file.index.globals_bound


def overwritten(ev: Evaluator, graph: f.Graph, names: set[str]) -> Iterator[OperationCall]:
    """The losses whose name is bound to another loss before anybody read it, in a function that trains on the other."""
    lost = [
        (call, after)
        for call, after, name in graph.rebound
        if _may_be_loss(call, names) and call.arguments and call not in graph.guarded and _is_local(name, graph)
    ]
    if not lost:
        return
    read = flowing(graph.reads.forms)
    trained = flowing([form for _, form in backward_calls(graph)])
    if isinstance(graph.result, f.Result):
        trained |= flowing([form for _, form in graph.result.returns])
    for call, after in lost:
        if call in read or f.bare(after) not in trained or _in_two_sections(graph, call, after):
            continue
        ev.enter({}, NEARBY)
        loss = loss_of(ev, calls.callee(ev, call, ev.generic(graph)))
        if loss is not None:
            yield OperationCall("overwritten", loss.contract.name, ev.spot(call), (), "")


def kept_of_the_last_round(ev: Evaluator, graph: f.Graph, names: set[str]) -> Iterator[OperationCall]:
    """The losses of a loop that nothing in their round reads, where what the last round leaves is trained on: that of
    all other heads, or batches, is lost. Not where a round goes on from the one before, as a recurrent network does."""
    trained = [(backward, f.bare(form)) for backward, form in backward_calls(graph)]
    left = [(backward, form) for backward, form in trained if isinstance(form, f.LoopOut)]
    if not left or _tries_something_out(graph):
        return
    for backward, form in left:
        call, loop = f.bare(form.loop.after.get(form.name, form)), form.loop
        if not isinstance(call, f.Call) or not _may_be_loss(call, names) or call in graph.reads.forms:
            continue
        if call in graph.guarded or not _is_local(form.name, graph) or _in_two_sections(graph, call, backward):
            continue
        if loop.iterable is None or loop.breaks or loop.stopped:
            continue
        if any(loop.first <= each.seq <= loop.last for each, _ in trained):
            continue
        if not _is_of_its_round(call, loop) or not all(each in backward.path for each in call.path):
            continue
        ev.enter({}, NEARBY)
        loss = loss_of(ev, calls.callee(ev, call, ev.generic(graph)))
        if loss is not None:
            yield OperationCall("overwritten", loss.contract.name, ev.spot(call), (), "loop")


def _is_of_its_round(call: f.Call, loop: f.Loop) -> bool:
    """Whether the target is of the loop's element, and nothing of the round before."""
    target = argument_of(call, 1, "target")
    of_element = target is not None and any(
        isinstance(part, f.Element) and part.loop is loop for part in _made_of(target.form)
    )
    return of_element and not any(
        isinstance(part, f.Carried) and part.loop is loop
        for argument in call.arguments
        for part in _made_of(argument.form)
    )


def _made_of(form: f.Form) -> set[f.Form]:
    """All that a form is computed from, keys included: `labels[i]`."""
    found, pending = set[f.Form](), [form]
    while pending:
        parts = set(computed_from(pending.pop())) - found
        found |= parts
        pending += (part.key for part in parts if isinstance(part, f.Item))
    return found
