"""What made a tensor, read off autograd's graph: the operations of the contracts, applied to what went into each node.

Nothing is computed on a device, no hook of the program is called, and no tensor is read, except the single number on
the CPU that a tensor was multiplied or divided by.
"""

from __future__ import annotations

from typing import Any

import torch

from losslint.contracts.lookup import operation_by_name
from losslint.contracts.transfer import apply_operation, binary
from losslint.runtime import nodes
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning, unknown
from losslint.vocabulary.observations import UNSETTLED
from losslint.vocabulary.shapes import Shape

#: Nodes that are looked at for one tensor, and how deep below it: what decides a kind stands near.
MOST_NODES = 64
MOST_DEPTH = 24

#: Why nothing is known of a tensor without a graph: the one reason that another call of the same line may not have.
NO_HISTORY = "it has no history: computed without gradients, detached, or loaded"

#: What a weight goes through before it is multiplied with.
_PASSES_A_WEIGHT = frozenset({"T", "Transpose", "Permute", "View", "UnsafeView", "Expand", "ToCopy", "Clone"})
#: What a norm goes through before it is divided by.
_PASSES_A_NORM = frozenset({"Expand", "ClampMin", "Clamp"})


class Graph:
    """One look at the graph behind some tensors: each node is understood once."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int], Meaning] = {}
        self._kept: list[object] = []  # a node's id is its own only while somebody holds it
        self._left = MOST_NODES

    def meaning(self, tensor: torch.Tensor) -> Meaning:
        """What a tensor is: its kind as far as the graph says, and everything else as it stands."""
        node = tensor.grad_fn
        if node is not None:
            made = self._of(node, tensor.output_nr, 0)
        elif tensor.dtype == torch.bool:
            made = Meaning(Kind.BOOLEAN, bounds=(0.0, 1.0), identity=("tensor", id(tensor)))
        elif tensor.requires_grad:
            made = _leaf(tensor)
        else:
            made = Meaning(reason=NO_HISTORY, identity=("tensor", id(tensor)))
        return made.but(
            dtype=dtype_name(tensor.dtype),
            shape=Shape(tuple(int(size) for size in tensor.shape)),
            device=str(tensor.device),
        )

    def _of(self, node: Any, output: int, depth: int) -> Meaning:
        """What one output of a node is."""
        key = (id(node), output)
        known = self._made.get(key)
        if known is not None:
            return known
        if self._left <= 0 or depth > MOST_DEPTH:
            return unknown("it was made too many steps ago")
        self._left -= 1
        self._kept.append(node)
        shape, dtype, device = _metadata(node, output)
        made = self._understood(node, output, shape, depth)
        made = made.but(
            shape=shape if shape is not None else made.shape,
            dtype=dtype or made.dtype,
            device=device or made.device,
            dim=_from_front(made.dim, shape),
            identity=made.identity if made.identity is not None else key,
        )
        self._made[key] = made
        return made

    def _understood(self, node: Any, output: int, shape: Shape | None, depth: int) -> Meaning:
        name, form = nodes.name_of(node)
        parents = node.next_functions
        if not name:
            return self._without_a_name(node, output, depth)
        applied = nodes.applied(name, form)
        if applied is not None:
            return self._applied(applied, node, name, output, depth)
        if name in nodes.RESHAPED:
            sizes = tuple(shape.sizes) if shape is not None else UNSETTLED
            return _apply("view", [self._parent(node, 0, depth)], {"shape": sizes})
        if name == "Expand":
            return _expanded(self._parent(node, 0, depth), shape)
        if name in nodes.OPERATORS:
            return self._operator(nodes.OPERATORS[name], node, depth)
        if name == "Rsub":
            other = self._parent(node, 1, depth) if len(parents) > 1 else UNSETTLED
            return binary("-", other, self._parent(node, 0, depth))
        if name == "Pow" and form == "0":
            exponent = nodes.saved(node, "exponent")
            return binary("**", self._parent(node, 0, depth), UNSETTLED if exponent is None else exponent)
        if name in nodes.AFFINE:
            return self._affine(name, node, depth)
        if name in nodes.SCALED:
            scaled = len(parents) > nodes.SCALED[name] and parents[nodes.SCALED[name]][0] is not None
            return Meaning(Kind.LOGITS if scaled else Kind.REAL, made_by="a normalisation with a scale")
        if name in ("Clamp", "ClampMin", "ClampMax"):
            limits = {each: nodes.saved(node, each) for each in ("min", "max")}
            if limits == {"min": None, "max": None}:
                limits = {"min": UNSETTLED, "max": None}  # the limits are tensors
            return _apply("clamp", [self._parent(node, 0, depth)], limits)
        if name in ("Cat", "Stack"):
            parts = [self._parent(node, position, depth) for position in range(len(parents))]
            return _apply(name.lower(), [parts], {"dim": nodes.saved(node, "dim")})
        if name == "Where":
            return _apply("where", [unknown(""), self._parent(node, 0, depth), self._parent(node, 1, depth)], {})
        if name == "MaskedFill":
            return _apply("masked_fill", [self._parent(node, 0, depth), unknown("")], {"value": UNSETTLED})
        if name == "ConstantPadNd":
            given = {"pad": nodes.saved(node, "pad"), "value": UNSETTLED}
            return _apply("pad", [self._parent(node, 0, depth)], given)
        return unknown(f"losslint does not follow {type(node).__name__}")

    def _without_a_name(self, node: Any, output: int, depth: int) -> Meaning:
        """What is no operation of torch: a leaf, or a function of its own."""
        called = type(node).__name__
        variable = getattr(node, "variable", None)
        if called == "AccumulateGrad" and isinstance(variable, torch.Tensor):
            self._kept.append(variable)
            return _leaf(variable)
        if called == "_DDPSinkBackward" and output < len(node.next_functions):
            return self._parent(node, output, depth)
        if called == "CompiledFunctionBackward":
            return unknown("it comes out of a compiled region")
        if called == "CheckpointFunctionBackward":
            return unknown("it comes out of a checkpoint that keeps no graph (use_reentrant=True)")
        return unknown(f"`{called.removesuffix('Backward')}` is a function of its own, which losslint does not follow")

    def _parent(self, node: Any, position: int, depth: int) -> Meaning:
        """What went into a node at a position."""
        parents = node.next_functions
        if position >= len(parents) or parents[position][0] is None:
            return unknown("it was made from a tensor without a history")
        above, output = parents[position]
        return self._of(above, output, depth + 1)

    def _applied(self, applied: nodes.Applied, node: Any, name: str, output: int, depth: int) -> Meaning:
        settings = {parameter: nodes.saved(node, kept) for parameter, kept in applied.saved.items()}
        if name == "Unbind":
            settings["index"] = output
        parent = self._parent(node, 0, depth)
        if name == "Sum" and self._is_cosine(node, settings.get("dim"), depth):
            return Meaning(Kind.COSINE, bounds=(-1.0, 1.0), made_by="cosine_similarity")
        given = {parameter: value for parameter, value in settings.items() if value is not None}
        return _apply(applied.operation, [parent], {**given, **applied.fixed})

    def _operator(self, operator: str, node: Any, depth: int) -> Meaning:
        if operator == "/":
            dim = _normalised_along(node)
            if dim is not None:
                return Meaning(Kind.NORMALISED, dim=dim, bounds=(-1.0, 1.0), made_by="normalize")
        if operator in "+-" and nodes.saved(node, "alpha") not in (None, 1):
            return unknown("it was added with a factor")
        left, right = (self._operand(node, operator, position, depth) for position in (0, 1))
        return binary(operator, left, right)

    def _operand(self, node: Any, operator: str, position: int, depth: int) -> object:
        """One side of an operator: a meaning, or the number that it is."""
        parents = node.next_functions
        if position < len(parents) and parents[position][0] is not None:
            return self._parent(node, position, depth)
        if operator in "*/":
            number = number_beside(node, "self" if position == 0 else "other")
            if number is not None:
                return number
        return unknown("it was combined with a tensor without a history")

    def _affine(self, name: str, node: Any, depth: int) -> Meaning:
        position = nodes.AFFINE[name]
        parents = node.next_functions
        # Layers transpose their weight before they multiply; `x @ parameter` may be anything.
        layered = name not in ("Mm", "Bmm") or not _is_leaf(parents[position][0])
        if position < len(parents) and layered and _is_weight(parents[position][0]):
            made_by = "a convolution" if name.startswith("Convolution") else "a linear layer"
            return Meaning(Kind.LOGITS, made_by=made_by)
        if name in ("Mm", "Bmm"):
            return binary("@", self._parent(node, 0, depth), self._parent(node, 1, depth))
        return unknown("a product with a weight that is computed")

    def _is_cosine(self, node: Any, dim: object, depth: int) -> bool:
        """Whether a sum is that of the products of unit vectors, along the dimension in which they lie."""
        product = node.next_functions[0][0]
        if product is None or nodes.name_of(product)[0] != "Mul" or not isinstance(dim, tuple) or len(dim) != 1:
            return False
        sides = [self._parent(product, position, depth + 1) for position in (0, 1)]
        return all(
            side.kind is Kind.NORMALISED and side.rank and side.dim is not None
            # as many dimensions each, so that it is the same one in both
            and side.rank == sides[0].rank and side.dim % side.rank == dim[0] % side.rank
            for side in sides
        )  # fmt: skip


def dtype_name(dtype: torch.dtype) -> str:
    """torch's name of a dtype, without `torch.`."""
    return str(dtype).removeprefix("torch.")


