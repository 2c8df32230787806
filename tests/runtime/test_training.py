"""What counts only where a loss is trained on, and what only the graph and the values together tell."""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import losslint
from losslint.runtime.session import Mode, Session
from losslint.runtime.training import MOST_SUSPECTS, PATIENCE

torch.manual_seed(0)
X, NEXT, REWARD, ONES = torch.randn(8, 5), torch.randn(8, 5), torch.randn(8), torch.ones(8, 1)
NET, ONE = nn.Linear(5, 3), nn.Linear(5, 1)
DEEP = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.BatchNorm1d(6), nn.Linear(6, 3))


def watched(program: Callable[[], object], times: int = 1, mode: Mode = "record") -> Session:
    with losslint.watch(mode) as session:
        for _ in range(times):
            program()
    assert session.failures == []
    return session


def codes(program: Callable[[], object], times: int = 1) -> list[str]:
    return [finding.code for finding in watched(program, times).findings]


def rounded() -> torch.Tensor:
    return F.mse_loss(ONE(X).round(), ONES)


TRAINED: dict[str, Callable[[], object]] = {
    "alone": lambda: rounded().backward(),
    "in a sum": lambda: (0.1 * rounded() + F.mse_loss(ONE(X), ONES)).backward(),
    "stacked": lambda: torch.stack([F.l1_loss(ONE(X), ONES), rounded()]).mean().backward(),
    "with a gradient that is given": lambda: rounded().backward(torch.tensor(2.0)),
    "another was first": lambda: (loss := rounded(), F.mse_loss(ONE(X), ONES).backward(), loss.backward()),
    "L1 in steps": lambda: F.l1_loss(torch.floor(ONE(X)), ONES).backward(),
    "viewed": lambda: F.smooth_l1_loss(ONE(X).ceil().view(8), ONES.view(8)).backward(),
}
UNTRAINED: dict[str, Callable[[], object]] = {
    "a metric": lambda: (rounded(), F.mse_loss(ONE(X), ONES).backward()),
    "detached": lambda: (rounded().detach() * F.mse_loss(ONE(X), ONES)).backward(),
    "under no_grad": lambda: (torch.no_grad()(rounded)(), F.mse_loss(ONE(X), ONES).backward()),
    "what was rounded is used elsewhere": lambda: (
        h := ONE(X).round(), F.l1_loss(h, ONES), F.mse_loss(h * ONE(NEXT), ONES).backward()
    ),
    "straight through": lambda: F.mse_loss((p := ONE(X)) + (p.round() - p).detach(), ONES).backward(),
    "the target is trained": lambda: F.mse_loss(ONE(X).round(), ONE(NEXT)).backward(),
}  # fmt: skip


@pytest.mark.parametrize("name", TRAINED)
def test_a_step_without_a_gradient_is_told_when_it_is_trained_on(name: str) -> None:
    assert codes(TRAINED[name]) == ["LL702"]


@pytest.mark.parametrize("name", UNTRAINED)
def test_and_not_where_it_is_not(name: str) -> None:
    assert codes(UNTRAINED[name], 10) == []


def test_the_finding_stands_at_the_loss_and_leads_to_the_backward() -> None:
    def program() -> None:
        loss = rounded()
        loss.backward()

    session = watched(program)
    (finding,), (call,) = session.findings, session.calls
    assert finding.place.row == rounded.__code__.co_firstlineno + 1
    assert [step.place.row for step in finding.evidence] == [program.__code__.co_firstlineno + 2, finding.place.row]
    assert call.verdict.value == "misused"


def test_it_is_raised_at_the_backward() -> None:
    with losslint.watch("raise"):
        loss = rounded()
        with pytest.raises(losslint.LossMisuseError, match="round"):
            loss.backward()


def test_a_backward_of_another_thread_is_another_s() -> None:
    """Numbers of nodes are a thread's own."""
    loss = F.mse_loss(ONE(X), ONES)
    with losslint.watch("record") as session:
        rounded()
        thread = threading.Thread(target=loss.backward)
        thread.start()
        thread.join()
    assert session.findings == ()
    assert [each.left for each in session.suspects] == [PATIENCE]


def test_suspects_are_few_and_are_not_waited_for_for_long() -> None:
    rows = "\n".join("F.mse_loss(one(x).round(), ones)" for _ in range(2 * MOST_SUSPECTS))
    with losslint.watch("record") as session:
        exec(compile(rows, "many.py", "exec"), {"F": F, "one": ONE, "x": X, "ones": ONES})
        assert len(session.suspects) == MOST_SUSPECTS
        for _ in range(PATIENCE):
            F.mse_loss(ONE(X), ONES).backward()
    assert session.suspects == []
    assert session.findings == ()


def best(net: nn.Module) -> torch.Tensor:
    return net(NEXT).max(1)[0]


