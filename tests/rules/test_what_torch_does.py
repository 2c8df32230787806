"""Each rule's claim, run in torch: the misuse raises, has its floor, or has no gradient, as the rule's text says."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from losslint.rules import costs
from losslint.rules.cross_entropy.ll109_float_class_index_target import ACCEPTED
from losslint.rules.registry import names

from . import claims, test_what_torch_checks
from .claims import CLAIMS, claim

assert test_what_torch_checks.CHECKS  # its claims count, too

pytest.importorskip("torch")
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import Tensor, nn  # noqa: E402


def perfect_scores(classes: int, samples: int = 6, sharpness: float = 100.0) -> tuple[Tensor, Tensor]:
    """Scores that are as sure and as right as can be, and their labels."""
    target = torch.arange(samples) % classes
    return F.one_hot(target, classes).float() * sharpness, target


def gradient(loss: Tensor, scores: Tensor) -> float:
    (flow,) = torch.autograd.grad(loss, scores)
    return float(flow.norm())


@claim("LL101", "LL103")
def squashed_scores_have_a_floor() -> None:
    for classes in (2, 3, 10, 100, 1000):
        scores, target = perfect_scores(classes)
        floor = costs.unit_interval_floor(classes)
        assert float(F.cross_entropy(scores.softmax(1), target)) == pytest.approx(floor, abs=1e-5)
        assert float(F.cross_entropy((scores - 50).sigmoid(), target)) == pytest.approx(floor, abs=1e-5)
    assert costs.unit_interval_floor(10) == pytest.approx(1.461, abs=1e-3)
    assert costs.unit_interval_floor(1000) == pytest.approx(5.910, abs=1e-3)


@claim("LL101")
def an_extra_softmax_shrinks_the_gradient() -> None:
    target = torch.tensor([1])
    surely_wrong = (F.one_hot(torch.tensor([0]), 10).float() * 10).requires_grad_()
    assert gradient(F.cross_entropy(surely_wrong.softmax(1), target), surely_wrong) < 1e-3
    assert gradient(F.cross_entropy(surely_wrong, target), surely_wrong) > 1
    start = torch.zeros(1, 10, requires_grad=True)
    ratio = gradient(F.cross_entropy(start.softmax(1), target), start)
    ratio /= gradient(F.cross_entropy(start, target), start)
    assert ratio == pytest.approx(0.1, abs=0.01)


@claim("LL101")
def a_stretched_softmax_has_hardly_a_floor() -> None:
    scores, target = perfect_scores(10)
    assert float(F.cross_entropy(scores.softmax(1) * 20, target)) < 1e-6
    assert float(F.cross_entropy(scores.softmax(1) * 2, target)) == pytest.approx(costs.bounded_floor(10, 2), abs=1e-5)


@claim("LL102")
def log_softmax_is_idempotent() -> None:
    scores = torch.randn(8, 10, requires_grad=True)
    target = torch.randint(0, 10, (8,))
    once, twice = F.cross_entropy(scores, target), F.cross_entropy(scores.log_softmax(1), target)
    assert float(once) == pytest.approx(float(twice), abs=1e-6)
    first, second = torch.autograd.grad(once, scores)[0], torch.autograd.grad(twice, scores)[0]
    assert torch.allclose(first, second, atol=1e-6)


@claim("LL103")
def a_saturated_sigmoid_has_no_gradient() -> None:
    scores = torch.full((1, 3), 30.0, requires_grad=True)
    assert gradient(F.cross_entropy(scores.sigmoid(), torch.tensor([0])), scores) < 1e-6


@claim("LL105")
def probabilities_keep_the_likelihood_loss_between_minus_one_and_zero() -> None:
    scores, target = perfect_scores(5)
    assert float(F.nll_loss(scores.softmax(1), target)) == pytest.approx(-1)
    assert float(F.nll_loss((-scores).softmax(1), target)) == pytest.approx(0, abs=1e-6)
    surely_wrong = (F.one_hot(torch.tensor([0]), 5).float() * 10).requires_grad_()
    assert gradient(F.nll_loss(surely_wrong.softmax(1), torch.tensor([1])), surely_wrong) < 1e-3
    start = torch.zeros(1, 5, requires_grad=True)
    ratio = gradient(F.nll_loss(start.softmax(1), torch.tensor([1])), start)
    ratio /= gradient(F.nll_loss(start.log_softmax(1), torch.tensor([1])), start)
    assert 0.1 < ratio < 0.25


@claim("LL106")
def scores_make_the_likelihood_loss_unbounded() -> None:
    scores, target = perfect_scores(10, sharpness=1000.0)
    assert float(F.nll_loss(scores, target)) == -1000
    assert float(F.nll_loss((scores * 1000).relu(), target)) == -1e6
    wrong = torch.zeros(1, 3, requires_grad=True)
    (flow,) = torch.autograd.grad(F.nll_loss(wrong, torch.tensor([1])), wrong)
    assert flow.tolist() == [[0, -1, 0]]  # no other class is pushed down
    assert math.isnan(float(F.nll_loss(torch.log(torch.tensor([[-1.0, 2.0]]) + 1e-7), torch.tensor([0]))))


@claim("LL108")
def one_class_has_no_loss_and_no_gradient() -> None:
    scores = torch.randn(4, 1, requires_grad=True)
    for target in (torch.rand(4, 1), torch.zeros(4, dtype=torch.long)):
        loss = F.cross_entropy(scores, target)
        assert float(loss.detach()) == 0
        assert gradient(loss, scores) == 0
    masks = F.cross_entropy(torch.randn(2, 1, 3, 3), torch.rand(2, 1, 3, 3))
    assert float(masks) == 0
    with pytest.raises(IndexError, match="Target 1 is out of bounds"):
        F.cross_entropy(scores, torch.ones(4, dtype=torch.long))


@claim("LL109")
def float_class_indices_raise() -> None:
    scores = torch.randn(4, 5)
    with pytest.raises(RuntimeError, match="expected target dtype to be Long or Byte, but got Float"):
        F.cross_entropy(scores, torch.zeros(4))
    with pytest.raises(RuntimeError, match="expected target dtype to be Long or Byte, but got Float"):
        F.nll_loss(scores.log_softmax(1), torch.zeros(4))
    with pytest.raises(RuntimeError):
        F.nll_loss(scores.log_softmax(1), torch.rand(4, 5))
    with pytest.raises(RuntimeError):
        F.cross_entropy(torch.randn(2, 5, 3, 3), torch.zeros(2, 3, 3))


@claim("LL109")
def integers_that_are_neither_int64_nor_uint8_raise() -> None:
    """What the table of the rule says of each loss, of all integers."""
    scores, features = torch.randn(4, 5), torch.randn(4, 8)
    losses: dict[str, Callable[[torch.Tensor], object]] = {
        "CrossEntropyLoss": lambda target: F.cross_entropy(scores, target),
        "NLLLoss": lambda target: F.nll_loss(scores, target),
        "MultiMarginLoss": lambda target: F.multi_margin_loss(scores, target),
        "LinearCrossEntropyLoss": lambda target: nn.LinearCrossEntropyLoss(8, 5)(features, target),
        "AdaptiveLogSoftmaxWithLoss": lambda target: nn.AdaptiveLogSoftmaxWithLoss(8, 5, [2])(features, target),
    }
    for name, loss in losses.items():
        for dtype in ("int64", "int32", "int16", "int8", "uint8", "bool"):
            target = torch.ones(4, dtype=getattr(torch, dtype))
            if dtype in ACCEPTED[name]:
                loss(target)
            else:
                with pytest.raises(RuntimeError):
                    loss(target)


@claim("LL109")
def squeezed_scores_and_a_float_target_are_softmaxed_over_the_batch() -> None:
    scores, target = torch.randn(6), torch.randint(0, 2, (6,)).float()
    over_the_batch = -(target * scores.log_softmax(0)).sum()
    assert float(F.cross_entropy(scores, target)) == pytest.approx(float(over_the_batch), abs=1e-5)


@claim("LL109")
def raw_scores_as_class_probabilities_have_no_lower_bound() -> None:
    teacher = torch.tensor([[2.0, -3.0, 1.0]])
    for soft_target in (teacher, teacher.log_softmax(1)):
        losses = [float(F.cross_entropy(torch.tensor([[0.0, -size, 0.0]]), soft_target)) for size in (10.0, 1000.0)]
        assert losses[0] < -20
        assert losses[1] < -2900
    assert float(F.cross_entropy(torch.tensor([[0.0, -1000.0, 0.0]]), teacher.softmax(1))) > 0


@claim("LL110")
def integer_one_hot_labels_raise() -> None:
    scores, target = perfect_scores(5)
    one_hot = F.one_hot(target, 5)
    assert one_hot.dtype == torch.int64
    for labels in (one_hot, one_hot.bool(), one_hot.int()):
        with pytest.raises(RuntimeError, match="Expected floating point type for target with class probabilities"):
            F.cross_entropy(scores, labels)
    for labels in (one_hot, one_hot.float()):
        with pytest.raises(RuntimeError, match="multi-target not supported"):
            F.nll_loss(scores.log_softmax(1), labels)


@claim("LL110")
def one_hot_labels_are_the_indices_of_two_classes_for_each_label() -> None:
    scores, labels = torch.randn(4, 2, 5), F.one_hot(torch.tensor([0, 3, 1, 4]), 5)
    binary = F.binary_cross_entropy_with_logits(scores[:, 1] - scores[:, 0], labels.float())
    for loss in (
        F.cross_entropy(scores, labels),
        F.cross_entropy(scores.transpose(1, 2).reshape(-1, 2), labels.reshape(-1)),
        F.nll_loss(scores.log_softmax(1), labels),
    ):
        assert float(loss) == pytest.approx(float(binary), abs=1e-5)
    with pytest.raises(RuntimeError, match=r"(?i)expected .* long"):
        F.cross_entropy(scores, labels.float())


@claim("LL111")
def a_column_of_labels_raises() -> None:
    scores, target = perfect_scores(5)
    with pytest.raises(RuntimeError, match="multi-target not supported"):
        F.cross_entropy(scores, target.unsqueeze(1))
    with pytest.raises(RuntimeError, match="multi-target not supported"):
        F.nll_loss(scores.log_softmax(1), target.unsqueeze(1))
    with pytest.raises(RuntimeError, match="only batches of spatial targets"):
        F.cross_entropy(torch.randn(2, 5, 3, 3), torch.zeros(2, 1, 3, 3, dtype=torch.long))


@claim("LL201")
def a_sigmoid_twice_has_a_floor() -> None:
    sure = torch.full((4,), 100.0)
    positive = F.binary_cross_entropy_with_logits(sure.sigmoid(), torch.ones(4))
    negative = F.binary_cross_entropy_with_logits((-sure).sigmoid(), torch.zeros(4))
    assert float(positive) == pytest.approx(costs.positive_floor(), abs=1e-6)
    assert float(negative) == pytest.approx(costs.NEGATIVE_FLOOR, abs=1e-6)
    assert (round(costs.positive_floor(), 4), round(costs.NEGATIVE_FLOOR, 4)) == (0.3133, 0.6931)
    wrong = torch.tensor([-10.0], requires_grad=True)
    assert gradient(F.binary_cross_entropy_with_logits(wrong.sigmoid(), torch.ones(1)), wrong) < 1e-4


@claim("LL202")
def a_softmax_before_a_binary_loss_has_a_floor() -> None:
    scores, target = perfect_scores(10, samples=10)
    one_hot = F.one_hot(target, 10).float()
    for loss in (F.binary_cross_entropy_with_logits, F.multilabel_soft_margin_loss):
        assert float(loss(scores.softmax(1), one_hot)) == pytest.approx(costs.softmax_in_binary_floor(10), abs=1e-5)
    assert costs.softmax_in_binary_floor(10) == pytest.approx(0.655, abs=1e-3)


@claim("LL203", "LL206")
def values_outside_the_unit_interval_raise() -> None:
    scores = torch.tensor([-1.0, 2.0])
    for given in (scores, scores.tanh(), F.logsigmoid(scores), scores.sigmoid().log(), scores.log_softmax(0)):
        with pytest.raises(RuntimeError, match="all elements of input should be between 0 and 1"):
            F.binary_cross_entropy(given, torch.ones(2))


@claim("LL204")
def a_saturated_sigmoid_loses_the_gradient_and_the_loss() -> None:
    scores = torch.tensor([20.0], requires_grad=True)
    target = torch.zeros(1)
    assert gradient(F.binary_cross_entropy(scores.sigmoid(), target), scores) == 0
    assert gradient(F.binary_cross_entropy_with_logits(scores, target), scores) == pytest.approx(1)
    assert float(F.binary_cross_entropy((scores * 1000).sigmoid(), target)) == 100
    assert float(F.binary_cross_entropy_with_logits(scores * 1000, target)) == 20000
    moderate = torch.randn(8)
    assert float(F.binary_cross_entropy(moderate.sigmoid(), torch.ones(8))) == pytest.approx(
        float(F.binary_cross_entropy_with_logits(moderate, torch.ones(8))), abs=1e-5
    )


@claim("LL208")
def integer_targets_raise() -> None:
    scores = torch.randn(4)
    assert torch.full((4,), 1).dtype == torch.int64
    for target in (torch.full((4,), 1), torch.ones(4, dtype=torch.int32), torch.ones(4, dtype=torch.bool)):
        with pytest.raises(RuntimeError):
            F.binary_cross_entropy(scores.sigmoid(), target)
        with pytest.raises(RuntimeError):
            F.binary_cross_entropy_with_logits(scores, target)


@claim("LL209")
def unequal_shapes_raise() -> None:
    for given, target in (((4, 1), (4,)), ((4,), (4, 1)), ((4, 2), (4, 1)), ((4, 5), (5,))):
        with pytest.raises(ValueError, match="must be the same as input size"):
            F.binary_cross_entropy_with_logits(torch.randn(given), torch.ones(target))
        with pytest.raises(ValueError, match="is different to the input size"):
            F.binary_cross_entropy(torch.rand(given), torch.ones(target))


@claim("LL301")
def probabilities_make_a_divergence_negative() -> None:
    scores = torch.randn(8, 5)
    p = scores.softmax(1)
    assert float(F.kl_div(p, p, reduction="batchmean")) < -0.5
    assert float(F.kl_div(p.log(), p, reduction="batchmean")) == pytest.approx(0, abs=1e-6)


@claim("LL302")
def scores_make_a_divergence_unbounded() -> None:
    scores, target = torch.randn(8, 5), torch.randn(8, 5).softmax(1)
    assert float(F.kl_div(scores + 1000, target, reduction="batchmean")) < -900


@claim("LL701")
def constructors_do_not_take_tensors() -> None:
    output: Any = torch.randn(4, 5)
    target: Any = torch.randint(0, 5, (4,))
    log_softmax: Any = nn.LogSoftmax
    with pytest.raises(RuntimeError, match="Boolean value of Tensor"):
        nn.CrossEntropyLoss(output, target)
    with pytest.raises(RuntimeError, match="Boolean value of Tensor"):
        nn.MSELoss(output, output)
    with pytest.raises(TypeError):
        log_softmax(output, dim=1)
    assert isinstance(nn.PoissonNLLLoss(output, output), nn.Module)
    assert isinstance(nn.CTCLoss(output, target), nn.Module)
    weighted = nn.BCEWithLogitsLoss(output)(output, torch.ones(4, 5))
    assert weighted.shape == ()


@claim("LL801")
def the_logarithm_of_a_softmax_is_lost() -> None:
    scores = torch.tensor([[0.0, 105.0]], requires_grad=True)
    logs = scores.softmax(1).log()
    assert float(logs[0, 0]) == -math.inf
    assert float(scores.log_softmax(1)[0, 0]) == pytest.approx(-105)
    assert math.isnan(gradient(F.nll_loss(logs, torch.tensor([0])), scores))


@claim("LL802")
def the_logarithm_of_a_sigmoid_is_lost() -> None:
    low = torch.tensor([-110.0], requires_grad=True)
    assert float(low.sigmoid().log()) == -math.inf
    assert float(F.logsigmoid(low)) == pytest.approx(-110)
    assert math.isnan(gradient(low.sigmoid().log().sum(), low))
    high = torch.tensor([17.5], requires_grad=True)
    assert float((1 - high.sigmoid()).log()) == -math.inf
    assert float(F.logsigmoid(-high)) == pytest.approx(-17.5)
    for kept in (high.sigmoid().clamp(max=1 - 1e-8) * -1 + 1, 1 + 1e-8 - high.sigmoid()):
        assert float(kept.log()) == -math.inf
        assert math.isnan(gradient(kept.log().sum(), high))
    assert math.isfinite(float((1 - high.sigmoid().clamp(max=1 - 3e-8)).log()))


@claim("LL104")
def bounded_scores_have_a_floor() -> None:
    for classes in (10, 1000):
        scores, target = perfect_scores(classes)
        tanh = (scores * 2 - 100).tanh()
        assert float(F.cross_entropy(tanh, target)) == pytest.approx(costs.bounded_floor(classes, 2), abs=1e-4)
    assert costs.bounded_floor(10, 2) == pytest.approx(0.797, abs=1e-3)
    cut = torch.full((2, 10), -1.0, requires_grad=True)
    for given in (cut.relu(), cut.clamp(min=0, max=6), F.relu6(cut)):
        loss = F.cross_entropy(given, torch.tensor([0, 1]))
        assert float(loss.detach()) == pytest.approx(math.log(10))
        assert gradient(loss, cut) == 0


@claim("LL104")
def bounded_scores_have_a_floor_for_each_label() -> None:
    sure, labels = torch.tensor([-50.0, 50.0]), torch.tensor([0.0, 1.0])
    tanh = F.binary_cross_entropy_with_logits(sure.tanh(), labels, reduction="none")
    assert tanh.tolist() == pytest.approx([0.3133, 0.3133], abs=1e-4)
    relu = F.binary_cross_entropy_with_logits(sure.relu(), labels, reduction="none")
    assert relu.tolist() == pytest.approx([0.6931, 0.0], abs=1e-4)
    cut = torch.tensor([-1.0], requires_grad=True)
    assert gradient(F.binary_cross_entropy_with_logits(cut.relu(), torch.ones(1)), cut) == 0


@claim("LL104")
def the_complements_of_a_softmax_have_a_floor() -> None:
    others = torch.full((4, 4), 1 / 3).fill_diagonal_(0)  # sure that it is not the label, and of nothing else
    loss = float(F.cross_entropy(1 - others, torch.arange(4)))
    assert loss == pytest.approx(math.log(1 + 3 * math.exp(-1 / 3)), abs=1e-5)
    assert loss > costs.bounded_floor(4, 1)


@claim("LL107")
def log_sigmoid_rewards_calling_every_class_sure() -> None:
    assert float(F.nll_loss(F.logsigmoid(torch.full((4, 10), 100.0)), torch.arange(4))) == pytest.approx(0)
    scores = torch.zeros(1, 3, requires_grad=True)
    (flow,) = torch.autograd.grad(F.nll_loss(F.logsigmoid(scores), torch.tensor([1])), scores)
    assert [bool(value) for value in flow[0]] == [False, True, False]
    score, target = torch.randn(6, 1), torch.tensor([0, 1, 1, 0, 1, 0])
    both = torch.cat([F.logsigmoid(-score), F.logsigmoid(score)], dim=1)
    binary = F.binary_cross_entropy_with_logits(score, target[:, None].float())
    assert float(F.nll_loss(both, target)) == pytest.approx(float(binary), abs=1e-6)


@claim("LL112")
def float_one_hot_labels_give_the_same_loss_without_weights() -> None:
    scores, target = torch.randn(6, 5), torch.tensor([0, 1, 1, 2, 3, 4])
    one_hot, weight = F.one_hot(target, 5).float(), torch.tensor([1.0, 5.0, 1.0, 3.0, 2.0])
    assert float(F.cross_entropy(scores, one_hot)) == pytest.approx(float(F.cross_entropy(scores, target)), abs=1e-6)
    by_index, by_one_hot = F.cross_entropy(scores, target, weight), F.cross_entropy(scores, one_hot, weight)
    assert float(by_one_hot) == pytest.approx(float(by_index * weight[target].sum() / 6), abs=1e-5)


@claim("LL113")
def two_labels_share_one_probability() -> None:
    target = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    best = F.cross_entropy(target * 100, target)
    assert float(best) == pytest.approx(2 * math.log(2), abs=1e-5)  # 1.386: 0.693 a label
    with pytest.raises(RuntimeError, match="Expected floating point type"):
        F.cross_entropy(target, target.long())


@claim("LL114")
def classes_stand_in_dimension_one() -> None:
    with pytest.raises(RuntimeError, match=r"Expected target size \[2, 5\], got \[2, 7\]"):
        F.cross_entropy(torch.randn(2, 7, 5), torch.randint(0, 5, (2, 7)))
    square, labels = torch.randn(2, 5, 5), torch.randint(0, 5, (2, 5))
    right = F.cross_entropy(square.transpose(1, 2), labels)
    assert float(F.cross_entropy(square, labels)) != pytest.approx(float(right), abs=1e-3)
    target = torch.randn(2, 7, 5).softmax(-1)
    assert F.cross_entropy(torch.randn(2, 7, 5), target).isfinite()
    scores, labels = torch.randn(2, 5, 3, 3), torch.randint(0, 5, (2, 3, 3))
    right = F.cross_entropy(scores, labels)
    moved = F.cross_entropy(scores.movedim(1, -1).reshape(-1, 5), labels.view(-1))
    assert float(moved) == pytest.approx(float(right), abs=1e-5)
    assert float(F.cross_entropy(scores.view(-1, 5), labels.view(-1))) != pytest.approx(float(right), abs=1e-3)


@claim("LL115")
def swapped_arguments_raise_or_compute_something_else() -> None:
    scores, target = torch.randn(4, 5), torch.randint(0, 5, (4,))
    with pytest.raises((RuntimeError, NotImplementedError)):
        F.cross_entropy(target, scores)
    output = torch.rand(8, requires_grad=True)
    loss = F.binary_cross_entropy(torch.randint(0, 2, (8,)).float(), output)
    assert float(loss.detach()) > 10
    assert not math.isfinite(gradient(loss, output))


@claim("LL116")
def a_softmax_over_the_wrong_dimension() -> None:
    scores = torch.randn(4, 5)
    alone, together = scores[:1].log_softmax(0), scores.log_softmax(0)[:1]
    assert not torch.allclose(alone, together)
    single = torch.randn(4, 1, requires_grad=True)
    assert single.softmax(1).tolist() == [[1.0]] * 4
    assert gradient(F.binary_cross_entropy(single.softmax(1), torch.zeros(4, 1)), single) == 0
    assert single.log_softmax(-1).tolist() == [[0.0]] * 4
    behind = torch.full((2, 3, 3), -50.0)  # [N, length, C]: each position is sure of its own class
    behind[:, range(3), [1, 2, 0]] = 50.0
    assert float(F.nll_loss(behind.log_softmax(2), torch.tensor([[1, 2, 0]] * 2))) > 50


@claim("LL117")
def an_ignored_index_speaks_of_class_indices() -> None:
    scores, target = torch.randn(4, 5), torch.randn(4, 5).softmax(1)
    for ignored in (0, 255):
        with pytest.raises(RuntimeError, match="ignore_index is not supported for floating point target"):
            F.cross_entropy(scores, target, ignore_index=ignored)
    assert F.cross_entropy(scores, target, ignore_index=-1).isfinite()
    for loss in (F.cross_entropy(scores, torch.full((4,), -100)), F.nll_loss(scores, torch.full((4,), -100))):
        assert math.isnan(float(loss))


@claim("LL118")
def class_weights_are_a_float_vector_of_the_classes() -> None:
    scores, target = torch.randn(4, 5), torch.randint(0, 5, (4,))
    for weight in (torch.ones(3), torch.ones(4), torch.ones(5, 1), torch.ones(5).long(), torch.ones(5).double()):
        with pytest.raises(RuntimeError):
            F.cross_entropy(scores, target, weight=weight)
    given: Any
    for given in ([1.0] * 5, 0.5, "sum"):
        with pytest.raises(TypeError):
            F.cross_entropy(scores, target, weight=given)
        with pytest.raises(TypeError):
            nn.CrossEntropyLoss(weight=given)


@claim("LL119")
def settings_are_checked_late_or_never() -> None:
    a, b = torch.randn(4), torch.randn(4)
    reduction: Any
    for reduction in ("sum", "none"):
        assert float(F.mse_loss(a, b, reduction)) == pytest.approx(float(F.mse_loss(a, b)))
        assert float(nn.MSELoss(reduction)(a, b)) == pytest.approx(float(F.mse_loss(a, b)))
        assert F.huber_loss(a, b, reduction).tolist() == F.huber_loss(a, b, reduction=reduction).tolist()
    scores, target = torch.randn(4, 5), torch.randint(0, 5, (4,))
    for reduction in ("avg", "batchmean", None):
        loss = nn.CrossEntropyLoss(reduction=reduction)
        with pytest.raises(ValueError, match="is not a valid value for reduction"):
            loss(scores, target)
    assert float(F.cross_entropy(scores, target, label_smoothing=-0.1)) == float(F.cross_entropy(scores, target))
    with pytest.raises(RuntimeError, match="label_smoothing must be between"):
        nn.CrossEntropyLoss(label_smoothing=1.5)(scores, target)
    with pytest.raises(RuntimeError, match="negative values for beta"):
        nn.SmoothL1Loss(beta=-1.0)(a, b)
    for delta in (0.0, -1.0):
        with pytest.raises(RuntimeError, match="non-positive values for delta"):
            nn.HuberLoss(delta=delta)(a, b)


@claim("LL120", "LL506")
def tensors_on_different_devices_raise() -> None:
    scores = torch.randn(4, 5, device="meta")  # an accelerator is not at hand everywhere
    with pytest.raises(RuntimeError):
        F.binary_cross_entropy(torch.rand(4, 5, device="meta"), torch.ones(4, 5))
    with pytest.raises(RuntimeError):
        F.mse_loss(scores, torch.ones(4, 5))
    assert torch.arange(4).device.type == "cpu"
    if torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="same device"):
            F.cross_entropy(torch.randn(4, 5, device="cuda"), torch.arange(4))


@claim("LL207")
def a_softmax_before_a_binary_loss_computes() -> None:
    scores, target = perfect_scores(3)
    assert float(F.binary_cross_entropy(scores.softmax(1), F.one_hot(target, 3).float())) == pytest.approx(0, abs=1e-5)
    two_labels = torch.tensor([[1.0, 1.0, 0.0]])
    assert float(F.binary_cross_entropy((two_labels * 100).softmax(1), two_labels)) > 0.4  # cannot say both


@claim("LL210")
def pos_weight_has_one_entry_an_output() -> None:
    scores = torch.randn(4, 1, requires_grad=True)
    nothing = F.binary_cross_entropy_with_logits(scores, torch.ones(4, 1), pos_weight=torch.zeros(1))
    assert float(nothing.detach()) == 0
    assert float(F.binary_cross_entropy_with_logits(scores, torch.zeros(4, 1), pos_weight=torch.zeros(1)).detach()) > 0
    for name in ("pos_weight", "weight"):
        settings: dict[str, Any] = {name: torch.tensor([1.0, 9.0])}
        with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
            F.binary_cross_entropy_with_logits(scores, torch.ones(4, 1), **settings)
    for target in (torch.zeros(4, 1), torch.ones(4, 1)):  # as weight it counts for both
        plain = F.binary_cross_entropy_with_logits(scores, target)
        weighted = F.binary_cross_entropy_with_logits(scores, target, weight=torch.tensor([9.0]))
        assert float(weighted.detach()) == pytest.approx(9 * float(plain.detach()), rel=1e-5)
    number: Any = 9.0
    with pytest.raises(TypeError):
        nn.BCEWithLogitsLoss(pos_weight=number)
    with pytest.raises(TypeError):
        F.binary_cross_entropy_with_logits(scores, torch.ones(4, 1), pos_weight=number)


@claim("LL212")
def targets_outside_the_unit_interval_are_unbounded_below() -> None:
    for loss in (F.binary_cross_entropy_with_logits, F.multilabel_soft_margin_loss):
        assert float(loss(torch.full((1, 1), -20.0), torch.full((1, 1), -1.0))) == pytest.approx(-20, abs=1e-3)
        assert float(loss(torch.full((1, 1), 20.0), torch.full((1, 1), 255.0))) == pytest.approx(-5080, abs=1e-1)
    for value in (-1.0, 2.0):
        with pytest.raises(RuntimeError, match="all elements of target should be between 0 and 1"):
            F.binary_cross_entropy(torch.rand(1), torch.tensor([value]))


@claim("LL213")
def a_soft_margin_contains_the_sigmoid() -> None:
    sure = torch.full((4, 1), 100.0)
    positive = F.soft_margin_loss(sure.sigmoid(), torch.ones(4, 1))
    negative = F.soft_margin_loss((-sure).sigmoid(), -torch.ones(4, 1))
    assert float(positive) == pytest.approx(costs.positive_floor(), abs=1e-6)
    assert float(negative) == pytest.approx(costs.NEGATIVE_FLOOR, abs=1e-6)
    assert float(F.multilabel_soft_margin_loss(sure.sigmoid(), torch.ones(4, 1))) == pytest.approx(0.3133, abs=1e-4)


@claim("LL104")
def a_log_softmax_of_clipped_scores_teaches_nothing() -> None:
    scores = torch.full((4, 10), -3.0, requires_grad=True)
    loss = F.nll_loss(F.relu(scores).log_softmax(1), torch.arange(4))
    assert float(loss.detach()) == pytest.approx(math.log(10), abs=1e-6)
    assert gradient(loss, scores) == 0


@claim("LL214")
def a_sigmoid_of_a_sigmoid_never_says_no() -> None:
    sure = torch.tensor([[-100.0], [100.0]])
    assert sure.sigmoid().sigmoid().flatten().tolist() == pytest.approx([0.5, 0.7311], abs=1e-4)
    loss = F.binary_cross_entropy(sure.sigmoid().sigmoid(), torch.tensor([[0.0], [1.0]]), reduction="none")
    assert loss.flatten().tolist() == pytest.approx([costs.NEGATIVE_FLOOR, costs.positive_floor()], abs=1e-6)


@claim("LL214")
def a_sigmoid_of_a_difference_of_sigmoids_is_never_sure() -> None:
    apart = torch.tensor([[-1.0], [1.0]])  # of sigmoids at their ends
    loss = F.binary_cross_entropy(apart.sigmoid(), torch.tensor([[0.0], [1.0]]), reduction="none")
    assert apart.sigmoid().flatten().tolist() == pytest.approx([0.2689, 0.7311], abs=1e-4)
    assert loss.flatten().tolist() == pytest.approx([0.3133, 0.3133], abs=1e-4)


@claim("LL307")
def a_softmax_of_one_hot_labels_is_nearly_uniform() -> None:
    from losslint.rules.costs import most_after_softmax

    target = F.one_hot(torch.tensor([2]), 10).float().softmax(1)
    assert float(target.max()) == pytest.approx(most_after_softmax(10), abs=1e-6)


@claim("LL116")
def a_divergence_of_distributions_along_two_dimensions_is_none_of_each_row() -> None:
    scores = torch.randn(4, 3)
    along, across = scores.softmax(1), scores.softmax(0)
    assert float(F.kl_div(along.log(), along, reduction="batchmean")) == pytest.approx(0, abs=1e-6)
    assert abs(float(F.kl_div(along.log(), across, reduction="batchmean"))) > 1e-3
    assert not torch.allclose(across.sum(1), torch.ones(4))


@claim("LL307")
def a_softmax_of_probabilities_is_nearly_uniform() -> None:
    from losslint.rules.costs import most_after_softmax

    sure = torch.full((4, 10), -100.0)
    sure[:, 0] = 100.0
    assert float(sure.softmax(1).softmax(1).max()) == pytest.approx(most_after_softmax(10), abs=1e-6)
    assert most_after_softmax(10) == pytest.approx(0.232, abs=1e-3)
    loss = F.nll_loss(sure.softmax(1).log_softmax(1), torch.zeros(4, dtype=torch.long))
    assert float(loss) == pytest.approx(costs.unit_interval_floor(10), abs=1e-5)


@claim("LL303")
def a_swapped_divergence_is_nan() -> None:
    scores, q = torch.randn(8, 5, requires_grad=True), torch.randn(8, 5).softmax(1)
    loss = F.kl_div(q, scores.log_softmax(1), reduction="batchmean")
    assert math.isnan(float(loss.detach()))
    assert math.isnan(gradient(loss, scores))


@claim("LL303")
def measured_from_the_mean_a_jensen_shannon_divergence_has_no_bound() -> None:
    p, q = torch.tensor([[1.0 - 1e-30, 1e-30]]), torch.tensor([[1e-30, 1.0 - 1e-30]])
    mean = (p + q) / 2
    from_the_mean = (F.kl_div(p.log(), mean, reduction="sum") + F.kl_div(q.log(), mean, reduction="sum")) / 2
    to_the_mean = (F.kl_div(mean.log(), p, reduction="sum") + F.kl_div(mean.log(), q, reduction="sum")) / 2
    assert float(to_the_mean) == pytest.approx(math.log(2), abs=1e-6)
    assert float(from_the_mean) > 30


@claim("LL304")
def a_mean_divergence_is_divided_by_the_classes() -> None:
    log_p, q = torch.randn(8, 10).log_softmax(1), torch.randn(8, 10).softmax(1)
    right = F.kl_div(log_p, q, reduction="batchmean")
    assert float(F.kl_div(log_p, q)) == pytest.approx(float(right) / 10, abs=1e-6)
    assert float(right) == pytest.approx(float((q * (q.log() - log_p)).sum(1).mean()), abs=1e-5)
    of_one_row = {how: float(F.kl_div(log_p[0], q[0], reduction=how)) for how in ("mean", "batchmean", "sum")}
    assert of_one_row["batchmean"] == of_one_row["mean"] == pytest.approx(of_one_row["sum"] / 10, abs=1e-6)


@claim("LL305")
def a_log_target_needs_its_flag() -> None:
    scores, log_q = torch.randn(8, 5, requires_grad=True), torch.randn(8, 5).log_softmax(1)
    loss = F.kl_div(scores.log_softmax(1), log_q, reduction="batchmean")
    assert math.isnan(float(loss.detach()))
    assert math.isfinite(gradient(loss, scores))
    p = torch.randn(8, 5).softmax(1)
    assert float(F.kl_div(p.log(), p, reduction="batchmean", log_target=True)) > 1
    of_any_scores = torch.randn(8, 5).exp()  # nor where the exponential is of no logarithm of probabilities
    assert float(F.kl_div(of_any_scores.log(), of_any_scores, reduction="batchmean", log_target=True)) > 1


@claim("LL306")
def the_log_softmax_of_one_result_beside_another_as_it_is_is_no_divergence() -> None:
    scores = torch.randn(8, 5)
    log_p = scores.log_softmax(1)
    assert float(F.kl_div(log_p, scores.softmax(1), reduction="batchmean")) == pytest.approx(0, abs=1e-6)
    for returned in (scores, log_p):  # scores, or what is normalised already
        assert math.isnan(float(F.kl_div(returned.log_softmax(1), returned, reduction="batchmean")))
    p = scores.softmax(1)  # probabilities: the other side is normalised twice
    assert float(F.kl_div(p.log_softmax(1), p, reduction="batchmean")) > 0.01


@claim("LL306")
def raw_scores_are_no_distribution() -> None:
    loss = F.kl_div(torch.randn(8, 5).log_softmax(1), torch.randn(8, 5), reduction="batchmean")
    assert math.isnan(float(loss))


@claim("LL308")
def a_tensor_beside_itself_teaches_nothing() -> None:
    x = torch.randn(4, 5, requires_grad=True)
    log_p = x.log_softmax(1)
    for loss in (
        F.mse_loss(x, x),
        F.l1_loss(x, x),
        F.smooth_l1_loss(x, x),
        F.huber_loss(x, x),
        F.kl_div(log_p, log_p, reduction="batchmean", log_target=True),
    ):
        assert float(loss.detach()) == 0
        assert gradient(loss, x) == pytest.approx(0, abs=1e-6)
    ranking = F.margin_ranking_loss(x[:, 0], x[:, 0], torch.ones(4), margin=0.3)
    assert float(ranking.detach()) == pytest.approx(0.3)
    triplet = F.triplet_margin_loss(torch.randn(4, 5), x, x, margin=0.7)
    assert float(triplet.detach()) == pytest.approx(0.7)


@claim("LL401")
def a_column_beside_a_row_broadcasts() -> None:
    column, row = torch.rand(4, 1), torch.rand(4)
    for loss in (F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss):
        with pytest.warns(UserWarning, match="broadcasting"):
            assert loss(column, row, reduction="none").shape == (4, 4)
    for silent in (F.poisson_nll_loss, F.kl_div, F.hinge_embedding_loss):
        assert silent(column, row, reduction="none").shape == (4, 4)
    assert F.gaussian_nll_loss(column, row, torch.ones(4, 1), reduction="none").shape == (4, 4)
    assert F.multilabel_soft_margin_loss(column, row).isfinite()
    level = torch.full((4, 1), float(row.mean()), requires_grad=True)
    assert gradient(F.mse_loss(level, row), level) == pytest.approx(0, abs=1e-6)


@claim("LL401")
def outputs_beside_one_label_learn_the_same_number() -> None:
    label = torch.rand(4, 1)
    outputs = label.expand(4, 3).clone().requires_grad_()
    for loss in (F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss):
        with pytest.warns(UserWarning, match="broadcasting"):
            assert gradient(loss(outputs, label), outputs) == pytest.approx(0, abs=1e-6)


@claim("LL401")
def fractions_along_the_targets_teach_all_quantiles_one_number() -> None:
    torch.manual_seed(0)
    data, fractions = torch.randn(1, 400), torch.tensor([0.1, 0.5, 0.9])
    learnt = {}
    for placed in (fractions.repeat(134)[:400], fractions.view(1, -1, 1)):
        quantiles = torch.tensor([-1.0, 0.2, 1.5], requires_grad=True)
        optimizer = torch.optim.Adam([quantiles], lr=0.02)
        for _ in range(600):
            error = data.unsqueeze(1) - quantiles.view(1, 3, 1)
            weight = (placed - (error.detach() < 0).float()).abs()
            optimizer.zero_grad()
            (weight * error.abs()).mean().backward()
            optimizer.step()
        learnt[placed.dim()] = quantiles.detach()
    assert float(learnt[1].max() - learnt[1].min()) < 0.1
    expected = torch.quantile(data, fractions)
    assert torch.allclose(learnt[3], expected, atol=0.15)


@claim("LL402")
def kinds_that_never_meet() -> None:
    scores = torch.randn(8, 5)
    assert float(scores.log_softmax(1).max()) <= 0 <= float(scores.softmax(1).min())
    assert float(F.mse_loss((scores * 100).softmax(1), scores * 100)) > 100


@claim("LL211")
def labels_smoothed_the_wrong_way_round_are_flipped() -> None:
    y = torch.tensor([1.0, 0.0])
    assert (0.1 * y + 0.9 * (1 - y)).tolist() == pytest.approx([0.1, 0.9])
    scores = torch.zeros(2, requires_grad=True)
    right, wrong = (
        torch.autograd.grad(F.binary_cross_entropy_with_logits(scores, a * y + (1 - a) * (1 - y)), scores)[0]
        for a in (0.9, 0.1)
    )
    assert (right * wrong < 0).all()


@claim("LL215")
def a_masked_score_still_costs() -> None:
    scores, target = torch.randn(4, 6), torch.randint(0, 2, (4, 6)).float()
    mask = (torch.arange(6) < 3).float()
    whole = F.binary_cross_entropy_with_logits(scores * mask, target * mask, reduction="sum")
    kept = (F.binary_cross_entropy_with_logits(scores, target, reduction="none") * mask).sum()
    assert float(whole - kept) == pytest.approx(12 * math.log(2), abs=1e-4)


@claim("LL504")
def a_batch_compared_with_itself_teaches_nothing() -> None:
    for _ in range(5):
        features = F.normalize(torch.randn(32, 128), dim=1).requires_grad_()
        loss = F.cross_entropy(features @ features.T / 0.07, torch.arange(32))
        assert float(loss.detach()) < 0.02
    two_views = F.cross_entropy(features @ F.normalize(torch.randn(32, 128), dim=1).T / 0.07, torch.arange(32))
    assert float(two_views.detach()) > 2


def focal(scores: Tensor, target: Tensor, alpha: float = 0.25, gamma: float = 2.0) -> Tensor:
    """The focal loss of detection, as its authors define it."""
    p = scores.sigmoid()
    cross_entropy = F.binary_cross_entropy_with_logits(scores, target, reduction="none")
    p_t = p * target + (1 - p) * (1 - target)
    return (alpha * target + (1 - alpha) * (1 - target)) * (1 - p_t) ** gamma * cross_entropy


@claim("LL601")
def a_focal_loss_of_probabilities_keeps_its_easy_negatives() -> None:
    zero, one = torch.zeros(1), torch.ones(1)
    positive, negative = float(focal(one, one)), float(focal(zero, zero))  # perfect probabilities
    assert negative == pytest.approx(0.13, abs=1e-3)
    assert 20 < negative / positive < 25
    assert float(focal(zero - 20, zero)) < 1e-8  # a sure score
    given = torch.linspace(0, 1, 50)
    assert float(given.sigmoid().min()) == 0.5
    assert float(given.sigmoid().max()) == pytest.approx(0.7311, abs=1e-4)


def dice(probabilities: Tensor, mask: Tensor) -> float:
    """The Dice loss over one region."""
    return float(1 - 2 * (probabilities * mask).sum() / (probabilities.sum() + mask.sum()))


@claim("LL602")
def an_overlap_wants_probabilities_once() -> None:
    mask = (torch.arange(64) < 32).float()
    assert dice(mask, mask) == 0
    assert dice(mask.sigmoid(), mask) == pytest.approx(0.34, abs=0.01)
    labels = torch.arange(48) % 3
    perfect = F.one_hot(labels, 3).float()
    again = perfect.softmax(1)
    assert float(again.max()) == pytest.approx(costs.most_after_softmax(3), abs=1e-6) == pytest.approx(0.58, abs=0.01)
    assert dice(again, perfect) == pytest.approx(0.43, abs=0.01)
    left = [dice(8 * torch.randn(64), mask) for _ in range(50)]
    assert min(left) < 0 and max(left) > 1
    assert float(perfect.sigmoid().min()) == 0.5  # nothing is ever below the margin of a hinge at 0


@claim("LL603")
def a_loss_that_normalises_computes_the_wrong_thing_in_silence() -> None:
    def own(logits: Tensor, target: Tensor) -> Tensor:
        return -logits.log_softmax(1)[torch.arange(len(target)), target].mean()

    scores, target = perfect_scores(10)
    assert float(own(scores, target)) < 1e-6
    assert float(own(scores.softmax(1), target)) == pytest.approx(costs.unit_interval_floor(10), abs=1e-4)


@claim("LL604")
def a_focal_weight_of_raw_scores_grows_where_it_has_to_shrink() -> None:
    for score, p in ((5.0, 5.0), (-5.0, -5.0)):
        assert (1 - p) ** 2 > (1 - torch.sigmoid(torch.tensor(score)).item()) ** 2
    sure, right = torch.tensor(5.0), torch.tensor(1.0)
    assert float((1 - sure * right) ** 2) == 16.0
    assert float((1 - sure.sigmoid() * right) ** 2) < 1e-4


@claim("LL604")
def what_bce_takes_is_no_score_and_what_a_sigmoid_takes_no_probability() -> None:
    perfect, target = torch.tensor([0.0, 1.0]), torch.tensor([0.0, 1.0])
    assert float(F.binary_cross_entropy(perfect, target)) == 0
    assert perfect.sigmoid().tolist() == pytest.approx([0.5, 0.7311], abs=1e-4)  # of probabilities, no probabilities
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        F.binary_cross_entropy(torch.tensor([-9.0, 9.0]), target)


@claim("LL605")
def a_focal_weight_of_the_mean_turns_the_gradient_nowhere() -> None:
    scores, target = (torch.randn(16, 5) * 5).requires_grad_(), torch.arange(16) % 5

    def focal(reduction: str) -> Tensor:
        ce = F.cross_entropy(scores, target, reduction=reduction)
        loss: Tensor = ((1 - torch.exp(-ce)) ** 2 * ce).mean()
        return loss

    def flow(loss: Tensor) -> Tensor:
        (direction,) = torch.autograd.grad(loss, scores)
        flat: Tensor = direction.flatten()
        return flat

    plain = flow(F.cross_entropy(scores, target))
    assert float(F.cosine_similarity(flow(focal("mean")), plain, dim=0)) == pytest.approx(1, abs=1e-5)
    assert float(F.cosine_similarity(flow(focal("none")), plain, dim=0)) < 0.999


@claim("LL708")
def a_mean_divided_by_the_batch_size_is_smaller_by_it() -> None:
    scores, target = torch.randn(64, 1, requires_grad=True), torch.ones(64, 1)
    mean = F.binary_cross_entropy_with_logits(scores, target)
    again = torch.sum(F.binary_cross_entropy_with_logits(scores, target)) / scores.size(0)
    assert float(again.detach()) == pytest.approx(float(mean.detach()) / 64)
    assert gradient(again, scores) == pytest.approx(gradient(mean, scores) / 64)


@claim("LL702", "LL703")
def a_loss_of_what_was_cut_off_trains_nothing() -> None:
    head = nn.Linear(4, 3)
    x, labels, values = torch.randn(5, 4), torch.arange(5) % 3, torch.randn(5, 3)
    for cut_off in (
        lambda: F.mse_loss(head(x).argmax(1).float(), labels.float()),
        lambda: F.mse_loss(head(x).max(1)[1].float(), labels.float()),
        lambda: F.mse_loss((head(x) > 0).float(), values),
        lambda: F.mse_loss(head(x).long().float(), values),
        lambda: F.cross_entropy(head(x).detach(), labels),
        lambda: F.cross_entropy(head(x).data, labels),
        lambda: F.cross_entropy(torch.tensor(head(x)), labels),
        lambda: F.cross_entropy(torch.no_grad()(head)(x), labels),
    ):
        with pytest.raises(RuntimeError, match="does not require grad"):
            cut_off().backward()
        loss = cut_off()
        loss.requires_grad = True
        loss.backward()
        assert head.weight.grad is None
    for flat in (torch.round, torch.floor, torch.ceil, torch.trunc):
        F.mse_loss(flat(head(x)), values).backward()
        assert head.weight.grad is not None and float(head.weight.grad.abs().sum()) == 0


@claim("LL704")
def a_copy_of_the_loss_trains_nothing() -> None:
    weight = torch.ones(3, requires_grad=True)

    def loss() -> Tensor:
        return F.mse_loss(weight * 2, torch.zeros(3))

    for cut_off in (
        lambda: torch.tensor(loss()),
        lambda: torch.tensor([loss(), loss()]).mean(),
        lambda: torch.tensor(loss().item()),
        lambda: torch.FloatTensor([loss()]),
        lambda: torch.autograd.Variable(loss()),
        lambda: loss().detach(),
        lambda: loss().data,
    ):
        with pytest.raises(RuntimeError, match="does not require grad"):
            cut_off().backward()
        revived = cut_off()
        revived.requires_grad = True
        revived.backward()
    torch.autograd.Variable(loss(), requires_grad=True).backward()
    torch.tensor(loss(), requires_grad=True).backward()
    nn.Parameter(loss()).backward()
    with torch.no_grad():
        unseen = loss()
    with pytest.raises(RuntimeError, match="does not require grad"):
        unseen.backward()
    assert weight.grad is None


@claim("LL705")
def a_sum_of_losses_keeps_the_graph_of_each() -> None:
    weight, total, number = torch.ones(3, requires_grad=True), torch.zeros(()), 0.0
    for _ in range(4):
        loss = F.mse_loss(weight * 2, torch.zeros(3))
        loss.backward()
        total += loss
        number += loss.item()
    node, kept = total.grad_fn, 0
    while node is not None and "AddBackward" in node.name():
        kept += any(inner is not None and "MseLoss" in inner.name() for inner, _ in node.next_functions)
        node = node.next_functions[0][0]
    assert kept == 4
    assert number == pytest.approx(float(total.detach()))


@claim("LL711")
def a_target_with_a_gradient_is_moved() -> None:
    net = nn.Linear(1, 1, bias=False)
    net.weight.data.fill_(1.0)
    state, next_state, reward = torch.ones(1, 1), torch.full((1, 1), 2.0), torch.zeros(1)

    def gradient_of(target: Tensor) -> float:
        net.zero_grad(set_to_none=True)
        F.mse_loss(net(state).squeeze(1), target).backward()
        assert net.weight.grad is not None
        return float(net.weight.grad)

    target = reward + 0.9 * net(next_state).max(1)[0]
    held = gradient_of(target.detach())
    assert held < 0, "the value rises towards its target"
    assert gradient_of(target) > 0, "the value falls, because its target falls faster"


@claim("LL706")
def backward_takes_a_single_number() -> None:
    scores, target = torch.randn(4, 3, requires_grad=True), torch.arange(4) % 3
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        F.cross_entropy(scores, target, reduction="none").backward()
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        F.mse_loss(scores, torch.zeros(4, 3), reduction="none").backward()
    each, whole = F.cross_entropy(scores, target, reduction="none"), F.cross_entropy(scores, target)
    along = F.mse_loss(scores, torch.zeros(4, 3), reduction="none").mean(1)
    for several in (each * torch.rand(4), 0.5 * each, each + whole, -each, along):
        with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
            several.backward()
    F.cross_entropy(scores[:1], target[:1], reduction="none").backward()
    assert scores.grad is not None


@claim("LL707", "LL709")
def a_loss_has_no_effect_but_its_result() -> None:
    scores, target = torch.randn(4, 3, requires_grad=True), torch.arange(4) % 3
    loss = F.cross_entropy(scores, target)
    loss = scores.square().mean()
    nn.CrossEntropyLoss()(scores, target)
    loss.backward()
    assert scores.grad is not None and torch.allclose(scores.grad, scores.detach() / 6)


@claim("LL710")
def size_average_and_reduce_warn_and_win() -> None:
    scores, target = torch.randn(4, 3), torch.arange(4) % 3
    for old, new in (
        ({"size_average": True}, "mean"),
        ({"size_average": False}, "sum"),
        ({"reduce": False}, "none"),
        ({"reduce": False, "size_average": True}, "none"),
        ({"reduce": True, "size_average": False}, "sum"),
        ({"reduce": True}, "mean"),
        ({"size_average": True, "reduction": "none"}, "mean"),
    ):
        with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
            deprecated = F.cross_entropy(scores, target, **old)
        assert torch.equal(deprecated, F.cross_entropy(scores, target, reduction=new))


@claim("LL710")
def size_average_and_reduce_do_nothing_once_the_loss_is_made() -> None:
    scores, target = torch.randn(4, 3), torch.arange(4) % 3
    for name in ("size_average", "reduce"):
        criterion = torch.nn.CrossEntropyLoss()
        setattr(criterion, name, False)
        assert torch.equal(criterion(scores, target), F.cross_entropy(scores, target))


@claim("LL505")
def unscaled_cosines_have_a_floor() -> None:
    # 32 unit vectors as far apart as they can be: the corners of a simplex.
    simplex = F.normalize(torch.eye(32) - 1 / 32, dim=1)
    loss = F.cross_entropy(simplex @ simplex.T, torch.arange(32))
    assert float(loss) == pytest.approx(costs.cosine_floor(32), abs=1e-5)
    assert costs.cosine_floor(32) == pytest.approx(2.488, abs=1e-3)
    assert float(F.cross_entropy(simplex @ simplex.T / 0.07, torch.arange(32))) < 0.001
    random = F.normalize(torch.randn(32, 64), dim=1)
    assert float(F.cross_entropy(random @ random.T, torch.arange(32))) > costs.cosine_floor(32)


@claim("LL505")
def a_share_with_one_temperature_has_no_bound() -> None:
    similarity, others, t = torch.tensor(0.9), torch.tensor([0.1, -0.2, 0.3]), 0.07
    negatives = (others / t).exp().sum()
    share = (similarity / t).exp() / (similarity.exp() + negatives)
    right = (similarity / t).exp() / ((similarity / t).exp() + negatives)
    assert share > 1000 and -share.log() < 0
    assert 0 < right < 1


@claim("LL803")
def a_binary_cross_entropy_by_hand_overflows() -> None:
    scores, y = torch.tensor([20.0, -120.0], requires_grad=True), torch.tensor([0.0, 1.0])
    p = scores.sigmoid()
    by_hand = -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()
    assert math.isinf(float(by_hand.detach()))
    assert math.isnan(gradient(by_hand, scores))
    assert float(F.binary_cross_entropy_with_logits(scores, y).detach()) == pytest.approx(70)
    assert float(F.binary_cross_entropy(scores.detach().sigmoid(), y)) == 100
    assert float(torch.sigmoid(torch.tensor(17.5))) == 1 and float(torch.sigmoid(torch.tensor(16.0))) < 1
    sure = torch.ones(1)
    assert math.isnan(float(-(sure * torch.log(sure) + (1 - sure) * torch.log(1 - sure))))


@claim("LL804")
def a_log_of_a_sum_of_exponentials_overflows() -> None:
    for value in (89.0, -105.0):
        x = torch.full((1, 3), value, requires_grad=True)
        by_hand = torch.log(torch.sum(torch.exp(x), dim=1)).sum()
        assert math.isinf(float(by_hand.detach()))
        assert math.isnan(gradient(by_hand, x))
        assert float(torch.logsumexp(x, dim=1)) == pytest.approx(value + math.log(3))
    assert math.isfinite(float(torch.exp(torch.tensor(88.0)))) and math.isinf(float(torch.exp(torch.tensor(89.0))))
    assert math.isinf(float(torch.exp(torch.tensor(12.0, dtype=torch.float16))))


@claim("LL805")
def a_log_of_one_plus_exp_overflows() -> None:
    x = torch.tensor(89.0, requires_grad=True)
    for by_hand in (torch.log(1 + torch.exp(x)), torch.log1p(torch.exp(x))):
        assert math.isinf(float(by_hand.detach()))
        assert math.isnan(gradient(by_hand, x))
    assert float(F.softplus(x)) == 89
    small = torch.tensor(-17.5)
    assert float(torch.log(1 + torch.exp(small))) == 0
    assert float(F.softplus(small)) > 0


@claim("LL806")
def a_cross_entropy_by_hand_overflows_where_it_is_most_wrong() -> None:
    scores, y = torch.tensor([[0.0, 110.0], [1.0, 0.0]], requires_grad=True), torch.tensor([0, 0])
    p = scores.softmax(1)
    for by_hand in (-torch.log(p[range(2), y]).mean(), -torch.log(p.gather(1, y[:, None])).mean()):
        assert math.isinf(float(by_hand.detach()))
        (flow,) = torch.autograd.grad(by_hand, scores, retain_graph=True)
        assert torch.isnan(flow).any()
    assert float(F.cross_entropy(scores, y).detach()) == pytest.approx(55.16, abs=0.01)


@claim("LL807")
def different_signs_reward_the_wrong_answer() -> None:
    y = torch.tensor([0.0, 1.0])

    def slipped(p: float) -> float:
        q = torch.full((2,), p)
        return float((-y * torch.log(q) + (1 - y) * torch.log(1 - q)).mean())

    assert slipped(0.5) > slipped(0.9) > slipped(0.999) > slipped(0.9999)


@claim("LL807")
def the_logarithm_of_the_label_is_nan_and_teaches_nothing() -> None:
    y, p = torch.tensor([0.0, 1.0]), torch.tensor([0.3, 0.3], requires_grad=True)
    own = (1 - y) * torch.log(1 - y)
    assert own.tolist()[0] == 0 and math.isnan(own.tolist()[1])
    assert gradient((y * torch.log(p) + 0 * own.nan_to_num())[:1].sum(), p) == 0


CHECKS = claims.of_module(__name__)


@pytest.mark.parametrize("name", CHECKS)
def test_torch_does_what_the_rule_says(name: str) -> None:
    claims.run(CHECKS[name])


def test_every_rule_is_held_to_its_claim() -> None:
    assert sorted(CLAIMS) == [code for code in names() if not code.startswith("LL9")]
