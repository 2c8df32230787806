"""numpy's functions, as far as they do what an operation of torch does: arrays become targets and inputs.

Only shapes, dtypes and kinds are followed; numpy's default float64 is kept as "some float".
"""

from __future__ import annotations

#: Functions that draw real numbers, and the position of the size that is asked for, behind what says how to draw.
SIZED: dict[str, int] = {
    "random.normal": 2,
    "random.uniform": 2,
    "random.laplace": 2,
    "random.lognormal": 2,
    "random.exponential": 1,
    "random.standard_normal": 0,
    "random.random_sample": 0,
}

#: What makes an object that draws by methods of the same names as the functions of `numpy.random`.
GENERATORS = frozenset({"numpy.random.default_rng", "numpy.random.RandomState"})

#: numpy's name, and the function of torch that says what it makes.
ALIKE: dict[str, str] = {
    "array": "as_tensor",
    "asarray": "as_tensor",
    "ascontiguousarray": "as_tensor",
    "zeros": "zeros",
    "ones": "ones",
    "empty": "empty",
    "full": "full",
    "eye": "eye",
    "arange": "arange",
    "linspace": "linspace",
    "zeros_like": "zeros_like",
    "ones_like": "ones_like",
    "concatenate": "cat",
    "stack": "stack",
    "vstack": "vstack",
    "hstack": "hstack",
    "expand_dims": "unsqueeze",
    "squeeze": "squeeze",
    "reshape": "reshape",
    "ravel": "flatten",
    "argmax": "argmax",
    "bincount": "bincount",
    "where": "where",
    "abs": "abs",
    "exp": "exp",
    "nan_to_num": "nan_to_num",
    "tanh": "tanh",
    "clip": "clamp",
    "sin": "sin",
    "cos": "cos",
    "sqrt": "sqrt",
    "square": "square",
    "power": "pow",
    "sign": "sign",
    "maximum": "maximum",
    "minimum": "minimum",
    "sum": "sum",
    "mean": "mean",
    "random.rand": "rand",
    "random.random": "rand",
    "random.randn": "randn",
    "random.randint": "randint",
    "random.integers": "randint",
    "random.permutation": "randperm",
    **dict.fromkeys(SIZED, "randn"),
}

#: Methods of arrays that tensors do not have, and the method of a tensor that does the same.
METHODS: dict[str, str] = {"astype": "type", "copy": "clone"}

#: Functions whose second positional argument is a dtype.
DTYPE_SECOND = frozenset({"array", "asarray", "ascontiguousarray", "zeros", "ones", "empty", "zeros_like", "ones_like"})

#: What numpy calls the parameters of torch.
KEYWORDS = {"axis": "dim", "keepdims": "keepdim", "shape": "size", "object": "data", "a_min": "min", "a_max": "max"}
