"""Questions about the syntax alone: which names a piece of it binds anew, which object an operation in it is on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

#: Methods that change what they are called on. The name is rebound to what it is afterwards.
MUTATORS = frozenset(
    {
        "append", "extend", "insert", "appendleft", "update", "setdefault", "add_module", "register_module",
        "register_buffer", "register_parameter", "__setitem__", "__setattr__",
        "pop", "popitem", "popleft", "remove", "clear", "reverse", "sort",
    }
)  # fmt: skip

#: Calls that end the program, or the test.
_ENDS = frozenset(
    {
        "sys.exit", "os._exit", "exit", "quit",
        "pytest.skip", "pytest.fail", "pytest.xfail", "pytest.exit", "self.skipTest",
    }
)  # fmt: skip

#: Where a module keeps its attributes.
DICTS = frozenset({"__dict__", "_modules", "_parameters", "_buffers"})


#: Functions, as statements.
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Given(NamedTuple):
    """An argument of a call as it is written: `star` is "*", "**" or empty."""

    keyword: str
    value: ast.expr
    star: str


def all_arguments(call: ast.Call) -> list[Given]:
    """The arguments of a call, in the order in which they are written."""
    given = [Given("", each.value, "*") if isinstance(each, ast.Starred) else Given("", each, "") for each in call.args]
    if not call.keywords:
        return given
    by_name = [Given(each.arg or "", each.value, "" if each.arg else "**") for each in call.keywords]
    if not any(each.star for each in given):
        return given + by_name
    # `f(a=1, *b)`: CPython sorts them
    return sorted(given + by_name, key=lambda each: (each.value.lineno, each.value.col_offset))


def is_the_end(node: ast.expr) -> bool:
    """Whether an expression is a call that does not return."""
    return isinstance(node, ast.Call) and dotted(node.func) in _ENDS


def dotted(node: ast.expr | None) -> str:
    """A name with its dots; of an annotation the last name in its brackets, or the name that a string holds."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Subscript):  # Optional[nn.Module] and the like: the last name inside
        inner = node.slice
        return dotted(inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner)
    if isinstance(node, ast.Name):
        parts.append(node.id)
        return ".".join(reversed(parts))
    if isinstance(node, ast.Constant):
        value = node.value
        if value is None:
            return ".".join(reversed([*parts, "None"]))
        return value if isinstance(value, str) and value.replace(".", "_").isidentifier() else ""
    return ""


def statements_of(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement below, those of nested functions and classes excluded."""
    for node in body:
        yield node
        if not isinstance(node, (*DEFINITIONS, ast.ClassDef)):
            yield from statements_of(_children(node))


def _children(node: ast.stmt) -> list[ast.stmt]:
    parts: list[ast.stmt] = []
    for name in ("body", "orelse", "finalbody"):
        parts += getattr(node, name, ())
    for handler in getattr(node, "handlers", ()):
        parts += handler.body
    for case in getattr(node, "cases", ()):
        parts += case.body
    return parts


#: Operations on a tensor that exist in place as well, under their name with an underscore. Methods of other objects may
#: end in one, too: `self.init_weights_()`.
_IN_PLACE = frozenset(
    {
        "abs", "absolute", "acos", "acosh", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr",
        "alpha_dropout", "apply", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh",
        "as_strided", "asin", "asinh", "atan", "atan2", "atanh", "baddbmm", "bernoulli", "bitwise_and",
        "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "cauchy", "ceil",
        "celu", "clamp", "clamp_max", "clamp_min", "clip", "conj_physical", "copy", "copysign", "cos", "cosh",
        "cumprod", "cumsum", "deg2rad", "detach", "digamma", "div", "divide", "dropout", "elu", "eq", "erf", "erfc",
        "erfinv", "exp", "exp2", "expm1", "exponential", "feature_alpha_dropout", "feature_dropout", "fill",
        "fill_diagonal", "fix", "float_power", "floor", "floor_divide", "fmod", "frac", "gcd", "ge", "geometric",
        "greater", "greater_equal", "gt", "hardtanh", "heaviside", "hypot", "i0", "igamma", "igammac", "index_add",
        "index_copy", "index_fill", "index_put", "index_reduce", "lcm", "ldexp", "le", "leaky_relu", "lerp", "less",
        "less_equal", "lgamma", "log", "log10", "log1p", "log2", "log_normal", "logical_and", "logical_not",
        "logical_or", "logical_xor", "logit", "lt", "map", "map2", "masked_fill", "masked_scatter", "mul", "multiply",
        "mvlgamma", "nan_to_num", "ne", "neg", "negative", "nextafter", "normal", "not_equal", "polygamma", "pow",
        "put", "rad2deg", "random", "reciprocal", "relu", "remainder", "renorm", "resize", "resize_as",
        "resize_as_sparse", "round", "rrelu", "rsqrt", "scatter", "scatter_add", "scatter_reduce", "selu", "set",
        "sgn", "share_memory", "sigmoid", "sign", "sin", "sinc", "sinh", "sparse_resize", "sparse_resize_and_clear",
        "sqrt", "square", "squeeze", "sub", "subtract", "swapaxes", "swapdims", "t", "tan", "tanh", "threshold",
        "transpose", "tril", "triu", "true_divide", "trunc", "uniform", "unsqueeze", "xlogy", "zero",
    }
)  # fmt: skip


def in_place(method: str) -> bool:
    """Whether a method changes the tensor that it is called on."""
    return method.endswith("_") and method[:-1] in _IN_PLACE


def attributes_of(node: ast.expr) -> ast.expr | None:
    """The object whose attributes an expression holds: `x` of `x.__dict__`, `x._modules` and `vars(x)`."""
    if isinstance(node, ast.Attribute) and node.attr in DICTS:
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "vars":
        return next((given.value for given in all_arguments(node)), None)
    return None


def changed_by(node: ast.expr) -> ast.expr:
    """What a chain of operations in place changes."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and in_place(node.func.attr):
        node = node.func.value
    return node


def rebound_in(body: Iterable[ast.stmt]) -> list[str]:
    """The names that statements rebind, in order: what a loop may carry from one round to the next."""
    names: dict[str, None] = {}

    def target(node: ast.expr) -> None:
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            node = node.value
        if isinstance(node, ast.Name):
            names[node.id] = None
        elif isinstance(node, (ast.Tuple, ast.List)):
            for element in node.elts:
                target(element)

    for node in statements_of(body):
        for assigned in _targets(node):
            target(assigned)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Attribute) and (function.attr in MUTATORS or function.attr.endswith("_")):
                target(changed_by(function.value))
    return list(names)


def bound_in(body: Iterable[ast.stmt]) -> frozenset[str]:
    """The names that statements bind themselves: `x = y`, not `x.y = z` or `x.append(y)`."""
    return frozenset(
        part.id
        for node in statements_of(body)
        for target in _targets(node)
        for part in (target.elts if isinstance(target, (ast.Tuple, ast.List)) else (target,))
        if isinstance(part, ast.Name)
    )


def _targets(node: ast.stmt) -> list[ast.expr]:
    """What a statement assigns to."""
    if isinstance(node, ast.Assign):
        return node.targets
    if isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For, ast.AsyncFor)):
        return [node.target]
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return [item.optional_vars for item in node.items if item.optional_vars is not None]
    return []
