"""One run: what the observer saw, judged, sorted and counted."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from losslint.app.watched import Watched
from losslint.sources.disk import DiskTree
from losslint.sources.read import DOCUMENTS
from losslint.sources.source import UnreadableSource
from losslint.sources.tree import Tree, is_docstring
from losslint.static.files.trace import Trace
from losslint.vocabulary.findings import Finding, Judgement, Report, Severity, Verdict
from losslint.vocabulary.places import Place, Step

if TYPE_CHECKING:
    from losslint.app.cache.folder import Folder
    from losslint.app.configuration import Configuration
    from losslint.app.progress import Watcher
    from losslint.contracts.declared import DeclaredContracts
    from losslint.rules.judge import Judge
    from losslint.static.files.index import Index
    from losslint.static.files.project import Spread
    from losslint.vocabulary.observations import Observation

#: Asked files that are no seeds are parsed, too, as long as they are not more than this altogether.
SMALL_TREE = 128 * 1024

_Seen = TypeVar("_Seen")

#: What a process hands over: findings, judgements, failures, files that were not read, files that were told of, and
#: what it looked into.
_Found = tuple[
    "dict[tuple[str, Place, Place | None], Finding]",
    "dict[Hashable, Judgement]",
    "list[str]",
    "list[str]",
    "set[str]",
    "Trace",
]


class Job(NamedTuple):
    """A project to lint: its files, which of them are asked for, and which of those were given by name."""

    tree: Tree
    asked: tuple[str, ...]
    named: frozenset[str] = frozenset()
    #: what the configuration says of losses and models
    contracts: DeclaredContracts | None = None
    #: the files of observations that the configuration names, and the folder of which it may say something
    observations: tuple[str, ...] = ()
    root: str = ""
    #: whether there is a project around the files, and not only a text without a place
    placed: bool = True
    #: what is in force of the configuration
    says: Configuration | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found, and what it could not do."""

    report: Report
    #: places where losslint itself failed, for people
    failures: tuple[str, ...] = ()
    #: files that were not read, when the rule that would say so is not selected
    unread: tuple[str, ...] = ()
    #: files in which a comment on findings may be wrong
    commented: tuple[str, ...] = ()


class Ongoing:
    """What a run is given that is one of many over nearly the same files.

    `between` is called again and again, and what it raises ends the run. `indexes` are those of the texts that were
    read before, and are added to. `near` says that only the loss calls in the files that are asked for are looked at,
    not those elsewhere that something in these files leads to.
    """

    def __init__(self, between: Callable[[], None], indexes: MutableMapping[str, Index], near: bool = False) -> None:
        self.between = between
        self.indexes = indexes
        self.near = near


class _Collected:
    """What a run gathers. A plain class: making a dataclass costs every start more than it saves here."""

    def __init__(
        self, codes: Collection[str], explicit: Collection[str], located: bool, watcher: Watcher | None = None
    ) -> None:
        self.codes = frozenset(codes)
        self.explicit = frozenset(explicit)
        self.located = located
        self.watcher = watcher
        self.findings: dict[tuple[str, Place, Place | None], Finding] = {}
        self.judgements: dict[Hashable, Judgement] = {}
        #: calls of which rules speak that know the way they are written, and not what they are given
        self.misused: set[Hashable] = set()
        self.failures: list[str] = []
        self.unread: list[str] = []
        self.commented: list[str] = []
        self.ongoing: Ongoing | None = None
        self._judge: Judge | None = None

    @property
    def judge(self) -> Judge:
        """The judge, called when there is something to judge."""
        if self._judge is None:
            from losslint.rules.judge import Judge

            self._judge = Judge(self.codes, observer="S", explicit=self.explicit)
        return self._judge


def lint(
    jobs: Iterable[Job],
    codes: Collection[str],
    explicit: Collection[str] = (),
    processes: int | None = None,
    cache: Folder | None = None,
    located: bool = True,
    watcher: Watcher | None = None,
    ongoing: Ongoing | None = None,
) -> Outcome:
    """Lint projects by the rules of some codes. Advice is given for `explicit` codes only. `processes` is the most that
    are used; by default as many as there are processors, where that pays. `cache` gives what earlier runs found.
    `located` says whether the places of the judgements are wanted, which cost something. `watcher` looks on; `ongoing`
    is for a run that is one of many."""
    collected = _Collected(codes, explicit, located, watcher)
    collected.ongoing = ongoing
    files = 0
    for job in jobs:
        files += _answered(job, collected, processes, cache)
    return _outcome(collected, files)


def _outcome(collected: _Collected, files: int) -> Outcome:
    kept = list(collected.findings.values())
    if len({(finding.code, finding.place) for finding in kept}) < len(kept):
        from losslint.app.merging import merged

        kept = merged(kept)
    findings = tuple(sorted(kept, key=Finding.sort_key))
    judgements = tuple(sorted(collected.judgements.values(), key=_order))
    report = Report(findings, judgements, files)
    return Outcome(report, tuple(collected.failures), tuple(collected.unread), tuple(collected.commented))


