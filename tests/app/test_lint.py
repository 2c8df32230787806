"""One run with the real observer, from files in memory to a report."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from losslint.app.lint import SMALL_TREE, Job, Outcome, lint
from losslint.rules.registry import names
from losslint.sources.tree import MemoryTree
from losslint.static import observer
from losslint.static.files import indexing
from losslint.static.files.index import Index
from losslint.vocabulary.findings import Verdict
from tests.app.programs import ADVISED, BAD, BROKEN, FINE, NET, TRAIN, UNDECIDED


def run(
    files: dict[str, str | bytes],
    *asked: str,
    codes: set[str] | None = None,
    explicit: set[str] | frozenset[str] = frozenset(),
    named: set[str] | frozenset[str] = frozenset(),
) -> Outcome:
    tree = MemoryTree({name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()})
    job = Job(tree, asked or tuple(tree.names()), frozenset(named))
    return lint([job], names() if codes is None else codes, explicit)


def found(outcome: Outcome) -> list[str]:
    return [f"{each.place.filename}:{each.place.row}: {each.code}" for each in outcome.report.findings]


def test_findings_verdicts_and_how_many_files_were_read() -> None:
    outcome = run({"a.py": FINE, "b.py": BAD, "c.py": UNDECIDED, "d.py": "x = 1\n"})
    assert found(outcome) == ["b.py:6: LL101"]
    verdicts = [(each.place.filename, each.verdict) for each in outcome.report.judgements]
    assert verdicts == [("a.py", Verdict.CLEAN), ("b.py", Verdict.MISUSED), ("c.py", Verdict.UNDECIDED)]
    assert outcome.report.judgements[2].reason
    assert outcome.report.files_read == 4
    assert (outcome.failures, outcome.unread) == ((), ())


def test_rules_that_are_not_selected_do_not_speak() -> None:
    assert found(run({"a.py": BAD}, codes={"LL103", "LL108"})) == []
    assert found(run({"a.py": BAD}, codes={"LL101"})) == ["a.py:6: LL101"]
    assert found(run({"a.py": BAD}, codes=set())) == []


def test_advice_is_given_when_it_is_asked_for() -> None:
    silent = run({"a.py": ADVISED})
    assert found(silent) == []
    assert [each.verdict for each in silent.report.judgements] == [Verdict.CLEAN]
    spoken = run({"a.py": ADVISED}, explicit={"LL102"})
    assert found(spoken) == ["a.py:6: LL102"]
    assert [each.verdict for each in spoken.report.judgements] == [Verdict.CLEAN]


def test_a_finding_belongs_to_a_run_when_any_step_does() -> None:
    files: dict[str, str | bytes] = {"net.py": NET, "train.py": TRAIN, "other.py": BAD, "aside.py": "x = 1\n"}
    assert found(run(files, "net.py")) == ["train.py:5: LL101"]
    assert found(run(files, "train.py")) == ["train.py:5: LL101"]
    aside = run(files, "aside.py")
    assert found(aside) == []
    assert aside.report.judgements == ()


def test_findings_are_in_the_order_of_their_places_whatever_the_order_of_the_jobs() -> None:
    trees = [MemoryTree({name: BAD.encode()}) for name in ("b.py", "a.py")]
    jobs = [Job(tree, tuple(tree.names())) for tree in trees]
    one, other = lint(jobs, names()), lint(reversed(jobs), names())
    assert found(one) == ["a.py:6: LL101", "b.py:6: LL101"]
    assert one == other


def test_several_ways_from_one_source_to_one_loss_are_one_finding() -> None:
    text = BAD + "\ndef one(x, y):\n    return misuse(x, y)\n\ndef two(x, y):\n    return misuse(x, y)\n"
    assert found(run({"a.py": text})) == ["a.py:6: LL101"]


@pytest.mark.parametrize(
    ("data", "row", "says"),
    [
        (BROKEN, 1, "Syntax error"),
        (b"x = 1\ny = '\xff'\n", 2, "Cannot be decoded"),
        (BAD + BROKEN, 7, "Syntax error"),
        (b"# coding: klingon\n", 1, "unknown encoding klingon"),
    ],
)
def test_what_cannot_be_read_is_a_finding_once(data: str | bytes, row: int, says: str) -> None:
    outcome = run({"a.py": data, "b.py": BAD})
    assert found(outcome) == [f"a.py:{row}: LL900", "b.py:6: LL101"]
    (broken, _) = outcome.report.findings
    assert says in broken.message
    assert broken.message.endswith(". What is in it was not checked.")
    assert outcome.unread == ()


def test_what_cannot_be_read_is_told_when_the_rule_is_not_selected() -> None:
    outcome = run({"a.py": BROKEN, "b.py": BAD}, codes={"LL101"})
    assert found(outcome) == ["b.py:6: LL101"]
    (unread,) = outcome.unread
    assert unread.startswith("a.py: syntax error")


def test_only_what_is_asked_for_has_to_be_readable() -> None:
    outcome = run({"a.py": BROKEN, "b.py": "from a import f\n" + BAD}, "b.py")
    assert found(outcome) == ["b.py:7: LL101"]
    assert outcome.unread == ()


def test_in_a_large_tree_files_without_a_loss_are_parsed_when_they_were_named() -> None:
    files: dict[str, str | bytes] = {"a.py": BROKEN, "big.py": "# padding\n" * (SMALL_TREE // 10 + 1)}
    assert found(run(files)) == []  # a syntax error is for other linters to find
    assert found(run(files, named={"a.py", "big.py"})) == ["a.py:1: LL900"]
    assert found(run({**files, "a.py": BAD + BROKEN})) == ["a.py:7: LL900"]


def test_in_a_large_tree_no_undecodable_file_goes_unnoticed() -> None:
    files: dict[str, str | bytes] = {"a.py": b"x = '\xff'\n", "big.py": "# padding\n" * (SMALL_TREE // 10 + 1)}
    assert found(run(files)) == ["a.py:1: LL900"]


def test_a_file_that_vanished_is_not_fine() -> None:
    tree = MemoryTree({"a.py": FINE.encode()})
    outcome = lint([Job(tree, ("a.py", "gone.py"))], names())
    assert found(outcome) == ["gone.py:1: LL900"]
    assert outcome.report.files_read == 1


def test_a_bug_of_the_observer_does_not_take_away_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    observe = observer.observe

    def failing(tree: object, asked: object, *_: object) -> Iterator[object]:
        yield from observe(tree, asked)  # type: ignore[arg-type]
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(observer, "observe", failing)
    monkeypatch.delenv("LOSSLINT_DEBUG", raising=False)
    outcome = run({"a.py": BAD})
    assert found(outcome) == ["a.py:6: LL101"]
    (failure,) = outcome.failures
    assert "ZeroDivisionError: a bug" in failure
    monkeypatch.setenv("LOSSLINT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run({"a.py": BAD})


def test_a_bug_while_one_file_is_read_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    index_text = indexing.index_text

    def failing(text: str) -> Index:
        if "a bug" in text:
            raise IndexError("list index out of range")
        return index_text(text)

    monkeypatch.setattr(indexing, "index_text", failing)
    monkeypatch.delenv("LOSSLINT_DEBUG", raising=False)
    files: dict[str, str | bytes] = {"a.py": BAD + "# a bug\n", "b.py": BAD}
    outcome = run(files)
    assert found(outcome) == ["a.py:1: LL900", "b.py:6: LL101"]
    assert "please report it: IndexError: list index out of range" in outcome.report.findings[0].message
    monkeypatch.setenv("LOSSLINT_DEBUG", "1")
    with pytest.raises(IndexError):
        run(files)


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), RecursionError("too deep")])
def test_a_bug_of_a_rule_takes_one_call_away(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    from losslint.rules.judge import Judge

    findings = Judge.findings

    def failing(self: Judge, observation: object) -> object:
        if observation.spot.place().filename == "a.py":  # type: ignore[attr-defined]
            raise error
        return findings(self, observation)  # type: ignore[arg-type]

    monkeypatch.setattr(Judge, "findings", failing)
    monkeypatch.delenv("LOSSLINT_DEBUG", raising=False)
    outcome = run({"a.py": BAD, "b.py": BAD})
    assert found(outcome) == ["b.py:6: LL101"]
    assert len(outcome.failures) == 1


def test_one_loss_that_may_be_given_what_several_models_make_is_one_finding_where_one_change_mends_it() -> None:
    model = (
        "class {0}(nn.Module):\n    def __init__(self):\n        self.fc = nn.Linear(4, 3)\n\n"
        "    def forward(self, x):\n"
    )
    models = "from torch import nn\n\n" + "".join(
        model.format(name) + f"        return {made}\n\n" for name, made in (("A", "self.fc(x)"), ("B", "self.fc(x)"))
    )
    build = "def build(name):\n    if name == 'a':\n        return A()\n    return B()\n"
    train = (
        "import torch.nn.functional as F\nfrom models import build\n\n"
        "class Trainer:\n    def __init__(self, args):\n        self.model = build(args.name)\n\n"
        "    def step(self, x, y):\n        return {loss}(self.model(x), y)\n"
    )
    (finding,) = run({"models.py": models + build, "train.py": train.format(loss="F.nll_loss")}).report.findings
    assert finding.code == "LL106"
    assert finding.message.endswith("the scores made at models.py:5 and models.py:12.")
    assert finding.mend == "Use cross-entropy, or apply log_softmax to the scores made at models.py:5 and models.py:12."
    assert {step.place.row for step in finding.evidence if step.place.filename == "models.py"} >= {5, 12}
    # Each softmax has to be removed by itself.
    models = models.replace("return self.fc(x)", "return self.fc(x).softmax(1)")
    outcome = run({"models.py": models + build, "train.py": train.format(loss="F.cross_entropy")})
    assert found(outcome) == ["train.py:9: LL101", "train.py:9: LL101"]


def test_labels_of_one_column_in_both_terms_of_a_row_are_one_finding() -> None:
    text = """
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

