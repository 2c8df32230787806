"""What of a run's findings is told: each project has its own rules, comments and a baseline suppress some, and a run
can be about what has changed only."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from losslint.app.lint import Job, Outcome, lint
from losslint.sources.tree import file_of, is_docstring
from losslint.vocabulary.findings import Finding, Judgement, Severity

if TYPE_CHECKING:
    from losslint.app.baseline import Baseline
    from losslint.app.cache.folder import Folder
    from losslint.app.changed import Changed
    from losslint.app.configuration import Configuration


class Rules:
    """Which rules count in one project, and how much. `explicit` are those whose advice is wanted; raises
    UnknownSelector, or ConfigurationError."""

    def __init__(self, says: Configuration | None, select: Sequence[str], ignore: Sequence[str], advice: bool) -> None:
        from losslint.app.configuration import Configuration
        from losslint.rules.selection import selected

        says = says or Configuration()
        advice = advice or says.value("advice") is True
        before = [_selection(layer.entries) for layer in says.layers]
        self.codes, self.explicit = selected(select, ignore, advice, before)
        self.severities: Mapping[str, Severity] = _severities(says.value("severity"))
        #: what has to be run for it: advice that the configuration makes more of is always given
        raised = {code for code, severity in self.severities.items() if severity is not Severity.ADVICE}
        self.spoken = self.explicit | (self.codes & raised)
        self._ignores = _ignores(says)

    def ignored(self, path: str, code: str) -> bool:
        """Whether a rule does not count in a file, by its path in full."""
        return any(code in codes and matches(path) for matches, codes in self._ignores)

    def ran(self, path: str, code: str) -> bool:
        """Whether a rule has its say in a file."""
        from losslint.rules.registry import load

        if code not in self.codes or self.ignored(path, code):
            return False
        return code in self.explicit or self.severity(code, load(code).severity) is not Severity.ADVICE

    def severity(self, code: str, own: Severity) -> Severity:
        """How bad what a rule finds is here."""
        return self.severities.get(code, own)

    def shown(self, finding: Finding, path: str) -> Finding | None:
        """A finding as it counts in a file; None when it does not."""
        if finding.code not in self.codes or (self._ignores and self.ignored(path, finding.code)):
            return None
        severity = self.severity(finding.code, finding.severity)
        if severity is Severity.ADVICE and finding.code not in self.explicit:
            return None
        return finding if severity is finding.severity else replace(finding, severity=severity)


def _selection(entries: Mapping[str, object]) -> tuple[list[str], list[str], list[str]]:
    def rules(key: str) -> list[str]:
        value = entries.get(key)
        return [str(each) for each in value] if isinstance(value, list) else []

    return rules("select"), rules("extend-select"), rules("ignore") + rules("extend-ignore")


def _severities(table: object) -> dict[str, Severity]:
    """The severity of each code that the configuration speaks of: one that is named more exactly goes before."""
    if not isinstance(table, dict):
        return {}
    from losslint.rules.registry import resolve

    ordered = sorted(table.items(), key=lambda item: len(item[0]) if item[0].startswith("LL") else 9)
    return {code: Severity(level) for selector, level in ordered for code in resolve(selector)}


def _ignores(says: Configuration) -> list[tuple[Callable[[str], bool], frozenset[str]]]:
    layer = says.layer("per-file-ignores")
    table = layer.entries["per-file-ignores"] if layer is not None else None
    if layer is None or not isinstance(table, dict):
        return []
    from losslint.app.configuration.globs import matcher
    from losslint.rules.registry import resolve

    return [
        (matcher(pattern, layer.base), frozenset().union(*(resolve(rule) for rule in rules)))
        for pattern, rules in table.items()
    ]


class Unusable(Exception):
    """What was named for a run (a baseline, a revision) and cannot be used: a sentence for people."""


class Wanted:
    """What the command line says of what is told. A plain class: making a dataclass costs every start."""

    def __init__(
        self,
        since: str | None,
        baseline: str | None,
        write_baseline: str | None,
        update_baseline: bool,
        no_suppressions: bool,
        show_suppressed: bool,
        add_noqa: bool,
    ) -> None:
        self.since = since
        self.baseline = baseline
        self.write_baseline = write_baseline
        self.update_baseline = update_baseline
        self.no_suppressions = no_suppressions
        self.show_suppressed = show_suppressed
        self.add_noqa = add_noqa

    @property
    def only_keeps(self) -> bool:
        """Whether findings are only written down, and nothing is reported."""
        return self.add_noqa or self.write_baseline is not None

    def telling(
        self, jobs: Sequence[Job], rules: Sequence[Rules], cache: Folder | None, processes: int | None
    ) -> Telling:
        """What is told of the projects of a run. Raises Unusable."""
        telling = Telling(jobs, rules, not self.no_suppressions, cache, processes, wanted=self)
        if self.write_baseline is None:
            self._use_baseline(telling)
        elif self.update_baseline or self.add_noqa:
            raise Unusable(
                "--write-baseline writes all findings down: it goes without --update-baseline and --add-noqa"
            )
        if self.since is not None:
            from losslint.app.changed import Changed, SinceError

            try:
                telling.changed = Changed(jobs, self.since)
            except SinceError as error:
                raise Unusable(str(error)) from None
        return telling

    def _use_baseline(self, telling: Telling) -> None:
        path = self.baseline
        if path is None:
            named = {job.says.path("baseline") for job in telling.jobs if job.says is not None}
            if len(named) > 1:
                raise Unusable("the projects have different baselines: lint one at a time, or give --baseline")
            path = next(iter(named), None)
        if path is not None:
            from losslint.app.baseline import Baseline, BaselineError

            try:
                telling.baseline = Baseline(path, telling.ran)
            except BaselineError as error:
                raise Unusable(str(error)) from None
        elif self.update_baseline:
            raise Unusable("--update-baseline needs a baseline: --baseline FILE, or one in the configuration")


class Telling:
    """What is told of a run over some jobs; `rules` are those of each job, in the same order."""

    def __init__(
        self,
        jobs: Sequence[Job],
        rules: Sequence[Rules],
        comments: bool = True,
        cache: Folder | None = None,
        processes: int | None = None,
        wanted: Wanted | None = None,
    ) -> None:
        self.jobs = jobs
        self.rules = rules
        self.baseline: Baseline | None = None
        self.changed: Changed | None = None
        self.wanted = wanted
        self._comments = comments
        self._cache = cache
        self._processes = processes

    @property
    def only_keeps(self) -> bool:
        """Whether findings are only written down, and nothing is reported."""
        return self.wanted is not None and self.wanted.only_keeps

    @property
    def shows_suppressed(self) -> bool:
        """Whether it is told what is kept back."""
        return self.wanted is not None and self.wanted.show_suppressed

    @property
    def codes(self) -> frozenset[str]:
        """The rules to run: those of all projects."""
        return frozenset().union(*(rules.codes for rules in self.rules))

    @property
    def explicit(self) -> frozenset[str]:
        """The rules whose advice has to be given for one of the projects."""
        return frozenset().union(*(rules.spoken for rules in self.rules))

    def __call__(self, outcome: Outcome, jobs: Sequence[Job] | None = None) -> Outcome:
        """What is told of what a run found. `jobs` are others of the same projects, where the files have changed."""
        jobs = self.jobs if jobs is None else jobs
        if self._comments and (outcome.report.findings or outcome.commented):
            outcome = self._commented(outcome, jobs)
        report = outcome.report
        if not report.findings and not report.suppressed and self.baseline is None:
            return outcome
        shown = [self._shown(finding) for finding in report.findings]
        findings = tuple(finding for finding in shown if finding is not None)
        hidden = [(each, self._shown(each.finding)) for each in report.suppressed]
        kept_back = tuple(replace(each, finding=finding) for each, finding in hidden if finding is not None)
        report = replace(report, findings=findings, suppressed=kept_back)
        if self.baseline is not None:
            report = self.baseline.applied(report, jobs)
        changed = self.changed
        if changed is not None:
            # Behind the baseline: what has not changed is not gone.
            findings = tuple(finding for finding in report.findings if changed.concerns(finding))
            kept_back = tuple(each for each in report.suppressed if changed.concerns(each.finding))
            report = replace(report, findings=findings, suppressed=kept_back)
        return replace(outcome, report=report)

    def _commented(self, outcome: Outcome, jobs: Sequence[Job]) -> Outcome:
        from losslint.app.suppressions.applied import Applied

        def ran(job: Job, name: str, code: str) -> bool:
            rules = self.rules[next(number for number, each in enumerate(jobs) if each is job)]
            return rules.ran(_path(job, name), code)

        def judged(job: Job, asked: Sequence[str]) -> Collection[Judgement]:
            inside = (name for name in job.asked if is_docstring(name) and file_of(name) in asked)
            alone = job._replace(asked=(*sorted(asked), *inside), named=frozenset())
            return lint([alone], self.codes, self.explicit, self._processes, self._cache).report.judgements

        return Applied(jobs, ran, judged)(outcome)

    def _shown(self, finding: Finding) -> Finding | None:
        """A finding as it counts in its project: that of the innermost folder that it is in."""
        path = os.path.abspath(finding.place.filename)
        rules = self._rules_of(path)
        return rules.shown(finding, path) if rules is not None else finding

    def ran(self, path: str, code: str) -> bool:
        """Whether a rule had its say in a file, by its path in full."""
        rules = self._rules_of(path)
        return rules is not None and rules.ran(path, code)

    def _rules_of(self, path: str) -> Rules | None:
        best: Rules | None = None
        deepest = -1
        for job, rules in zip(self.jobs, self.rules, strict=True):
            front = job.root.rstrip(os.sep) + os.sep
            if len(self.jobs) == 1 or (path.startswith(front) and len(front) > deepest):
                best, deepest = rules, len(front)
        return best


def _path(job: Job, name: str) -> str:
    return os.path.abspath(job.tree.shown(name))
