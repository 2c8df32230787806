"""Forms in autograd's graph that rules speak of: a product of a matrix with itself, and a target that the network that
is trained makes itself. Only names, parents and settings of nodes are read."""

from __future__ import annotations

from collections import deque
from typing import Any

import torch

from losslint.runtime import nodes
from losslint.runtime.provenance import number_beside

#: Pairs of nodes that are compared before two graphs count as those of one network.
MOST_PAIRS = 200
#: Steps that are followed from a loss to the form that is looked for.
MOST_STEPS = 24

#: Nodes that choose among values, or leave them as they are: all that may stand between a loss and a network's output.
_CHOOSES = frozenset({"Gather", "Index", "Select", "IndexSelect", "MaskedSelect"})


def is_self_similar(scores: torch.Tensor) -> bool:
    """Whether a tensor is the product of a matrix with its own transpose, perhaps scaled by one number. What changes
    single values of it (a mask on the diagonal) makes it another thing."""
    node: Any = scores.grad_fn
    for _ in range(MOST_STEPS):
        name = nodes.name_of(node)[0] if node is not None else ""
        if name in ("Mul", "Div"):
            node = _scaled(node, name)
        elif name in ("Clone", "ToCopy"):
            node = node.next_functions[0][0]
        else:
            return name == "Mm" and _is_own_transpose(*(parent for parent in node.next_functions))
    return False


def _scaled(node: Any, name: str) -> Any:
    """What is multiplied or divided by a single number; None where it is by anything else."""
    (left, _), (right, _) = node.next_functions
    if left is not None and (number_beside(node, "other") is not None or _is_single(node, 1)):
        return left
    if name == "Mul" and right is not None and (number_beside(node, "self") is not None or _is_single(node, 0)):
        return right
    return None


def _is_single(node: Any, position: int) -> bool:
    """Whether what went into a node has one element: a temperature that is learned."""
    parent, output = node.next_functions[position]
    if parent is None:
        return False
    try:
        variable = getattr(parent, "variable", None)
        shape = variable.shape if variable is not None else parent._input_metadata[output].shape
        return all(int(size) == 1 for size in shape)
    except (AttributeError, IndexError, RuntimeError, TypeError, ValueError):
        return False  # an older torch, or a tensor without such a shape


def _is_own_transpose(one: tuple[Any, int], other: tuple[Any, int]) -> bool:
    node, _output = other
    name = nodes.name_of(node)[0] if node is not None else ""
    turned = name in ("T", "Transpose") or (name == "Permute" and nodes.saved(node, "dims") in ((1, 0), (-1, -2)))
    if one[0] is None or not turned:
        return False
    return bool(node.next_functions[0] == one)


def is_bootstrapped(given: torch.Tensor, target: torch.Tensor) -> bool:
    """Whether a target is something fixed plus the discounted best value that the very network gives for another state
    whose values for a state are compared with it: `reward + gamma * net(next).max(1)[0]` beside `net(state)`."""
    total = _kept(target.grad_fn)
    if total is None or nodes.name_of(total)[0] != "Add" or nodes.saved(total, "alpha") not in (None, 1):
        return False
    fixed = [parent for parent, _ in total.next_functions if parent is None]
    moving = [parent for parent, _ in total.next_functions if parent is not None]
    if len(fixed) != 1 or len(moving) != 1:
        return False
    values = _best(moving[0])
    return values is not None and _is_same_network(_kept(given.grad_fn), _kept(values))


def _best(node: Any) -> Any:
    """The node of the values of which a discounted one is the greatest along a dimension."""
    for _ in range(MOST_STEPS):
        node = _kept(node, choosing=False)
        name, form = nodes.name_of(node) if node is not None else ("", "")
        if name == "Mul":
            moving = [parent for parent, _ in node.next_functions if parent is not None]
            if len(moving) != 1:
                return None
            node = moving[0]
        elif name == "IndexPut":
            # The values of the states that are not the last, in a tensor of zeros.
            if node.next_functions[0][0] is not None or len(node.next_functions) < 2:
                return None
            node = node.next_functions[1][0]
        else:
            greatest = (name == "Max" and form == "0") or name == "Amax"
            return node.next_functions[0][0] if greatest else None
    return None


def _kept(node: Any, choosing: bool = True) -> Any:
    """The node behind those that only choose among values or show them otherwise."""
    for _ in range(MOST_STEPS):
        if node is None or not (nodes.passes(node) or (choosing and nodes.name_of(node)[0] in _CHOOSES)):
            break
        node = node.next_functions[0][0]
    return node


def _is_same_network(one: Any, other: Any) -> bool:
    """Whether two outputs come from the same operations with the same parameters, as far as both are followed."""
    shared = False
    seen: dict[tuple[int, int], tuple[Any, Any]] = {}  # a node's id is its own only while somebody holds it
    pairs = deque([(one, other)])
    while pairs and len(seen) < MOST_PAIRS:
        left, right = pairs.popleft()
        if left is None or right is None:
            if left is not right:
                return False
            continue
        if (id(left), id(right)) in seen:
            continue
        seen[id(left), id(right)] = left, right
        if type(left) is not type(right) or len(left.next_functions) != len(right.next_functions):
            return False
        variable = getattr(left, "variable", None)
        if variable is not None:
            if variable is not getattr(right, "variable", None):
                return False
            shared = shared or isinstance(variable, torch.nn.Parameter)
        pairs.extend((a, b) for (a, _), (b, _) in zip(left.next_functions, right.next_functions, strict=True))
    return shared and one is not other