def _apply(name: str, tensors: list[Any], settings: dict[str, Any]) -> Meaning:
    operation = operation_by_name(name)
    if operation is None:
        return unknown(f"losslint does not follow {name}")
    made = apply_operation(operation, tensors, settings)
    return made if isinstance(made, Meaning) else made[0]


def _expanded(meaning: Meaning, shape: Shape | None) -> Meaning:
    """The same values several times: new dimensions come in front."""
    dim, rank = meaning.dim, meaning.rank
    if dim is None or rank is None or shape is None or meaning.size(dim) == 1:
        return meaning.but(dim=None, identity=None)
    return meaning.but(dim=dim % rank + len(shape.sizes) - rank, identity=None)


def _metadata(node: Any, output: int) -> tuple[Shape | None, str | None, str | None]:
    """The shape, the dtype and the device of one output, as the node keeps them for its gradient."""
    try:
        kept = node._input_metadata[output]
        shape = Shape(tuple(int(size) for size in kept.shape))
        return shape, dtype_name(kept.dtype), str(kept.device)
    except (AttributeError, IndexError, RuntimeError, TypeError, ValueError):
        return None, None, None  # an older torch, or a tensor that has no such shape (nested, symbolic)


def _from_front(dim: int | None, shape: Shape | None) -> int | None:
    return dim % len(shape.sizes) if dim is not None and shape is not None and shape.sizes else dim


