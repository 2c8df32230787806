"""torch's makers of tensors: constants, ranges, noise, and tensors made from data."""

from __future__ import annotations

from losslint.contracts.schema import Effect, Operation
from losslint.vocabulary.kinds import Kind

_OPTIONS = ("dtype", "device")

CONSTANTS: tuple[Operation, ...] = (
    Operation(
        "zeros",
        Effect.DERIVE,
        functions=("torch.zeros",),
        method=False,
        tensors=0,
        parameters=("*size",),
        shape="factory",
        dtype="factory",
    ),
    Operation(
        "ones",
        Effect.DERIVE,
        functions=("torch.ones",),
        method=False,
        tensors=0,
        parameters=("*size",),
        shape="factory",
        dtype="factory",
    ),
    Operation(
        "empty",
        Effect.LOSE,
        functions=("torch.empty",),
        method=False,
        tensors=0,
        parameters=("*size",),
        shape="factory",
        dtype="factory",
    ),
    Operation(
        "full",
        Effect.DERIVE,
        functions=("torch.full",),
        method=False,
        tensors=0,
        parameters=("size", "fill_value"),
        shape="factory",
        dtype="number",
    ),
    Operation(
        "zeros_like", Effect.DERIVE, functions=("torch.zeros_like",), method=False, parameters=_OPTIONS, dtype="asked"
    ),
    Operation(
        "ones_like", Effect.DERIVE, functions=("torch.ones_like",), method=False, parameters=_OPTIONS, dtype="asked"
    ),
    Operation(
        "empty_like", Effect.LOSE, functions=("torch.empty_like",), method=False, parameters=_OPTIONS, dtype="asked"
    ),
    Operation(
        "full_like",
        Effect.DERIVE,
        functions=("torch.full_like",),
        method=False,
        parameters=("fill_value",),
        dtype="asked",
    ),
    Operation("new_zeros", Effect.DERIVE, parameters=("*size",), shape="factory", dtype="asked"),
    Operation("new_ones", Effect.DERIVE, parameters=("*size",), shape="factory", dtype="asked"),
    Operation("new_empty", Effect.LOSE, parameters=("*size",), shape="factory", dtype="asked"),
    Operation("new_full", Effect.DERIVE, parameters=("size", "fill_value"), shape="factory", dtype="asked"),
    Operation("new_tensor", Effect.LOSE, parameters=("data",), shape="unknown", dtype="asked", detaches=True),
    Operation("zero_", Effect.DERIVE),
    Operation("fill_", Effect.DERIVE, parameters=("value",)),
    Operation(
        "eye",
        Effect.DERIVE,
        functions=("torch.eye",),
        method=False,
        tensors=0,
        parameters=("n", "m"),
        shape="eye",
        dtype="factory",
    ),
)

RANGES: tuple[Operation, ...] = (
    Operation(
        "arange",
        Effect.DERIVE,
        functions=("torch.arange",),
        method=False,
        tensors=0,
        parameters=("start", "end", "step"),
        defaults={"step": 1},
        shape="arange",
        dtype="number",
    ),
    Operation(
        "linspace",
        Effect.MAKE,
        Kind.REAL,
        functions=("torch.linspace", "torch.logspace"),
        method=False,
        tensors=0,
        parameters=("start", "end", "steps"),
        shape="linspace",
        dtype="factory",
    ),
    Operation(
        "meshgrid", Effect.LOSE, functions=("torch.meshgrid",), method=False, parameters=("*tensors",), shape="unknown"
    ),
    Operation(
        "tril_indices",
        Effect.MAKE,
        Kind.CLASS_INDEX,
        functions=("torch.tril_indices", "torch.triu_indices"),
        method=False,
        tensors=0,
        parameters=("row", "col", "offset"),
        shape="tril_indices",
        dtype="int64",
    ),
    Operation(
        "randperm",
        Effect.MAKE,
        Kind.CLASS_INDEX,
        functions=("torch.randperm",),
        method=False,
        tensors=0,
        parameters=("n",),
        shape="randperm",
        dtype="permutation",
    ),
)

