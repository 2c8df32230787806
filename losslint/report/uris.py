"""Names of files as URIs, and texts as formats want them that know nothing of undecodable bytes."""

from __future__ import annotations

import os
from urllib.parse import quote

from losslint.report.texts import NAMELESS


def uri(filename: str) -> str:
    """A file's name as a reference: relative where the name is, `file://…` where it is absolute. Every byte that
    means something in a URI, or nothing in UTF-8, is percent-encoded."""
    if filename == NAMELESS:
        return "stdin"
    if not os.path.isabs(filename):
        # A colon in the first part would make a scheme of it.
        return quote(os.fsencode(filename.replace(os.sep, "/")), safe="/")
    path = filename.replace(os.sep, "/")
    return "file://" + quote(os.fsencode(path if path.startswith("/") else f"/{path}"), safe="/")


def characters(text: str) -> str:
    """The text in characters that every reader of JSON and XML takes: half a character is written as its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