def _answered(job: Job, collected: _Collected, processes: int | None, cache: Folder | None) -> int:
    """Lint one project, unless the cache knows what that gives; how many of the files asked for were read."""
    if cache is None or not isinstance(job.tree, DiskTree):
        return _lint_project(job, collected, processes, Trace())
    from losslint.app.cache.folder import Question
    from losslint.app.cache.recorded import Recorded
    from losslint.app.cache.stored import Answer

    rules = (*sorted(collected.codes), "", *sorted(collected.explicit), repr(collected.located), repr(job.contracts))
    question = Question(job.tree, job.asked, job.named, rules)
    answer = cache.find(question)
    if collected.watcher is not None:
        collected.watcher.answered(answer is not None)
    if answer is None:
        tree, trace = Recorded(job.tree), Trace()
        alone = _Collected(collected.codes, collected.explicit, collected.located, collected.watcher)
        files = _lint_project(job._replace(tree=tree), alone, processes, trace)
        outcome = _outcome(alone, files)
        answer = Answer(
            findings=outcome.report.findings,
            judgements=outcome.report.judgements,
            files_read=files,
            names=tree.names_digest,
            words=tuple(word.decode(errors="surrogateescape") for word in sorted(trace.words)),
            held=tuple(sorted(trace.held)),
            commented=outcome.commented,
        )
        if not (alone.failures or alone.unread or tree.failed):
            cache.keep(question, replace(answer, files=tree.stamps(trace)))
        collected.failures += alone.failures
        collected.unread += alone.unread
    for finding in answer.findings:
        _keep(finding, collected)
    for number, judgement in enumerate(answer.judgements):
        _weigh((question.key, number), judgement, collected)
    collected.commented += answer.commented
    return answer.files_read


def _order(judgement: Judgement) -> tuple[str, int, int, int, str, str, str]:
    place = judgement.place
    said = (judgement.loss, judgement.verdict.value, judgement.reason)
    return (place.filename, place.cell or 0, place.row, place.column, *said)


def _lint_project(job: Job, collected: _Collected, processes: int | None, trace: Trace) -> int:
    """Lint one project; how many of the files asked for were read. `trace` takes down what was looked into."""
    from losslint.app.workers import Team, share

    shown = {job.tree.shown(name) for name in job.asked}
    told: set[str] = set()
    watcher = collected.watcher
    files = [name for name in job.asked if not is_docstring(name)]
    tree = Watched(job.tree, files) if watcher is None else watcher.watched(job.tree, files)
    team = Team(processes)
    try:
        parted = lambda files: share(files, team.part(len(files)))  # noqa: E731
        _look(job, tree, parted, shown, told, collected, trace, team.spread)
    except BaseException:
        if team.is_fork:
            os._exit(1)  # the first process says what happened
        raise
    if team.is_fork:
        team.hand_over((collected.findings, collected.judgements, collected.failures, collected.unread, told, trace))
    for found in team.gather():
        _merge(found, told, collected, trace)
    for problem in _undecodable(tree, told):
        told.add(problem.place.filename)
        _unreadable(problem, collected)
    for name in _to_be_parsed(job, tree.sizes):
        trace.files.add(name)
        if job.tree.shown(name) not in told:
            from losslint.static.observer import syntax_problems

            for problem in syntax_problems(job.tree, name):
                _unreadable(problem, collected)
    trace.files.update(name for name in job.asked if job.tree.shown(name) in told)
    collected.commented += (job.tree.shown(name) for name in tree.commented)
    return len(tree.sizes)


def _merge(found: _Found | None, told: set[str], collected: _Collected, trace: Trace) -> None:
    """Add what another process found."""
    if found is None:
        collected.failures.append("a process was lost, and with it what it found: run again with --jobs 1")
        return
    findings, judgements, failures, unread, others, looked_into = found
    trace.add(looked_into)
    for finding in findings.values():
        _keep(finding, collected)
    for key, judgement in judgements.items():
        _weigh(key, judgement, collected)
    collected.failures += [failure for failure in failures if failure not in collected.failures]
    collected.unread += [name for name in unread if name not in collected.unread]
    told |= others


