"""Watching changes no value, no gradient, no random number and no warning of torch's."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch import nn

import losslint
from losslint.runtime.interception import watched, watched_modules
from tests.runtime.calls import CALLS


def computed(name: str) -> list[Any]:
    """All that can be told of one call and its backward pass."""
    torch.manual_seed(0)
    arguments, keywords = CALLS[name]()
    leaves = [each for each in arguments if isinstance(each, torch.Tensor) and each.is_leaf and each.requires_grad]
    for each in arguments:
        if isinstance(each, torch.Tensor) and each.requires_grad and not each.is_leaf:
            each.retain_grad()
            leaves.append(each)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        value = watched()[name].function(*arguments, **keywords)
    graph = type(value.grad_fn).__name__
    value.sum().backward()
    told = [(str(each.message), each.filename, each.lineno, each.category) for each in said]
    return [value.detach(), *(leaf.grad for leaf in leaves), torch.rand(3), graph, told]


def test_there_is_a_call_of_every_loss() -> None:
    assert set(CALLS) >= set(watched())


def test_a_loss_that_is_a_module_alone_computes_the_same() -> None:
    """It has no function of its own: its `forward` is seen, as the module that it is, and put back."""
    assert set(watched_modules()) == {"AdaptiveLogSoftmaxWithLoss"}
    body = nn.AdaptiveLogSoftmaxWithLoss.forward.__code__
    loss = nn.AdaptiveLogSoftmaxWithLoss(5, 6, [2, 4])
    x, y = torch.randn(8, 5, requires_grad=True), torch.arange(8) % 6

    def once() -> list[torch.Tensor]:
        x.grad = None
        output, value = loss(x, y)
        value.backward()
        assert x.grad is not None
        return [output.detach(), value.detach(), x.grad]

    alone = once()
    with losslint.watch("record") as session:
        assert nn.AdaptiveLogSoftmaxWithLoss.forward.__code__ is not body
        assert all(torch.equal(one, other) for one, other in zip(once(), alone, strict=True))
        torch._dynamo.reset()
        assert torch.equal(torch.compile(loss, backend="eager")(x, y).loss, alone[1])
    assert nn.AdaptiveLogSoftmaxWithLoss.forward.__code__ is body
    assert not [name for name in vars(torch.nn.modules.adaptive) if name.startswith("__losslint")]
    assert session.failures == [] and session.findings == ()
    assert {(call.spelling, call.count) for call in session.calls} == {("nn.AdaptiveLogSoftmaxWithLoss", 1)}


@pytest.mark.parametrize("name", sorted(watched()))
def test_a_loss_computes_the_same(name: str) -> None:
    alone = computed(name)
    with losslint.watch("record") as session:
        seen = computed(name)
    assert len(session.calls) == 1
    assert session.findings == ()
    assert session.failures == []
    assert len(alone) == len(seen)
    assert len(alone) > 4  # a gradient, too
    for one, other in zip(alone, seen, strict=True):
        assert torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other


def test_a_warning_of_torchs_names_the_line_that_it_named() -> None:
    def warned() -> list[tuple[str, str, int]]:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            torch.nn.functional.mse_loss(torch.zeros(3, 1), torch.zeros(3))
        return [(str(each.message), each.filename, each.lineno) for each in said]

    alone = warned()
    assert alone[0][1] == __file__
    with losslint.watch("record"):
        assert warned() == alone


def test_training_gives_the_same_network() -> None:
    def trained() -> list[torch.Tensor]:
        torch.manual_seed(1)
        net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3), nn.Softmax(1))
        criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(net.parameters(), 0.01)
        for _ in range(20):
            optimizer.zero_grad()
            criterion(net(torch.randn(8, 5)), torch.randint(0, 3, (8,))).backward()
            optimizer.step()
        return [parameter.detach().clone() for parameter in net.parameters()]

    alone = trained()
    with losslint.watch("record") as session:
        seen = trained()
    assert [finding.code for finding in session.findings] == ["LL101"]
    assert all(torch.equal(one, other) for one, other in zip(alone, seen, strict=True))


def test_no_tensor_is_kept_alive() -> None:
    import gc
    import weakref

    with losslint.watch("record") as session:
        scores = nn.Linear(5, 3)(torch.randn(4, 5))
        labels, weight = torch.tensor([0, 1, 2, 0]), torch.ones(3)
        torch.nn.functional.cross_entropy(scores, labels, weight)
        kept = [weakref.ref(each) for each in (scores, labels, weight)]
        del scores, labels, weight
        gc.collect()
        assert [each() for each in kept] == [None] * 3
        assert len(session.calls) == 1
