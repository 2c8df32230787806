"""Seeing the calls of loss functions changes nothing else about them, and nothing stays behind."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FunctionType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.functional import cross_entropy as imported_before

import losslint
from losslint.runtime import interception
from losslint.runtime.injection import injected
from losslint.runtime.interception import HOOK, Interception, watched
from losslint.runtime.session import Session

SCORES, LABELS = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
partial_before = functools.partial(F.cross_entropy, reduction="sum")


@pytest.fixture
def session() -> Iterator[Session]:
    with losslint.watch("record") as session:
        yield session
    assert session.failures == []


def losses() -> list[FunctionType]:
    return [each.function for each in watched().values()]


def counts(session: Session) -> dict[str, int]:
    seen: dict[str, int] = {}
    for call in session.calls:
        seen[call.loss] = seen.get(call.loss, 0) + call.count
    return seen


def test_every_loss_function_of_torch_is_seen() -> None:
    named = {
        name for name in dir(F) if name.endswith("_loss") or name in ("cross_entropy", "kl_div", "gaussian_nll_loss")
    }
    named |= {name for name in dir(F) if name.startswith(("binary_cross_entropy", "linear_cross_entropy"))}
    functions = {name for name in named if isinstance(getattr(F, name), FunctionType)}
    assert len(functions) >= 22
    assert functions == {function.__name__ for function in losses()}


def test_the_functions_stay_the_objects_that_they_were(session: Session) -> None:
    assert F.cross_entropy is imported_before
    assert partial_before.func is F.cross_entropy
    imported_before(SCORES, LABELS)
    partial_before(SCORES, LABELS)
    F.cross_entropy(SCORES, LABELS)
    nn.CrossEntropyLoss()(SCORES, LABELS)
    assert counts(session) == {"CrossEntropyLoss": 4}
    assert len(session.calls) == 4


@pytest.mark.parametrize("function", losses(), ids=lambda function: function.__name__)
def test_what_tells_of_a_function_is_kept(function: FunctionType) -> None:
    def told() -> list[Any]:
        code = function.__code__
        kept = (code.co_filename, code.co_firstlineno, code.co_name, code.co_varnames, code.co_argcount, code.co_flags)
        source = inspect.getsource(function)
        return [function.__name__, function.__doc__, function.__defaults__, inspect.signature(function), kept, source]

    before = told()
    with losslint.watch("record"):
        assert told() == before
        assert pickle.loads(pickle.dumps(function)) is function
        assert copy.deepcopy(function) is function


def test_nothing_stays_behind() -> None:
    codes = {function: function.__code__ for function in losses()}
    attributes = dict(vars(F))
    with losslint.watch("record"):
        changed = [function for function, code in codes.items() if function.__code__ is not code]
        assert len(changed) == len(codes)
        assert HOOK in vars(F)
    assert all(function.__code__ is code for function, code in codes.items())
    assert vars(F) == attributes


def test_watches_may_stand_in_each_other_and_end_in_any_order() -> None:
    code = F.cross_entropy.__code__
    outer, inner = losslint.watch("record"), losslint.watch("record")
    first = outer.__enter__()
    F.cross_entropy(SCORES, LABELS)
    second = inner.__enter__()
    F.cross_entropy(SCORES, LABELS)
    outer.__exit__(None, None, None)
    F.cross_entropy(SCORES, LABELS)
    assert F.cross_entropy.__code__ is not code
    inner.__exit__(None, None, None)
    F.cross_entropy(SCORES, LABELS)
    assert (counts(first), counts(second)) == ({"CrossEntropyLoss": 2}, {"CrossEntropyLoss": 2})
    assert F.cross_entropy.__code__ is code


def test_installing_twice_is_installing_once() -> None:
    code = F.cross_entropy.__code__
    try:
        session = losslint.install("record")
        assert losslint.install("record") is session
        F.cross_entropy(SCORES, LABELS)
        assert counts(session) == {"CrossEntropyLoss": 1}
    finally:
        losslint.uninstall()
    losslint.uninstall()
    assert F.cross_entropy.__code__ is code


def test_an_exception_in_the_block_ends_the_watch() -> None:
    code = F.cross_entropy.__code__
    with pytest.raises(ZeroDivisionError), losslint.watch("record"):
        raise ZeroDivisionError
    assert F.cross_entropy.__code__ is code


def test_other_threads_are_seen(session: Session) -> None:
    thread = threading.Thread(target=lambda: F.cross_entropy(SCORES, LABELS))
    thread.start()
    thread.join()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: F.mse_loss(SCORES, SCORES + 1), range(50)))
    assert set(counts(session)) == {"CrossEntropyLoss", "MSELoss"}


def test_turning_on_and_off_while_others_compute() -> None:
    stop, errors = threading.Event(), []

    def compute() -> None:
        expected = F.cross_entropy(SCORES, LABELS).item()
        while not stop.is_set():
            try:
                assert F.cross_entropy(SCORES, LABELS).item() == expected
            except BaseException as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=compute) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        with losslint.watch("record"):
            F.cross_entropy(SCORES, LABELS)
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_loss_inside_a_loss_is_one_call(session: Session) -> None:
    if not hasattr(F, "linear_cross_entropy"):
        pytest.skip("this torch has no such loss")
    F.linear_cross_entropy(torch.randn(4, 5), torch.randn(3, 5), LABELS)
    assert counts(session) == {"LinearCrossEntropyLoss": 1}


def test_a_function_that_somebody_else_changed_meanwhile_stays_theirs() -> None:
    code = F.mse_loss.__code__
    try:
        with losslint.watch("record"):
            theirs = F.mse_loss.__code__.replace(co_name="mse_loss")
            F.mse_loss.__code__ = theirs
        assert F.mse_loss.__code__ is theirs
        # It still tells somebody: that must not fail.
        assert F.mse_loss(SCORES, SCORES + 1).item() == pytest.approx(1.0)
    finally:
        F.mse_loss.__code__ = code
        vars(F).pop(HOOK, None)


def test_code_that_is_not_what_the_file_says_is_left_alone() -> None:
    def changed() -> int:
        return 1

    changed.__code__ = changed.__code__.replace(co_consts=(None, 2))
    assert injected({changed: "print()"}) == {}  # type: ignore[dict-item]


class TestWhereCodeCannotBeReplaced:
    """The second way: another function under the name."""

    @pytest.fixture
    def told(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
        monkeypatch.setattr(interception, "injected", lambda statements: {})
        told: list[str] = []
        interceptor = Interception(lambda loss, *_: told.append(loss))
        original = F.cross_entropy
        interceptor.install()
        try:
            assert F.cross_entropy is not original
            yield told
        finally:
            interceptor.remove()
        assert F.cross_entropy is original
        assert HOOK not in vars(F)

    def test_it_sees_functions_and_modules(self, told: list[str]) -> None:
        value = F.cross_entropy(SCORES, LABELS, reduction="sum")
        assert value == nn.CrossEntropyLoss(reduction="sum")(SCORES, LABELS)
        assert told == ["CrossEntropyLoss", "CrossEntropyLoss"]

    @pytest.mark.filterwarnings("ignore")  # TorchScript is deprecated
    def test_torchscript_compiles_the_original(self, told: list[str]) -> None:
        def loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            return F.cross_entropy(scores, labels)

        assert torch.jit.script(loss)(SCORES, LABELS) == loss(SCORES, LABELS)

    def test_wrong_calls_fail_as_they_did(self, told: list[str]) -> None:
        alone: list[Any] = [SCORES]
        with pytest.raises(TypeError, match="cross_entropy"):
            F.cross_entropy(*alone)
        assert told == []
