"""What is kept of findings for later runs."""

from __future__ import annotations

from losslint.app.lint import Outcome
from losslint.app.telling import Telling
from losslint.app.terminal import complain, write
from losslint.report.escape import escaped


def kept_for_later(telling: Telling, outcome: Outcome) -> bool:
    """Write findings down, as a baseline or as comments; whether that went well."""
    assert telling.wanted is not None
    findings = outcome.report.findings
    count = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
    path = telling.wanted.write_baseline
    if path is None:
        from losslint.app.suppressions.adding import add_noqa

        added, problems = add_noqa(telling.jobs, findings)
        for problem in problems:
            complain(problem)
        write(f"{added} comment{'' if added == 1 else 's'} added for {count}.\n", None)
        return not problems
    from losslint.app.baseline import BaselineError, keep, written

    try:
        keep(path, written(findings, telling.jobs, path))
    except BaselineError as error:
        complain(str(error))
        return False
    write(f"{count} written to {escaped(path)}.\n", None)
    return True


def gone(telling: Telling) -> bool:
    """Tell which entries of the baseline are not found any more, and drop them if that is asked for; whether that went
    well."""
    baseline, wanted = telling.baseline, telling.wanted
    assert baseline is not None
    count = baseline.gone.total()
    if not count:
        return True
    entries = f"{count} {'entry' if count == 1 else 'entries'}"
    if wanted is None or not wanted.update_baseline:
        complain(f"{baseline.path}: {entries} not found any more: --update-baseline drops them", "note")
        return True
    from losslint.app.baseline import BaselineError, keep

    try:
        keep(baseline.path, baseline.shrunk())
    except BaselineError as error:
        complain(str(error))
        return False
    complain(f"{baseline.path}: {entries} dropped", "note")
    return True
