"""What a mention of a name can be, by what stands beside it: a file in which none can be what somebody asks for need
not be parsed. The answers err on one side: what is said not to be there is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from losslint.static.files.words import places

#: Behind a name that is called, in brackets, or given parameters of its type; a comment or a folded row hides what is
#: there.
_CALLED = re.compile(rb"\s*[(\[)#\\]")

#: Behind a name that is an argument or an entry, or is imported under another name.
_HANDED_ON = re.compile(rb"\s*(?:[,)}\]#\\]|as\b)")

#: Behind an attribute that is set: alone or in place.
_SET = re.compile(rb"[ \t]*(?:=(?!=)|[-+*/%&|^@<>]{1,3}=)")

#: In front of a name that is defined.
_DEFINES = re.compile(rb"\b(?:def|class)[ \t]+$")

#: So many bytes in front of a name are looked at.
_NEAR = 40

#: A row with more bytes is not looked through for each mention in it.
_LONG_ROW = 4_000


def _defined(data: bytes, at: int) -> bool:
    return _DEFINES.search(data, max(0, at - _NEAR), at) is not None


def _before(data: bytes, at: int) -> bytes:
    return data[max(0, at - _NEAR) : at].rstrip()[-1:]


def _annotates(data: bytes, at: int) -> bool:
    """Whether a name stands where annotations do, and not behind a key that is a text or a call: `x: Net`,
    `"net": Net`, `Net.code(): Net`."""
    before = data[max(0, at - _NEAR) : at].rstrip()
    return before[-1:] == b">" or (before[-1:] == b":" and before[:-1].rstrip()[-1:] not in (b'"', b"'", b")"))


def may_be_called(data: bytes, name: str) -> bool:
    """Whether a name may stand in a call, as what is called."""
    return next(_calls(data, name.encode()), -1) >= 0


def may_be_handed_on(data: bytes, name: str) -> bool:
    """Whether a name may be called, passed to a call or imported under another name."""
    word = name.encode()
    return next(_calls(data, word), -1) >= 0 or any(
        _HANDED_ON.match(data, at + len(word)) is not None and not _annotates(data, at) for at in places(data, word)
    )


def may_be_bound(data: bytes, name: str) -> bool:
    """Whether what a name gives may be bound to another one: its call, or the attribute of that name."""
    word = name.encode()
    return b"." + word in data or next(_calls(data, word), -1) >= 0


def may_be_renamed(data: bytes, name: str) -> bool:
    """Whether a name, or the attribute of that name, may be bound to another name as it is, uncalled."""
    word = name.encode()
    return any(
        # behind a point, an equals sign, a bracket, or `else`
        _before(data, at) in (b".", b"=", b"(", b"e", b"\\") and _CALLED.match(data, at + len(word)) is None
        for at in places(data, word)
    )


def may_be_returned(data: bytes, name: str) -> bool:
    """Whether a function may return what a name stands for, uncalled."""
    word = name.encode()
    return any(
        b"return" in data[max(0, at - _NEAR) : at] and _CALLED.match(data, at + len(word)) is None
        for at in places(data, word)
    )


def _calls(data: bytes, word: bytes) -> Iterator[int]:
    for at in places(data, word):
        followed = _CALLED.match(data, at + len(word))
        if followed is None or _defined(data, at):
            continue
        # `(Net)(3)`, `(models.Net)(3)`: nothing else stands within such brackets
        if followed[0][-1:] != b")" or _before(data, at) in (b"(", b"."):
            yield at


def may_set(data: bytes, holder: str, attribute: str) -> bool:
    """Whether an attribute of something that is read by its name may be set."""
    word = f"{holder}.{attribute}".encode()
    at = data.find(word)
    while at >= 0:
        if _may_be_target(data, at, at + len(word)):
            return True
        at = data.find(word, at + 1)
    return may_set_by_name(data, holder)


def may_set_any(data: bytes, attribute: str) -> bool:
    """Whether an attribute of that name may be set alone, on whatever stands in front of it."""
    word = b"." + attribute.encode()
    at = data.find(word)
    while at >= 0:
        if _SET.match(data, at + len(word)) is not None:
            return True
        at = data.find(word, at + 1)
    return False


def _may_be_target(data: bytes, start: int, end: int) -> bool:
    """Whether an attribute may be set where it stands: alone, annotated, among others, by a loop, or deleted."""
    if _SET.match(data, end) is not None or data.lstrip()[:1] == b"{":
        return True  # the rows of a notebook are not those of the file
    before = data[data.rfind(b"\n", max(0, start - _LONG_ROW), start) + 1 : start]
    stop = data.find(b"\n", end, end + _LONG_ROW)
    if stop < 0 and len(data) > end + _LONG_ROW:
        return True
    behind = data[end : stop if stop >= 0 else len(data)].strip()
    follows = behind[:1]
    if follows in (b",", b")", b"]"):
        others = behind[1:].strip()
        return b"=" not in before and (not others or any(sign in others for sign in (b"=", b"in", b"\\", b"#")))
    if follows == b":":
        return not before.strip() or before.rstrip()[-1:] == b";"
    if behind.startswith(b"in"):
        return b"for" in before
    if not follows:
        return b"del" in before or not before.strip()
    return follows in (b"#", b";", b"\\")


def may_set_by_name(data: bytes, holder: str) -> bool:
    """Whether `setattr(holder, …)` or its like may stand somewhere."""
    # In a notebook, a folded row is a text of its own.
    return re.search(rb"attr\s*\([\w.,\s\\\"]*?" + holder.encode() + rb"\s*[,#\\]", data) is not None
