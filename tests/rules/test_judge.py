"""The judge: which rules speak, what a finding carries, and the verdict."""

from __future__ import annotations

import sys

import pytest

from losslint.rules.judge import SPEAKS_INSTEAD_OF, Judge
from losslint.rules.registry import load, names
from losslint.vocabulary.findings import Severity, Verdict
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import FOCAL, Meaning
from losslint.vocabulary.observations import UNSETTLED, LossCall, Writing
from losslint.vocabulary.places import Step

from .calls import HERE, OBJECT, SOURCE, codes, declared, loss, made, of_library, of_project, operation


def judged(call: LossCall, select: object = None) -> tuple[Verdict, str]:
    judge = Judge(names() if select is None else select)  # type: ignore[arg-type]
    judgement = judge.verdict(call, judge.findings(call))
    assert judgement.place == HERE
    assert judgement.loss == call.loss
    return judgement.verdict, judgement.reason


def test_a_finding_leads_from_the_source_to_the_loss() -> None:
    (finding,) = Judge(["LL101"]).findings(loss("CrossEntropyLoss", made(Kind.PROBABILITIES, 10, open=True)))
    assert finding.place == HERE
    assert finding.severity is Severity.ERROR
    assert finding.name == "softmax-into-cross-entropy"
    assert finding.evidence[0] == Step(SOURCE, "made here")
    assert finding.evidence[-2] == Step(OBJECT, "nn.CrossEntropyLoss made here")
    assert finding.evidence[-1] == Step(HERE, "given to CrossEntropyLoss here")
    assert finding.mend == "Remove the softmax at models/net.py:63."
    assert finding.message.endswith(" as the model gets sure. Remove the softmax at models/net.py:63.")
    assert "With 10 classes this loss cannot fall below 1.461," in finding.message


def test_the_place_of_the_source_goes_where_the_rule_says() -> None:
    (finding,) = Judge(["LL209"]).findings(loss("BCELoss", made(Kind.SIGMOID, "N", 1), made(Kind.UNKNOWN, "N")))
    assert finding.mend == (
        "Squeeze the last dimension of the prediction made at models/net.py:63, or unsqueeze the target."
    )


def test_without_a_trail_there_is_no_place() -> None:
    (finding,) = Judge(["LL101"]).findings(loss("CrossEntropyLoss", Meaning(Kind.PROBABILITIES)))
    assert finding.mend == "Remove the softmax."
    assert [step.place for step in finding.evidence] == [OBJECT, HERE]


def test_a_focal_loss_of_log_probabilities_is_clean() -> None:
    weighted = Meaning(reason="log-probabilities with a weight", made_by=FOCAL)
    assert judged(loss("NLLLoss", weighted)) == (Verdict.CLEAN, "")
    assert judged(loss("CrossEntropyLoss", weighted)) == (Verdict.UNDECIDED, "log-probabilities with a weight")


def test_an_operation_has_evidence_too() -> None:
    (finding,) = Judge(["LL801"]).findings(operation("log", made(Kind.PROBABILITIES)))
    assert finding.evidence[-1] == Step(HERE, "given to torch.log here")


def test_only_selected_rules_speak() -> None:
    call = loss("CrossEntropyLoss", made(Kind.PROBABILITIES))
    assert [finding.code for finding in Judge(["LL102", "LL201"]).findings(call)] == []


def test_only_the_rules_of_families_that_were_seen_are_loaded() -> None:
    for module in [module for module in sys.modules if module.startswith("losslint.rules.") and ".ll" in module]:
        del sys.modules[module]
    Judge(names()).findings(loss("BCELoss", made(Kind.SIGMOID)))
    loaded = {module.rpartition(".")[2][:5] for module in sys.modules if module.startswith("losslint.rules.")}
    assert "ll203" in loaded
    assert "ll101" not in loaded
    assert "ll801" not in loaded


def test_the_rules_that_meet_exist_or_are_yet_to_come() -> None:
    spoken = {code for code in SPEAKS_INSTEAD_OF if code in names()}
    assert all(code[:2] == "LL" and code[2:].isdigit() for silent in SPEAKS_INSTEAD_OF.values() for code in silent)
    assert spoken
    assert not any(code in silent for code, silent in SPEAKS_INSTEAD_OF.items())


@pytest.mark.parametrize("code", names())
def test_a_rule_says_nothing_of_what_is_not_known(code: str) -> None:
    rule = load(code)
    for name in rule.losses or {"CrossEntropyLoss", "MSELoss"}:
        arguments = ("input", "target", "input1", "input2", "anchor", "positive", "negative", "var")
        call = LossCall(name, name, HERE, {argument: Meaning() for argument in arguments}, {"reduction": "sum"})
        assert not Judge([code]).findings(call)


