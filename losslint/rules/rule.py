"""What a rule is: one file that holds the check, its documentation, its examples and its message."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from losslint.rules.naming import code_and_name
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import ConstructorCall, LossCall, OperationCall

#: Where the documentation is published, with a slash at the end. None until it is: nothing links to a page that is not
#: there. `mkdocs.yml` and the addresses in reports follow it.
SITE: str | None = None


def pages() -> str | None:
    """What a rule's name is put behind to give its page, if the documentation is published."""
    return None if SITE is None else f"{SITE}rules/"


Seen = TypeVar("Seen", LossCall, ConstructorCall, OperationCall)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the catalogue.

    The code and the name follow from the file's name, the documentation is the file's docstring. A rule checks one or
    more sorts of observation; each check is a pure function that yields problems. `bad` and `good` are programs (a
    text with `# file: name.py` headings where it takes several files); in `bad` a comment `# LL101` ends each line
    that has to be reported.
    """

    code: str
    name: str
    severity: Severity
    observers: str
    fix: str
    documentation: str
    bad: tuple[str, ...]
    good: tuple[str, ...]
    losses: frozenset[str]
    check_loss: Callable[[LossCall], Iterable[Problem]] | None
    check_constructor: Callable[[ConstructorCall], Iterable[Problem]] | None
    check_operation: Callable[[OperationCall], Iterable[Problem]] | None

    @property
    def url(self) -> str | None:
        """The rule's page, if the documentation is published."""
        return None if (before := pages()) is None else f"{before}{self.name}/"

    @property
    def sections(self) -> dict[str, str]:
        """The documentation by its headings, without what stands before the first."""
        _, *parts = re.split(r"^## (.+)\n", self.documentation, flags=re.MULTILINE)
        return {heading: text.strip() for heading, text in zip(parts[::2], parts[1::2], strict=True)}

    @property
    def summary(self) -> str:
        """The first paragraph under "What it does", on one line."""
        return " ".join(self.sections.get("What it does", "").split("\n\n")[0].split())


def files_of(example: str) -> dict[str, str]:
    """The files of an example: its parts under `# file:` headings, or all of it as `example.py`."""
    text = textwrap.dedent(example).strip() + "\n"
    if not text.startswith("# file: "):
        return {"example.py": text}
    parts = re.split(r"^# file: (\S+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rule(
    module: str,
    documentation: str | None,
    *,
    severity: Severity,
    observers: str = "SR",
    fix: str = "",
    bad: Iterable[str],
    good: Iterable[str],
    losses: Iterable[str] = (),
    check_loss: Callable[[LossCall], Iterable[Problem]] | None = None,
    check_constructor: Callable[[ConstructorCall], Iterable[Problem]] | None = None,
    check_operation: Callable[[OperationCall], Iterable[Problem]] | None = None,
) -> Rule:
    """Make the rule of a file: `RULE = rule(__name__, __doc__, …)`.

    `losses` are the contracts' names that `check_loss` wants to see (none: every loss). `fix` is "safe", "unsafe" or
    "" for a finding that is only explained.
    """
    code, name = code_and_name(module)
    return Rule(
        code=code,
        name=name,
        severity=severity,
        observers=observers,
        fix=fix,
        documentation=documentation or "",
        bad=tuple(bad),
        good=tuple(good),
        losses=frozenset(losses),
        check_loss=check_loss,
        check_constructor=check_constructor,
        check_operation=check_operation,
    )
