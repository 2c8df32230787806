"""One run of the linter over what is open, project by project."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from losslint.app.configuration import Configuration, ConfigurationError
from losslint.app.lint import Job, Ongoing, Outcome, lint
from losslint.app.server.buffers import MARKDOWN, Notebook, Opened, Overlay, name_in, nothing
from losslint.app.server.projects import Projects
from losslint.app.server.settings import Settings
from losslint.app.telling import Rules, Telling, Unusable, Wanted
from losslint.rules.registry import UnknownSelector
from losslint.static.files.index import Index
from losslint.static.files.project import Project as Read
from losslint.vocabulary.findings import Finding


class Stopped(BaseException):
    """The run is not wanted any more. No Exception: whoever handles a failure of his own must not take it for one."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run found in one project: the findings, and what is needed to say more of them.

    `opened` are the texts by the names that people see, `stale` the names of those that cannot be read as they are: in
    the job's tree they stand as they were when they could be.
    """

    root: str
    job: Job
    told: Telling
    findings: tuple[Finding, ...]
    opened: Mapping[str, Opened]
    stale: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    #: what keeps the stale ones from being read
    unread: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run over everything found, and what it has to tell people. Not `complete`: what was found in the texts
    that are open, and nothing yet of other files."""

    results: tuple[Result, ...] = ()
    problems: tuple[str, ...] = ()
    complete: bool = True


@dataclass(slots=True)
class _Known:
    """What was found in a project, and what it was asked for."""

    opened: tuple[Opened, ...]
    settings: Settings
    result: Result
    complete: bool = False


class Indexes(dict[str, Index]):
    """The indexes of the texts that the last runs have read, by text."""

    def __init__(self) -> None:
        super().__init__()
        self._used: set[str] = set()

    def __getitem__(self, text: str) -> Index:
        self._used.add(text)
        return super().__getitem__(text)

    def __setitem__(self, text: str, index: Index) -> None:
        self._used.add(text)
        super().__setitem__(text, index)

    def forget(self) -> None:
        """Let go of what nobody has asked for since the last time."""
        for text in self.keys() - self._used:
            del self[text]
        self._used.clear()


