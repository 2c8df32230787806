"""Each rule's claim, run in torch: the misuse raises, has its floor, or has no gradient, as the rule's text says."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import pytest

from losslint.rules import costs
from losslint.rules.registry import names

torch = pytest.importorskip("torch")
nn, F, Tensor = torch.nn, torch.nn.functional, torch.Tensor

CLAIMS: dict[str, list[Callable[[], None]]] = {}


def claim(*codes: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a check under the rules whose text it holds to."""

    def register(check: Callable[[], None]) -> Callable[[], None]:
        for code in codes:
            CLAIMS.setdefault(code, []).append(check)
        return check

    return register


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
def squeezed_scores_and_a_float_target_are_softmaxed_over_the_batch() -> None:
    scores, target = torch.randn(6), torch.randint(0, 2, (6,)).float()
    over_the_batch = -(target * scores.log_softmax(0)).sum()
    assert float(F.cross_entropy(scores, target)) == pytest.approx(float(over_the_batch), abs=1e-5)


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
    output, target = torch.randn(4, 5), torch.randint(0, 5, (4,))
    with pytest.raises(RuntimeError, match="Boolean value of Tensor"):
        nn.CrossEntropyLoss(output, target)
    with pytest.raises(RuntimeError, match="Boolean value of Tensor"):
        nn.MSELoss(output, output)
    with pytest.raises(TypeError):
        nn.LogSoftmax(output, dim=1)
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


def checks() -> list[object]:
    return [
        pytest.param(check, id=f"{code}-{check.__name__}")
        for code, registered in sorted(CLAIMS.items())
        for check in registered
    ]


@pytest.mark.parametrize("check", checks())
def test_torch_does_what_the_rule_says(check: Callable[[], None]) -> None:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check()


def test_every_rule_is_held_to_its_claim() -> None:
    assert sorted(CLAIMS) == [code for code in names() if not code.startswith("LL9")]
