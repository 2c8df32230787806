"""Findings that comments keep back, and comments that keep nothing back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain

from losslint.app.lint import Job, Outcome
from losslint.app.texts import Named
from losslint.comments.files import KNOWN_WORDS, UNKNOWN, UNUSED, Commented, codes_of
from losslint.comments.reading import Directive, Word
from losslint.rules.registry import load, names
from losslint.sources.tree import file_of, is_docstring
from losslint.vocabulary.findings import Finding, Judgement, Report, Severity, Verdict
from losslint.vocabulary.places import Place
from losslint.vocabulary.suppressed import Suppressed

#: What a comment says of losslint itself does not make it unused.
_ITSELF = "LL9"
_NOQA_CODE = re.compile(r"LL[0-9]+")
#: A longer word is not compared with the names of rules.
LONGEST_NAME = 80

#: Whether a rule was run on a file of a job: job, name in its tree, code.
Ran = Callable[[Job, str, str], bool]
#: The verdicts on the loss calls of some files of a job, with their places.
Judged = Callable[[Job, Sequence[str]], Iterable[Judgement]]


def seen_at_run_time(report: Report, folder: str) -> Report:
    """What was seen while a program ran, without what comments suppress. `folder` is where it was started. Comments
    that suppress nothing are not told of: what one run does not show, another may."""
    files: dict[str, Commented | None] = {}
    found, suppressed = [], []
    for finding in report.findings:
        shown = finding.place.filename
        if shown not in files:
            try:
                with open(os.path.join(folder, shown), "rb") as stream:
                    files[shown] = Commented.of(stream.read(), os.path.basename(shown), shown)
            except (OSError, ValueError):
                files[shown] = None
        file = files[shown]
        silent = file.suppressed(finding) if file is not None else None
        if silent is None:
            found.append(finding)
        else:
            suppressed.append(silent)
    return replace(report, findings=tuple(found), suppressed=tuple(suppressed)) if suppressed else report


class Applied:
    """The comments of the files of one run. `ran` and `judged` are asked about comments that keep nothing back."""

    def __init__(self, jobs: Sequence[Job], ran: Ran, judged: Judged) -> None:
        self._jobs = jobs
        self._ran = ran
        self._judged = judged
        self._files: dict[str, Commented | None] = {}
        self._named = Named(jobs)

    def __call__(self, outcome: Outcome) -> Outcome:
        """What a run found without what comments keep back, and with what is wrong with the comments."""
        found: list[Finding] = []
        suppressed: list[Suppressed] = []
        for finding in outcome.report.findings:
            self._sort(finding, found, suppressed)
        for finding in self._wrong(outcome):
            self._sort(finding, found, suppressed)
        if not suppressed and len(found) == len(outcome.report.findings):
            return outcome
        found.sort(key=Finding.sort_key)
        suppressed.sort(key=lambda each: each.finding.sort_key())
        report = replace(outcome.report, findings=tuple(found), suppressed=(*outcome.report.suppressed, *suppressed))
        return replace(outcome, report=report)

    def _sort(self, finding: Finding, found: list[Finding], suppressed: list[Suppressed]) -> None:
        file = self._file(finding.place.filename)
        kept_back = file.suppressed(finding) if file is not None else None
        if kept_back is None:
            found.append(finding)
        else:
            suppressed.append(kept_back)

    def _file(self, shown: str) -> Commented | None:
        if shown not in self._files:
            where = self._named(shown)
            file = None
            if where is not None:
                try:
                    job, name = where
                    inside = [each for each in job.asked if is_docstring(each) and file_of(each) == name]
                    file = Commented.of(job.tree.read(name), name, shown, inside)
                except OSError:
                    file = None  # it was there a moment ago: what is found in it is told
            self._files[shown] = file
        return self._files[shown]

    # ---------------------------------------------------------------- comments that are wrong themselves

    def _wrong(self, outcome: Outcome) -> list[Finding]:
        """What is to be said of comments in the files that were asked for."""
        problems: list[Finding] = []
        # Nothing is certain where something could not be looked at.
        broken = [self._named(each.place.filename) for each in outcome.report.findings if each.code == "LL900"]
        lost = [where[0] for where in broken if where is not None]
        unused: list[tuple[Job, str, Commented, Directive, list[Word]]] = []
        for shown in outcome.commented:
            file, where = self._file(shown), self._named(shown)
            if file is None or where is None:
                continue
            job, name = where
            if self._ran(job, name, UNKNOWN):
                problems += chain.from_iterable(map(_unknown, file.all_parts))
            certain = job.placed and job not in lost and not outcome.failures and not outcome.unread
            if certain and self._ran(job, name, UNUSED):
                for part in file.all_parts:
                    unused += ((job, shown, part, *each) for each in self._unused(job, name, part))
        if unused:
            open_calls = self._undecided(outcome, unused)
            problems += (
                _finding(file, directive, words)
                for _, shown, file, directive, words in unused
                if not _concerns_one(file, directive, open_calls.get(shown, ()))
            )
        return problems

    def _unused(self, job: Job, name: str, file: Commented) -> Iterator[tuple[Directive, list[Word]]]:
        """The directives that keep nothing back though all that they name was run, with the words that do not."""
        for directive in file.comments.directives:
            if directive.words is None:
                if directive.own and (directive, None) not in file.used and self._all_ran(job, name, names()):
                    yield directive, []
                continue
            if not directive.words and directive.own:
                yield directive, []
            words = []
            for word in directive.words:
                codes = codes_of(word.text, directive)
                if not codes or (directive, word) in file.used or any(code.startswith(_ITSELF) for code in codes):
                    continue
                if self._all_ran(job, name, codes):
                    words.append(word)
            if words:
                yield directive, words

    def _all_ran(self, job: Job, name: str, codes: Collection[str]) -> bool:
        """Whether the rules were run. Of several that are meant at once, advice need not have been asked for."""
        several = len(codes) > 1
        asked = []
        for code in codes:
            rule = load(code)
            if several and ("S" not in rule.observers or rule.severity is Severity.ADVICE or code.startswith(_ITSELF)):
                continue
            asked.append("S" in rule.observers and self._ran(job, name, code))
        return bool(asked) and all(asked)

    def _undecided(
        self, outcome: Outcome, unused: Iterable[tuple[Job, str, Commented, Directive, list[Word]]]
    ) -> dict[str, list[Place]]:
        """The places of the loss calls that are left open in files with comments that seem to be unused."""
        left_open = {each.place.filename for each in outcome.report.judgements if each.verdict is Verdict.UNDECIDED}
        wanted = {shown: job for job, shown, *_ in unused if shown in left_open}
        known = [each for each in outcome.report.judgements if each.place.row and each.place.filename in wanted]
        if not known:
            for job in self._jobs:
                found = [self._named(shown) for shown, owner in wanted.items() if owner is job]
                asked = [where[1] for where in found if where is not None]
                if asked:
                    known += self._judged(job, asked)
        places: dict[str, list[Place]] = {}
        for each in known:
            if each.verdict is Verdict.UNDECIDED:
                places.setdefault(each.place.filename, []).append(each.place)
        return places


def _concerns_one(file: Commented, directive: Directive, places: Iterable[Place]) -> bool:
    """Whether a directive speaks of one of some places."""
    return any(directive in file.concerned(place) for place in places)


def _unknown(file: Commented) -> Iterator[Finding]:
    """Words that name no rule."""
    for directive in file.comments.directives:
        for word in directive.words or ():
            if directive.sort == "noqa" and not _NOQA_CODE.fullmatch(word.text):
                continue
            if codes_of(word.text, directive):
                continue
            rule = load(UNKNOWN)
            place = file.source.place(directive.row, word.start + 1, directive.row, word.end + 1)
            message = f"No rule is called `{word.text}`{_nearest(word.text)}: it suppresses nothing."
            yield Finding(rule.code, rule.name, rule.severity, message, place)


@lru_cache(KNOWN_WORDS)
def _nearest(word: str) -> str:
    from losslint.rules.registry import UnknownSelector, resolve

    if len(word) > LONGEST_NAME:
        return ""
    try:
        resolve(word)
    except UnknownSelector as error:
        return f" (did you mean {error.nearest[0]}?)" if error.nearest else ""
    return ""


def _finding(file: Commented, directive: Directive, words: Sequence[Word]) -> Finding:
    from losslint.app.suppressions.removal import removal

    rule = load(UNUSED)
    where = "in this file" if directive.whole_file else "here"
    if directive.whole_file and not directive.alone:
        message = "A comment for a whole file counts on a row of its own: this one suppresses nothing."
    elif directive.words is not None and not directive.words:
        message = "This comment names no rule, so it suppresses nothing."
    elif not words:
        message = f"Nothing is found {where} that this comment could suppress."
    else:
        listed = " and ".join(f"`{text}`" for text in dict.fromkeys(word.text for word in words))
        message = f"This comment suppresses {listed}, but nothing of the kind is found {where}."
    place = file.source.place(directive.row, directive.start + 1, directive.row, directive.end + 1)
    repair = removal(file.source, directive, words)
    mend = f"{repair.message.replace('`', '')}."
    return Finding(rule.code, rule.name, rule.severity, f"{message} {mend}", place, mend=mend, repair=repair)