def value(net: nn.Module = NET) -> torch.Tensor:
    return net(X).gather(1, torch.zeros(8, 1, dtype=torch.long)).squeeze(1)


OF_ITSELF: dict[str, Callable[[], torch.Tensor]] = {
    "max": lambda: F.mse_loss(value(), REWARD + 0.9 * best(NET)),
    "amax, a mask": lambda: F.huber_loss(value(), NET(NEXT).amax(1) * 0.9 * (REWARD > 0) + REWARD),
    "columns": lambda: F.l1_loss(value()[:, None], (REWARD + best(NET)).view(-1, 1)),
    "a deep network": lambda: F.smooth_l1_loss(value(DEEP), REWARD + 0.9 * best(DEEP)),
    "a single reward": lambda: F.mse_loss(value(), 1.0 + 0.9 * best(NET)),
}
OF_OTHERS: dict[str, Callable[[], torch.Tensor]] = {
    "a copy": lambda: F.mse_loss(value(), REWARD + 0.9 * best(deepcopy(NET))),
    "detached": lambda: F.mse_loss(value(), REWARD + 0.9 * best(NET).detach()),
    "consistency": lambda: F.mse_loss(NET(X), NET(NEXT)),
    "no maximum": lambda: F.mse_loss(value(), REWARD + 0.9 * NET(NEXT).mean(1)),
    "nothing fixed": lambda: F.mse_loss(value(), 0.9 * best(NET)),
    "one head of two": lambda: F.mse_loss(value(nn.Sequential(DEEP[0], nn.Linear(6, 3))), REWARD + best(DEEP)),
    "a difference": lambda: F.mse_loss(value(), REWARD - best(NET)),
}


@pytest.mark.parametrize("name", OF_ITSELF)
def test_a_target_that_the_network_makes_itself(name: str) -> None:
    assert codes(lambda: OF_ITSELF[name]().backward()) == ["LL711"]
    assert codes(OF_ITSELF[name]) == []


@pytest.mark.parametrize("name", OF_OTHERS)
def test_a_target_that_stands_still_or_is_meant_to_move(name: str) -> None:
    assert codes(lambda: OF_OTHERS[name]().backward()) == []


def contrasted(
    change: Callable[[torch.Tensor], torch.Tensor] = lambda similarity: similarity / 0.1,
    labels: torch.Tensor = torch.arange(8),  # noqa: B008
    other: Callable[[torch.Tensor], torch.Tensor] = lambda features: features,
) -> torch.Tensor:
    features = F.normalize(NET(torch.randn(8, 5)), dim=1)
    return F.cross_entropy(change(features @ other(features).T), labels)


def in_secret(similarity: torch.Tensor) -> torch.Tensor:
    scaled = similarity / 0.1
    scaled.data.fill_diagonal_(-9.0)
    return scaled


TEMPERATURE = nn.Parameter(torch.tensor(0.1))
COMPARED_WITH_ITSELF: dict[str, Callable[[], torch.Tensor]] = {
    "divided": contrasted,
    "multiplied": lambda: contrasted(lambda similarity: 10 * similarity),
    "by a temperature that is learned": lambda: contrasted(lambda similarity: similarity / TEMPERATURE),
    "by the exponential of one": lambda: contrasted(lambda similarity: 5 * similarity * TEMPERATURE.exp()),
}
LEFT_OUT: dict[str, Callable[[], torch.Tensor]] = {
    "the diagonal is filled": lambda: contrasted(lambda similarity: (similarity / 0.1).fill_diagonal_(-9.0)),
    "masked": lambda: contrasted(lambda similarity: (similarity / 0.1).masked_fill(torch.eye(8) > 0, -9.0)),
    "something large is taken off": lambda: contrasted(lambda similarity: similarity / 0.1 - 1e9 * torch.eye(8)),
    "multiplied by a mask": lambda: contrasted(lambda similarity: similarity * 10 * (1 - torch.eye(8))),
    "behind autograd's back": lambda: contrasted(in_secret),
    "the labels are others": lambda: contrasted(labels=torch.arange(8).roll(4)),
    "two views": lambda: contrasted(other=lambda features: features + 0.0 * torch.randn(8, 3)),
}


@pytest.mark.parametrize("name", COMPARED_WITH_ITSELF)
def test_a_batch_that_is_compared_with_itself(name: str) -> None:
    assert codes(COMPARED_WITH_ITSELF[name], 7) == []
    session = watched(COMPARED_WITH_ITSELF[name], 9)
    assert [finding.code for finding in session.findings] == ["LL504"]


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_batch_that_is_not(name: str) -> None:
    assert codes(LEFT_OUT[name], 12) == []


def test_labels_that_are_the_diagonal_once_are_others_the_next_time() -> None:
    labels = iter([torch.arange(8), torch.arange(8).flip(0)] * 10)
    assert codes(lambda: contrasted(labels=next(labels)), 20) == []
