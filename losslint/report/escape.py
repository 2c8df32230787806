"""Text from linted code on its way to a terminal: nothing in it may command the terminal or break a line."""

from __future__ import annotations

#: Categories of characters that are shown by their number: controls, formats (bidirectional overrides among them),
#: surrogates, private use, line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

#: Categories of characters that are drawn over the one before them.
_WITHOUT_WIDTH = frozenset({"Mn", "Me"})


def escaped(text: str, keep: str = "") -> str:
    """The text on one line, with what a terminal would act upon shown as an escape; characters of `keep` stay."""
    if text.isascii() and text.isprintable():
        return text
    import unicodedata

    parts: list[str] = []
    for character in text:
        if character in keep or (character.isprintable() and unicodedata.category(character) not in _HIDDEN):
            parts.append(character)
        else:
            parts.append(character.encode("unicode_escape").decode("ascii"))
    return "".join(parts)


def width(text: str) -> int:
    """The columns that a text takes in a terminal: East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    import unicodedata

    columns = 0
    for character in text:
        if unicodedata.category(character) in _WITHOUT_WIDTH:
            continue
        columns += 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
    return columns
