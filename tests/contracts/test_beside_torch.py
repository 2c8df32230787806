"""Every operation beside torch: at each level of knowledge, nothing is claimed that torch does not do."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from losslint.contracts.schema import Operation
from losslint.contracts.torch.operations import OPERATIONS
from losslint.vocabulary.kinds import Kind
from tests.contracts.beside_torch import (
    BATCH,
    KNOWLEDGE,
    Case,
    Given,
    anything,
    booleans,
    case,
    constant,
    cosines,
    counts,
    disagreements,
    indices,
    log_probabilities,
    log_sigmoids,
    multi_hot,
    one_hot,
    operation_of,
    positives,
    probabilities,
    real,
    scores,
    sigmoids,
    signs,
    tanhs,
    units,
    zero_ones,
)

N = BATCH
F = "torch.nn.functional."
torch.manual_seed(0)


def kinds(*sizes: int) -> list[Given]:
    """A tensor of each kind, in that shape."""
    makers = (
        scores, real, probabilities, log_probabilities, sigmoids, log_sigmoids, tanhs, positives, units, cosines,
        zero_ones, multi_hot, one_hot, signs, booleans, indices, counts,
    )  # fmt: skip
    return [make(*sizes) for make in makers] + [constant(2.0, *sizes), constant(0.0, *sizes), constant(1.0, *sizes)]


def floats(*sizes: int) -> list[Given]:
    return [given for given in kinds(*sizes) if given.tensor.is_floating_point()]


FUNCTIONS = """
    log log2 log10 log1p exp exp2 expm1 abs square sqrt rsqrt reciprocal sin cos tan sinh cosh asin acos atan atanh erf
    digamma lgamma round floor ceil trunc frac sign nan_to_num isnan isinf isfinite sigmoid tanh relu logit selu clone
    positive logical_not detach fliplr ravel zeros_like ones_like rand_like randn_like argsort sort argmax argmin max
    min median sum mean prod std var any all count_nonzero norm unbind
"""
ACTIVATIONS = """
    logsigmoid hardsigmoid softsign hardtanh relu6 softplus gelu silu mish hardswish leaky_relu elu celu tanhshrink
    softshrink hardshrink rrelu dropout alpha_dropout feature_alpha_dropout
"""
METHODS = """
    float double half bfloat16 long int short char bool contiguous cpu data t T mT zero_ normal_ uniform_ exponential_
    random_ to_dense
"""
ALONG_A_DIMENSION = """
    sum mean amax amin prod logsumexp argmax any std norm max min median sort softmax log_softmax cumsum squeeze
    unsqueeze unbind mode cummax
