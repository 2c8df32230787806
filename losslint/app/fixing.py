"""`--fix`: fixes are made on a copy in memory, looked at with the rules once more, and only then written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from losslint.app.lint import Job, Outcome, lint
from losslint.fixes.edits import Fix, Overlap, changed
from losslint.fixes.plan import Plans
from losslint.fixes.writing import NotWritten, Replacement, replace_all
from losslint.sources.disk import DiskTree
from losslint.sources.read import reason
from losslint.sources.source import UnreadableSource
from losslint.sources.tree import Tree, file_of
from losslint.vocabulary.findings import Finding, Severity
from losslint.vocabulary.repairs import Applicability

#: Fixes that overlap wait for the next pass; more passes than this are a fix that brings its own reason.
MOST_PASSES = 12

#: What is said of comments on findings.
OF_COMMENTS = frozenset({"LL901", "LL902"})


class Patched:
    """A tree in which some files have other contents."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.files: dict[str, bytes] = {}
        #: what the changed files hold in the tree, as it was when they were changed
        self.originals: dict[str, bytes] = {}

    def names(self) -> Sequence[str]:
        """The tree's names."""
        return self.tree.names()

    def read(self, name: str) -> bytes:
        """The new contents, or those of the tree. Raises OSError when they cannot be read."""
        data = self.files.get(file_of(name))
        return data if data is not None else self.tree.read(name)

    def shown(self, name: str) -> str:
        """The file's name for people."""
        return self.tree.shown(name)

    def changed(self) -> dict[str, bytes]:
        """The files that are not as they were any more."""
        return {name: data for name, data in self.files.items() if data != self.originals[name]}


@dataclass(frozen=True, slots=True)
class Mended:
    """A finding that was fixed, and the job and the files in which it was."""

    finding: Finding
    job: int
    fix: Fix


