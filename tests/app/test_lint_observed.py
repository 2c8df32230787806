"""One run after an observer that saw what a test says: which of it is kept, and what a failure takes away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator

import pytest

from losslint.app.lint import SMALL_TREE, Job, Outcome, lint
from losslint.rules.registry import names
from losslint.sources.source import UnreadableSource
from losslint.sources.tree import MemoryTree, Tree
from losslint.static.observer import Failure
from losslint.vocabulary.findings import Verdict
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall
from losslint.vocabulary.places import Place, Spot, Trail

CALL = Place("train.py", 9, 5, 9, 20)
SOURCE = Place("net.py", 3, 1, 3, 9)
Seen = LossCall | UnreadableSource | Failure
Observe = Callable[..., None]


def call(
    kind: Kind, *trail: str, place: Spot = CALL, source: Place = SOURCE, loss: str = "CrossEntropyLoss"
) -> LossCall:
    """A loss call whose input came by some steps, the first at the source."""
    steps: Trail | None = None
    for message in trail or ("made here",):
        steps = Trail(source if steps is None else place, message, steps)
    arguments = {"input": Meaning(kind, trail=steps, reason="nobody knows"), "target": Meaning(reason="a batch")}
    return LossCall(loss, f"nn.{loss}", place, arguments)


@pytest.fixture
def observed(monkeypatch: pytest.MonkeyPatch) -> Observe:
    """Replaces the observer by one that reads the files asked for and saw what a test says."""

    def seeing(*seen: Seen | Exception) -> None:
        def observe(tree: Tree, asked: Collection[str], *_: object) -> Iterator[Seen]:
            for name in asked:
                try:
                    tree.read(name)
                except OSError:
                    yield UnreadableSource("cannot be read: no", Place(tree.shown(name), 1))
            for each in seen:
                if isinstance(each, Exception) and not isinstance(each, UnreadableSource | Failure):
                    raise each
                yield each

        monkeypatch.setattr("losslint.static.observer.observe", observe)

    return seeing


def job(*asked: str, **files: bytes) -> Job:
    """Files of a project; those asked for are not given by name."""
    held = {f"{name}.py": data for name, data in files.items()}
    return Job(MemoryTree({**dict.fromkeys(("train.py", "net.py"), b""), **held}), asked or ("train.py", "net.py"))


def run(*jobs: Job, codes: Collection[str] = (), explicit: Collection[str] = ()) -> Outcome:
    return lint(jobs or (job(),), codes or names(), explicit)


def codes_of(outcome: Outcome) -> list[str]:
    return [finding.code for finding in outcome.report.findings]


def verdicts_of(outcome: Outcome) -> list[Verdict]:
    return [judgement.verdict for judgement in outcome.report.judgements]


def test_findings_are_sorted_by_place(observed: Observe) -> None:
    places = [Place("b.py", 1), Place("a.py", 20), Place("a.py", 3, 9), Place("a.py", 3, 2)]
    observed(*(call(Kind.PROBABILITIES, place=place) for place in places))
    outcome = run(job("a.py", "b.py", a=b"", b=b""))
    in_order = [places[3], places[2], places[1], places[0]]
    assert [finding.place for finding in outcome.report.findings] == in_order
    assert [judgement.place for judgement in outcome.report.judgements] == in_order


def test_of_several_ways_from_one_source_to_one_loss_the_shortest_is_kept(observed: Observe) -> None:
    long, short = call(Kind.PROBABILITIES, "made", "passed", "returned"), call(Kind.PROBABILITIES, "made", "passed")
    for seen in ([long, short], [short, long]):
        observed(*seen)
        (finding,) = run().report.findings
        assert [step.message for step in finding.evidence] == ["made", "passed", "given to CrossEntropyLoss here"]


def test_of_equally_short_ways_the_choice_does_not_depend_on_their_order(observed: Observe) -> None:
    one, other = call(Kind.PROBABILITIES, "made", "by this way"), call(Kind.PROBABILITIES, "made", "by that way")
    observed(one, other)
    first = run().report
    observed(other, one)
    assert run().report == first


def test_two_sources_of_one_loss_are_two_findings(observed: Observe) -> None:
    other = Place("net.py", 30)
    observed(call(Kind.PROBABILITIES), call(Kind.PROBABILITIES, source=other))
    outcome = run()
    assert [finding.evidence[0].place for finding in outcome.report.findings] == [SOURCE, other]
    assert verdicts_of(outcome) == [Verdict.MISUSED]


@pytest.mark.parametrize(
    ("kinds", "verdict"),
    [
        ([Kind.LOGITS, Kind.LOGITS], Verdict.CLEAN),
        ([Kind.LOGITS, Kind.UNKNOWN], Verdict.UNDECIDED),
        ([Kind.UNKNOWN, Kind.LOGITS], Verdict.UNDECIDED),
        ([Kind.PROBABILITIES, Kind.LOGITS, Kind.UNKNOWN], Verdict.MISUSED),
        ([Kind.UNKNOWN, Kind.LOGITS, Kind.PROBABILITIES], Verdict.MISUSED),
    ],
)
def test_a_loss_that_is_reached_in_several_ways_gets_the_worst_verdict(
    observed: Observe, kinds: list[Kind], verdict: Verdict
) -> None:
    observed(*map(call, kinds))
    assert verdicts_of(run()) == [verdict]


def test_a_misuse_whose_rule_is_left_out_is_not_called_clean(observed: Observe) -> None:
    observed(call(Kind.PROBABILITIES))
    outcome = run(codes=set(names()) - {"LL101"})
    assert codes_of(outcome) == []
    assert verdicts_of(outcome) == [Verdict.UNDECIDED]


# ---------------------------------------------------------------- what cannot be read


def test_what_cannot_be_read_is_found_where_it_is_and_the_rest_is_judged(observed: Observe) -> None:
    observed(UnreadableSource("syntax error: oops", Place("net.py", 4, 2)), call(Kind.PROBABILITIES))
    outcome = run()
    assert [(finding.code, finding.place.row) for finding in outcome.report.findings] == [("LL900", 4), ("LL101", 9)]
    finding = outcome.report.findings[0]
    assert finding.name == "unreadable-source"
    assert finding.message == "Syntax error: oops. What is in it was not checked."


BROKEN = b"def f(:\n"
PADDING = b"# padding\n" * (SMALL_TREE // 10 + 1)


def test_in_a_large_tree_only_what_was_given_by_name_is_parsed(observed: Observe) -> None:
    observed()
    files = MemoryTree({"a.py": BROKEN, "b.py": BROKEN, "big.py": PADDING})
    outcome = run(Job(files, ("a.py", "b.py", "big.py"), frozenset({"b.py"})))
    assert [finding.place.filename for finding in outcome.report.findings] == ["b.py"]


def test_what_was_given_by_name_does_not_make_a_tree_large(observed: Observe) -> None:
    observed()
    files = MemoryTree({"a.py": BROKEN, "big.py": PADDING})
    outcome = run(Job(files, ("a.py", "big.py"), frozenset({"big.py"})))
    assert [finding.place.filename for finding in outcome.report.findings] == ["a.py"]


@pytest.mark.parametrize(
    ("data", "row"),
    [(b"x = 1\ny = '\xff'\n", 2), (b"x = 1\n\0", 2), (b"# coding: klingon\n", 1), ("x = 1".encode("utf-16"), 1)],
)
def test_what_cannot_be_decoded_is_found_in_a_tree_of_any_size(observed: Observe, data: bytes, row: int) -> None:
    observed()
    outcome = run(job("a.py", "big.py", a=data, big=PADDING))
    assert [(finding.code, finding.place.row) for finding in outcome.report.findings] == [("LL900", row)]


@pytest.mark.parametrize(
    "data", ["# größe\n".encode(), "# coding: latin-1\n# größe\n".encode("latin-1"), b"\xef\xbb\xbfx = 1\n", b""]
)
def test_what_can_be_decoded_is_not(observed: Observe, data: bytes) -> None:
    observed()
    assert codes_of(run(job("a.py", "big.py", a=data, big=PADDING))) == []


def test_a_file_of_which_the_observer_told_is_not_told_of_twice(observed: Observe) -> None:
    observed(UnreadableSource("cannot be decoded", Place("a.py", 1)))
    assert codes_of(run(job("a.py", a=b"'\xff'\n"))) == ["LL900"]


# ---------------------------------------------------------------- bugs of losslint


def test_a_failure_at_one_call_leaves_the_others(observed: Observe) -> None:
    observed(Failure("train.py, `f`: KeyError: 1"), call(Kind.PROBABILITIES))
    outcome = run()
    assert codes_of(outcome) == ["LL101"]
    assert outcome.failures == ("train.py, `f`: KeyError: 1",)


def test_a_place_that_cannot_be_worked_out_takes_one_call_away(observed: Observe) -> None:
    class Nowhere:
        def __init__(self, error: Exception) -> None:
            self.error = error
            self.filename = CALL.filename

        def place(self) -> Place:
            raise self.error

        def key(self) -> Hashable:
            return id(self)

    deep, buggy = (
        call(Kind.PROBABILITIES, place=Nowhere(error), source=Place("net.py", row))
        for row, error in ((1, RecursionError()), (2, KeyError("oops")))
    )
    observed(deep, buggy, call(Kind.PROBABILITIES))
    outcome = run()
    assert codes_of(outcome) == ["LL101"]
    assert outcome.failures == (
        "a call of `nn.CrossEntropyLoss` stands in code that is nested too deeply",
        "a call of `nn.CrossEntropyLoss`: KeyError: 'oops'",
    )


def test_projects_do_not_take_each_other_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def observe(tree: Tree, asked: Collection[str], *_: object) -> Iterator[Seen]:
        if "broken.py" in asked:
            raise MemoryError
        yield call(Kind.PROBABILITIES)

    monkeypatch.setattr("losslint.static.observer.observe", observe)
    outcome = run(job("broken.py", broken=b""), job())
    assert codes_of(outcome) == ["LL101"]
    assert len(outcome.failures) == 1
