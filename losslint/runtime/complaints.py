"""What a program is told of a misuse: a warning at its line, or an exception."""

from __future__ import annotations

from losslint.vocabulary.findings import Finding


class LossMisuseWarning(UserWarning):
    """A loss was fed the wrong thing; `finding` says what, where and why."""

    def __init__(self, message: str, finding: Finding | None = None) -> None:
        super().__init__(message)
        self.finding = finding


class LossMisuseError(RuntimeError):
    """A loss was fed the wrong thing, in a session with `mode="raise"`; `finding` says what, where and why."""

    def __init__(self, message: str, finding: Finding | None = None) -> None:
        super().__init__(message)
        self.finding = finding


def said(finding: Finding) -> str:
    """A finding in one sentence for a warning or an exception, which name the place themselves."""
    return f"{finding.code} {finding.name}: {finding.message}"