"""
ELEMENTWISE = [
    *(f"torch.{name}" for name in FUNCTIONS.split()),
    *(F + name for name in ACTIVATIONS.split()),
    *(f".{name}" for name in METHODS.split()),
]
#: Dropout scales what it leaves, beyond 1 too. It is called what it was made as all the same.
SQUASHED = {Kind.PROBABILITIES, Kind.SIGMOID, Kind.TANH, Kind.COSINE}
#: A row of zeros has no length to be divided by.
MAY_BE_ZERO = {Kind.BOOLEAN, Kind.MULTI_HOT, Kind.ONE_HOT, Kind.CONSTANT}


def accepted(call: Case) -> bool:
    """Whether torch takes the call at all."""
    from tests.contracts.beside_torch import by_torch

    try:
        by_torch(call)
    except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError):
        return False
    return True


def generated() -> list[Case]:
    """Calls of one tensor, for each kind of tensor that torch takes there."""
    found: list[Case] = []
    for name in ELEMENTWISE:
        found += [case(name, given) for given in kinds(N, 3) if not ("dropout" in name and given.kind in SQUASHED)]
    for given in kinds(N, 3):
        for number in (0, 1, 2, -1, 10.0, 0.07, 1e-7, -0.5, True):
            for operator in ("+", "-", "*", "/"):
                found += [case(operator, given, number), case(operator, number, given)]
        for number in (0, 1, 2, 3, 0.5, -1):
            found.append(case("**", given, number))
        found += [case(operator, given, 1) for operator in ("<", "<=", ">", ">=", "==", "!=", "//", "%")]
        found += [case("u-", given), case("u~", given), case("u+", given)]
        for other in kinds(N, 3):
            found += [case(operator, given, other) for operator in ("+", "-", "*", "/", "&", "|", "==")]
            found += [case("torch.maximum", given, other), case("torch.cat", [given, other], dim=1)]
            found += [case("torch.stack", [given, other]), case("torch.where", booleans(N, 3), given, other)]
        for number in (0.0, 1.0, -100, -1e9, float("-inf")):
            found.append(case(".masked_fill", given, booleans(N, 3), number))
        for low, high in ((0, 1), (-1, 1), (None, 1), (0, None), (1e-7, 1 - 1e-7), (0.2, 0.8), (-10, 10), (-100, None)):
            found.append(case("torch.clamp", given, low, high))
        for target in ("torch.float32", "torch.long", "torch.bool", "torch.float16", "cpu"):
            found.append(case(".to", given, target))
            found.append(case(".type", given, target))
    for given in kinds(N, 3) + kinds(2, 5, 3):
        rank = given.tensor.dim()
        for dim in (0, 1, -1):
            for name in ALONG_A_DIMENSION.split():
                keywords = {"dim": dim}
                found.append(case(f"torch.{name}", given, **keywords))
            for name in ("sum", "mean", "amax", "logsumexp", "argmax", "max", "norm"):
                found.append(case(f".{name}", given, dim=dim, keepdim=True))
            found += [
                case(".narrow", given, dim, 0, 2),
                case(".select", given, dim, 1),
                case(".index_select", given, dim, indices(2, classes=2)),
                case(".chunk", given, 2, dim),
                case(".split", given, 2, dim),
                case(".topk", given, 2, dim),
                case(".flip", given, dim),
                case(".roll", given, 1, dim),
                case(".gather", given, dim, indices(*given.tensor.shape, classes=2)),
                case(".repeat_interleave", given, 2, dim),
                case("torch.stack", [given, given], dim=dim),
                case("torch.cat", [given, given, given], dim=dim),
                case(".scatter", given, dim, indices(*given.tensor.shape, classes=2), 1.0),
            ]
            if given.kind not in MAY_BE_ZERO:
                found += [case(F + "normalize", given, dim=dim), case(F + "normalize", given, p=1, dim=dim)]
        found += [
            case(".view", given, -1),
            case(".view", given, -1, 3),
            case(".reshape", given, given.tensor.shape[0], -1),
            case(".reshape", given, (-1, 1)),
            case(".reshape", given, *given.tensor.shape),
            case(".flatten", given),
            case(".flatten", given, 1),
            case(".flatten", given, 0, 1),
            case(".flatten", given, -2, -1),
            case(".unflatten", given, -1, (3, 1)),
            case(".transpose", given, 0, 1),
            case(".transpose", given, -2, -1),
            case(".transpose", given, 0, -1),
            case(".permute", given, *reversed(range(rank))),
            case(".permute", given, (*range(1, rank), 0)),
            case("torch.movedim", given, 0, -1),
            case(".squeeze", given),
            case(".unsqueeze", given, 0),
            case(".unsqueeze", given, 2),
            case(".expand", given, 4, *given.tensor.shape),
            case(".expand", given, 4, *(-1 for _ in range(rank))),
            case(".repeat", given, *(2 for _ in range(rank))),
            case(".repeat", given, 2, *(1 for _ in range(rank))),
            case("torch.tile", given, (2,)),
            case(".masked_select", given, booleans(*given.tensor.shape)),
            case(".diagonal", given),
            case("torch.diag", given),
            case(".tril", given),
            case(".take", given, indices(4)),
            case(".sum", given, (0, 1)),
            case(".mean", given, (0, -1), keepdim=True),
            case(".sum", given, keepdim=True),
            case(F + "pad", given, (1, 2)),
            case(F + "pad", given, (0, 0, 1, 0), value=1.0),
            case("[]", given, 0),
            case("[]", given, -1),
            case("[]", given, slice(0, 2)),
            case("[]", given, (slice(None), 1)),
            case("[]", given, (slice(None), slice(1, None))),
            case("[]", given, (slice(None), None)),
            case("[]", given, (Ellipsis, 0)),
            case("[]", given, (Ellipsis, slice(0, 1))),
            case("[]", given, (0, Ellipsis)),
            case("[]", given, (Ellipsis, None)),
            case("[]", given, (None, Ellipsis)),
            case("[]", given, None),
            case("[]", given, Ellipsis),
            case("[]", given, indices(4, classes=2)),
            case("[]", given, indices(4, 2, classes=2)),
            case("[]", given, [0, 1]),
            case("[]", given, booleans(given.tensor.shape[0])),
            case("[]", given, booleans(*given.tensor.shape)),
            case("[]", given, (slice(None), indices(4, classes=2))),
            case("[]", given, (indices(4, classes=2), indices(4, classes=2))),
            case("[]", given, (Ellipsis, indices(4, classes=2))),
            case("[]", given, (indices(4, classes=2), slice(0, 1))),
            case("[]", given, (slice(None, None, 2), 0)),
        ]
    return found


ONE_BY_ONE = [
    case("torch.special.expit", scores(N, 3)),
    case(F + "softmin", scores(N, 3), dim=1),
    case(F + "softmax", scores(N, 3), -1),
    case(F + "softmax", scores(N, 3), dim=1, dtype="torch.float64"),
    case(F + "gumbel_softmax", scores(N, 3)),
    case(F + "gumbel_softmax", scores(N, 3), hard=True, dim=-1),
    case(F + "threshold", scores(N, 3), 0.1, 20.0),
    case(F + "glu", scores(N, 4)),
    case(F + "prelu", scores(N, 3), real(1)),
    case("torch.clamp_min", scores(N, 3), 0.0),
    case("torch.clamp_max", scores(N, 3), 1.0),
    case("torch.clamp", indices(N, 3), 0.5, 1.5),
    case("torch.add", scores(N, 3), real(3), alpha=2),
    case("torch.sub", scores(N, 3), real(N, 1)),
    case(".mul", sigmoids(N, 3), 2.0),
    case(".div", cosines(N, 3), 0.07),
    case("torch.div", indices(N, 3), 2, rounding_mode="floor"),
    case("torch.rsub", sigmoids(N, 3), 1),
    case("torch.floor_divide", indices(N, 3), 2),
    case("torch.remainder", indices(N, 3), 2),
    case("torch.pow", real(N, 3), 2),
    case("torch.pow", 2.0, real(N, 3)),
    case("torch.minimum", scores(N, 3), constant(0.0, N, 3)),
    case("torch.max", scores(N, 3), real(3)),
    case("torch.min", scores(N, 3), real(N, 3)),
    case("torch.lerp", real(N, 3), real(N, 3), 0.5),
    case("torch.atan2", real(N, 3), real(N, 3)),
    case("torch.hypot", real(N, 3), real(N, 3)),
    case("torch.addcmul", real(N, 3), real(N, 3), real(N, 3), value=0.1),
    case("torch.addcdiv", real(N, 3), real(N, 3), real(N, 3)),
    case("torch.xlogy", positives(N, 3), positives(N, 3)),
    case("torch.eq", indices(N), indices(N)),
    case("torch.ne", indices(N), 1),
    case("torch.gt", scores(N, 3), 0),
    case(".ge", scores(N, 3), 0.5),
    case("torch.lt", scores(N, 3), scores(3)),
    case("torch.le", scores(N, 3), 0),
    case("torch.isclose", scores(N, 3), scores(N, 3)),
    case("torch.logical_and", booleans(N, 3), booleans(N, 3)),
    case("torch.logical_or", booleans(N, 3), booleans(3)),
    case("torch.logical_xor", booleans(N, 3), booleans(3)),
    case("torch.isin", indices(N), indices(2)),
    case(".type_as", indices(N, 3), scores(N, 3)),
    case(".to", indices(N, 3), scores(3)),
    case(".to", scores(N, 3), "cpu", "torch.float64"),
    case(".to", scores(N, 3), dtype="torch.int64"),
    case(".byte", booleans(N, 3)),
    case(".item", scores(1)),
    case(".tolist", scores(N, 3)),
    case(".numpy", scores(N, 3)),
    case(".requires_grad_", scores(N, 3)),
    case(".view_as", scores(N, 3), real(N, 3)),
    case(".reshape_as", scores(N, 3), real(3, N)),
    case(".resize_as", scores(N, 3), real(3, N)),
    case(".resize", probabilities(N, 4, 3), N, 12),
    case(".expand_as", scores(1, 3), real(N, 3)),
    case(".broadcast_to", scores(1, 3), (N, 3)),
    case(".expand", scores(N, 1), -1, 4),
    case(".expand", scores(1, 3), N, 3),
    case(".swapaxes", scores(N, 3, 2), 1, 2),
    case(".squeeze", scores(N, 1, 3), 1),
    case(".squeeze", scores(N, 1), -1),
    case(".squeeze", scores(N, 1)),
    case(".squeeze", scores(N, 3), 1),
    case(".squeeze", probabilities(N, 1, 3), 1),
    case(".squeeze", probabilities(N, 3, 1, dim=1), -1),
    case(".squeeze", probabilities(1, N, 3)),
    case(".squeeze", scores(N, 1, 3, 1), (1, 3)),
    case(".view", scores(N, 4, 3), N, -1),
    case(".view", scores(N, 4, 3), -1, 12),
    case(".view", scores(N, 12), N, 4, 3),
    case(".view", scores(N, 12), -1, 4, 3),
    case(".view", probabilities(N, 4, 3, dim=1), N, 4, -1),
    case(".view", probabilities(N, 4, 3), -1, 3),
    case(".view", probabilities(N, 4, 3), N, 12),
    case(".unflatten", scores(N, 12), 1, (4, -1)),
    case("torch.rot90", scores(N, 3)),
    case("torch.atleast_2d", scores(3)),
    case(F + "pixel_shuffle", scores(N, 8, 4, 4), 2),
    case(F + "pixel_unshuffle", scores(N, 2, 4, 4), 2),
    case(F + "channel_shuffle", scores(N, 8, 4, 4), 2),
    case(F + "unfold", scores(N, 2, 4, 4), 2),
    case(F + "interpolate", scores(N, 2, 4, 4), scale_factor=2),
    case(F + "interpolate", probabilities(N, 2, 4, 4, dim=1), size=(8, 8), mode="bilinear"),
    case(F + "interpolate", scores(N, 2, 4), size=9),
    case(F + "grid_sample", scores(N, 2, 4, 4), real(N, 4, 4, 2)),
    case("torch.take_along_dim", probabilities(N, 3), indices(N, 1), 1),
    case("torch.split", scores(N, 6), [2, 4], 1),
    case("torch.split", scores(N, 6), 4, dim=1),
    case("torch.chunk", scores(N, 6), 2, dim=-1),
    case("torch.triu", scores(N, 6), 1),
    case("torch.hstack", [scores(N, 3), scores(N, 3)]),
    case("torch.vstack", [scores(N, 3), scores(2, 3)]),
    case("torch.vstack", [scores(3), scores(3)]),
    case("torch.vstack", [probabilities(N, 3), probabilities(N, 3)]),
    case("torch.vstack", [scores(3), scores(2, 3)]),
    case("torch.cat", [scores(N, 3), scores(2, 3)]),
    case("torch.cat", [scores(N, 3), scores(N, 5)], -1),
    case("torch.cat", [constant(1.0, 4, 1), constant(0.0, 4, 1)]),
    case("torch.cat", [indices(N, 3), scores(N, 3)]),
    case("torch.cat", [real(0), scores(N, 3)]),
    case("torch.cat", [real(0), sigmoids(N, 3)], 1),
    case("torch.cat", [real(0), probabilities(N, 3), probabilities(N, 3)]),
    case("torch.nn.utils.rnn.pad_sequence", [indices(N), indices(4)], batch_first=True, padding_value=-100),
    case(".where", scores(N, 3), booleans(N, 3), constant(0.0, 1)),
    case("torch.where", booleans(N, 3), 1.0, 0.0),
    case("torch.where", booleans(N, 3), scores(N, 1), real(3)),
    case(".masked_fill_", scores(N, 3), booleans(N, 3), -1e9),
    case("torch.masked_fill", scores(N, 3), booleans(N, 1), value=float("-inf")),
    case(".masked_fill", probabilities(N, 3), booleans(N, 3), -1e9),
    case(".masked_fill", probabilities(N, 3, dim=0), booleans(N, 3), float("-inf")),
    case(".masked_scatter", scores(N, 3), booleans(N, 3), real(99)),
    case(".index_fill", scores(N, 3), 0, indices(2), 0.0),
    case(".fill_diagonal_", cosines(4, 4), -9.0),
    case(".scatter_", constant(0.0, N, 3), 1, indices(N, 1), 1.0),
    case(".scatter_", constant(0.0, N, 3), 1, indices(N, 2), 1),
    case(".scatter_", constant(0.0, N, 3), 1, indices(N, 1), value=1),
    case(".scatter", scores(N, 3), 1, indices(N, 1), real(N, 1)),
    case(".scatter_add", scores(N, 3), 1, indices(N, 1), real(N, 1)),
    case(".scatter_reduce", scores(N, 3), 1, indices(N, 1), real(N, 1), "mean"),
    case(".index_put", scores(N, 3), (indices(2),), real(3)),
    case(".index_add", scores(N, 3), 0, indices(2), real(2, 3)),
    case(".index_copy", scores(N, 3), 0, indices(1), real(1, 3)),
    case(".copy_", scores(N, 3), sigmoids(N, 3)),
    case("torch.diff", scores(N, 3)),
    case("torch.diff", scores(N, 3), dim=0),
    case("torch.diff", log_probabilities(N, 3), dim=1),
    case("torch.diff", probabilities(N, 3)),
    case("torch.diff", sigmoids(N, 3), n=2),
    case("torch.diff", scores(N, 3), 2, 1),
    case("torch.diff", indices(N)),
    case("@", units(N, 4), units(4, 5, dim=0)),
    case("@", units(N, 4), units(4, 5, dim=1)),
    case("@", probabilities(N, 4), probabilities(4, 3)),
    case("@", probabilities(N, 4), one_hot(4, 3)),
    case("@", one_hot(N, 4), probabilities(4, 3)),
    case("@", probabilities(N, 4, dim=0), one_hot(4, 3, dim=0)),
    case("@", probabilities(N, 4, dim=0), one_hot(4, 3)),
    case("@", probabilities(N, 4), one_hot(4, 3, dim=0)),
    case("@", probabilities(4), one_hot(4, 3)),
    case("@", one_hot(N, 4), probabilities(4)),
    case("torch.bmm", probabilities(2, N, 4), one_hot(2, 4, 3)),
    case("torch.bmm", probabilities(2, N, 4, dim=1), probabilities(2, 4, 3, dim=1)),
    case("@", real(N, 4), real(4)),
    case("@", real(4), real(4, 3)),
    case("@", real(4), real(4)),
    case("@", real(2, N, 4), real(4, 3)),
    case("@", real(2, N, 4), real(2, 4, 3)),
    case("@", real(3, 2, N, 4), real(2, 4, 3)),
    case("torch.matmul", units(N, 4), units(4, N, dim=0)),
    case("torch.mm", units(N, 4), units(4, N, dim=0)),
    case("torch.spmm", replace(probabilities(N, N), tensor=torch.eye(N).to_sparse()), scores(N, 4)),
    case("torch.mv", real(N, 4), real(4)),
    case("torch.bmm", real(2, N, 4), real(2, 4, 3)),
    case("torch.dot", real(4), real(4)),
    case("torch.inner", real(N, 4), real(5, 4)),
    case("torch.outer", real(4), real(3)),
    case("torch.addmm", real(N, 3), real(N, 4), real(4, 3)),
    case("torch.baddbmm", real(2, N, 3), real(2, N, 4), real(2, 4, 3)),
    case("torch.einsum", "nd,md->nm", units(N, 4), units(5, 4)),
    case("torch.einsum", "nd,md->nm", units(N, 4, dim=0), units(5, 4)),
    case("torch.einsum", "nc,nc->n", units(N, 4), units(N, 4)),
    case("torch.einsum", "bij,bjk->bik", probabilities(N, 4, 3), probabilities(N, 3, 5)),
    case("torch.einsum", "nc,nc", real(N, 4), real(N, 4)),
    case("torch.tensordot", real(N, 4), real(4, 3), 1),
    case(F + "linear", real(N, 4), real(3, 4), real(3)),
    case(F + "linear", real(2, N, 4), real(3, 4)),
    case(F + "bilinear", real(N, 4), real(N, 5), real(3, 4, 5)),
    case(F + "conv1d", real(N, 2, 9), real(4, 2, 3), padding=1),
    case(F + "conv2d", real(N, 2, 9, 8), real(4, 2, 3, 3), None, 2, 1),
    case(F + "conv2d", real(N, 2, 9, 8), real(4, 2, 3, 3), padding="same"),
    case("torch.neg", log_probabilities(N, 3)),
    case(F + "conv2d", real(N, 2, 9, 8), real(4, 2, 3, 3), dilation=(2, 1)),
    case(F + "conv3d", real(N, 2, 5, 9, 8), real(4, 2, 3, 3, 3)),
    case(F + "conv_transpose1d", real(N, 2, 9), real(2, 4, 3), stride=2),
    case(F + "conv_transpose2d", real(N, 2, 9, 8), real(2, 4, 3, 3), stride=2, padding=1, output_padding=1),
    case(F + "conv_transpose2d", real(N, 4, 9, 8), real(4, 3, 3, 3), groups=2),
    case(F + "conv_transpose3d", real(N, 2, 3, 3, 3), real(2, 4, 2, 2, 2)),
    case(F + "embedding", indices(N, 5), real(10, 4)),
    case(F + "embedding_bag", indices(N, 5), real(10, 4)),
    case(F + "max_pool1d", scores(N, 2, 9), 2),
    case(F + "max_pool2d", probabilities(N, 3, 9, 8, dim=1), 2),
    case(F + "max_pool2d", scores(N, 3, 9, 8), 3, 2, 1, ceil_mode=True),
    case(F + "max_pool2d", scores(N, 3, 9, 8), (3, 2), return_indices=True),
    case(F + "max_pool3d", scores(N, 3, 9, 8, 8), 2),
    case(F + "avg_pool1d", scores(N, 2, 9), 2),
    case(F + "avg_pool2d", probabilities(N, 3, 9, 8, dim=1), 2),
    case(F + "avg_pool2d", scores(N, 3, 9, 8), 2, ceil_mode=True),
    case(F + "avg_pool3d", scores(N, 3, 9, 8, 8), 2),
    case(F + "lp_pool2d", scores(N, 3, 9, 8), 2, 2),
    case(F + "adaptive_avg_pool1d", scores(N, 2, 9), 1),
    case(F + "adaptive_avg_pool2d", probabilities(N, 3, 9, 8, dim=1), 1),
    case(F + "adaptive_avg_pool2d", probabilities(N, 3, 9, 8, dim=-1), (None, 2)),
    case(F + "adaptive_avg_pool3d", scores(N, 3, 4, 4, 4), (1, 2, 2)),
    case(F + "adaptive_max_pool1d", scores(N, 2, 9), 1),
    case(F + "adaptive_max_pool2d", one_hot(N, 3, 9, 8), 1),
    case(F + "adaptive_max_pool3d", scores(N, 3, 4, 4, 4), 2),
    case(F + "batch_norm", scores(N, 3), real(3), positives(3)),
    case(F + "layer_norm", scores(N, 3), (3,)),
    case(F + "group_norm", scores(N, 4, 5), 2),
    case(F + "instance_norm", scores(N, 4, 5)),
    case(F + "rms_norm", scores(N, 3), (3,)),
    case(F + "local_response_norm", scores(N, 4, 5), 2),
    case(F + "scaled_dot_product_attention", real(N, 2, 5, 4), real(N, 2, 5, 4), real(N, 2, 5, 4)),
    case(F + "dropout2d", scores(N, 2, 4, 4)),
    case("torch.cumprod", sigmoids(N, 3), 1),
    case("torch.logcumsumexp", scores(N, 3), 1),
    case("torch.logaddexp", scores(N, 3), scores(N, 3)),
    case("torch.kthvalue", scores(N, 3), 2),
    case("torch.kthvalue", scores(N, 3), 2, dim=0, keepdim=True),
    case("torch.cummin", scores(N, 3), 1),
    case("torch.var", scores(N, 3), dim=1, keepdim=True),
    case("torch.std", scores(N, 3), False),
    case("torch.quantile", scores(N, 3), 0.5),
    case("torch.linalg.norm", scores(N, 3), dim=1),
    case("torch.linalg.vector_norm", scores(N, 3), 2, 1, True),
    case(".norm", scores(N, 3), 2, 1, True),
    case(".norm", scores(N, 3), p=1, dim=-1),
    case("torch.trace", scores(3, 3)),
    case(".argsort", scores(N, 3), descending=True),
    case("torch.nonzero", booleans(N, 3)),
    case("torch.searchsorted", anything(torch.arange(5)), indices(N)),
    case("torch.bucketize", indices(N), anything(torch.arange(5))),
    case("torch.multinomial", probabilities(N, 3), 2),
    case("torch.multinomial", probabilities(3), 2),
    case(F + "one_hot", indices(N), 3),
    case(F + "one_hot", indices(N, 4, classes=5), num_classes=5),
    case(F + "one_hot", indices(N)),
    case("torch.bincount", indices(N)),
    case("torch.unique", indices(N)),
    case("torch.histc", scores(N), 4),
    case("torch.renorm", scores(N, 3), 2, 0, 1.0),
    case(F + "cosine_similarity", real(N, 4), real(N, 4)),
    case(F + "cosine_similarity", real(N, 1, 4), real(5, 4), dim=-1),
    case("torch.cosine_similarity", real(N, 4), real(N, 4), dim=0),
    case(F + "pairwise_distance", real(N, 4), real(N, 4)),
    case(F + "pairwise_distance", real(N, 4), real(N, 4), keepdim=True),
    case("torch.cdist", real(N, 4), real(5, 4)),
    case("torch.cdist", real(2, N, 4), real(2, 5, 4)),
    case(F + "pdist", real(N, 4)),
    case("torch.dist", real(N, 4), real(N, 4)),
    case("torch.zeros", N, 3),
    case("torch.zeros", (N, 3), dtype="torch.long"),
    case("torch.zeros", size=(N, 3)),
    case("torch.ones", N),
    case("torch.empty", N, 3),
    case("torch.full", (N, 3), 1),
    case("torch.full", (N,), 0.5),
    case("torch.full", (N,), 1, dtype="torch.float32"),
    case("torch.full_like", indices(N), 3),
    case("torch.empty_like", scores(N, 3)),
    case("torch.zeros_like", scores(N, 3), dtype="torch.int64"),
    case(".new_zeros", scores(N, 3), 4, 5),
    case(".new_ones", indices(N, 3), (4, 5)),
    case(".new_empty", indices(N, 3), (4, 5)),
    case(".new_full", indices(N, 3), (4, 5), 3),
    case(".new_tensor", indices(N, 3), [1, 2]),
    case(".fill_", scores(N, 3), 0.9),
    case("torch.eye", 4),
    case("torch.eye", 4, 4),
    case("torch.arange", N),
    case("torch.arange", 2, 9, 3),
    case("torch.arange", 0.0, 1.0, 0.25),
    case("torch.arange", N, dtype="torch.float32"),
    case("torch.arange", start=1, end=5),
    case("torch.linspace", 0, 1, 5),
    case("torch.meshgrid", indices(3), indices(4)),
    case("torch.tril_indices", 3, 3),
    case("torch.randperm", N),
    case("torch.rand", N, 3),
    case("torch.randn", (N, 3)),
    case("torch.normal", 0.0, 1.0, (N, 3)),
    case("torch.randint", 0, 10, (N,)),
    case("torch.randint", 3, (N, 4)),
    case("torch.randint", 0, 2, size=(N,)),
    case("torch.randint", low=0, high=2, size=(N, 1)),
    case("torch.randint_like", indices(N), 5),
    case("torch.randint_like", indices(N), 1, 5),
    case("torch.bernoulli", sigmoids(N, 3)),
    case("torch.poisson", positives(N, 3)),
    case(".random_", indices(N), 0, 2),
    case(".random_", indices(N), 5),
    case("torch.tensor", [1, 2, 3]),
    case("torch.tensor", [[0.0, 1.0], [1.0, 0.0]]),
    case("torch.tensor", [[0.0, 1.0], [1.0, 1.0]]),
    case("torch.tensor", [[0, 1, 0], [1, 0, 0]]),
    case("torch.tensor", [1.0, -1.0]),
    case("torch.tensor", 3.5),
    case("torch.tensor", [True, False]),
    case("torch.tensor", [0, 1], dtype="torch.float32"),
    case("torch.tensor", [[0.2, 0.8]]),
    case("torch.tensor", [1, 2.5]),
    case("torch.tensor", scores(N, 3)),
    case("torch.as_tensor", scores(N, 3)),
    case("torch.Tensor", [1, 2]),
    case("torch.FloatTensor", [1, 2]),
    case("torch.LongTensor", [0, 1, 1]),
    case("torch.LongTensor", 3, 4),
    case("torch.nn.Parameter", constant(1.0, N, 3)),
    case("torch.autograd.Variable", scores(N, 3)),
    *(case("torch.zeros", 3, 3, dtype=f"torch.{name}") for name in ("bool", "double", "half", "int", "uint8")),
    case("+", indices(N), anything(torch.tensor(1.5, dtype=torch.float64))),
    case("+", anything(torch.ones(3, dtype=torch.float16)), anything(torch.ones(3, dtype=torch.bfloat16))),
    case("+", anything(torch.ones(3, dtype=torch.uint8)), anything(torch.ones(3, dtype=torch.int8))),
    case("+", anything(torch.ones(3, dtype=torch.float32)), anything(torch.tensor(1.0, dtype=torch.float64))),
    case("+", anything(torch.ones(3, dtype=torch.float32)), anything(torch.ones(1, dtype=torch.float64))),
    case("+", anything(torch.ones(3, dtype=torch.int32)), anything(torch.tensor(1))),
    case("+", scores(N, 1), real(N)),
    case("-", scores(N, 1), real(1, 4)),
    case("*", scores(3), real(N, 3)),
    case("-", real(2, N, 3), real(N, 1)),
]  # fmt: skip

#: What no case can show: layers' own operations, made of modules and not of calls.
ONLY_LAYERS = {
    "softmax2d", "feature_dropout", "identity", "pad_layer1d", "pad_layer2d", "pad_layer3d", "lstm", "gru", "rnn",
    "lstm_cell", "rnn_cell", "attention", "transformer", "transformer_pair",
}  # fmt: skip
#: What needs an accelerator, numpy's own arrays, or an older torch.
ELSEWHERE = {
    "cuda", "pin_memory", "from_numpy", "DoubleTensor", "HalfTensor", "IntTensor", "ByteTensor", "BoolTensor",
    "pack_padded_sequence", "pack_sequence",  # what they return is no tensor: tests/static/cases/libraries.txt
}  # fmt: skip

#: Without a batch dimension: told from a batch only where the rank is known.
UNBATCHED = [
    case(F + "conv2d", real(2, 9, 8), real(4, 2, 3, 3), dilation=(2, 1)),
    case(F + "avg_pool2d", scores(3, 9, 8), 2, ceil_mode=True),
    case(F + "adaptive_avg_pool2d", scores(3, 9, 8), 1),
    case(F + "conv_transpose1d", real(2, 9), real(2, 4, 3), stride=2),
]

CASES = [*ONE_BY_ONE, *(one for one in generated() if accepted(one))]


@pytest.mark.parametrize("call", ONE_BY_ONE, ids=str)
def test_every_case_is_a_call_that_torch_takes(call: Case) -> None:
    assert accepted(call)


@pytest.mark.parametrize("how", sorted({call.how for call in CASES}))
def test_nothing_is_claimed_that_torch_does_not_do(how: str) -> None:
    untrue = [
        f"{call}, knowing {knowledge}: {wrong}"
        for call in CASES
        if call.how == how
        for knowledge in KNOWLEDGE
        for wrong in disagreements(call, knowledge)
    ]
    assert not untrue, "\n".join(untrue[:20])


@pytest.mark.parametrize("call", UNBATCHED, ids=str)
def test_a_single_image_has_no_batch(call: Case) -> None:
    for knowledge in ("everything", "symbols", "gaps", "rank"):
        assert not list(disagreements(call, knowledge))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_has_a_case(operation: Operation) -> None:
    if operation.name in ONLY_LAYERS | ELSEWHERE or operation.name.startswith("cuda."):
        return
    assert any(operation_of(call.how) is operation for call in CASES), operation.name


def test_a_false_claim_would_be_found() -> None:
    """The test of the tests: each part of a meaning that is wrong is objected to."""
    from losslint.vocabulary.meaning import Meaning
    from losslint.vocabulary.shapes import Shape
    from tests.contracts.beside_torch import _untrue

    tensor = torch.softmax(torch.randn(4, 3), 1)
    assert not list(_untrue(tensor, Meaning(Kind.PROBABILITIES, dtype="float32", shape=Shape((4, 3)), dim=1)))
    for wrong in (
        Meaning(Kind.PROBABILITIES, dim=0),
        Meaning(dtype="int64"),
        Meaning(dtype="float64"),
        Meaning(shape=Shape((4,))),
        Meaning(shape=Shape((4,), open=True)),
        Meaning(bounds=(0.0, 0.1)),
        Meaning(Kind.SIGNS),
        Meaning(Kind.ONE_HOT),
        Meaning(Kind.CLASS_INDEX),
        Meaning(Kind.NORMALISED, dim=1),
    ):
        assert list(_untrue(tensor, wrong)), wrong
