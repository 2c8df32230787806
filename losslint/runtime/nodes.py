"""What the nodes of autograd's graph stand for: a table from a node's name to the operation of the contracts.

Names and what a node saves were measured on torch 2.13 (`contracts/torch-2.13.md`, section 4). A node that is not here
is unknown, which is safe.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

#: How a node of torch's own is called. A function of the project ends with `Backward` and has no number.
_NAME = re.compile(r"(?:torch::autograd::)?(\w+)Backward(\d+)\Z")

#: Dimensions are kept as unsigned numbers: -1 reads 2**64 - 1.
_SIGN = 1 << 63


@dataclass(frozen=True, slots=True)
class Applied:
    """An operation on the first tensor that went into a node. `saved` maps its parameters to what the node keeps;
    `fixed` are parameters that the node's name says."""

    operation: str
    saved: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)


def _of(operation: str, *saved: str, **renamed: str) -> Applied:
    return Applied(operation, {**{name: name for name in saved}, **renamed})


#: Operations on one tensor, by the node's name without `Backward0`.
ONE_TENSOR: dict[str, Applied] = {
    # activations
    "Softmax": _of("softmax", "dim"),
    "SafeSoftmax": _of("softmax", "dim"),
    "MaskedSoftmax": _of("softmax", "dim"),
    "LogSoftmax": _of("log_softmax", "dim"),
    "Sigmoid": _of("sigmoid"),
    "LogSigmoid": _of("logsigmoid"),
    "Hardsigmoid": _of("hardsigmoid"),
    "Tanh": _of("tanh"),
    "Relu": _of("relu"),
    "Hardtanh": _of("hardtanh", "min_val", "max_val"),
    "Softplus": _of("softplus"),
    "Elu": _of("elu"),
    "Celu": _of("celu"),
    "Gelu": _of("gelu"),
    "Silu": _of("silu"),
    "Mish": _of("mish"),
    "Hardswish": _of("hardswish"),
    "LeakyRelu": _of("leaky_relu"),
    "PreluKernel": _of("prelu"),
    "RreluWithNoise": _of("rrelu"),
    # functions of a number
    "Exp": _of("exp"),
    "Exp2": _of("exp2"),
    "Expm1": _of("expm1"),
    "Log": _of("log"),
    "Log2": _of("log2"),
    "Log10": _of("log10"),
    "Log1P": _of("log1p"),
    "Neg": _of("neg"),
    "Abs": _of("abs"),
    "Sqrt": _of("sqrt"),
    "Rsqrt": _of("rsqrt"),
    "Reciprocal": _of("reciprocal"),
    "Sin": _of("sin"),
    "Cos": _of("cos"),
    "Erf": _of("erf"),
    "Logit": _of("logit"),
    "Round": _of("round"),
    "Floor": _of("floor"),
    "Ceil": _of("ceil"),
    "Trunc": _of("trunc"),
    "Sign": _of("sign"),
    "NanToNum": _of("nan_to_num"),
    # the same values in another shape, order, dtype or place
    "Clone": _of("clone"),
    "ToCopy": _of("contiguous"),
    "Alias": _of("contiguous"),
    "Squeeze:0": _of("squeeze"),
    "Squeeze:1": _of("squeeze", "dim"),
    "Squeeze:2": _of("squeeze", "dim"),
    "Unsqueeze": _of("unsqueeze", "dim"),
    "Transpose": _of("transpose", "dim0", "dim1"),
    "T": _of("t"),
    "Permute": _of("permute", "dims"),
    "Flip": _of("flip", "dims"),
    "Roll": _of("roll"),
    "Repeat": _of("repeat", "repeats"),
    # parts
    "Select": _of("select", "dim", "index"),
    "Slice": _of("narrow", "dim"),
    "Split": _of("narrow", "dim"),
    "SplitWithSizes": _of("narrow", "dim"),
    "Unbind": _of("select", "dim"),
    "IndexSelect": _of("narrow", "dim"),
    "Gather": _of("gather", "dim"),
    "Diagonal": _of("diagonal", "offset", "dim1", "dim2"),
    "MaskedSelect": _of("masked_select"),
    "Index": _of("masked_select"),
    # reductions and neighbourhoods
    "Sum:0": _of("sum"),
    "Sum:1": _of("sum", "dim", "keepdim"),
    "Mean:0": _of("mean"),
    "Mean:1": _of("mean", "dim", "keepdim"),
    "Amax": _of("amax", "dim", "keepdim"),
    "Amin": _of("amin", "dim", "keepdim"),
    "Max:0": _of("amax", "dim", "keepdim"),
    "Min:0": _of("amin", "dim", "keepdim"),
    "Logsumexp": _of("logsumexp", "dim", "keepdim"),
    "LinalgVectorNorm": _of("vector_norm", "dim", "keepdim", "ord"),
    "MaxPool2DWithIndices": _of("max_pool2d"),
    "AvgPool2D": _of("avg_pool2d"),
    "AdaptiveAvgPool2D": _of("adaptive_avg_pool2d"),
    "UpsampleNearest1D": Applied("interpolate", fixed={"mode": "nearest"}),
    "UpsampleNearest2D": Applied("interpolate", fixed={"mode": "nearest"}),
    "UpsampleNearest3D": Applied("interpolate", fixed={"mode": "nearest"}),
    "UpsampleLinear1D": Applied("interpolate", fixed={"mode": "linear"}),
    "UpsampleBilinear2D": Applied("interpolate", fixed={"mode": "bilinear"}),
    "UpsampleTrilinear3D": Applied("interpolate", fixed={"mode": "trilinear"}),
    "UpsampleBicubic2D": Applied("interpolate", fixed={"mode": "bicubic"}),
}

