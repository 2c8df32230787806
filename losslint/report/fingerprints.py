"""What tells a finding from all others, today and after the code around it has moved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from losslint.report.texts import Texts
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.places import Place


def fingerprints(findings: Iterable[Finding], texts: Texts) -> Iterator[str]:
    """The fingerprint of each finding, 16 hexadecimal digits, no two alike.

    It stays the same when code moves, and in whichever folder the run was started: the rule, the file's name in its
    project, the rows of the loss and of the cause, and which of its like.
    """
    seen: dict[str, int] = {}
    for finding in findings:
        source = finding.evidence[0].place if finding.evidence else finding.place
        parts = [finding.code, texts.name(finding.place), _row(texts, finding.place), _row(texts, source)]
        key = "\0".join(parts)
        seen[key] = seen.get(key, 0) + 1
        yield hashlib.sha256(f"{key}\0{seen[key]}".encode(errors="surrogatepass")).hexdigest()[:16]


def _row(texts: Texts, place: Place) -> str:
    return (texts.row(place) or "").strip()