@dataclass(slots=True)
class Analysis:
    """The runs of one session. All of it belongs to one thread."""

    projects: Projects
    _known: dict[str, _Known] = field(default_factory=dict)
    #: what each open file held when it could last be read, by its path
    _good: dict[str, bytes] = field(default_factory=dict)
    _indexes: Indexes = field(default_factory=Indexes)
    _problems: tuple[str, ...] = ()

    def forget(self) -> None:
        """Something on the disk has changed."""
        self.projects.forget()
        self._known.clear()

    def near(self, opened: Sequence[Opened], settings: Settings, between: Callable[[], None]) -> Ran:
        """Lint what is open, in itself. A project in which nothing has changed is not looked at again. Raises Stopped,
        as `between` does."""
        problems: list[str] = []
        groups: dict[str, list[Opened]] = {}
        for each in opened:
            key = self.projects.root(each.path) if each.path is not None else each.uri
            groups.setdefault(key, []).append(each)
        paths = {each.path for each in opened}
        self._good = {path: data for path, data in self._good.items() if path in paths}
        for key in [key for key in self._known if key not in groups]:
            del self._known[key]
        for key, listed in groups.items():
            known = self._known.get(key)
            try:
                group = [each for each in listed if each.path is None or self.projects.looks_at(key, each.path)]
                if not group:
                    self._known.pop(key, None)
                elif known is None or known.opened != tuple(group) or known.settings != settings:
                    result = self._begun(key, group, settings, between)
                    self._known[key] = _Known(tuple(group), settings, result)
            except (ConfigurationError, Unusable, UnknownSelector) as error:
                self._known.pop(key, None)
                problems.append(str(error))
        self._problems = tuple(problems)
        return self._ran()

    def rest(self, between: Callable[[], None]) -> Ran:
        """Lint the other files of the projects, too, for what comes of what is open. Raises Stopped."""
        for known in self._known.values():
            if not known.complete:
                known.result = self._completed(known.result, between)
                known.complete = True
        self._indexes.forget()
        return self._ran()

    def _ran(self) -> Ran:
        results = tuple(known.result for known in self._known.values())
        problems = (*self._problems, *(problem for result in results for problem in result.problems))
        return Ran(results, problems, all(known.complete for known in self._known.values()))

    def _begun(self, key: str, group: list[Opened], settings: Settings, between: Callable[[], None]) -> Result:
        job, now, shown, problem = self._job(key, group, between)
        stale = self._stale(now, key, group)
        overlay = now.but(stale) if stale else now
        if job.says is not None and job.says.value("doctests") is True:
            overlay.with_examples()
        job = job._replace(tree=overlay, asked=(*job.asked, *overlay.examples))
        rules = Rules(job.says, settings.select, settings.ignore, settings.advice)
        told = _PLAIN.telling([job], [rules], None, 1)
        problems = () if problem is None else (problem,)
        begun = Result(key, job, told, (), shown, frozenset(stale), problems)
        unread: tuple[Finding, ...] = ()
        if stale:
            # What is open is told as it is, and the rest as if it could be read.
            alone = Overlay(None, {name: now.files[name] for name in stale}, nothing, {n: now.shown(n) for n in stale})
            broken = job._replace(asked=tuple(stale), named=frozenset(stale), tree=alone)
            unread = told(lint([broken], told.codes, told.explicit, 1)).report.findings
        begun = replace(begun, unread=unread)
        found = self._linted(begun, between, near=True)
        here = tuple(each for each in found.findings if each.place.filename in shown)
        return replace(found, findings=here)

    def _completed(self, begun: Result, between: Callable[[], None]) -> Result:
        return self._linted(begun, between, near=False)

    def _linted(self, begun: Result, between: Callable[[], None], near: bool) -> Result:
        """A result with the findings of its job."""
        job, told, tree = begun.job, begun.told, begun.job.tree
        assert isinstance(tree, Overlay)
        tree.between = between
        try:
            found = lint([job], told.codes, told.explicit, 1, ongoing=Ongoing(between, self._indexes, near))
            outcome = told(_observed(job, told, found))
        finally:
            tree.between = nothing  # it is asked again when nobody waits for this run any more
        names = {tree.shown(name) for name in begun.stale}
        findings = (*(each for each in outcome.report.findings if each.place.filename not in names), *begun.unread)
        failures = (f"internal error, please report it: {failure}" for failure in outcome.failures)
        return replace(begun, findings=findings, problems=tuple(dict.fromkeys((*begun.problems, *failures))))

    def _job(
        self, key: str, group: list[Opened], between: Callable[[], None]
    ) -> tuple[Job, Overlay, dict[str, Opened], str | None]:
        """The job of a project, its tree, its texts by the names that people see, and what is wrong with it."""
        if group[0].path is None:
            return (*self._unsaved(group[0], between), None)
        project, problem = self.projects.project(key)
        names = {name_in(key, each.path): each for each in group if each.path is not None}
        tree = Overlay(project.tree, {name: each.data() for name, each in names.items()}, between)
        says, asked = project.says, tuple(sorted(names))
        job = Job(tree, asked, frozenset(asked), says.contracts, says.observations, key, says=says)
        return job, tree, {tree.shown(name): each for name, each in names.items()}, problem

    def _unsaved(self, text: Opened, between: Callable[[], None]) -> tuple[Job, Overlay, dict[str, Opened]]:
        """A text that is kept nowhere is its own project."""
        suffix = ".ipynb" if isinstance(text, Notebook) else ".md" if text.language in MARKDOWN else ".py"
        name = f"untitled{suffix}"
        tree = Overlay(None, {name: text.data()}, between, {name: text.uri})
        says: Configuration = self.projects.configuration()
        named = frozenset({name})
        job = Job(tree, (name,), named, says.contracts, says.observations, os.getcwd(), placed=False, says=says)
        return job, tree, {text.uri: text}

    def _stale(self, tree: Overlay, key: str, group: list[Opened]) -> dict[str, bytes]:
        """What the texts that cannot be read now held when they could be."""
        stale = {}
        for each in group:
            if each.path is None:
                continue
            name = name_in(key, each.path)
            if Read(tree, (name,), indexes=self._indexes).file(name) is not None:
                self._good[each.path] = tree.files[name]
            elif each.path in self._good:
                stale[name] = self._good[each.path]
        return stale


#: What the command says of a run when nothing of it is given: the baseline is that of the configuration.
_PLAIN = Wanted(None, None, None, False, False, False, False)


def _observed(job: Job, told: Telling, outcome: Outcome) -> Outcome:
    """What a run found, with what observations that the configuration names say of the calls that it leaves open."""
    if not job.observations:
        return outcome
    from losslint.app.deciding import decided
    from losslint.app.observations import ObservationsError, given
    from losslint.app.texts import texts_of

    try:
        observed = given([job], ())
    except ObservationsError as error:
        raise Unusable(str(error)) from None
    found = decided(outcome.report, observed, texts_of([job]).row, told.codes, told.explicit)
    return replace(outcome, report=found.report)