#: Nodes whose result has the shape that a view was asked for; nothing else of the call is kept.
RESHAPED = frozenset({"View", "UnsafeView", "ReshapeAlias"})

#: Python's operators on two tensors, or on a tensor and a number.
OPERATORS = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}

#: Products with a weight, and which of the tensors that went in is the weight.
AFFINE = {"Addmm": 2, "Mm": 1, "Bmm": 1, "Baddbmm": 2, "Convolution": 1, "ConvolutionOverrideable": 1, "Linear": 1}

#: Normalisations with a scale, and which of the tensors that went in it is.
SCALED = {
    "NativeBatchNorm": 1,
    "CudnnBatchNorm": 1,
    "MiopenBatchNorm": 1,
    "NativeLayerNorm": 1,
    "NativeGroupNorm": 1,
    "FusedRmsNorm": 1,
}


def name_of(node: Any) -> tuple[str, str]:
    """A node's name without `Backward`, and the number of its form; two empty strings for what is not torch's own.

    >>> class SoftmaxBackward0: ...
    >>> name_of(SoftmaxBackward0())
    ('Softmax', '0')
    """
    found = _NAME.match(type(node).__name__)
    return (found[1], found[2]) if found is not None else ("", "")


#: Nodes of one tensor that say nothing of how its values came about.
_PASSES = RESHAPED | frozenset(
    {"Expand", "Clone", "ToCopy", "Squeeze", "Unsqueeze", "Transpose", "T", "Permute", "Select", "Slice", "Index"}
)


def passes(node: Any) -> bool:
    """Whether the values that come out of a node are among those that went in, as they were."""
    return name_of(node)[0] in _PASSES


def applied(name: str, form: str) -> Applied | None:
    """The operation on one tensor that a node stands for."""
    return ONE_TENSOR.get(name) or ONE_TENSOR.get(f"{name}:{form}")


def saved(node: Any, name: str) -> Any:
    """A number, a flag or a list of them that a node keeps; None when it keeps none. Never a tensor: reading one may
    call hooks of the program."""
    if hasattr(type(node), f"_raw_saved_{name}"):
        return None
    value = getattr(node, f"_saved_{name}", None)
    if isinstance(value, tuple):
        return tuple(signed(each) for each in value)
    return signed(value)


def signed(value: Any) -> Any:
    """A dimension as it was given."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= _SIGN:
        return value - 2 * _SIGN
    return value
