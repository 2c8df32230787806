"""Each claim about indices, shapes, settings and finiteness, run in torch: what raises, and what it lets pass."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from losslint.rules.fitting import ELEMENTWISE

from . import claims
from .claims import claim

pytest.importorskip("torch")
import torch
import torch.nn.functional as F
from torch import Tensor, nn


def labels(*numbers: int) -> Tensor:
    return torch.tensor(numbers)


def gradient(loss: Tensor, scores: Tensor) -> Tensor:
    (flow,) = torch.autograd.grad(loss, scores)
    assert isinstance(flow, torch.Tensor)
    return flow


@claim("LL121")
def a_class_that_does_not_exist_raises() -> None:
    scores = torch.randn(3, 3)
    for target in (labels(1, 2, 3), labels(0, -1, 1)):
        with pytest.raises(IndexError, match=r"Target -?\d is out of bounds"):
            F.cross_entropy(scores, target)
        with pytest.raises(IndexError, match="is out of bounds"):
            F.nll_loss(scores.log_softmax(1), target)
        with pytest.raises(RuntimeError, match="target out of range"):
            F.multi_margin_loss(scores, target)
    assert F.cross_entropy(scores, labels(0, -100, 2)).isfinite()
    assert F.cross_entropy(scores, labels(0, -1, 2), ignore_index=-1).isfinite()
    with pytest.raises(RuntimeError, match="out of range"):
        F.multi_margin_loss(scores, labels(0, -100, 2))
    with pytest.raises(RuntimeError, match="out of range"):
        F.multilabel_margin_loss(scores[:1], torch.tensor([[3, -1, -1]]))
    assert F.multilabel_margin_loss(scores[:1], torch.tensor([[2, -1, -1]])).isfinite()
    with pytest.raises(RuntimeError, match="should be in"):
        nn.AdaptiveLogSoftmaxWithLoss(8, 10, [5])(torch.randn(2, 8), labels(0, 10))


@claim("LL122")
def class_indices_have_the_shape_of_the_scores_without_the_classes() -> None:
    for scores, target in [
        ((4, 5), (3,)),
        ((4, 5), (4, 2)),
        ((1, 5), (3,)),
        ((5,), (3,)),
        ((2, 5, 7), (2,)),
        ((2, 5, 7), (2, 6)),
        ((2, 5, 3, 3), (2, 4, 4)),
        ((2, 5, 3, 3), (2, 9)),
    ]:
        with pytest.raises((RuntimeError, ValueError)):
            F.cross_entropy(torch.randn(scores), torch.zeros(target, dtype=torch.long))
        with pytest.raises((RuntimeError, ValueError)):
            F.nll_loss(torch.randn(scores), torch.zeros(target, dtype=torch.long))
    with pytest.raises(ValueError, match="to match target batch_size"):
        F.cross_entropy(torch.randn(4, 5), torch.tensor(2))
    assert F.cross_entropy(torch.randn(5), torch.tensor([2])).isfinite()
    for target in ((3, 5), (4, 6)):
        with pytest.raises((RuntimeError, ValueError)):
            F.cross_entropy(torch.randn(4, 5), torch.rand(target))
    for scores, target in [((4, 5), (3,)), ((4, 5), (4, 1)), ((2, 5, 7), (2, 7))]:
        with pytest.raises(RuntimeError):
            F.multi_margin_loss(torch.randn(scores), torch.zeros(target, dtype=torch.long))
    for target in ((4,), (3, 5), (4, 4)):
        with pytest.raises(RuntimeError, match="inconsistent target size"):
            F.multilabel_margin_loss(torch.randn(4, 5), torch.zeros(target, dtype=torch.long))


@claim("LL109", "LL118", "LL122")
def margins_of_classes_want_int64_indices_a_float_weight_and_a_class() -> None:
    scores, target = torch.randn(4, 5), labels(0, 1, 2, 3)
    for dtype in (torch.float32, torch.float64, torch.float16):
        with pytest.raises(RuntimeError, match="expected scalar type Long"):
            F.multi_margin_loss(scores, target.to(dtype))
    for weight in (torch.ones(4), torch.ones(5, 1), torch.ones(5).double(), torch.ones(5).long()):
        with pytest.raises((RuntimeError, ValueError)):
            F.multi_margin_loss(scores, target, weight=weight)
    for function, wrong in ((F.multi_margin_loss, target), (F.multilabel_margin_loss, torch.zeros(4, 0).long())):
        with pytest.raises(RuntimeError, match="Expected non-empty"):
            function(torch.randn(4, 0), wrong)


@claim("LL109", "LL110", "LL117", "LL118", "LL119", "LL122")
def a_loss_with_its_last_layer_checks_what_that_layer_makes() -> None:
    features, layer, target = torch.randn(4, 8), torch.randn(5, 8), labels(0, 1, 2, 3)
    assert F.linear_cross_entropy(features, layer, target, ignore_index=0).isfinite()
    assert F.linear_cross_entropy(features, torch.randn(5, 2, 8), torch.zeros(4, 2).long()).isfinite()
    for given, weight, wanted in [
        (features, torch.randn(5, 9), target),
        (torch.randn(2, 4, 8), layer, target),
        (features, torch.randn(8), target),
        (features[0], torch.randn(5, 2, 8), target[:2]),
        (features, layer, target[:3]),
        (features, layer, torch.rand(4, 6)),
        (features, layer, torch.zeros(4, 5).long()),
        (features, layer, target.float()),
    ]:
        with pytest.raises((RuntimeError, ValueError)):
            F.linear_cross_entropy(given, weight, wanted)
    misfits: list[dict[str, Any]] = [
        {"linear_bias": torch.ones(4)},
        {"weight": torch.ones(4)},
        {"weight": torch.ones(5).double()},
    ]
    for settings in misfits:
        with pytest.raises(RuntimeError):
            F.linear_cross_entropy(features, layer, target, **settings)
    with pytest.raises(RuntimeError, match="ignore_index cannot be specified"):
        F.linear_cross_entropy(features, layer, torch.rand(4, 5), ignore_index=-100)
    for settings in ({"label_smoothing": -0.1}, {"label_smoothing": 1.1}, {"weight": torch.ones(4)}):
        with pytest.raises(RuntimeError, match="expected"):
            nn.LinearCrossEntropyLoss(8, 5, **settings)
    imaginary: Any = 1j
    with pytest.raises(TypeError, match="delta must be"):
        nn.HuberLoss(delta=imaginary)


@claim("LL122")
def sizes_that_do_not_broadcast_raise() -> None:
    def gaussian(given: Tensor, target: Tensor) -> Tensor:
        return F.gaussian_nll_loss(given, target, torch.ones(given.shape))

    functions: dict[str, Callable[..., Tensor]] = {
        "MSELoss": F.mse_loss,
        "L1Loss": F.l1_loss,
        "SmoothL1Loss": F.smooth_l1_loss,
        "HuberLoss": F.huber_loss,
        "PoissonNLLLoss": F.poisson_nll_loss,
        "GaussianNLLLoss": gaussian,
        "KLDivLoss": F.kl_div,
        "HingeEmbeddingLoss": F.hinge_embedding_loss,
        "SoftMarginLoss": F.soft_margin_loss,
        "MultiLabelSoftMarginLoss": F.multilabel_soft_margin_loss,
    }
    assert set(functions) == ELEMENTWISE
    for function in functions.values():
        for target in ((3, 5), (4,), (4, 6)):
            with pytest.raises(RuntimeError, match="must match the size of tensor"):
                function(torch.rand(4, 5), torch.ones(target))
        assert function(torch.rand(4, 5), torch.ones(1, 5)).isfinite()
        assert math.isnan(float(function(torch.rand(0, 5), torch.ones(0, 5))))


@claim("LL122")
def a_soft_margin_is_not_broadcast_to_its_target() -> None:
    for given, target in [((4, 1), (4,)), ((5,), (4, 5)), ((1, 5), (4, 5)), ((1,), (1, 1))]:
        with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
            F.soft_margin_loss(torch.randn(given), torch.ones(target))


@claim("LL122")
def a_variance_has_the_shape_of_the_prediction_or_one_value_a_row() -> None:
    given = torch.randn(4, 5)
    for var in ((5,), (3, 5), (), (1,), (2, 4, 5)):
        with pytest.raises(ValueError, match="var is of incorrect size"):
            F.gaussian_nll_loss(given, given, torch.ones(var))
    for fitting in ((4, 5), (4,), (4, 1), (1, 5)):
        assert F.gaussian_nll_loss(given, given, torch.ones(fitting)).isfinite()


@claim("LL122")
def pairs_and_triplets_are_alike() -> None:
    one, column, sign = torch.randn(4), torch.randn(4, 1), torch.ones(4)
    for given in ((column, one, sign), (column, column, sign)):
        with pytest.raises(RuntimeError, match="should have same dimension"):
            F.margin_ranking_loss(*given)
    rows = torch.randn(4, 8)
    for negative in (torch.randn(8), torch.randn(3, 8), torch.randn(4, 9)):
        for triplet_loss in (F.triplet_margin_loss, F.triplet_margin_with_distance_loss):
            with pytest.raises(RuntimeError):
                triplet_loss(rows, rows, negative)
    assert F.triplet_margin_loss(rows, rows, torch.randn(1, 8)).isfinite()
    for other, target in [
        (rows, torch.ones(4, 1)),
        (rows, torch.ones(3)),
        (rows, torch.tensor(1.0)),
        (torch.randn(4, 9), sign),
        (torch.randn(3, 8), sign),
    ]:
        with pytest.raises(RuntimeError):
            F.cosine_embedding_loss(rows, other, target)
    with pytest.raises(RuntimeError, match="1D target tensor expects 2D input"):
        F.cosine_embedding_loss(rows[0], rows[0], torch.ones(1))


#: 12 steps of 2 samples over 6 labels.
def steps() -> Tensor:
    return torch.randn(12, 2, 6).log_softmax(2)


@claim("LL122")
def time_comes_first_and_the_batch_second() -> None:
    twelve, three = labels(12, 12), labels(3, 3)
    targets = torch.ones(2, 3, dtype=torch.long)
    assert F.ctc_loss(steps(), targets, twelve, three).isfinite()
    for given, lengths in [(steps().transpose(0, 1), twelve), (steps(), labels(12, 12, 12))]:
        with pytest.raises(RuntimeError, match="must be of size batch_size"):
            F.ctc_loss(given, targets, lengths, three)
    for wrong in (torch.ones(3, 3, dtype=torch.long), torch.ones(2, 3, 1, dtype=torch.long)):
        with pytest.raises(RuntimeError):
            F.ctc_loss(steps(), wrong, twelve, three)


@claim("LL205")
def mixed_precision_refuses_the_loss_on_probabilities() -> None:
    refused = torch.ops.aten.binary_cross_entropy.default
    for name in ("AutocastCUDA", "AutocastXPU"):
        keys = torch._C.DispatchKeySet(getattr(torch._C.DispatchKey, name))
        with pytest.raises(RuntimeError, match=r"binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast"):
            refused.redispatch(keys, torch.rand(4), torch.rand(4))
    with torch.autocast("cpu"):
        assert F.binary_cross_entropy(torch.rand(4), torch.rand(4)).isfinite()
    with torch.autocast("cuda"):  # of another device than the tensors'
        assert F.binary_cross_entropy(torch.rand(4), torch.rand(4)).isfinite()


@claim("LL403")
def a_variance_is_neither_a_logarithm_nor_a_deviation() -> None:
    mean, target = torch.zeros(1), torch.full((1,), 3.0)
    with pytest.raises(ValueError, match="var has negative"):
        F.gaussian_nll_loss(mean, target, torch.tensor([-0.1]))
    with pytest.raises(ValueError, match="var has negative"):
        F.gaussian_nll_loss(mean, target, torch.tensor([0.5]).log())
    candidates = torch.arange(1.0, 20.0)
    costs = [float(F.gaussian_nll_loss(mean, target, var.view(1))) for var in candidates]
    assert float(candidates[costs.index(min(costs))]) == 9  # the squared error, not the error


@claim("LL404")
def a_poisson_loss_takes_the_exponential_unless_it_is_told() -> None:
    counts = torch.full((1,), 5.0)
    outputs = torch.linspace(0.1, 10, 500)
    logs = [float(F.poisson_nll_loss(output.view(1), counts)) for output in outputs]
    assert float(outputs[logs.index(min(logs))]) == pytest.approx(math.log(5), abs=0.02)
    rates = [float(F.poisson_nll_loss(output.view(1), counts, log_input=False)) for output in outputs]
    assert float(outputs[rates.index(min(rates))]) == pytest.approx(5, abs=0.02)
    assert math.isnan(float(F.poisson_nll_loss(torch.tensor([-1.0]), counts, log_input=False)))
    rare = torch.full((1,), 0.01)
    least = min(float(F.poisson_nll_loss(output.view(1), rare)) for output in torch.linspace(0, 5, 100))
    assert least == float(F.poisson_nll_loss(torch.zeros(1), rare))  # a rate of 1, for one in a hundred


@claim("LL405")
def a_huber_loss_of_two_dtypes_raises_in_backward() -> None:
    given = torch.randn(4, requires_grad=True)
    for dtype in (torch.long, torch.bool, torch.float64, torch.float16, torch.bfloat16):
        loss = F.huber_loss(given, torch.ones(4).to(dtype))
        assert loss.isfinite()
        with pytest.raises(RuntimeError, match="but expected Float"):
            loss.backward()
    regression: Callable[..., Tensor]
    for regression in (F.mse_loss, F.smooth_l1_loss, F.l1_loss):
        loss = regression(given, torch.ones(4, dtype=torch.long))
        assert loss.dtype == torch.float32
        loss.backward()
    with pytest.raises(RuntimeError, match="with a bool tensor is not supported"):
        F.l1_loss(given, torch.ones(4, dtype=torch.bool))
    whole = torch.ones(4, dtype=torch.long)
    for regression in (F.mse_loss, F.smooth_l1_loss, F.l1_loss, F.huber_loss):
        with pytest.raises((NotImplementedError, RuntimeError)):
            regression(whole, whole)


@claim("LL501")
def a_label_of_0_teaches_nothing() -> None:
    one, other = torch.randn(4, 8, requires_grad=True), torch.randn(4, 8)
    cosine = F.cosine_embedding_loss(one, other, torch.zeros(4))
    assert float(cosine.detach()) == 0
    assert not gradient(cosine, one).any()
    score = torch.tensor([-2.0, 0.5, 2.0], requires_grad=True)
    ranking = F.margin_ranking_loss(score, torch.randn(3), torch.zeros(3), margin=0.25, reduction="none")
    assert ranking.tolist() == [0.25] * 3
    assert not gradient(ranking.sum(), score).any()
    soft = F.soft_margin_loss(score, torch.zeros(3), reduction="none")
    assert soft.tolist() == pytest.approx([0.6931] * 3, abs=1e-4)
    assert not gradient(soft.sum(), score).any()
    hinge = F.hinge_embedding_loss(score, torch.zeros(3), reduction="none")
    both = F.hinge_embedding_loss(score, torch.ones(3), reduction="none") + F.hinge_embedding_loss(
        score, -torch.ones(3), reduction="none"
    )
    assert hinge.tolist() == pytest.approx(both.tolist())
    assert gradient(hinge.sum(), score).tolist() == [0, 0, 1]


@claim("LL502")
def a_ctc_loss_does_not_look_at_its_input() -> None:
    scores, targets = torch.randn(12, 2, 6), torch.randint(1, 6, (2, 3))
    lengths = labels(12, 12), labels(3, 3)
    right = F.ctc_loss(scores.log_softmax(2), targets, *lengths)
    assert float(right) > 0
    for wrong in (scores.softmax(2), scores.sigmoid(), scores * 10, scores * 100):
        assert float(F.ctc_loss(wrong, targets, *lengths)) < 0
    assert float(F.ctc_loss(scores.log_softmax(0), targets, *lengths)) != pytest.approx(float(right), abs=1e-3)


@claim("LL503")
def a_ctc_loss_does_not_look_at_its_labels() -> None:
    lengths = labels(12, 12), labels(3, 3)
    log_probs = steps()
    for wrong in (0, 6, 9):  # the blank, and what no class has
        assert F.ctc_loss(log_probs, torch.full((2, 3), wrong), *lengths).isfinite()
    assert F.ctc_loss(log_probs, torch.full((2, 3), 1.7), *lengths) == F.ctc_loss(
        log_probs, torch.full((2, 3), 1), *lengths
    )
    padded = torch.tensor([[3, 0, 0], [2, 2, 1]])  # what stands beyond the lengths does not count
    other = torch.tensor([[3, 5, 5], [2, 2, 1]])
    assert F.ctc_loss(log_probs, padded, labels(12, 12), labels(1, 3)) == F.ctc_loss(
        log_probs, other, labels(12, 12), labels(1, 3)
    )


@claim("LL503")
def a_ctc_loss_checks_its_lengths() -> None:
    targets = torch.ones(2, 3, dtype=torch.long)
    twelve, three = labels(12, 12), labels(3, 3)
    with pytest.raises(RuntimeError, match="to have value at most 12"):
        F.ctc_loss(steps(), targets, labels(13, 12), three)
    with pytest.raises(RuntimeError, match="at least 4 at dimension 1"):
        F.ctc_loss(steps(), targets, twelve, labels(4, 3))
    with pytest.raises(RuntimeError, match="input_lengths must be integral"):
        F.ctc_loss(steps(), targets, twelve.float(), three)
    with pytest.raises(RuntimeError, match="target_lengths must be integral"):
        F.ctc_loss(steps(), targets, twelve, three.float())
    short = steps()[:2].requires_grad_()
    assert float(F.ctc_loss(short, targets, labels(2, 2), three).detach()) == math.inf
    ignored = F.ctc_loss(short, targets, labels(2, 2), three, zero_infinity=True)
    assert float(ignored.detach()) == 0
    assert not gradient(ignored, short).any()


@claim("LL507")
def a_multi_label_margin_reads_lists_of_labels() -> None:
    sure = torch.tensor([[9.0, -9.0, 9.0, -9.0]])
    assert float(F.multilabel_margin_loss(sure, torch.tensor([[0, 2, -1, -1]]))) == 0
    multi_hot = torch.tensor([[1, 0, 1, 0]])
    assert float(F.multilabel_margin_loss(sure, multi_hot)) > 5  # read as the labels 1 and 0
    for dtype in (torch.float32, torch.bool, torch.int32):
        with pytest.raises(RuntimeError, match="expected scalar type Long"):
            F.multilabel_margin_loss(sure, multi_hot.to(dtype))


@claim("LL712")
def a_hole_in_the_input_poisons_the_weights() -> None:
    for loss in (F.mse_loss, F.binary_cross_entropy_with_logits, F.smooth_l1_loss, F.kl_div):
        layer = nn.Linear(2, 1)
        loss(layer(torch.tensor([[1.0, float("nan")], [1.0, 2.0]])), torch.rand(2, 1)).backward()
        assert layer.weight.grad is not None
        assert layer.weight.grad.isnan().any()
    scores = torch.tensor([[0.5, -math.inf, 1.0], [0.1, 0.2, -math.inf]], requires_grad=True)
    masked = F.cross_entropy(scores, labels(0, 1))
    assert masked.isfinite()
    assert gradient(masked, scores).isfinite().all()


@claim("LL119")
def numbers_are_checked_when_the_loss_is_called() -> None:
    scores = torch.randn(4, 5)
    signs, target = torch.ones(4), labels(0, 1, 2, 3)
    total: Any = "sum"
    mean: Any = "mean"
    with pytest.raises(TypeError, match="must be float, not str"):
        nn.MarginRankingLoss(total)(signs, signs, signs)
    with pytest.raises(TypeError, match="must be bool, not str"):
        nn.PoissonNLLLoss(total)(signs, signs)
    with pytest.raises(TypeError, match="must be bool, not str"):
        nn.KLDivLoss(None, None, "sum", total)(signs, signs)
    with pytest.raises(TypeError, match="delta must be a float or int"):
        nn.HuberLoss("sum", mean)
    for make in (lambda: nn.TripletMarginLoss(margin=0), lambda: nn.TripletMarginWithDistanceLoss(margin=-1)):
        with pytest.raises(ValueError, match="margin to be greater than 0"):
            make()
    with pytest.raises(ValueError, match="only p == 1 and p == 2"):
        nn.MultiMarginLoss(p=3)
    index: Any
    for index in (None, -1.0):
        with pytest.raises(TypeError, match="must be int"):
            F.cross_entropy(scores, target, ignore_index=index)
    for blank in (6, -1):
        with pytest.raises(RuntimeError, match="blank must be in label range"):
            F.ctc_loss(steps(), torch.ones(2, 3, dtype=torch.long), labels(12, 12), labels(3, 3), blank=blank)


CHECKS = claims.of_module(__name__)


@pytest.mark.parametrize("name", CHECKS)
def test_torch_does_what_the_rule_says(name: str) -> None:
    claims.run(CHECKS[name])