@dataclass(slots=True)
class Result:
    """What fixing came to: what is found afterwards, what was mended, what each job's files hold now, and what went
    wrong, for people."""

    outcome: Outcome
    mended: list[Mended] = field(default_factory=list)
    files: list[Mapping[str, bytes]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    #: what the changed files held when they were read
    read: list[Mapping[str, bytes]] = field(default_factory=list)


class Fixing:
    """One run with `--fix` or `--diff`."""

    def __init__(
        self,
        jobs: Sequence[Job],
        codes: Collection[str],
        explicit: Collection[str],
        processes: int | None,
        *,
        unsafe: bool,
        located: bool = True,
        told: Callable[[Outcome, Sequence[Job]], Outcome] | None = None,
    ) -> None:
        """`told` says what of a run's findings is told: nothing else is mended."""
        from losslint.rules.registry import names

        self._trees = [Patched(job.tree) for job in jobs]
        self._jobs = [job._replace(tree=tree) for job, tree in zip(jobs, self._trees, strict=True)]
        self._codes = frozenset(codes)
        # A fix must not bring a finding of a rule that was not asked for, either.
        self._all_codes = frozenset(names()) | self._codes
        self._explicit = explicit
        self._processes = processes
        self._unsafe = unsafe
        self._located = located
        self._told = told
        self._dropped: dict[str, None] = {}
        self._refused: set[tuple[str, Fix]] = set()

    def run(self) -> Result:
        """Fix what can be fixed, pass by pass, on the copy."""
        outcome = self._lint()
        mended: list[Mended] = []
        seen = {self._state(): 0}  # how many findings had been mended when the files were so
        for _ in range(MOST_PASSES):
            chosen = self._chosen(outcome)
            if not chosen:
                break
            accepted, outcome = self._accepted(chosen, outcome)
            mended += accepted
            if accepted:
                state = self._state()
                if state in seen:
                    self._dropped["fixes that undo each other were found, and are left to you"] = None
                    del mended[seen[state] :]
                    break
                seen[state] = len(mended)
        else:
            self._dropped[f"fixes were still to be made after {MOST_PASSES} passes: run it once more"] = None
        return Result(
            self._visible(outcome),
            mended,
            [tree.changed() for tree in self._trees],
            list(self._dropped),
            [tree.originals for tree in self._trees],
        )

    # ---------------------------------------------------------------- choosing

    def _chosen(self, outcome: Outcome) -> list[Mended]:
        """The fixes of one pass: none overlaps another."""
        findings = self._visible(outcome).report.findings
        plans = Plans([(job.tree, job.asked) for job in self._jobs], findings)
        chosen: list[Mended] = []
        taken: dict[int, list[Fix]] = {}
        for finding in findings:
            fix = plans.fix(finding)
            if not isinstance(fix, Fix) or (fix.applicability is Applicability.UNSAFE and not self._unsafe):
                continue
            if (finding.code, fix) in self._refused:
                continue
            number = self._job_of(fix)
            if number is None:
                self._drop(finding, fix, "it changes a file that was not asked for")
                continue
            others = taken.setdefault(number, [])
            if fix not in others:
                if any(fix.overlaps(other.edits) for other in others):
                    continue
                others.append(fix)
            chosen.append(Mended(finding, number, fix))
        return chosen

    def _job_of(self, fix: Fix) -> int | None:
        for number, job in enumerate(self._jobs):
            if fix.names <= frozenset(job.asked) and all(
                job.tree.shown(edit.name) == edit.filename for edit in fix.edits
            ):
                return number
        return None

    def _drop(self, finding: Finding, fix: Fix, why: str) -> None:
        self._refused.add((finding.code, fix))
        place = finding.place
        self._dropped[f"{place.filename}:{place.row}: the fix for {finding.code} was not made: {why}"] = None

    # ---------------------------------------------------------------- making them and looking again

    def _accepted(self, chosen: list[Mended], outcome: Outcome) -> tuple[list[Mended], Outcome]:
        """Those of the fixes after which their findings are gone and no other came, and what is found then."""
        before = [dict(tree.files) for tree in self._trees]
        wrong = self._make(chosen)
        if not wrong:
            after = self._lint()
            wrong = _what_is_wrong(chosen, outcome, after)
            if not wrong:
                return chosen, after
        for tree, files in zip(self._trees, before, strict=True):
            tree.files = files
        fixes = list(dict.fromkeys((each.job, each.fix) for each in chosen))
        if len(fixes) == 1:
            for each in chosen:
                self._drop(each.finding, each.fix, wrong)
            return [], outcome
        # One of them spoils it for all: each half by itself.
        half = set(fixes[: len(fixes) // 2])
        first = [each for each in chosen if (each.job, each.fix) in half]
        accepted, outcome = self._accepted(first, outcome)
        if accepted:
            return accepted, outcome  # places have moved: the others come with the next pass
        return self._accepted([each for each in chosen if (each.job, each.fix) not in half], outcome)

    def _make(self, chosen: Iterable[Mended]) -> str:
        """Make fixes on the copy; what is wrong with them, empty when they are made."""
        fixes = dict.fromkeys((each.job, each.fix) for each in chosen)
        for number, tree in enumerate(self._trees):
            for name in sorted({name for job, fix in fixes if job == number for name in fix.names}):
                wanted = [edit for job, fix in fixes if job == number for edit in fix.edits_of(name)]
                try:
                    data = tree.read(name)
                    after = changed(data, wanted, tree.shown(name))
                except OSError as error:
                    return f"{tree.shown(name)} cannot be read any more: {reason(error)}"
                except (Overlap, UnicodeEncodeError, UnreadableSource):
                    return "its edits cannot be made"
                tree.originals.setdefault(name, data)
                tree.files[name] = after
        return ""

    def _lint(self) -> Outcome:
        """What is found now, and what is to be said of comments on findings: no observer sees that."""
        outcome = lint(self._jobs, self._all_codes, self._explicit, self._processes, None, self._located)
        of_comments = [each for each in self._visible(outcome).report.findings if each.code in OF_COMMENTS]
        report = outcome.report
        return replace(outcome, report=replace(report, findings=(*report.findings, *of_comments)))

    def _visible(self, outcome: Outcome) -> Outcome:
        """What was asked for, and is told."""
        codes = self._codes - OF_COMMENTS if self._told is not None else self._codes  # it finds them itself
        findings = tuple(finding for finding in outcome.report.findings if finding.code in codes)
        asked = replace(outcome, report=replace(outcome.report, findings=findings))
        return self._told(asked, self._jobs) if self._told is not None else asked

    def _state(self) -> str:
        digest = hashlib.sha256()
        for tree in self._trees:
            for name, data in sorted(tree.changed().items()):
                digest.update(f"{name}\0{len(data)}\0".encode(errors="surrogatepass") + data)
        return digest.hexdigest()


def _what_is_wrong(chosen: Sequence[Mended], before: Outcome, after: Outcome) -> str:
    """What speaks against some fixes; empty when their findings are gone and no other came. Advice may come in the
    place of what is worse: a sigmoid too many goes, and the one that is left can be had cheaper."""
    old, new = _counted(before.report.findings), _counted(after.report.findings)
    # A comment for what was mended may be left over: the next pass takes it away.
    more = Counter({key: count for key, count in (new - old).items() if key[0] not in OF_COMMENTS})
    if all(each.finding.severity is not Severity.ADVICE for each in chosen):
        advice = {each.code for each in after.report.findings if each.severity is Severity.ADVICE}
        more = Counter({key: count for key, count in more.items() if key[0] not in advice})
    if more:
        code, filename = min(more)
        return f"it would bring {code} in {filename}"
    if len(after.failures) > len(before.failures) or len(after.unread) > len(before.unread):
        return "losslint could not look at what came out"
    fixed = Counter((each.finding.code, each.finding.place.filename) for each in chosen)
    still = fixed - (old - new)
    if still:
        return "the finding would still be there"
    return ""


def _counted(findings: Iterable[Finding]) -> Counter[tuple[str, str]]:
    return Counter((finding.code, finding.place.filename) for finding in findings)


def write(jobs: Sequence[Job], result: Result) -> list[str]:
    """Write what fixing changed; what could not be written, for people. Files that a fix changes together are
    written together, or not at all."""
    problems: list[str] = []
    for number, (job, files) in enumerate(zip(jobs, result.files, strict=True)):
        tree = job.tree
        if not isinstance(tree, DiskTree):
            continue
        for group in _groups(files, [mended.fix for mended in result.mended if mended.job == number]):
            try:
                replace_all(
                    Replacement(tree.path(name), result.read[number][name], files[name]) for name in sorted(group)
                )
            except NotWritten as error:
                problems.append(str(error))
                lost = [each for each in result.mended if each.job == number and each.fix.names & group]
                result.mended = [each for each in result.mended if each not in lost]
                findings = [*result.outcome.report.findings, *(each.finding for each in lost)]
                report = replace(result.outcome.report, findings=tuple(sorted(findings, key=Finding.sort_key)))
                result.outcome = replace(result.outcome, report=report)
    return problems


def _groups(files: Mapping[str, bytes], fixes: Iterable[Fix]) -> list[set[str]]:
    """The files that were changed, those together that a fix changes together."""
    groups = [{name} for name in files]
    for fix in fixes:
        touched = [group for group in groups if group & fix.names]
        groups = [group for group in groups if group not in touched] + [set().union(*touched)]
    return groups
