"""torch's own test inputs of every loss: nothing is changed, what is right is told nothing, what raises is told why."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch

import losslint
from losslint.runtime.interception import watched
from losslint.vocabulary.findings import Severity
from tests.runtime import databases

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's own

#: What is found in inputs that torch's tests take for right, and why it is right to be found.
TRULY_MISUSED = {
    # The logarithm of a number that may be negative, and "FIXME: scalar_target is unused, perhaps should be argument to
    # FunctionInput?" (common_modules.py)
    "KLDivLoss": {"LL308", "LL712"},
}

#: Inputs that raise and of which nothing is said before, with the reason. One in ten may stand here.
NOTHING_SAID: dict[str, str] = {}


def outcome(compute: Any, leaves: tuple[torch.Tensor, ...]) -> list[Any]:
    """All that can be told of one computation: its value or what it raises, gradients, random numbers and warnings."""
    torch.manual_seed(0)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            value = compute()
        except Exception as error:
            return [f"{type(error).__name__}: {error}", bits(torch.rand(3))]
        gradients: tuple[Any, ...] = ()
        if leaves and isinstance(value, torch.Tensor) and value.requires_grad:
            gradients = torch.autograd.grad(value.sum(), leaves, allow_unused=True)
    told = [(str(each.message), each.lineno) for each in said]
    return [bits(value), *map(bits, gradients), bits(torch.rand(3)), told]


def bits(value: Any) -> Any:
    """A tensor down to the bits, so that nan is equal to itself and 0 is not -0."""
    if not isinstance(value, torch.Tensor):
        return type(value)
    return value.dtype, value.shape, value.detach().reshape(-1).view(torch.uint8).tolist()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", sorted(watched()))
def test_a_right_input_gives_the_same_and_is_told_nothing(name: str, dtype: torch.dtype) -> None:
    torch.manual_seed(1)
    inputs = list(databases.good(name, dtype))
    assert len(inputs) > 1 or dtype is not torch.float32
    for given in inputs:
        alone = outcome(given.compute, given.leaves)
        with losslint.watch("record", advice=True) as session:
            seen = outcome(given.compute, given.leaves)
        assert alone == seen, given.name
        assert session.failures == []
        serious = {finding.code for finding in session.findings if finding.severity is not Severity.ADVICE}
        assert serious <= TRULY_MISUSED.get(name, set()), given.name


def test_what_raises_is_told_why_before() -> None:
    torch.manual_seed(1)
    raised, told, silent = 0, 0, []
    for name in sorted(watched()):
        for given in databases.raising(name):
            alone = outcome(given.compute, ())
            with losslint.watch("record") as session:
                assert outcome(given.compute, ()) == alone
            assert session.failures == []
            raised += 1
            assert isinstance(alone[0], str), given.name
            if session.findings:
                told += 1
                # The line that calls it, or what is called there.
                files = {finding.place.filename.rpartition("/")[2] for finding in session.findings}
                assert files <= {"test_databases.py", "databases.py"}
            else:
                silent.append(given.name)
    assert raised >= 70
    assert silent == sorted(NOTHING_SAID)
    assert told >= 0.9 * raised
