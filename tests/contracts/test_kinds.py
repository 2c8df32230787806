"""What chains of operations mean, as people write them."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch

from losslint.contracts import lookup
from losslint.contracts.torch.operations import OPERATIONS
from losslint.contracts.transfer import MASKED, SOME_DEVICE, Repeated, apply_operation, binary, index, unary
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning, unknown
from losslint.vocabulary.observations import UNSETTLED
from losslint.vocabulary.places import Place, Trail
from losslint.vocabulary.shapes import Shape

TRAIL = Trail(Place("net.py", 3), "made here")
MATRIX = Shape(("N", 10))


def meaning(kind: Kind, **more: Any) -> Meaning:
    return Meaning(kind, **{"dtype": "float32", "shape": MATRIX, "trail": TRAIL, **more})


SCORES = meaning(Kind.LOGITS)
SOFTMAX = meaning(Kind.PROBABILITIES, dim=1, made_by="softmax")
LOG_SOFTMAX = meaning(Kind.LOG_PROBABILITIES, dim=1, made_by="log_softmax")
SIGMOID = meaning(Kind.SIGMOID, made_by="sigmoid")
COSINE = meaning(Kind.COSINE)
LABELS = Meaning(Kind.CLASS_INDEX, dtype="int64", shape=Shape(("N",)))
BINARY = Meaning(Kind.BOOLEAN, dtype="float32", shape=Shape(("N",)), bounds=(0.0, 1.0))


def do(how: str, *arguments: object, **keywords: object) -> Meaning:
    """Apply an operation by its name as a function or (with a dot) as a method."""
    operation = lookup.operation_by_method(how[1:]) if how.startswith(".") else lookup.operation_by_function(how)
    assert operation is not None, how
    result = apply_operation(operation, arguments, keywords)
    assert isinstance(result, Meaning), result
    return result


def test_log_of_a_softmax_goes_on_with_its_trail() -> None:
    logged = do("torch.log", SOFTMAX)
    assert (logged.kind, logged.dim, logged.trail) == (Kind.LOG_PROBABILITIES, 1, TRAIL)
    assert logged.made_by == "log of softmax"
    assert do("torch.exp", logged).kind is Kind.PROBABILITIES
    assert do("torch.log", SIGMOID).kind is Kind.LOG_SIGMOID
    assert do("torch.log", binary("-", 1, SIGMOID)).kind is Kind.LOG_SIGMOID
    assert do("torch.log1p", unary("-", SIGMOID)).kind is Kind.LOG_SIGMOID
    assert do("torch.log", meaning(Kind.NON_NEGATIVE)).kind is Kind.LOG
    assert do("torch.log", unknown("a parameter")).reason == "a parameter"
    assert do("torch.log", do("torch.clamp", SOFTMAX, 1e-7, 1 - 1e-7)).kind is Kind.LOG_PROBABILITIES
    assert do("torch.log", do("torch.clamp", unknown("a parameter"), 1e-7)).kind is Kind.UNKNOWN


def test_a_fresh_kind_has_no_trail() -> None:
    made = do("torch.softmax", SCORES, dim=-1)
    assert (made.kind, made.trail, made.made_by, made.dim) == (Kind.PROBABILITIES, None, "softmax", 1)
    rankless = do("torch.softmax", SCORES.but(shape=None), dim=-1)
    assert rankless.dim == -1
    assert do("torch.nn.functional.softmax", SCORES).dim is None
    assert do("torch.sigmoid", SOFTMAX).trail is None


@pytest.mark.parametrize("keeper", [".contiguous", ".float", ".cpu", ".cuda", ".detach", ".data"])
def test_the_same_tensor_keeps_its_identity(keeper: str) -> None:
    assert do(keeper, SCORES.but(identity=1)).identity == 1


def test_a_clone_is_another_tensor() -> None:
    assert do(".clone", SCORES.but(identity=1)).identity is None


@pytest.mark.parametrize(
    "how",
    [
        (".view", -1),
        (".half",),
        (".unsqueeze", 0),
        ("torch.relu",),
        (".mul", 1.0),
        (".t",),
        ("torch.log",),
        (".add", 0),
    ],
)
def test_another_tensor_does_not(how: tuple[Any, ...]) -> None:
    # Of a transpose it is known of what: of another tensor all the same.
    assert do(how[0], SCORES.but(identity=1), *how[1:]).identity in (None, ("transposed", 1))
    assert index(SCORES.but(identity=1), 0).identity is None
    assert binary("+", SCORES.but(identity=1), 0).identity is None
    assert unary("-", SCORES.but(identity=1)).identity == ("negated", 1)
    assert unary("-", unary("-", SCORES.but(identity=1))).identity == 1


def test_scaling_is_remembered() -> None:
    assert binary("*", SOFTMAX, 10).factor == 10
    assert binary("*", SOFTMAX, 10).kind is Kind.PROBABILITIES
    assert binary("*", SOFTMAX, 10).bounds == (0, 10)
    assert binary("/", COSINE, 0.07).factor == pytest.approx(1 / 0.07)
    assert binary("*", binary("/", COSINE, 0.5), 0.5).factor is None
    assert binary("/", COSINE, UNSETTLED).kind is Kind.REAL
    assert binary("/", SCORES, UNSETTLED).kind is Kind.LOGITS
    assert binary("/", SCORES, UNSETTLED).shape == MATRIX
    assert binary("/", COSINE, 0).factor == math.inf
    assert do(".div", COSINE, 0.1).factor == pytest.approx(10)
    assert binary("*", SOFTMAX, UNSETTLED).kind is Kind.UNKNOWN
    learnt = meaning(Kind.REAL, shape=Shape(()))
    assert binary("*", COSINE, learnt).kind is Kind.REAL
    assert binary("*", do("torch.exp", learnt), COSINE).kind is Kind.REAL


def test_one_minus() -> None:
    assert binary("-", 1, SIGMOID).kind is Kind.SIGMOID
    assert binary("-", 1, SIGMOID).factor is None
    assert binary("-", 1, SIGMOID).trail is TRAIL
    assert binary("-", 1.0, SOFTMAX).kind is Kind.NON_NEGATIVE
    assert binary("-", 1, BINARY).kind is Kind.BOOLEAN
    assert do("torch.sub", SIGMOID, 1).kind is not Kind.SIGMOID
    assert do("torch.rsub", SIGMOID, 1).kind is Kind.SIGMOID
    assert binary("-", 1, COSINE).kind is Kind.NON_NEGATIVE
    assert binary("-", 1, COSINE).bounds == (0, 2)


def test_signs() -> None:
    assert unary("-", LOG_SOFTMAX).kind is Kind.NON_NEGATIVE
    assert unary("-", SCORES).kind is Kind.LOGITS
    assert unary("-", SOFTMAX).factor == -1
    for label in (BINARY, BINARY.but(dtype="int64"), BINARY.but(kind=Kind.MULTI_HOT)):
        assert binary("-", binary("*", 2, label), 1).kind is Kind.SIGNS
        assert binary("*", binary("-", label, 0.5), 2).kind in (Kind.SIGNS, Kind.CLAMPED)
        assert binary("/", binary("+", binary("-", binary("*", label, 2), 1), 1), 2).kind is Kind.BOOLEAN or (
            label.kind is Kind.MULTI_HOT
        )
    assert binary("-", 1, binary("*", 2, BINARY)).kind is Kind.SIGNS
    assert unary("~", BINARY.but(dtype="bool")).kind is Kind.BOOLEAN
    assert do("torch.sign", SCORES).kind is Kind.SIGNS


def test_a_tiny_number_keeps_a_probability() -> None:
    for kind in (SOFTMAX, SIGMOID):
        assert binary("+", kind, 1e-8).kind is kind.kind
        assert binary("+", 1e-3, kind).kind is kind.kind
        assert binary("+", kind, 0.1).kind is Kind.NON_NEGATIVE
    assert do("torch.log", binary("+", SOFTMAX, 1e-8)).kind is Kind.LOG_PROBABILITIES
    assert binary("+", LOG_SOFTMAX, 1e-8).kind is Kind.LOG_PROBABILITIES


def test_sums_of_scores() -> None:
    assert binary("+", SCORES, SCORES).kind is Kind.LOGITS
    assert binary("+", SCORES, meaning(Kind.REAL)).kind is Kind.LOGITS
    assert binary("-", meaning(Kind.REAL), SCORES).kind is Kind.LOGITS
    assert binary("+", SCORES, unknown("a bias")).kind is Kind.UNKNOWN
    assert binary("+", SCORES, unknown("a bias")).reason == "a bias"
    assert binary("+", SCORES, 5).kind is Kind.LOGITS


def test_mixtures_of_probabilities() -> None:
    average = binary("/", binary("+", SOFTMAX, SOFTMAX), 2)
    assert (average.kind, average.factor, average.dim) == (Kind.PROBABILITIES, None, 1)
    assert binary("*", 0.5, binary("+", SIGMOID, SIGMOID)).factor is None
    weighted = binary("+", binary("*", 0.3, SOFTMAX), binary("*", 0.7, SOFTMAX))
    assert (weighted.kind, weighted.factor) == (Kind.PROBABILITIES, None)
    other = SOFTMAX.but(dim=0)
    assert binary("+", SOFTMAX, other).kind is not Kind.PROBABILITIES
    assert binary("-", LOG_SOFTMAX, LOG_SOFTMAX).kind is Kind.REAL
    stacked = do("torch.stack", [SOFTMAX, SOFTMAX])
    assert (stacked.kind, stacked.dim) == (Kind.PROBABILITIES, 2)
    mean = do(".mean", stacked, 0)
    assert (mean.kind, mean.dim) == (Kind.PROBABILITIES, 1)


def test_products_of_tensors() -> None:
    mask = Meaning(Kind.BOOLEAN, dtype="bool", shape=MATRIX)
    masked = binary("*", SCORES, mask)
    assert (masked.kind, masked.made_by) == (Kind.LOGITS, MASKED)
    assert do(".mul", SCORES, mask).made_by == MASKED
    assert binary("*", SIGMOID, mask).kind is Kind.SIGMOID
    assert binary("*", SOFTMAX, mask).dim is None
    assert binary("*", SIGMOID, SIGMOID).kind is Kind.UNKNOWN
    assert binary("*", SIGMOID, SIGMOID).bounds == (0, 1)
    assert binary("*", LOG_SOFTMAX, meaning(Kind.ONE_HOT)).kind is Kind.UNKNOWN
    assert binary("*", SCORES, SIGMOID).kind is Kind.REAL
    assert binary("*", SOFTMAX, Meaning(Kind.CONSTANT, bounds=(2.0, 2.0))).factor == 2


def test_softmax_by_hand() -> None:
    exponential = do("torch.exp", SCORES).but(identity="e")
    total = do(".sum", exponential, dim=1, keepdim=True)
    made = binary("/", exponential, total)
    assert (made.kind, made.dim) == (Kind.PROBABILITIES, 1)
    without = do(".sum", exponential, dim=1)
    assert binary("/", exponential, without).kind is Kind.NON_NEGATIVE
    turned = binary("/", do(".t", exponential), without)
    assert turned.kind is do(".t", turned).kind is Kind.PROBABILITIES
    elsewhere = do(".sum", exponential.but(identity="f"), dim=1, keepdim=True)
    assert binary("/", exponential, elsewhere).kind is Kind.NON_NEGATIVE
    assert binary("/", do(".t", exponential), do(".sum", exponential, dim=0)).kind is Kind.NON_NEGATIVE
    scores = SCORES.but(identity="s")
    by_hand = binary("-", scores, do("torch.logsumexp", scores, dim=1, keepdim=True))
    assert (by_hand.kind, by_hand.dim) == (Kind.LOG_PROBABILITIES, 1)
    assert binary("-", SCORES, do("torch.logsumexp", SCORES, dim=1, keepdim=True)).kind is Kind.UNKNOWN
    assert binary("/", 1, binary("+", 1, do("torch.exp", unary("-", SCORES)))).kind is Kind.SIGMOID


PUT_BACK = (
    "s.unsqueeze(1)", "s.unsqueeze(-1)", "s.unsqueeze(0)", "s.view(-1, 1)", "s.reshape(-1, 1)", "s.view(4, 1)",
    "s.view(1, -1)", "s[:, None]", "s[..., None]", "s[None]", "s[None, :]", "s", "s.unsqueeze(-2)",
)  # fmt: skip


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("back", PUT_BACK)
@pytest.mark.parametrize("rank", [2, 3])
def test_a_sum_that_gets_its_dimension_back(back: str, dim: int, rank: int) -> None:
    """What is called a softmax by hand adds up to 1 in torch, where torch can compute it at all."""
    sizes = (4, 4, 4)[:rank]
    exponential = do("torch.exp", meaning(Kind.LOGITS, shape=Shape(sizes))).but(identity="e")
    reduced = do(".sum", exponential, dim=dim)
    key, name, arguments = _read(back)
    column = index(reduced, key) if name == "[]" else do(f".{name}", reduced, *arguments) if name else reduced
    made = binary("/", exponential, column)
    e = torch.randn(sizes).exp()
    try:
        quotient = e / eval(back, {"s": e.sum(dim)})
    except RuntimeError:
        return
    adds_up = torch.allclose(quotient.sum(dim), torch.ones(sizes[1:]))
    assert (made.kind is Kind.PROBABILITIES) <= adds_up
    # A row of sums meets the columns as it is: that is for broadcasting to say, not for the way it is written.
    assert adds_up <= (made.kind is Kind.PROBABILITIES or dim == 0)


def _read(back: str) -> tuple[object, str, list[int]]:
    """What stands behind `s`: an index, or a method with its arguments."""
    if "[" in back:
        keys = {":": slice(None), "None": None, "...": Ellipsis}
        return tuple(keys[key.strip()] for key in back[2:-1].split(",")), "[]", []
    name, _, rest = back[2:].partition("(")
    return None, name, [int(number) for number in rest.rstrip(")").split(",") if number]


def test_similarities() -> None:
    features = meaning(Kind.LOGITS, shape=Shape((128,), open=True))
    unit = do("torch.nn.functional.normalize", features)
    assert (unit.kind, unit.dim) == (Kind.NORMALISED, 1)
    similar = binary("@", unit, do(".t", unit))
    assert (similar.kind, similar.bounds) == (Kind.COSINE, (-1, 1))
    assert do("torch.mm", unit, do(".t", unit)).kind is Kind.COSINE
    assert do("torch.matmul", unit, do(".T", unit)).kind is Kind.COSINE
    assert do("torch.einsum", "nd,md->nm", unit, unit).kind is Kind.COSINE
    assert binary("@", features, do(".t", features)).kind is Kind.REAL
    scaled = binary("@", binary("/", unit, 0.1), do(".t", unit))
    assert scaled.kind is Kind.COSINE and scaled.factor == pytest.approx(10)
    divided = features.but(identity="f")
    by_hand = binary("/", divided, do(".norm", divided, dim=-1, keepdim=True))
    assert (by_hand.kind, by_hand.dim) == (Kind.NORMALISED, -1)
    assert do("torch.nn.functional.cosine_similarity", features, features).kind is Kind.COSINE


@pytest.mark.parametrize(
    ("how", "by"),
    [
        ((".detach",), "detach"),
        ((".data",), "data"),
        ((".item",), "item"),
        ((".tolist",), "tolist"),
        ((".numpy",), "numpy"),
        (("torch.argmax", 1), "argmax"),
        (("torch.round",), "round"),
        (("torch.gt", 0), "gt"),
        ((".long",), "long"),
        ((".int",), "int"),
        ((".to", "torch.int64"), "to"),
        ((".type", "torch.LongTensor"), "type"),
    ],
)
def test_what_cuts_the_gradient(how: tuple[Any, ...], by: str) -> None:
    name, *arguments = how
    method = "." + name.rpartition(".")[2]
    assert do(method, SCORES, *arguments).detached_by == by
    assert do(".float", do(method, SCORES, *arguments)).detached_by == by


def test_gradients_that_flow() -> None:
    cut = SCORES.but(detached_by="detach")
    assert binary("+", cut, SCORES).detached_by is None
    assert binary("+", cut, cut).detached_by == "detach"
    assert binary("*", cut, 2).detached_by == "detach"
    assert binary("*", cut, UNSETTLED).detached_by is None or binary("*", cut, UNSETTLED).detached_by == "detach"
    assert binary(">", SCORES, 0).detached_by == ">"
    assert do("torch.cat", [cut, SCORES]).detached_by is None
    assert do("torch.cat", [cut, cut]).detached_by == "detach"
    assert do(".float", SCORES).detached_by is None
    assert do(".long", LABELS).detached_by is None
    assert do("torch.softmax", cut, 1).detached_by == "detach"
    assert do("torch.clamp", cut, 0).detached_by == "detach"
    assert do("torch.clamp", cut, min=SCORES).detached_by is None
    assert do("torch.scatter_add", cut, 1, LABELS, SCORES).detached_by is None
    assert do("torch.nn.functional.layer_norm", cut, (10,)).detached_by == "detach"
    assert do("torch.nn.functional.layer_norm", cut, (10,), SCORES).detached_by is None
    assert do("torch.nn.functional.prelu", cut, SCORES).detached_by is None


def test_gradients_that_are_collected_from_there_on() -> None:
    cut = SCORES.but(detached_by="detach")
    assert do(".requires_grad_", cut).detached_by is None
    assert do(".requires_grad_", cut, False).detached_by == "detach"
    assert do("torch.nn.Parameter", cut).detached_by is None
    assert do("torch.nn.Parameter", cut, requires_grad=False).detached_by == "detach"
    assert do("torch.autograd.Variable", cut).detached_by == "detach"
    assert do("torch.autograd.Variable", cut, requires_grad=True).detached_by is None
    assert do("torch.autograd.Variable", cut, requires_grad=UNSETTLED).detached_by is None
    assert do("torch.tensor", SCORES).detached_by == "tensor"
    assert do("torch.tensor", SCORES, requires_grad=True).detached_by is None


def test_casts() -> None:
    many = meaning(Kind.MULTI_HOT)
    assert (do(".long", many).kind, do(".long", many).dtype) == (Kind.MULTI_HOT, "int64")
    assert (do(".float", LABELS).kind, do(".float", LABELS).dtype) == (Kind.CLASS_INDEX, "float32")
    assert do(".to", LABELS, "torch.float32").dtype == "float32"
    assert do(".to", LABELS, "cuda").dtype == "int64"
    assert do(".to", LABELS, "cuda").device == "cuda"
    assert do(".to", LABELS, SOME_DEVICE).dtype == "int64"
    assert do(".to", LABELS, UNSETTLED).dtype is None
    assert do(".to", LABELS, UNSETTLED).kind is Kind.CLASS_INDEX
    assert do(".to", LABELS, device=UNSETTLED).dtype == "int64"
    assert do(".to", LABELS, dtype=UNSETTLED).dtype is None
    assert do(".to", LABELS, "cuda", non_blocking=True).device == "cuda"
    assert do(".to", LABELS, 0).device == "cuda:0"
    assert do(".cuda", LABELS).device == "cuda"
    assert do(".cuda", LABELS, UNSETTLED).device is None
    assert do(".type", LABELS, "torch.cuda.FloatTensor").dtype == "float32"
    assert do(".type_as", LABELS, SCORES).dtype == "float32"
    assert do(".bool", SCORES).kind is Kind.BOOLEAN


def test_labels() -> None:
    one_hot = do("torch.nn.functional.one_hot", LABELS, 10)
    assert (one_hot.kind, one_hot.dtype, one_hot.shape, one_hot.dim) == (
        Kind.ONE_HOT,
        "int64",
        Shape(("N", 10)),
        1,
    )
    assert do(".float", one_hot).kind is Kind.ONE_HOT
    zeros = do("torch.zeros", "N", 10)
    assert (zeros.kind, zeros.shape, zeros.dtype, zeros.device) == (Kind.CONSTANT, Shape(("N", 10)), "float", "cpu")
    by_hand = do(".scatter_", zeros, 1, do(".unsqueeze", LABELS, 1), 1)
    assert by_hand.kind is Kind.ONE_HOT
    many = do(".scatter_", zeros, 1, Meaning(Kind.CLASS_INDEX, dtype="int64", shape=Shape(("N", 3))), 1)
    assert many.kind is Kind.MULTI_HOT
    assert do(".scatter_", zeros, 1, Meaning(Kind.CLASS_INDEX, dtype="int64"), 1).kind is Kind.BOOLEAN
    assert do(".scatter_", zeros, 1, Meaning(), 1).kind is Kind.BOOLEAN
    assert do("torch.argmax", one_hot, dim=1).kind is Kind.CLASS_INDEX
    assert do("torch.randint", 0, 10, ("N",)).bounds == (0, 9)
    assert do("torch.randint", 0, 2, ("N", 1)).kind is Kind.BOOLEAN
    assert do("torch.full", ("N",), 1).dtype == "int64"
    assert do("torch.full", ("N",), 1.0).dtype == "float"
    assert do("torch.full_like", SCORES, 1).dtype == "float32"
    assert do("torch.arange", "N").kind is Kind.CLASS_INDEX
    assert do("torch.arange", "N").device == "cpu"
    assert do("torch.arange", "N", device=UNSETTLED).device is None
    assert do("torch.arange", "N", device="cuda").shape == Shape(("N",))
    fake_and_real = do("torch.cat", [do("torch.ones", 4, 1), do("torch.zeros", 4, 1)])
    assert (fake_and_real.kind, fake_and_real.shape) == (Kind.BOOLEAN, Shape((8, 1)))
    assert do(".float", binary("==", LABELS, 3)).kind is Kind.BOOLEAN
    assert do("torch.tensor", [0, 2, 1]).kind is Kind.CLASS_INDEX
    assert do("torch.tensor", [0, 2, 1]).bounds == (0, 2)
    assert do("torch.tensor", UNSETTLED).kind is Kind.UNKNOWN
    assert do("torch.tensor", SCORES).detached_by == "tensor"


def test_results_of_two_tensors() -> None:
    operation = lookup.operation_by_name("max")
    assert operation is not None
    pair = apply_operation(operation, (SOFTMAX, 1), {})
    assert isinstance(pair, tuple)
    values, indices = pair
    assert (values.kind, values.dim, values.shape) == (Kind.PROBABILITIES, None, Shape(("N",)))
    assert (indices.kind, indices.detached_by) == (Kind.CLASS_INDEX, "max")
    topk = lookup.operation_by_name("topk")
    assert topk is not None
    pair = apply_operation(topk, (SCORES, 3), {})
    assert isinstance(pair, tuple)
    best, _ = pair
    assert (best.kind, best.shape) == (Kind.LOGITS, Shape(("N", 3)))
    split = lookup.operation_by_name("split")
    assert split is not None
    pieces = apply_operation(split, (SCORES.but(shape=None), 2), {})
    assert isinstance(pieces, Repeated) and pieces[0].kind is Kind.LOGITS
    halves = apply_operation(split, (SOFTMAX, [5, 5], 1), {})
    assert isinstance(halves, tuple)
    assert [one.shape for one in halves] == [Shape(("N", 5))] * 2
    assert [one.dim for one in halves] == [None, None]


def test_a_product_with_one_hot_labels_summed_over_the_classes_is_one_value_each() -> None:
    chosen = do("torch.nn.functional.one_hot", LABELS, 10)
    for values in (SCORES, SIGMOID, SOFTMAX):
        picked = do(".sum", binary("*", values, chosen), dim=-1)
        assert (picked.kind, picked.dim, picked.trail, picked.shape) == (values.kind, None, TRAIL, Shape(("N",)))
        assert do(".sum", binary("*", chosen, values), dim=1).kind is values.kind
        assert do(".sum", binary("*", values, chosen), dim=0).kind is not Kind.SIGMOID
        assert do(".sum", binary("*", values, binary("*", 2, chosen)), dim=1).kind not in (
            Kind.SIGMOID,
            Kind.PROBABILITIES,
        )
    # Measured: the value is that of `gather`.
    rows = torch.rand(4, 10)
    labels = torch.tensor([1, 0, 9, 3])
    by_product = (rows * torch.nn.functional.one_hot(labels, 10)).sum(-1)
    assert torch.equal(by_product, rows.gather(1, labels[:, None])[:, 0])


def test_shapes_stay_honest() -> None:
    scores = SCORES.but(shape=Shape((None, 1)))
    assert do(".squeeze", scores).shape == Shape((None,))
    assert do(".squeeze", SCORES.but(shape=Shape((None, None)))).shape is None
    assert do(".squeeze", SCORES.but(shape=Shape((1,), open=True))).shape is None
    assert do(".squeeze", scores, 1).shape == Shape((None,))
    assert do(".view", SCORES, -1).shape == Shape((None,))
    assert do(".view", SCORES, UNSETTLED, -1).shape == Shape((None, None))
    assert do(".view", SCORES, "N", -1).shape == Shape(("N", 10))
    assert do(".view", SCORES, -1, 10).shape == Shape(("N", 10))
    assert do(".view", SCORES, UNSETTLED).shape == Shape((None,)) or do(".view", SCORES, UNSETTLED).shape is None
    assert do(".view", SCORES, -1, 5).shape == Shape((None, 5))
    assert do(".flatten", SCORES.but(shape=None), 1).shape == Shape((None, None))
    assert do(".mean", SCORES.but(shape=None), 1).shape is None
    assert do(".permute", SCORES.but(shape=None), 0, 2, 1).shape == Shape((None, None, None))
    assert do(".transpose", SCORES.but(shape=None), 1, 2).shape is None
    assert do(".transpose", SOFTMAX, 0, 1).dim == 0
    assert do(".permute", meaning(Kind.PROBABILITIES, shape=Shape(("N", 3, 4, 5)), dim=1), 0, 2, 3, 1).dim == 3
    assert do(".reshape", meaning(Kind.PROBABILITIES, shape=Shape(("N", 4, 10)), dim=2), -1, 10).dim == 1
    assert do(".reshape", meaning(Kind.PROBABILITIES, shape=Shape(("N", 4, 10)), dim=1), -1, 10).dim is None
    assert binary("-", scores, SCORES.but(shape=Shape(("N",)))).shape == Shape((None, "N"))
    assert index(SCORES, 0).shape == Shape((10,))
    assert index(SCORES, (slice(None), 0)).shape == Shape(("N",))
    assert index(SOFTMAX, slice(0, 5)).dim == 1
    assert index(SOFTMAX, (slice(None), 1)).dim is None
    assert index(SOFTMAX, (slice(None), 1)).kind is Kind.PROBABILITIES
    assert index(SCORES, UNSETTLED).shape is None
    assert index(SCORES, UNSETTLED).kind is Kind.LOGITS
    assert index(SCORES, Meaning(Kind.BOOLEAN, dtype="bool", shape=Shape(("N",)))).shape == Shape((None, 10))
    assert index(SCORES, unknown("a mask or an index")).shape is None


def test_devices() -> None:
    on_gpu = SCORES.but(device="cuda")
    assert do("torch.softmax", on_gpu, 1).device == "cuda"
    assert do("torch.zeros_like", on_gpu).device == "cuda"
    assert do(".new_zeros", on_gpu, 3).device == "cuda"
    assert do("torch.zeros", 3).device == "cpu"
    assert do("torch.zeros", 3, device="cuda:1").device == "cuda:1"
    assert binary("+", on_gpu, SCORES).device == "cuda"
    assert binary("+", on_gpu, 1).device == "cuda"
    assert do(".cpu", on_gpu).device == "cpu"
    assert do(".numpy", SCORES).device == "cpu"


ODD = [
    UNSETTLED,
    None,
    True,
    -1,
    0,
    3,
    2.5,
    math.nan,
    math.inf,
    "x",
    "torch.float32",
    (),
    [],
    (1, 2),
    [UNSETTLED, None],
    unknown("?"),
    SCORES,
    SOFTMAX.but(dim=7),
    LABELS.but(shape=Shape(())),
    meaning(Kind.NORMALISED, shape=Shape((3,), open=True), dim=0),
    Meaning(Kind.CONSTANT, bounds=(0.0, 0.0)),
    Meaning(Kind.CONSTANT, bounds=(math.inf, math.inf)),
    [SCORES, SOFTMAX],
    object(),
    float,
    10**400,
    slice(None),
    {},
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_nothing_raises_on_odd_input(operation: Any) -> None:
    pairs = list(itertools.product(ODD, repeat=2))
    rest = [(*pair, ODD[place % len(ODD)]) for place, pair in enumerate(pairs[::3])]
    for arguments in [(), *((one,) for one in ODD), *((SCORES, one) for one in ODD), *pairs[::5], *rest]:
        result = apply_operation(operation, arguments, {})
        for one in result if isinstance(result, tuple) else (result,):
            assert isinstance(one, Meaning)
    for name in (*(one.lstrip("*") for one in operation.parameters), *operation.names, "dim", "dtype", "device", "out"):
        for value in ODD:
            apply_operation(operation, (SCORES,), {name: value})
            apply_operation(operation, (), {name: value})


def test_no_operator_raises_on_odd_input() -> None:
    for left, right in itertools.product(ODD, repeat=2):
        for operator in ("+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", "<", "==", "!=", "nonsense"):
            assert isinstance(binary(operator, left, right), Meaning)
        assert isinstance(index(SOFTMAX, left), Meaning)
        assert isinstance(index(SOFTMAX, (left, right)), Meaning)
        assert isinstance(index(SCORES.but(shape=None), (left, Ellipsis, right)), Meaning)
    for value in ODD:
        for operator in ("-", "+", "~", "not"):
            assert isinstance(unary(operator, value), Meaning)
