"""What a session tells: warnings, exceptions, findings and calls."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import losslint
from losslint.rules.registry import UnknownSelector
from losslint.runtime import observation, watching
from losslint.runtime.session import Mode
from losslint.vocabulary.findings import Finding, Verdict
from losslint.vocabulary.observations import LossCall

X, Y = torch.randn(8, 5), torch.arange(8) % 3
NET = nn.Linear(5, 3)


def lines_of(said: list[warnings.WarningMessage]) -> list[tuple[str, int, str]]:
    return [(each.filename, each.lineno, str(each.message)[:5]) for each in said]


def here() -> int:
    """The row of the caller."""
    return sys._getframe(1).f_lineno


def test_a_warning_stands_at_the_line_once() -> None:
    with losslint.watch() as session, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(20):
            row = here() + 1
            F.cross_entropy(NET(X).softmax(1), Y)
    assert lines_of(said) == [(__file__, row, "LL101")]
    assert issubclass(said[0].category, losslint.LossMisuseWarning)
    assert isinstance(said[0].message, losslint.LossMisuseWarning)
    assert said[0].message.finding is session.findings[0]
    assert session.calls[0].count == 20


def test_each_session_tells_anew() -> None:
    def computed() -> None:
        F.cross_entropy(NET(X).softmax(1), Y)

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("default")
        for _ in range(3):
            with losslint.watch():
                computed()
                computed()
    assert len(said) == 3


def test_each_line_is_told() -> None:
    criterion = nn.CrossEntropyLoss()
    with losslint.watch("record") as session:
        criterion(NET(X).softmax(1), Y)
        criterion(NET(X).softmax(1), Y)
        both = criterion(NET(X).softmax(1), Y), criterion(NET(X).softmax(1), Y)
    assert len(both) == 2
    assert len(session.findings) == 4
    assert len({finding.place for finding in session.findings}) == 4


def test_the_place_is_that_of_the_call() -> None:
    criterion = nn.CrossEntropyLoss()
    with losslint.watch("record") as session:
        row = here() + 1
        value = criterion(NET(X).softmax(1), Y)
    assert value.isfinite()
    (finding,) = session.findings
    shown = Path(__file__).resolve()
    assert Path(finding.place.filename).resolve() == shown
    assert finding.place.row == row
    if sys.version_info >= (3, 11):
        text = shown.read_text().splitlines()[row - 1]
        assert text[finding.place.column - 1 : finding.place.end_column - 1] == "criterion(NET(X).softmax(1), Y)"


def test_raising() -> None:
    with losslint.watch("raise") as session:
        for _ in range(3):
            with pytest.raises(losslint.LossMisuseError, match="LL101") as raised:
                F.cross_entropy(NET(X).softmax(1), Y)
            assert raised.value.finding is not None
            assert raised.value.finding.code == "LL101"
        F.cross_entropy(NET(X), Y)
    assert len(session.findings) == 1


def test_a_finding_is_there_when_torch_raises() -> None:
    with losslint.watch("record") as session:
        with pytest.raises(RuntimeError, match="expected target dtype") as raised:
            F.cross_entropy(NET(X), Y.float())
        assert [finding.code for finding in session.findings] == ["LL109"]
    assert not isinstance(raised.value, losslint.LossMisuseError)


def test_warnings_that_are_errors_reach_the_program() -> None:
    with losslint.watch(), warnings.catch_warnings():
        warnings.simplefilter("error", losslint.LossMisuseWarning)
        with pytest.raises(losslint.LossMisuseWarning):
            F.cross_entropy(NET(X).softmax(1), Y)


def test_what_was_observed() -> None:
    with losslint.watch("record") as session:
        for size in (8, 4, 8):
            F.cross_entropy(NET(X[:size]), Y[:size])
        with torch.no_grad():
            F.mse_loss(NET(X).double(), X[:, :3].double())
    first, second = session.calls
    assert (first.loss, first.spelling, first.count, first.verdict) == (
        "CrossEntropyLoss",
        "F.cross_entropy",
        3,
        Verdict.CLEAN,
    )
    assert first.arguments["input"].kinds == ("logits",)
    assert first.arguments["input"].shapes == ("[8, 3]", "[4, 3]")
    assert first.arguments["target"].dtypes == ("int64",)
    assert second.verdict is Verdict.UNDECIDED
    assert "no history" in second.reason
    assert second.arguments["input"].dtypes == ("float64",)
    assert second.arguments["input"].devices == ("cpu",)


def test_validation_does_not_make_a_line_undecided() -> None:
    def step() -> None:
        F.cross_entropy(NET(X), Y)

    with losslint.watch("record") as session:
        with torch.no_grad():
            step()
        step()
        with torch.no_grad():
            step()
    assert [(call.verdict, call.count) for call in session.calls] == [(Verdict.CLEAN, 3)]


def test_a_misuse_that_comes_later_is_found() -> None:
    def step(scores: torch.Tensor) -> None:
        F.cross_entropy(scores, Y)

    with losslint.watch("record") as session:
        for _ in range(100):
            step(NET(X))
        step(NET(X).softmax(1))
        for _ in range(100):
            step(NET(X).view(8, 3))
        step(NET(X).softmax(1).view(8, 3))
    assert [finding.code for finding in session.findings] == ["LL101"]
    assert [call.count for call in session.calls] == [202]


def test_what_looks_the_same_from_outside_is_looked_at_again() -> None:
    def step(scores: torch.Tensor) -> None:
        F.cross_entropy(scores.clone().view(8, 3).clone(), Y)

    with losslint.watch("record") as session:
        step(NET(X))
        for _ in range(100):
            step(NET(X).softmax(1))
    assert [finding.code for finding in session.findings] == ["LL101"]


def test_sizes_that_change_with_each_batch_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with losslint.watch("record", values=False) as session:
        judged: list[object] = []
        original = session._judge.findings

        def judging(call: LossCall) -> list[Finding]:
            judged.append(call)
            return original(call)

        monkeypatch.setattr(session._judge, "findings", judging)
        for length in range(3, 100):
            F.cross_entropy(NET(torch.randn(2, length, 5)).transpose(1, 2), torch.zeros(2, length).long())
    assert session.calls[0].count == 97
    assert len(judged) == 1


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({}, ["LL101"]),
        ({"advice": True}, ["LL101", "LL102", "LL204"]),
        ({"select": "LL2", "advice": True}, ["LL204"]),
        ({"select": ["LL102"]}, ["LL102"]),
        ({"ignore": "softmax-into-cross-entropy"}, []),
    ],
)
def test_rules_are_chosen_as_by_the_command(options: dict[str, Any], codes: list[str]) -> None:
    with losslint.watch("record", **options) as session:
        F.cross_entropy(NET(X).softmax(1), Y)
        F.cross_entropy(NET(X).log_softmax(1), Y)
        F.binary_cross_entropy(NET(X).sigmoid(), torch.ones(8, 3))
    assert [finding.code for finding in session.findings] == codes


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda: losslint.watch(cast(Mode, "shout")).__enter__(), ValueError),
        (lambda: losslint.watch(select="LL999").__enter__(), UnknownSelector),
    ],
)
def test_what_does_not_exist_is_said(wrong: Callable[[], object], error: type[Exception]) -> None:
    code = F.cross_entropy.__code__
    with pytest.raises(error):
        wrong()
    assert F.cross_entropy.__code__ is code


def test_an_error_of_losslint_is_not_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("losslint is broken")

    monkeypatch.setattr(watching, "loss_call", broken)
    with losslint.watch() as session:
        value = F.cross_entropy(NET(X).softmax(1), Y)
    assert value.isfinite()
    assert session.failures == ["ZeroDivisionError: losslint is broken"]


def test_arguments_that_are_no_tensors_are_torchs_to_refuse() -> None:
    with losslint.watch("record") as session:
        for given in ((NET(X), [0, 1]), (NET(X), None), (1.0, Y)):
            with pytest.raises((TypeError, AttributeError)):
                F.cross_entropy(*given)
    assert session.failures == []


def test_a_setting_that_is_a_list_or_a_tensor_is_no_failure() -> None:
    with losslint.watch("record") as session:
        F.huber_loss(NET(X), X[:, :3], delta=torch.tensor(1.0))  # type: ignore[arg-type]
        with pytest.raises((TypeError, ValueError)):
            F.mse_loss(NET(X), X[:, :3], reduction=["mean"])  # type: ignore[arg-type]
    assert session.failures == []


def test_settings_that_are_the_defaults_are_not_told() -> None:
    assert observation._is_default(None, None)
    assert observation._is_default(-100, -100)
    assert not observation._is_default(False, None)
    assert not observation._is_default(0, False)


def in_a_process(script: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", f"import sys\nsys.path.insert(0, {root!r})\n{script}"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_importing_losslint_imports_neither_torch_nor_what_lints() -> None:
    script = (
        "import sys, losslint\n"
        "assert not {'torch', 'libcst', 'click', 'losslint.runtime'} & set(sys.modules)\n"
        "assert 'watch' in dir(losslint)\n"
        "try:\n    losslint.nothing\nexcept AttributeError as error:\n    print(error)\n"
    )
    ended = in_a_process(script)
    assert ended.stderr == ""
    assert ended.stdout == "module 'losslint' has no attribute 'nothing'\n"


def test_watching_imports_no_libcst() -> None:
    script = "import sys, losslint\nwith losslint.watch(): pass\nassert not {'libcst', 'click'} & set(sys.modules)\n"
    ended = in_a_process(script)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_while_another_thread_judges_goes_on() -> None:
    script = """
import os, threading, torch, losslint
import torch.nn.functional as F
with losslint.watch("record") as session:
    held, done = threading.Event(), threading.Event()
    def judging():
        with session._lock:
            held.set()
            done.wait()
    thread = threading.Thread(target=judging)
    thread.start()
    held.wait()
    child = os.fork()
    if not child:
        F.mse_loss(torch.zeros(3, requires_grad=True) * 1, torch.zeros(3))
        os._exit(7 if len(session.calls) == 1 else 8)
    _, status = os.waitpid(child, 0)
    done.set()
    thread.join()
print(os.waitstatus_to_exitcode(status))
"""
    ended = in_a_process(script)
    assert (ended.stdout, ended.returncode) == ("7\n", 0), ended.stderr
