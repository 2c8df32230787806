"""What a report is made from, whichever format it gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from losslint.report.style import Style
from losslint.report.texts import Texts
from losslint.vocabulary.findings import Finding, Report

if TYPE_CHECKING:
    from losslint.fixes.edits import Fix
    from losslint.fixes.plan import Plans
    from losslint.vocabulary.suppressed import Suppressed


#: How formats are written that go to no terminal.
PLAIN = Style(False)


def _no_plans() -> Plans | None:
    return None


@dataclass(frozen=True, slots=True)
class Material:
    """What a run found, the rows of its files, and how much of it is to be told.

    `planned` works out what mends the findings; it is called by the formats that show it, and only by them.
    `unread` and `failures` are for people: the files that could not be looked at, and the places where losslint failed.
    `complete` is not so when something that was asked for could not be looked at, these or others.
    `mended` are the findings that were fixed, each with the files that were changed for it; None without `--fix`.
    """

    report: Report
    texts: Texts
    style: Style = PLAIN
    planned: Callable[[], Plans | None] = _no_plans
    unread: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    complete: bool = True
    statistics: bool = False
    show_undecided: bool = False
    show_suppressed: bool = False
    quiet: bool = False
    mended: tuple[tuple[Finding, tuple[str, ...]], ...] | None = None
    show_fixes: bool = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, in order."""
        return self.report.findings

    @property
    def suppressed(self) -> tuple[Suppressed, ...]:
        """What is kept back, in order."""
        return self.report.suppressed

    def fix(self, finding: Finding) -> Fix | None:
        """What mends a finding, if something does."""
        if finding.repair is None:
            return None
        plans = self.planned()
        if plans is None:
            return None
        from losslint.fixes.edits import Fix

        fix = plans.fix(finding)
        return fix if isinstance(fix, Fix) else None