def number_beside(node: Any, side: str) -> float | None:
    """The number that a tensor was multiplied or divided by, where it is one on the CPU."""
    if torch._C._len_torch_dispatch_stack() > 0:
        return None  # somebody listens to what is computed, and would hear it
    kept = getattr(node, f"_raw_saved_{side}", None)
    try:
        if kept is None or getattr(kept, "unpack_hook", True) is not None:
            return None  # reading it would call what the program put there
        value = getattr(node, f"_saved_{side}")
        if not isinstance(value, torch.Tensor) or value.dim() != 0 or value.device.type != "cpu" or value.requires_grad:
            return None
        return float(value)
    except RuntimeError:
        return None  # its graph was freed, or it was changed since


def _leaf(tensor: torch.Tensor) -> Meaning:
    """A tensor that gradients are collected for: a parameter can be any number."""
    identity = ("tensor", id(tensor))
    if isinstance(tensor, torch.nn.Parameter):
        return Meaning(Kind.REAL, made_by="nn.Parameter", identity=identity)
    return Meaning(reason="it is an input of the graph, not made by an operation", identity=identity)


def _is_leaf(node: Any) -> bool:
    return node is not None and type(node).__name__ == "AccumulateGrad"


def _is_weight(node: Any) -> bool:
    """Whether a node gives the parameter of a layer, perhaps transposed, broadcast or cast."""
    for _ in range(MOST_DEPTH):
        if node is None:
            return False
        if _is_leaf(node):
            return isinstance(getattr(node, "variable", None), torch.nn.Parameter)
        if nodes.name_of(node)[0] not in _PASSES_A_WEIGHT:
            return False
        node = node.next_functions[0][0]
    return False


def _normalised_along(node: Any) -> int | None:
    """The dimension along which a tensor is divided by its own length; None when it is not."""
    (divided, output), *rest = node.next_functions
    below = rest[0][0] if rest else None
    while below is not None and nodes.name_of(below)[0] in _PASSES_A_NORM:
        below = below.next_functions[0][0]
    if divided is None or below is None or nodes.name_of(below)[0] != "LinalgVectorNorm":
        return None
    dim = nodes.saved(below, "dim")
    same = below.next_functions[0][0] is divided and below.next_functions[0][1] == output
    whole = nodes.saved(below, "ord") == 2 and nodes.saved(below, "keepdim") is True
    return dim[0] if same and whole and isinstance(dim, tuple) and len(dim) == 1 else None
