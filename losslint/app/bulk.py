"""`losslint.lint`: files in memory in, findings out, for those who lint a dataset and not a project.

Nothing is read from the disk and nothing is written to it: no configuration, no cache, no baseline counts. The same
files give the same answer wherever they are linted, so the function can be sent to other processes and machines, and
its answer can be sent back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from losslint.app.discovery import ASKED_SUFFIXES
from losslint.app.lint import Job, Outcome
from losslint.app.lint import lint as lint_jobs
from losslint.sources.tree import MemoryTree
from losslint.vocabulary.findings import Finding, Judgement
from losslint.vocabulary.places import Place
from losslint.vocabulary.plain import plain_place
from losslint.vocabulary.suppressed import Suppressed

if TYPE_CHECKING:
    from losslint.app.telling import Rules

#: Linting raises the limit of Python's stack for a while, which is one for all threads.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in some files.

    `findings` are in the order of their places; filenames are the keys that were given. `judgements` has the verdict on
    each loss call. `suppressed` are findings that comments in the files keep back. `unread` has a sentence on each file
    that was not looked at, beginning with its name, and `failures` one on each place where losslint itself failed.
    `files` is how many files were read.
    """

    findings: tuple[Finding, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    unread: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    files: int = 0

    def to_json(self) -> str:
        """All of it as one JSON object in ASCII, without line breaks. Rows and columns count from 1."""
        import json

        return json.dumps(
            {
                "findings": [_finding(each) for each in self.findings],
                "judgements": [
                    {"loss": each.loss, "verdict": each.verdict.value, "reason": each.reason, **_where(each.place)}
                    for each in self.judgements
                ],
                "suppressed": [{**_finding(each.finding), "reason": each.reason} for each in self.suppressed],
                "unread": self.unread,
                "failures": self.failures,
                "files": self.files,
            },
            ensure_ascii=True,
            separators=(",", ":"),
        )


def lint(
    files: Mapping[str, bytes],
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    advice: bool = False,
    suppressions: bool = True,
) -> Findings:
    """Lint the files of one project, given by their names relative to its root, with `/` between the parts.

    Python files, notebooks and Markdown documents are linted; what has another suffix is left alone. `select`,
    `ignore` and `advice` are those of the command; without `suppressions`, comments keep nothing back. Files whose
    names lead out of the project, or could not be its files' (`../a.py`, `/a.py`, `a\\b.py`), are not looked at, and
    told in `unread`.

    Threads wait for each other; processes do not. Raises TypeError for a name that is no `str` or a file that is no
    `bytes`, and ValueError for a rule that does not exist.
    """
    from losslint.app.telling import Rules
    from losslint.rules.registry import UnknownSelector

    try:
        rules = Rules(None, _texts(select, "select"), _texts(ignore, "ignore"), advice)
    except UnknownSelector as error:
        raise ValueError(str(error)) from None
    kept, refused = _sorted_out(files)
    job = Job(MemoryTree(kept), tuple(name for name in sorted(kept) if name.lower().endswith(ASKED_SUFFIXES)))
    with _ONE_AT_A_TIME:
        outcome = lint_jobs([job], rules.codes, rules.spoken, processes=1)
        if suppressions and (outcome.report.findings or outcome.commented):
            outcome = _commented(outcome, job, rules)
    report = outcome.report
    return Findings(
        report.findings,
        report.judgements,
        report.suppressed,
        (*refused, *outcome.unread),
        outcome.failures,
        report.files_read,
    )


def _texts(selectors: Iterable[str], name: str) -> tuple[str, ...]:
    if isinstance(selectors, str):
        raise TypeError(f"{name} is a list of rules, not one text")
    return tuple(selectors)


def _sorted_out(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[str]]:
    """The files that can be linted, and a sentence on each of the others."""
    kept, refused = {}, []
    for name, data in files.items():
        if not isinstance(name, str):
            raise TypeError(f"the name of a file is a str, not {type(name).__name__}")
        if not isinstance(data, bytes):
            raise TypeError(f"a file is given as bytes, not as {type(data).__name__}: {name!r}")
        why = _refusal(name)
        if why:
            refused.append(f"{name}: {why}")
        else:
            kept[name] = data
    return kept, sorted(refused)


def _refusal(name: str) -> str:
    """Why something is no name of a file in a project; empty when it is one."""
    parts = name.split("/")
    if not name or "\0" in name:
        return "is no name of a file"
    if "\\" in name or name.startswith("/") or (name[1:2] == ":" and name[:1].isalpha()):
        return "is no relative name with `/` between its parts"
    if ".." in parts or "." in parts or "" in parts:
        return "is no plain name: it has `.`, `..` or an empty part"
    return ""


def _commented(outcome: Outcome, job: Job, rules: Rules) -> Outcome:
    """What is left when the comments in the files were heard."""
    from losslint.app.suppressions.applied import Applied

    def ran(_: Job, __: str, code: str) -> bool:
        return rules.ran("", code)

    def judged(job: Job, asked: Iterable[str]) -> Iterable[Judgement]:
        again = job._replace(asked=tuple(sorted(asked)))
        return lint_jobs([again], rules.codes, rules.spoken, processes=1).report.judgements

    return Applied([job], ran, judged)(outcome)


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "mend": finding.mend,
        **_where(finding.place),
        "evidence": [{"message": step.message, **_where(step.place)} for step in finding.evidence],
    }


def _where(place: Place) -> dict[str, object]:
    return {"filename": place.filename, "cell": place.cell, **plain_place(place)}
