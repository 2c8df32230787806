"""Losses that are added up over a loop after each was backpropagated: the sum keeps what the losses hold alive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losslint.static.evaluation.out_of_graph import turned_off
from losslint.static.lowering import forms as f
from losslint.static.signs.flows import backward_calls, flowing, surely_flowing
from losslint.vocabulary.observations import OperationCall

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Steps for the blocks around one sum.
FEW_STEPS = 200


def accumulated(ev: Evaluator, graph: f.Graph) -> Iterator[OperationCall]:
    """The sums of a function that grow by a loss in each round, where that loss is backpropagated by itself."""
    if not graph.sums or b"torch" not in ev.project.data(graph.unit.file.name):
        return  # other libraries have a `backward` too
    trained = [(call, f.bare(form)) for call, form in backward_calls(graph) if _is_receiver(call, form)]
    if not trained:
        return
    needed = flowing([form for _, form in trained])
    for total, blocks in graph.sums:
        if total in needed:
            continue  # the sum is what is trained on
        for carried, added in ((total.left, total.right), (total.right, total.left)):
            before = f.bare(carried)
            if not isinstance(before, f.Carried) or not _grows(before, total):
                continue
            loop, parts = before.loop, surely_flowing(added)
            if any(form in parts and loop.first <= call.seq < loop.last for call, form in trained):
                ev.enter({}, FEW_STEPS)
                if not _without_graph(ev, graph, blocks):
                    yield OperationCall("accumulation", before.name, ev.spot(total), ())
                break


def _is_receiver(call: f.Call, form: f.Form) -> bool:
    return isinstance(call.function, f.Attr) and call.function.base is form


def _grows(before: f.Carried, total: f.Binary) -> bool:
    """Whether the sum is what the variable is in the next round."""
    after = before.loop.after.get(before.name)
    return after is not None and total in flowing([after])


def _without_graph(ev: Evaluator, graph: f.Graph, blocks: tuple[f.Form, ...]) -> bool:
    frame = ev.generic(graph)
    return any(isinstance(block, f.Call) and turned_off(ev, block, frame) for block in blocks)
