"""Findings that are not told, because somebody has said so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from losslint.vocabulary.findings import Finding


class By(Enum):
    """What keeps a finding back: a comment in the code, or a baseline outside of it."""

    COMMENT = "comment"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that is kept back, by what, and the reason that was given."""

    finding: Finding
    by: By
    reason: str = ""
