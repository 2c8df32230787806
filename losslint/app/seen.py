"""What of that which was seen while a program ran is told: each file's project has its own rules, as in `check`."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from losslint.app.configuration import ConfigurationError, Given, configuration
from losslint.app.discovery import project_root
from losslint.app.telling import Rules
from losslint.vocabulary.findings import Finding, Report, Severity, Verdict
from losslint.vocabulary.places import Place

#: Why nothing is said of a call to which only rules object that do not run in its project.
NOT_SELECTED = "what was seen of it concerns rules that are not selected"


class SeenRules:
    """The rules of the projects that a program's files are in. `problems` tells of configurations that cannot be
    followed: there, what the command line says counts alone."""

    def __init__(self, given: Given, select: Sequence[str], ignore: Sequence[str], advice: bool) -> None:
        self.problems: list[str] = []
        self._given = given
        self._selection = (select, ignore, advice)
        self._roots: dict[str, str] = {}
        self._rules: dict[str, Rules] = {}

    def of_project(self, root: str) -> Rules:
        """The rules of a project. Raises ConfigurationError, and UnknownSelector."""
        return Rules(configuration(root, self._given), *self._selection)

    def of_file(self, path: str) -> Rules:
        """The rules that count in a file, by its path in full."""
        folder = os.path.dirname(path)
        if folder not in self._roots:
            self._roots[folder] = project_root(folder)[0]
        root = self._roots[folder]
        if root not in self._rules:
            try:
                self._rules[root] = self.of_project(root)
            except ConfigurationError as error:
                self.problems.append(str(error))
                self._rules[root] = Rules(None, *self._selection)
        return self._rules[root]

    def told(self, report: Report, folder: str) -> Report:
        """What counts of a report on all rules. `folder` is where the program was started: names are relative to it.

        A call to which only rules object that are not selected is open, as in `check`, which does not run them.
        """
        findings: list[Finding] = []
        objecting: defaultdict[Place, set[bool]] = defaultdict(set)
        for finding in report.findings:
            path = os.path.abspath(os.path.join(folder, finding.place.filename))
            rules = self.of_file(path)
            if finding.severity is not Severity.ADVICE:
                objecting[finding.place].add(finding.code in rules.codes)
            shown = rules.shown(finding, path)
            if shown is not None:
                findings.append(shown)
        judgements = tuple(
            replace(each, verdict=Verdict.UNDECIDED, reason=NOT_SELECTED)
            if each.verdict is Verdict.MISUSED and objecting.get(each.place) == {False}
            else each
            for each in report.judgements
        )
        return replace(report, findings=tuple(findings), judgements=judgements)
