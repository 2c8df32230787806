"""Findings that a comment beside the loss says are meant. The source is read when something was found, not before."""

from __future__ import annotations

import linecache
import os

from losslint.comments.files import Commented
from losslint.runtime.callsites import absolute
from losslint.vocabulary.findings import Finding


class Meant:
    """The comments of the files in which something was found."""

    def __init__(self) -> None:
        self._files: dict[str, Commented | None] = {}
        self._known: dict[tuple[object, str], bool] = {}

    def __call__(self, finding: Finding) -> bool:
        """Whether a comment keeps a finding back."""
        key = finding.place, finding.code
        known = self._known.get(key)
        if known is None:
            file = self._file(finding.place.filename)
            known = self._known[key] = file is not None and file.suppressed(finding) is not None
        return known

    def _file(self, shown: str) -> Commented | None:
        if shown not in self._files:
            path = absolute(shown)
            # Of the cells of a notebook that runs, Python keeps the text there, too.
            data = "".join(linecache.getlines(path)).encode(errors="surrogatepass")
            self._files[shown] = Commented.of(data, _name(path), shown) if data else None
        return self._files[shown]


def _name(path: str) -> str:
    """What code that runs is read as: Python, wherever it comes from."""
    return f"{os.path.splitext(os.path.basename(path))[0]}.py"
