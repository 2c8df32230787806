"""Misuses that only count where a loss is trained on: noted when the loss is called, told when `backward` gets there.

Predictions are rounded for metrics every day, and nobody minds. So a call that would be one is kept as a suspect, with
the numbers that autograd gives to the first node that the loss will make and to the one of its input: within a thread
no two nodes have the same. A graph that `backward` is called on and that has that node above that input is one that
trains on this very call.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from losslint.rules.facts import trained_in_vain
from losslint.runtime import patterns
from losslint.vocabulary.observations import LossCall, Writing
from losslint.vocabulary.places import Spot, Trail

if TYPE_CHECKING:
    from losslint.runtime.session import Record

#: Losses that compare values with targets of temporal differences.
REGRESSIONS = frozenset({"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"})

#: Calls of a session that are suspect at one time, and how many `backward` of their thread are looked at for each.
MOST_SUSPECTS, PATIENCE = 16, 4
#: Nodes that are looked at below a `backward`: a loss stands near the top.
MOST_NODES = 256

_next_number = getattr(torch._C._autograd, "_get_sequence_nr", None)


@dataclass(slots=True, eq=False)
class Suspect:
    """A call that is a misuse if it is trained on."""

    record: Record
    call: LossCall
    thread: int
    #: of the loss's first node, and of the node that its input comes from
    number: int
    parent: int
    #: how many `backward` are still looked at
    left: int = PATIENCE


def suspect(record: Record, call: LossCall, given: torch.Tensor, target: object) -> Suspect | None:
    """What is to be watched for, when a call would be a misuse as soon as it is trained on. Called before the loss
    computes anything."""
    node = given.grad_fn
    if node is None or _next_number is None or not torch.is_grad_enabled():
        return None
    learns = isinstance(target, torch.Tensor) and target.requires_grad
    written = {Writing.TRAINED_ON: Trail(record.site, "trained on")}
    if learns and isinstance(target, torch.Tensor) and call.loss in REGRESSIONS:
        if patterns.is_bootstrapped(given, target):
            written[Writing.BOOTSTRAPPED] = Trail(record.site, "the same network makes the target")
    trained = replace(call, written=written)
    if Writing.BOOTSTRAPPED not in written and not trained_in_vain(trained):
        return None
    return Suspect(record, trained, threading.get_ident(), int(_next_number()), node._sequence_nr())


def convicted(loss: torch.Tensor, suspects: list[Suspect], spot: Spot) -> Iterator[tuple[Record, LossCall]]:
    """The suspects that a `backward` trains on; they, and those that were waited for long enough, leave the list."""
    thread = threading.get_ident()
    ours = {each.number: each for each in suspects if each.thread == thread}
    if not ours:
        return
    for each in ours.values():
        each.left -= 1
    found = [ours[number] for number in _reached(loss.grad_fn, ours)]
    suspects[:] = [each for each in suspects if each.left > 0 and each not in found]
    for each in found:
        written = {**each.call.written, Writing.TRAINED_ON: Trail(spot, "trained on here")}
        yield each.record, replace(each.call, written=written)


def _reached(top: Any, suspects: dict[int, Suspect]) -> list[int]:
    """The numbers of the suspects whose loss is computed in a graph."""
    found: list[int] = []
    seen: dict[int, Any] = {}  # a node's id is its own only while somebody holds it
    nodes = deque([top])
    while nodes and len(seen) < MOST_NODES and len(found) < len(suspects):
        node = nodes.popleft()
        if node is None or id(node) in seen:
            continue
        seen[id(node)] = node
        number = node._sequence_nr()
        sought = suspects.get(number)
        parents = [parent for parent, _ in node.next_functions if parent is not None]
        if sought is not None and any(parent._sequence_nr() == sought.parent for parent in parents):
            found.append(number)
        else:
            nodes.extend(parents)
    return found