@pytest.mark.parametrize(
    ("call", "verdict", "reason"),
    [
        (loss("CrossEntropyLoss", made(Kind.PROBABILITIES)), Verdict.MISUSED, ""),
        (loss("CrossEntropyLoss", made(Kind.LOGITS)), Verdict.CLEAN, ""),
        (loss("CrossEntropyLoss", made(Kind.LOGITS), made(Kind.CLASS_INDEX)), Verdict.CLEAN, ""),
        (loss("CrossEntropyLoss", Meaning(reason="the model comes from getattr")), Verdict.UNDECIDED, "getattr"),
        (loss("CrossEntropyLoss", Meaning()), Verdict.UNDECIDED, "nothing is known of the input"),
        (loss("CrossEntropyLoss", made(Kind.BOOLEAN)), Verdict.UNDECIDED, "the input holds booleans"),
        (loss("CrossEntropyLoss", made(Kind.LOGITS), made(Kind.SIGNS)), Verdict.UNDECIDED, "the target holds signs"),
        (loss("CrossEntropyLoss", made(Kind.NON_NEGATIVE, made_by="mean of nn.ReLU")), Verdict.CLEAN, ""),
        (loss("CrossEntropyLoss", made(Kind.NON_NEGATIVE, made_by="sqrt")), Verdict.UNDECIDED, "non-negative values"),
        (loss("BCELoss", made(Kind.NON_NEGATIVE, made_by="mean of nn.ReLU")), Verdict.UNDECIDED, "non-negative values"),
        (loss("BCELoss", made(Kind.SIGMOID)), Verdict.CLEAN, ""),
        (loss("NoSuchLoss", made(Kind.LOGITS)), Verdict.UNDECIDED, "no contract for NoSuchLoss"),
        (of_project("Balanced", made(Kind.SIGMOID), Writing.FOCAL), Verdict.MISUSED, ""),
        (of_library("smp.DiceLoss", made(Kind.LOGITS)), Verdict.CLEAN, ""),
        (of_library("smp.DiceLoss", made(Kind.SIGMOID)), Verdict.MISUSED, ""),
        (of_library("smp.DiceLoss", made(Kind.SIGMOID), from_logits=False), Verdict.CLEAN, ""),
        (of_library("smp.DiceLoss", made(Kind.LOGITS), from_logits=UNSETTLED), Verdict.UNDECIDED, "a setting of smp"),
        (of_library("monai.DiceLoss", made(Kind.TANH)), Verdict.UNDECIDED, "tanh outputs"),
        (of_library("monai.DiceLoss", made(Kind.LOGITS), other_act="x"), Verdict.UNDECIDED, "the input holds"),
        (of_library("pytorch_metric_learning.NTXentLoss", made(Kind.LOGITS)), Verdict.CLEAN, ""),
        (declared(made(Kind.LOGITS), input="logits"), Verdict.CLEAN, ""),
        (declared(made(Kind.PROBABILITIES), input="logits"), Verdict.MISUSED, ""),
        (declared(made(Kind.TANH), input="logits"), Verdict.UNDECIDED, "the input holds tanh outputs"),
        (declared(Meaning(reason="who knows"), input="logits"), Verdict.UNDECIDED, "who knows"),
        (declared(made(), made(Kind.CLASS_INDEX), target="class-index"), Verdict.CLEAN, ""),
        (
            declared(made(Kind.LOGITS), made(), target="class-index"),
            Verdict.UNDECIDED,
            "nothing is known of the target",
        ),
    ],
)
def test_every_loss_call_gets_a_verdict(call: LossCall, verdict: Verdict, reason: str) -> None:
    said = judged(call)
    assert said[0] is verdict
    assert reason in said[1]


def test_advice_is_no_misuse() -> None:
    assert judged(loss("CrossEntropyLoss", made(Kind.LOG_PROBABILITIES)), ["LL102"])[0] is Verdict.CLEAN


def test_an_unselected_misuse_is_not_sold_as_clean() -> None:
    verdict, reason = judged(loss("CrossEntropyLoss", made(Kind.PROBABILITIES, made_by="nn.Softmax")), [])
    assert verdict is Verdict.UNDECIDED
    assert "softmax probabilities (made by nn.Softmax)" in reason


def test_an_unselected_misuse_of_a_focal_loss_is_not_sold_as_clean() -> None:
    verdict, reason = judged(of_project("Balanced", made(Kind.SIGMOID), Writing.FOCAL), ["LL101"])
    assert verdict is Verdict.UNDECIDED
    assert "sigmoid probabilities" in reason


def test_rules_that_meet_speak_alone() -> None:
    column = made(Kind.UNKNOWN, "N", 1, dtype="float32")
    assert codes(loss("CrossEntropyLoss", made(Kind.LOGITS, "N", 1), column)) == {"LL108"}
