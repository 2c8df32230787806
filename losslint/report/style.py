"""Colour, where there is a terminal that wants it."""

from __future__ import annotations


class Style:
    """Paints text, or leaves it as it is. `encoding` is that of the place where the text goes."""

    def __init__(self, enabled: bool, encoding: str = "utf-8") -> None:
        self.enabled = enabled
        self.encoding = encoding

    def encodable(self, text: str) -> str:
        """The text as it can be written: what the encoding does not have is escaped."""
        return text if text.isascii() else text.encode(self.encoding, "backslashreplace").decode(self.encoding)

    def _painted(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.enabled else text

    def bold(self, text: str) -> str:
        """For what a reader looks for first."""
        return self._painted("1", text)

    def red(self, text: str) -> str:
        """For what is wrong."""
        return self._painted("1;31", text)

    def yellow(self, text: str) -> str:
        """For warnings."""
        return self._painted("1;33", text)

    def blue(self, text: str) -> str:
        """For the frame around code."""
        return self._painted("1;34", text)

    def green(self, text: str) -> str:
        """For what to do about it."""
        return self._painted("1;32", text)
