"""One run of the linter over what is open, project by project."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from losslint.app.configuration import Configuration, ConfigurationError
from losslint.app.lint import Job, Outcome, lint
from losslint.app.server.buffers import MARKDOWN, Notebook, Opened, Overlay, name_in, nothing
from losslint.app.server.projects import Projects
from losslint.app.server.settings import Settings
from losslint.app.telling import Rules, Telling, Unusable, Wanted
from losslint.rules.registry import UnknownSelector
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


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run over everything found, and what it has to tell people."""

    results: tuple[Result, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class _Known:
    """What was found in a project, and what it was asked for."""

    opened: tuple[Opened, ...]
    settings: Settings
    result: Result


@dataclass(slots=True)
class Analysis:
    """The runs of one session. All of it belongs to one thread."""

    projects: Projects
    _known: dict[str, _Known] = field(default_factory=dict)
    #: what each open file held when it could last be read, by its path
    _good: dict[str, bytes] = field(default_factory=dict)

    def forget(self) -> None:
        """Something on the disk has changed."""
        self.projects.forget()
        self._known.clear()

    def run(self, opened: Sequence[Opened], settings: Settings, between: Callable[[], None]) -> Ran:
        """Lint what is open. A project in which nothing has changed is not looked at again. Raises Stopped, as
        `between` does."""
        results: list[Result] = []
        problems: list[str] = []
        groups: dict[str, list[Opened]] = {}
        for each in opened:
            key = self.projects.root(each.path) if each.path is not None else each.uri
            groups.setdefault(key, []).append(each)
        paths = {each.path for each in opened}
        self._good = {path: data for path, data in self._good.items() if path in paths}
        for key in [key for key in self._known if key not in groups]:
            del self._known[key]
        for key, group in groups.items():
            known = self._known.get(key)
            if known is None or known.opened != tuple(group) or known.settings != settings:
                try:
                    result = self._result(key, group, settings, between)
                except (ConfigurationError, Unusable, UnknownSelector) as error:
                    problems.append(str(error))
                    continue
                known = self._known[key] = _Known(tuple(group), settings, result)
            results.append(known.result)
            problems += known.result.problems
        return Ran(tuple(results), tuple(problems))

    def _result(self, key: str, group: list[Opened], settings: Settings, between: Callable[[], None]) -> Result:
        current, now, shown, problem = self._job(key, group, between)
        stale = self._stale(now, key, group)
        overlay = now.but(stale) if stale else now
        job = replace(current, tree=overlay)
        rules = Rules(job.says, settings.select, settings.ignore, settings.advice)
        told = _PLAIN.telling([job], [rules], None, 1)
        outcome = told(_observed(job, told, lint([job], told.codes, told.explicit, 1, between=between)))
        findings = outcome.report.findings
        if stale:
            # What is open is told as it is, and the rest as if it could be read.
            names = {now.shown(name) for name in stale}
            alone = Overlay(None, {name: now.files[name] for name in stale}, nothing, {n: now.shown(n) for n in stale})
            broken = replace(current, asked=tuple(stale), named=frozenset(stale), tree=alone)
            unread = told(lint([broken], told.codes, told.explicit, 1)).report.findings
            findings = (*(each for each in findings if each.place.filename not in names), *unread)
        overlay.between = nothing  # it is asked again when nobody waits for this run any more
        problems = [] if problem is None else [problem]
        problems += (f"internal error, please report it: {failure}" for failure in outcome.failures)
        return Result(key, replace(job, tree=overlay), told, findings, shown, frozenset(stale), tuple(problems))

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
        suffix = ".ipynb" if isinstance(text, Notebook) else ".md" if text.language == MARKDOWN else ".py"
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
            if Read(tree, (name,)).file(name) is not None:
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
