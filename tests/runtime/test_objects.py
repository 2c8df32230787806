"""The constructors of loss modules, and `backward`."""

from __future__ import annotations

from contextlib import suppress

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import losslint
from losslint.runtime import backward, constructors
from losslint.runtime.interception import COMPILING

X, Y = torch.randn(8, 5), torch.arange(8) % 3
NET, ONE = nn.Linear(5, 3), nn.Linear(5, 1)

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's own


def found(program: str, *, advice: bool = False) -> list[str]:
    names = {"torch": torch, "nn": nn, "F": F, "x": X, "y": Y, "net": NET, "one": ONE}
    expected = suppress(RuntimeError, TypeError, ValueError, AttributeError)
    with losslint.watch("record", advice=advice) as session, expected:
        exec(program, names)
    assert session.failures == []
    return [finding.code for finding in session.findings]


@pytest.mark.parametrize(
    "program",
    [
        "nn.CrossEntropyLoss(net(x), y)",
        "nn.MSELoss(one(x), x[:, :1])",
        "nn.PoissonNLLLoss(one(x), x[:, :1])",
        "nn.CTCLoss(net(x), y)",
        "nn.BCEWithLogitsLoss(one(x))",
        "nn.L1Loss(one(x))",
        "nn.LogSoftmax(net(x))",
        "nn.Softmax(net(x))",
    ],
)
def test_tensors_in_the_place_of_settings(program: str) -> None:
    assert found(program) == ["LL701"]


@pytest.mark.parametrize(
    "program",
    [
        "nn.CrossEntropyLoss(torch.ones(3))",
        "nn.CrossEntropyLoss(weight=torch.ones(3), reduction='sum')",
        "nn.BCEWithLogitsLoss(pos_weight=torch.ones(1))",
        "nn.BCELoss(torch.ones(1))",
        "nn.MultiMarginLoss(1, 1.0, torch.ones(3))",
        "nn.MSELoss(); nn.HuberLoss('sum', 2.0); nn.Softmax(1); nn.LogSoftmax(dim=-1); nn.SmoothL1Loss(beta=0.5)",
        "type('Focal', (nn.CrossEntropyLoss,), {})(torch.ones(3))",
    ],
)
def test_settings_in_their_place(program: str) -> None:
    assert found(program) == []


def test_a_class_of_the_project_is_known_by_what_it_is_made_of() -> None:
    class Mine(nn.MSELoss):
        def __init__(self, given: torch.Tensor) -> None:
            super().__init__(given)

    with losslint.watch("record") as session, suppress(RuntimeError):
        Mine(ONE(X))
    (finding,) = session.findings
    assert finding.code == "LL701"
    assert "nn.MSELoss" in finding.message


@pytest.mark.parametrize(
    ("program", "codes"),
    [
        ("nn.MSELoss('none')", ["LL119"]),
        ("nn.KLDivLoss('batchmean')", ["LL119"]),
        ("nn.BCELoss(None, 'sum')", ["LL119"]),
        ("nn.L1Loss(size_average=False)", ["LL710"]),
        ("nn.CrossEntropyLoss(reduce=False)", ["LL710"]),
        ("nn.CrossEntropyLoss(reduction='none')", []),
    ],
)
def test_settings_that_a_module_forgets(program: str, codes: list[str]) -> None:
    assert found(program, advice=True) == codes


@pytest.mark.parametrize(
    "program",
    [
        "F.cross_entropy(net(x), y, reduction='none').backward()",
        "nn.MSELoss(reduction='none')(one(x), x[:, :1]).backward()",
        "nn.BCEWithLogitsLoss(reduction='none')(one(x), torch.ones(8, 1)).backward()",
    ],
)
def test_a_loss_that_nobody_reduced(program: str) -> None:
    assert found(program) == ["LL706"]