class Pairs(Dataset):
    def __getitem__(self, index):
        return torch.rand(8), torch.rand(8), torch.tensor([float(index % 2)])

class Contrastive(nn.Module):
    def forward(self, one, other, label):
        near = F.pairwise_distance(one, other)
        return torch.mean(label * near**2 + (1 - label) * torch.clamp(1 - near, min=0)**2)

embed, criterion = nn.Linear(8, 4), Contrastive()

def train():
    for one, other, label in DataLoader(Pairs(), batch_size=8):
        criterion(embed(one), embed(other), label).backward()
"""
    outcome = run({"a.py": text})
    assert found(outcome) == ["a.py:14: LL401"]
    assert "have the shapes [N, 1] and [N]" in outcome.report.findings[0].message


def test_the_logarithm_in_a_test_is_told_of_when_its_rule_is_named() -> None:
    text = "import torch\n\ndef test_loss(x):\n    return -torch.log(torch.softmax(x, dim=1)).mean()\n"
    files: dict[str, str | bytes] = {"tests/test_a.py": text}
    assert found(run(files)) == []
    assert found(run(files, explicit={"LL802"})) == []
    assert found(run(files, explicit={"LL801"})) == ["tests/test_a.py:4: LL801"]


def test_a_call_whose_way_of_being_written_is_told_of_counts_as_misused() -> None:
    text = """
import torch.nn.functional as F

def js(x, y):
    p = F.softmax(x, dim=1)
    q = F.softmax(y, dim=1)
    m = 0.5 * (p + q)
    return 0.5 * (F.kl_div(p.log(), m, reduction="none").sum(dim=1)
                  + F.kl_div(q.log(), m, reduction="none").sum(dim=1))
"""
    outcome = run({"a.py": text}, codes={"LL303"})
    assert found(outcome) == ["a.py:8: LL303", "a.py:9: LL303"]
    assert [(each.verdict, each.reason) for each in outcome.report.judgements] == [(Verdict.MISUSED, "")] * 2
