"""What autograd's graph says of a tensor, held against the tensor itself."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from losslint.contracts.lookup import operation_by_name
from losslint.runtime import nodes
from losslint.runtime.provenance import NO_HISTORY, Graph
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning

torch.manual_seed(0)
X = torch.randn(6, 5)
LAYER = nn.Linear(5, 4)


def scores(*sizes: int) -> torch.Tensor:
    """Scores of a linear layer; by default of 6 samples and 4 classes."""
    return LAYER(torch.randn(*sizes, 5) if sizes else X)


def of(tensor: torch.Tensor) -> Meaning:
    return Graph().meaning(tensor)


#: What was made, its kind, and along which dimension. Each is checked against the values too.
MADE: dict[str, tuple[Callable[[], torch.Tensor], Kind, int | None]] = {
    "linear": (lambda: scores(), Kind.LOGITS, None),
    "linear, three dimensions": (lambda: scores(2, 3), Kind.LOGITS, None),
    "linear without a bias": (lambda: nn.Linear(5, 4, bias=False)(X), Kind.LOGITS, None),
    "convolution": (lambda: nn.Conv2d(1, 3, 2)(torch.randn(2, 1, 4, 4)), Kind.LOGITS, None),
    "transposed convolution": (lambda: nn.ConvTranspose1d(2, 3, 2)(torch.randn(2, 2, 4)), Kind.LOGITS, None),
    "batch norm": (lambda: nn.BatchNorm1d(4)(scores()), Kind.LOGITS, None),
    "layer norm without a scale": (lambda: F.layer_norm(scores(), (4,)), Kind.REAL, None),
    "softmax": (lambda: scores().softmax(1), Kind.PROBABILITIES, 1),
    "softmax from the back": (lambda: scores(2, 3).softmax(-1), Kind.PROBABILITIES, 2),
    "softmax over the batch": (lambda: scores().softmax(0), Kind.PROBABILITIES, 0),
    "softmin": (lambda: F.softmin(scores(), 1), Kind.PROBABILITIES, 1),
    "gumbel softmax": (lambda: F.gumbel_softmax(scores()), Kind.PROBABILITIES, 1),
    "log-softmax": (lambda: scores().log_softmax(1), Kind.LOG_PROBABILITIES, 1),
    "log of softmax": (lambda: scores().softmax(1).log(), Kind.LOG_PROBABILITIES, 1),
    "log of a clamped softmax": (lambda: scores().softmax(1).clamp(1e-7).log(), Kind.LOG_PROBABILITIES, 1),
    "exp of log-softmax": (lambda: scores().log_softmax(1).exp(), Kind.PROBABILITIES, 1),
    "exp over its sum": (lambda: (e := scores().exp()) / e.sum(1, keepdim=True), Kind.PROBABILITIES, 1),
    "minus logsumexp": (lambda: (s := scores()) - s.logsumexp(1, keepdim=True), Kind.LOG_PROBABILITIES, 1),
    "sigmoid": (lambda: scores().sigmoid(), Kind.SIGMOID, None),
    "sigmoid in place": (lambda: scores().sigmoid_(), Kind.SIGMOID, None),
    "logsigmoid": (lambda: F.logsigmoid(scores()), Kind.LOG_SIGMOID, None),
    "log of sigmoid": (lambda: scores().sigmoid().log(), Kind.LOG_SIGMOID, None),
    "tanh": (lambda: scores().tanh(), Kind.TANH, None),
    "relu": (lambda: scores().relu(), Kind.NON_NEGATIVE, None),
    "relu6": (lambda: F.relu6(scores()), Kind.CLAMPED, None),
    "clamp": (lambda: scores().clamp(-0.5, 0.5), Kind.CLAMPED, None),
    "clamp from below": (lambda: scores().clamp(min=0), Kind.NON_NEGATIVE, None),
    "exp": (lambda: scores().exp(), Kind.NON_NEGATIVE, None),
    "softplus": (lambda: F.softplus(scores()), Kind.NON_NEGATIVE, None),
    "square": (lambda: scores() ** 2, Kind.NON_NEGATIVE, None),
    "unit vectors": (lambda: F.normalize(scores()), Kind.NORMALISED, 1),
    "unit vectors along the batch": (lambda: F.normalize(scores(), dim=0), Kind.NORMALISED, 0),
    "their products": (lambda: F.normalize(scores()) @ F.normalize(scores()).T, Kind.COSINE, None),
    "cosine similarity": (lambda: F.cosine_similarity(scores(), scores() + 1), Kind.UNKNOWN, None),
    # the same values elsewhere
    "view": (lambda: scores().softmax(1).view(2, 3, 4), Kind.PROBABILITIES, 2),
    "reshape that copies": (lambda: scores().softmax(1).t().reshape(2, 2, 6), Kind.PROBABILITIES, None),
    "transpose": (lambda: scores().softmax(1).transpose(0, 1), Kind.PROBABILITIES, 0),
    "t": (lambda: scores().softmax(1).t(), Kind.PROBABILITIES, 0),
    "permute": (lambda: scores(2, 3).softmax(2).permute(0, 2, 1), Kind.PROBABILITIES, 1),
    "squeeze": (lambda: scores(1, 6).softmax(2).squeeze(0), Kind.PROBABILITIES, 1),
    "unsqueeze": (lambda: scores().softmax(1).unsqueeze(0), Kind.PROBABILITIES, 2),
    "contiguous": (lambda: scores().softmax(1).t().contiguous(), Kind.PROBABILITIES, 0),
    "clone": (lambda: scores().softmax(1).clone(), Kind.PROBABILITIES, 1),
    "double": (lambda: scores().softmax(1).double(), Kind.PROBABILITIES, 1),
    "expand": (lambda: scores().softmax(1).expand(2, 6, 4), Kind.PROBABILITIES, 2),
    "repeat": (lambda: scores().softmax(1).repeat(2, 1), Kind.PROBABILITIES, 1),
    "flip": (lambda: scores().softmax(1).flip(0), Kind.PROBABILITIES, 1),
    "cat": (lambda: torch.cat([scores().softmax(1), scores().softmax(1)]), Kind.PROBABILITIES, 1),
    "cat along it": (lambda: torch.cat([scores().softmax(1), scores().softmax(1)], 1), Kind.PROBABILITIES, None),
    "stack": (lambda: torch.stack([scores().softmax(1), scores().softmax(1)], 1), Kind.PROBABILITIES, 2),
    "split": (lambda: scores().softmax(1).split(2)[1], Kind.PROBABILITIES, 1),
    "unbind": (lambda: scores(2, 3).softmax(2).unbind(0)[1], Kind.PROBABILITIES, 1),
    "rows": (lambda: scores().softmax(1)[1:3], Kind.PROBABILITIES, 1),
    "one column": (lambda: scores().softmax(1)[:, 0], Kind.PROBABILITIES, None),
    "some columns": (lambda: scores().softmax(1)[:, 1:], Kind.PROBABILITIES, None),
    "a mask of rows": (lambda: scores().softmax(1)[torch.arange(6) > 2], Kind.PROBABILITIES, None),
    "index_select": (lambda: scores().softmax(1).index_select(0, torch.tensor([1])), Kind.PROBABILITIES, 1),
    "gather": (lambda: scores().softmax(1).gather(1, torch.zeros(6, 1).long()), Kind.PROBABILITIES, None),
    "mean over the batch": (lambda: scores().softmax(1).mean(0, keepdim=True), Kind.PROBABILITIES, 1),
    "interpolated": (
        lambda: F.interpolate(scores(2, 3).softmax(1)[:, :, :, None], (8, 2), mode="bilinear"),
        Kind.PROBABILITIES,
        1,
    ),
    "times ten": (lambda: scores().sigmoid() * 10, Kind.SIGMOID, None),
    "over a temperature": (lambda: scores() / 0.1, Kind.LOGITS, None),
    # what cannot be known
    "detached": (lambda: scores().softmax(1).detach(), Kind.UNKNOWN, None),
    "mixed": (lambda: torch.cat([scores().softmax(1), scores()]), Kind.UNKNOWN, None),
    "plus what has no history": (lambda: scores().softmax(1) + torch.randn(4), Kind.UNKNOWN, None),
    "times what has no history": (lambda: scores().softmax(1) * torch.randn(4), Kind.UNKNOWN, None),
    "dropout": (lambda: F.dropout(scores().softmax(1)), Kind.UNKNOWN, None),
    "where": (lambda: torch.where(X[:, :4] > 0, scores().softmax(1), torch.tensor(-1e9)), Kind.UNKNOWN, None),
    "written into": (lambda: _written_into(scores().softmax(1)), Kind.UNKNOWN, None),
    "a product with a bare parameter": (lambda: scores().softmax(1) @ nn.Parameter(torch.eye(4)), Kind.REAL, None),
}


def _written_into(tensor: torch.Tensor) -> torch.Tensor:
    tensor[0] = 5.0
    return tensor


def holds(meaning: Meaning, tensor: torch.Tensor) -> None:
    """What is claimed of a tensor is true of its values."""
    values = tensor.detach().double()
    if meaning.factor is not None:
        values = values / meaning.factor
    low, high = {
        Kind.PROBABILITIES: (0.0, 1.0),
        Kind.SIGMOID: (0.0, 1.0),
        Kind.LOG_PROBABILITIES: (-math.inf, 0.0),
        Kind.LOG_SIGMOID: (-math.inf, 0.0),
        Kind.TANH: (-1.0, 1.0),
        Kind.COSINE: (-1.0, 1.0),
        Kind.NORMALISED: (-1.0, 1.0),
        Kind.NON_NEGATIVE: (0.0, math.inf),
    }.get(meaning.kind, (-math.inf, math.inf))
    assert low - 1e-6 <= values.min().item()
    assert values.max().item() <= high + 1e-6
    if meaning.bounds is not None:
        assert meaning.bounds[0] - 1e-6 <= tensor.min().item() <= tensor.max().item() <= meaning.bounds[1] + 1e-6
    if meaning.dim is not None:
        whole = {Kind.PROBABILITIES: values, Kind.LOG_PROBABILITIES: values.exp(), Kind.NORMALISED: values**2}
        added = whole[meaning.kind].sum(meaning.dim)
        assert torch.allclose(added, torch.ones_like(added), atol=1e-5)


@pytest.mark.parametrize("name", MADE)
def test_a_tensor_is_what_made_it(name: str) -> None:
    make, kind, dim = MADE[name]
    tensor = make()
    meaning = of(tensor)
    assert (meaning.kind, meaning.dim) == (kind, dim), meaning
    assert meaning.shape is not None
    assert meaning.shape.sizes == tuple(tensor.shape)
    assert meaning.dtype == str(tensor.dtype).removeprefix("torch.")
    assert meaning.device == "cpu"
    assert (meaning.reason != "") == (kind is Kind.UNKNOWN)
    holds(meaning, tensor)


@pytest.mark.parametrize("name", sorted(nodes.ONE_TENSOR))
def test_each_node_of_the_table_names_an_operation(name: str) -> None:
    operation = operation_by_name(nodes.ONE_TENSOR[name].operation)
    assert operation is not None
    given = {*nodes.ONE_TENSOR[name].saved, *nodes.ONE_TENSOR[name].fixed}
    assert given <= {parameter.removeprefix("*") for parameter in operation.parameters}


@pytest.mark.parametrize(
    ("make", "source"),
    [
        (lambda: scores().softmax(1).softmax(1), Kind.PROBABILITIES),
        (lambda: scores().sigmoid().sigmoid(), Kind.SIGMOID),
        (lambda: scores().sigmoid().log_softmax(1), Kind.SIGMOID),
        (lambda: scores().softmax(1), Kind.LOGITS),
    ],
)
def test_what_an_activation_was_applied_to(make: Callable[[], torch.Tensor], source: Kind) -> None:
    meaning = of(make())
    assert meaning.source is not None
    assert meaning.source.kind is source


def test_what_has_no_history() -> None:
    assert of(torch.tensor([1, 2])).reason == NO_HISTORY
    assert of(torch.tensor([True])).kind is Kind.BOOLEAN
    assert of(nn.Parameter(torch.ones(2))).kind is Kind.REAL
    assert of(torch.ones(2, requires_grad=True)).kind is Kind.UNKNOWN


def test_the_same_tensor_is_known_again() -> None:
    made = scores().softmax(1)
    graph = Graph()
    assert graph.meaning(made).identity == graph.meaning(made).identity
    assert graph.meaning(made).identity == graph.meaning(torch.ops.aten.alias(made)).identity
    assert graph.meaning(made).identity != graph.meaning(made.clone()).identity
    assert graph.meaning(made).identity != graph.meaning(scores().softmax(1)).identity
    plain = torch.randn(3)
    assert graph.meaning(plain).identity != graph.meaning(torch.randn(3)).identity


def test_a_function_of_the_project_is_named_and_not_taken_for_torchs() -> None:
    class Softmax(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: object, *grads: torch.Tensor) -> torch.Tensor:
            return grads[0] * 2

    meaning = of(Softmax.apply(scores()))
    assert meaning.kind is Kind.UNKNOWN
    assert "`Softmax`" in meaning.reason


def test_a_graph_without_end_is_given_up() -> None:
    made = scores()
    for _ in range(500):
        made = made.clone()
    assert of(made).kind is Kind.UNKNOWN
    assert "too many" in of(made).reason


def test_a_wide_graph_is_given_up() -> None:
    made = torch.cat([scores() for _ in range(200)])
    assert of(made).kind is Kind.UNKNOWN