@pytest.mark.parametrize(
    "program",
    [
        "F.cross_entropy(net(x), y, reduction='none').mean().backward()",
        "F.cross_entropy(net(x), y, reduction='none').backward(torch.ones(8))",
        "F.cross_entropy(net(x), y).backward()",
        "net(x).backward()",
        # Which of the two is it? Nothing is said.
        "F.mse_loss(one(x), x[:, :1], reduction='none'); F.mse_loss(one(x), x[:, :1], reduction='none').backward()",
    ],
)
def test_what_is_reduced_or_not_known_to_be_a_loss(program: str) -> None:
    assert found(program) == []


@pytest.mark.parametrize(
    "program",
    [
        "torch.tensor(F.mse_loss(one(x), x[:, :1]).item(), requires_grad=True).backward()",
        "F.mse_loss(one(x), x[:, :1]).detach().requires_grad_().backward()",
        "F.mse_loss(one(x), x[:, :1]).data.backward()",
        "F.mse_loss(one(x).detach(), x[:, :1]).backward()",
        "F.mse_loss(one(x).argmax(1).float(), x[:, 0]).backward()",
    ],
)
def test_backward_of_what_has_no_history(program: str) -> None:
    assert found(program) == ["LL704"]


@pytest.mark.parametrize(
    "program",
    [
        "F.mse_loss(one(x), x[:, :1]).backward()",
        "(F.mse_loss(one(x), x[:, :1]) + F.mse_loss(one(x).detach(), x[:, :1])).backward()",
        # A number that is trained by itself, and one whose gradient somebody waits for.
        "F.mse_loss(one(x), x[:, :1]); nn.Parameter(torch.tensor(2.0)).backward()",
        "F.mse_loss(one(x), x[:, :1]); a = torch.ones((), requires_grad=True); a.register_hook(print); a.backward()",
        "F.mse_loss(one(x), x[:, :1]); torch.ones((), requires_grad=True).backward(torch.ones(()))",
        # No loss was seen.
        "torch.ones((), requires_grad=True).backward()",
        "torch.ones(()).backward()",
    ],
)
def test_backward_of_what_may_be_meant(program: str) -> None:
    assert found(program) == []


def test_what_has_no_history_is_told_where_backward_is_called() -> None:
    with losslint.watch("record") as session:
        loss = F.cross_entropy(NET(X).detach(), Y)
        with pytest.raises(RuntimeError, match="does not require grad"):
            loss.backward()
    (finding,) = session.findings
    assert finding.place.row == session.calls[0].place.row + 2
    assert "made." not in finding.message and "{" not in finding.message


def test_the_finding_stands_at_the_loss_and_leads_to_backward() -> None:
    with losslint.watch("record") as session:
        loss = F.cross_entropy(NET(X), Y, reduction="none")
        with pytest.raises(RuntimeError, match="scalar"):
            loss.backward()
    (finding,) = session.findings
    assert finding.place.row == session.calls[0].place.row
    assert [step.place.row for step in finding.evidence] == [finding.place.row + 2, finding.place.row]


def test_nothing_stays_behind() -> None:
    functions = [*constructors.statements(COMPILING), *backward.statements(COMPILING)]
    assert len(functions) >= 20
    before = [(function.__code__, dict(function.__globals__)) for function in functions]
    with losslint.watch("record"):
        assert all(function.__code__ is not code for function, (code, _) in zip(functions, before, strict=True))
    for function, (code, names) in zip(functions, before, strict=True):
        assert function.__code__ is code
        assert function.__globals__.keys() == names.keys()


def test_a_module_that_is_made_inside_a_compiled_region() -> None:
    def step(given: torch.Tensor) -> torch.Tensor:
        return nn.MSELoss(reduction="sum")(given, torch.zeros_like(given))

    torch._dynamo.reset()
    with losslint.watch("record") as session:
        assert torch.compile(step, backend="eager", fullgraph=True)(torch.ones(3)) == 3
    assert session.failures == []