def _look(
    job: Job,
    tree: Watched,
    share: Callable[[list[str]], list[str]],
    shown: set[str],
    told: set[str],
    collected: _Collected,
    trace: Trace,
    spread: Spread,
) -> None:
    """Judge what the observer sees in this process's share of the files."""
    from losslint.static.observer import Failure, observe

    judge = _judge if collected.watcher is None else collected.watcher.judging(_judge)
    indexes = None
    ongoing = collected.ongoing
    if ongoing is not None:
        indexes = ongoing.indexes
        if ongoing.near:
            asked = frozenset(job.asked)
            share = lambda files: [name for name in files if name in asked]  # noqa: E731
    for seen in _until_failure(observe(tree, job.asked, share, trace, job.contracts, indexes, spread), collected):
        if ongoing is not None:
            ongoing.between()
        if isinstance(seen, Failure):
            collected.failures.append(str(seen))
        elif isinstance(seen, UnreadableSource):
            told.add(seen.place.filename)
            _unreadable(seen, collected)
        else:
            try:
                judge(seen, shown, collected)
            except RecursionError:
                # Places are worked out when somebody asks for them, by walking through the code once more.
                collected.failures.append(f"a call of `{seen.spelling}` stands in code that is nested too deeply")
            except Exception as error:
                if os.environ.get("LOSSLINT_DEBUG"):
                    raise
                collected.failures.append(f"{_where(seen)}: {type(error).__name__}: {error}")
        del seen  # it can ask the evaluator more, and would keep one that the observer lets go of meanwhile
    for key in collected.misused & collected.judgements.keys():
        judgement = collected.judgements[key]
        collected.judgements[key] = replace(judgement, verdict=Verdict.MISUSED, reason="")


def _where(seen: Observation) -> str:
    """A call for people, even when its place is what cannot be worked out."""
    try:
        place = seen.spot.place()
    except Exception:
        return f"a call of `{seen.spelling}`"
    return f"{place.filename}:{place.row}, `{seen.spelling}`"


def _until_failure(seen: Iterable[_Seen], collected: _Collected) -> Iterator[_Seen]:
    """What the observer saw until it failed: a bug of its own does not take away what was found before it."""
    try:
        yield from seen
    except Exception as error:
        if os.environ.get("LOSSLINT_DEBUG"):
            raise
        collected.failures.append(f"the rest of a project was not looked at: {type(error).__name__}: {error}")


def _judge(seen: Observation, shown: set[str], collected: _Collected) -> None:
    from losslint.vocabulary.observations import GIVEN_WRONGLY, LossCall, OperationCall

    findings = collected.judge.findings(seen)
    kept = []
    for finding in findings:
        if finding.severity is Severity.ADVICE and finding.code not in collected.explicit:
            continue
        # A finding belongs to the run if the loss or any step that leads to it is in a file that was asked for.
        if finding.place.filename in shown or any(step.place.filename in shown for step in finding.evidence):
            kept.append(finding)
            _keep(finding, collected)
    if isinstance(seen, LossCall):
        if seen.spot.filename in shown or kept:
            judgement = collected.judge.verdict(seen, findings, located=collected.located)
            _weigh(seen.spot.key(), judgement, collected)
    elif kept and isinstance(seen, OperationCall) and seen.operation in GIVEN_WRONGLY:
        collected.misused.add(seen.spot.key())


def _weigh(key: Hashable, judgement: Judgement, collected: _Collected) -> None:
    """Of what is said of one call, the worst counts."""
    earlier = collected.judgements.get(key)
    if earlier is None or judgement.verdict.weight > earlier.verdict.weight:
        collected.judgements[key] = judgement


def _keep(finding: Finding, collected: _Collected) -> None:
    """Several ways lead from one source to one loss: the shortest is shown."""
    source = finding.evidence[0].place if finding.evidence else None
    key = (finding.code, finding.place, source)
    earlier = collected.findings.get(key)
    if earlier is None or _length(finding.evidence) < _length(earlier.evidence):
        collected.findings[key] = finding


def _length(evidence: Sequence[Step]) -> tuple[int, tuple[str, ...]]:
    return len(evidence), tuple(step.message for step in evidence)


def _unchecked(problem: UnreadableSource) -> str:
    return "" if "is read" in problem.message else " What is in it was not checked."


def _unreadable(problem: UnreadableSource, collected: _Collected) -> None:
    if "LL900" not in collected.codes:
        collected.unread.append(f"{problem.place.filename}: {problem.message}")
        return
    finding = Finding(
        code="LL900",
        name=_name("LL900"),
        severity=Severity.ERROR,
        message=f"{problem.message[:1].upper()}{problem.message[1:]}.{_unchecked(problem)}",
        place=problem.place,
    )
    collected.findings.setdefault((finding.code, finding.place, None), finding)


def _name(code: str) -> str:
    from losslint.rules.registry import names

    return names()[code]


def _undecodable(tree: Watched, told: set[str]) -> Iterator[UnreadableSource]:
    """What cannot be decoded among the files in which the observer saw nothing to look at."""
    from losslint.sources.read import read_source

    for name in tree.doubtful:
        if tree.shown(name) not in told:
            try:
                read_source(tree, name)
            except UnreadableSource as problem:
                yield problem


def _to_be_parsed(job: Job, sizes: Mapping[str, int]) -> list[str]:
    """The files that are parsed even if the observer saw nothing to look at in them.

    Parsing everything would cost more than all the rest of a run, and a syntax error is ruff's to find. A file that
    was given by name is always parsed, and so is a small tree.
    """
    names = [name for name in job.asked if not name.lower().endswith(DOCUMENTS) and not is_docstring(name)]
    if sum(sizes.get(name, 0) for name in names if name not in job.named) > SMALL_TREE:
        names = [name for name in names if name in job.named]
    return names
