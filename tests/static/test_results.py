"""What worlds take over from each other: it makes no difference to what is found, nor to the steps that it takes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from losslint.rules.judge import Judge
from losslint.static.evaluation import evaluator, results
from losslint.static.evaluation.evaluator import Evaluator
from losslint.static.evaluation.results import Earlier
from losslint.vocabulary.observations import LossCall

from .programs import DEFAULT, cases, observed

CASES = cases()

#: Programs in which a thing that is not known is told apart from itself in another world, so that a question about it
#: is asked anew there: it is one thing where it is taken over.
ASKED_ANEW = {"recursion through a default is no call site"}

#: `outputs[0]` makes a tuple of all items, each of which is asked for in the same way.
OUTPUTS = """\
from collections import OrderedDict
from torch import nn
class Output(OrderedDict):
    def __getitem__(self, k):
        if isinstance(k, str):
            inner = {k: v for k, v in self.items()}
            return inner[k]
        return self.to_tuple()[k]
    def to_tuple(self):
        return tuple(self[k] for k in self.keys())
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 3)
    def forward(self, x):
        return Output(logits=self.head(x))
def train(x, y):
    return nn.CrossEntropyLoss()(Net()(x)[0], y)
"""


class Steps:
    """Counts the steps that each world took, and how often something was taken over."""

    def __init__(self, patch: pytest.MonkeyPatch, takes_over: bool = True) -> None:
        self._before: list[int] = []
        self._evaluator: Evaluator | None = None
        self.taken = 0
        enter, missing = Evaluator.enter, results.missing

        def counting(ev: Evaluator, *arguments: object) -> None:
            self._before.append(ev.steps)
            self._evaluator = ev
            enter(ev, *arguments)  # type: ignore[arg-type]

        def noting(*arguments: object) -> object:
            found = missing(*arguments)  # type: ignore[arg-type]
            self.taken += found is not None
            return found

        patch.setattr(Evaluator, "enter", counting)
        patch.setattr(evaluator, "missing", noting)
        if not takes_over:
            patch.setattr(Earlier, "find", lambda *_: None)

    @property
    def of_worlds(self) -> list[int]:
        """The steps of all worlds, the last one's too."""
        return [*self._before, self._evaluator.steps] if self._evaluator is not None else self._before


def said(files: Mapping[str, str]) -> list[object]:
    """All that is said of a program, with the way there."""
    judge = Judge(DEFAULT)
    told: list[object] = []
    for observation in observed(files):
        findings = judge.findings(observation)
        told += [(each.code, each.message, each.place, each.evidence) for each in findings]
        if isinstance(observation, LossCall):
            told.append(judge.verdict(observation, findings))
            told += [(name, m.kind, m.shape, m.dtype, m.reason) for name, m in observation.arguments.items()]
    return told


@pytest.mark.parametrize("theme", sorted({case.theme for case in CASES}))
def test_what_is_taken_over_makes_no_difference(theme: str) -> None:
    for case in (case for case in CASES if case.theme == theme and case.title not in ASKED_ANEW):
        with pytest.MonkeyPatch.context() as patch:
            steps = Steps(patch)
            found = said(case.files)
        with pytest.MonkeyPatch.context() as patch:
            alone = Steps(patch, takes_over=False)
            assert found == said(case.files), case.title
        assert steps.of_worlds == alone.of_worlds, case.title
        assert not alone.taken


def test_much_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above would notice nothing if nothing was."""
    steps = Steps(monkeypatch)
    for case in CASES:
        if case.theme == "branches":
            observed(case.files)
    assert steps.taken > 20


def test_a_question_is_not_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    (case,) = (case for case in CASES if case.title in ASKED_ANEW)
    with pytest.MonkeyPatch.context() as patch:
        alone = Steps(patch, takes_over=False)
        observed(case.files)
    steps = Steps(monkeypatch)
    observed(case.files)
    assert len(steps.of_worlds) < len(alone.of_worlds) / 2


def test_items_that_are_made_of_items_are_not_followed_into_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps(monkeypatch)
    assert any(isinstance(each, LossCall) for each in observed({"main.py": OUTPUTS}))
    assert max(steps.of_worlds) < 150