NOISE: tuple[Operation, ...] = (
    Operation(
        "rand",
        Effect.MAKE,
        Kind.REAL,
        functions=("torch.rand",),
        method=False,
        tensors=0,
        parameters=("*size",),
        shape="factory",
        dtype="factory",
        bounds=(0.0, 1.0),
    ),
    Operation(
        "randn",
        Effect.MAKE,
        Kind.REAL,
        functions=("torch.randn",),
        method=False,
        tensors=0,
        parameters=("*size",),
        shape="factory",
        dtype="factory",
    ),
    Operation(
        "normal",
        Effect.MAKE,
        Kind.REAL,
        functions=("torch.normal",),
        method=False,
        tensors=0,
        parameters=("mean", "std", "size"),
        shape="factory",
        dtype="factory",
    ),
    Operation(
        "randint",
        Effect.DERIVE,
        functions=("torch.randint",),
        method=False,
        tensors=0,
        parameters=("low", "high", "size"),
        shape="randint",
        dtype="permutation",
    ),
    Operation(
        "rand_like",
        Effect.MAKE,
        Kind.REAL,
        functions=("torch.rand_like",),
        method=False,
        parameters=_OPTIONS,
        dtype="asked",
        bounds=(0.0, 1.0),
    ),
    Operation(
        "randn_like",
        Effect.MAKE,
        Kind.REAL,
        functions=("torch.randn_like",),
        method=False,
        parameters=_OPTIONS,
        dtype="asked",
    ),
    Operation(
        "randint_like",
        Effect.DERIVE,
        functions=("torch.randint_like",),
        method=False,
        parameters=("low", "high"),
        dtype="asked",
    ),
    Operation("bernoulli", Effect.MAKE, Kind.BOOLEAN, functions=("torch.bernoulli",), parameters=("p",)),
    Operation("poisson", Effect.MAKE, Kind.COUNT, functions=("torch.poisson",), method=False),
    Operation("normal_", Effect.MAKE, Kind.REAL, parameters=("mean", "std")),
    Operation("uniform_", Effect.MAKE, Kind.REAL, parameters=("from", "to")),
    Operation("random_", Effect.DERIVE, parameters=("from", "to")),
    Operation("exponential_", Effect.MAKE, Kind.NON_NEGATIVE, parameters=("lambd",)),
)

_LEGACY = {
    "FloatTensor": "float32",
    "DoubleTensor": "float64",
    "HalfTensor": "float16",
    "LongTensor": "int64",
    "IntTensor": "int32",
    "ByteTensor": "uint8",
    "BoolTensor": "bool",
}

DATA: tuple[Operation, ...] = (
    Operation(
        "tensor",
        Effect.MAKE,
        functions=("torch.tensor",),
        method=False,
        tensors=0,
        parameters=("data",),
        shape="literal",
    ),
    Operation(
        "as_tensor",
        Effect.MAKE,
        functions=("torch.as_tensor", "torch.asarray"),
        method=False,
        tensors=0,
        parameters=("data", "dtype", "device"),
        shape="literal",
    ),
    Operation(
        "from_numpy",
        Effect.MAKE,
        functions=("torch.from_numpy",),
        method=False,
        tensors=0,
        parameters=("data",),
        shape="literal",
    ),
    Operation(
        "Tensor",
        Effect.MAKE,
        functions=("torch.Tensor",),
        method=False,
        tensors=0,
        parameters=("*data",),
        shape="legacy",
        dtype="float",
    ),
    *(
        Operation(
            f"{place}{name}",
            Effect.MAKE,
            functions=(f"torch.{place}{name}",),
            method=False,
            tensors=0,
            parameters=("*data",),
            shape="legacy",
            dtype=dtype,
        )
        for name, dtype in _LEGACY.items()
        for place in ("", "cuda.")
    ),
    # A parameter starts as what it is made from, and is trained away from it.
    Operation(
        "Parameter",
        Effect.MAKE,
        Kind.REAL,
        functions=("torch.nn.Parameter",),
        method=False,
        parameters=("requires_grad",),
        names=("data",),
    ),
    Operation(
        "Variable",
        Effect.KEEP,
        functions=("torch.autograd.Variable",),
        method=False,
        parameters=("requires_grad",),
        names=("data",),
    ),
)
