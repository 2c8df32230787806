"""The text of a Python file, decoded as CPython decodes it."""

from __future__ import annotations

import re

from losslint.sources.source import UnreadableSource
from losslint.vocabulary.places import Place

_BOM = b"\xef\xbb\xbf"
#: Byte order marks of UTF-16; that of UTF-32 (little-endian) begins with one of them, the other is the third.
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_LINE_END = re.compile(rb"\r\n|\r|\n")
#: PEP 263, with CPython's own expressions.
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK_OR_COMMENT = re.compile(rb"[ \t\f]*(?:#.*)?\Z", re.DOTALL)


def decode(data: bytes, shown: str) -> str:
    """The text of a Python file, with `\\n` line ends and rows as CPython counts them. Raises UnreadableSource."""
    encoding, data = _encoding(data, shown)
    return decode_as(encoding, data, shown)


def as_written(data: bytes, shown: str) -> tuple[str, str, bytes]:
    """The text of a Python file with its own line ends, its encoding, and its byte order mark. Raises
    UnreadableSource when the text does not give the same bytes again."""
    encoding, rest = _encoding(data, shown)
    mark = data[: len(data) - len(rest)]
    try:
        text = rest.decode(encoding)
        same = text.encode(encoding) == rest
    except (UnicodeError, ValueError):
        same = False
    if not same:
        raise UnreadableSource(f"is not the same bytes again when it is written in {encoding}", Place(shown, 1))
    return text, encoding, mark


def decode_as(encoding: str, data: bytes, shown: str) -> str:
    """The text that some bytes hold in a given encoding, with `\\n` line ends. Raises UnreadableSource."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = normalised(data[: error.start].decode(encoding, "replace"))
        byte = data[error.start : error.start + 1].hex()
        how = "save it as UTF-8" if encoding == "utf-8" else "save it so, or declare the encoding that it has"
        message = f"cannot be decoded: byte 0x{byte} is not valid {_people_say(encoding)}; {how}"
        raise UnreadableSource(message, _end_of(before, shown)) from None
    except (UnicodeError, ValueError) as error:
        raise UnreadableSource(f"cannot be decoded as {encoding}: {error}", Place(shown, 1)) from None
    text = normalised(text)
    if "\0" in text:
        raise UnreadableSource("holds a null byte, which Python refuses", _end_of(text[: text.index("\0")], shown))
    if encoding != "utf-8":
        _refuse_surrogates(text, shown)
    return text


def normalised(text: str) -> str:
    """The text with `\\n` as its only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _encoding(data: bytes, shown: str) -> tuple[str, bytes]:
    """The encoding that a file declares, and its bytes without the byte order mark."""
    if data.startswith(_WIDE_MARKS):
        message = "cannot be decoded: it is UTF-16 or UTF-32, which Python refuses; save it as UTF-8"
        raise UnreadableSource(message, Place(shown, 1))
    marked = data.startswith(_BOM)
    if marked:
        data = data[len(_BOM) :]
    # Nearly every file ends here: no second look at its bytes.
    second = data.find(b"\n", data.find(b"\n") + 1)
    head = data[:second] if second >= 0 else data
    if b"coding" not in head:
        return "utf-8", data
    for row, line in enumerate(_LINE_END.split(head, maxsplit=2)[:2], 1):
        found = _COOKIE.match(line)
        if found is not None:
            name = found[1].decode("ascii", "replace")
            place = Place(shown, row, found.start(1) + 1, row, found.end(1) + 1)
            return _known(name, marked, place), data
        if not _BLANK_OR_COMMENT.match(line):
            break
    return "utf-8", data


def _known(name: str, marked: bool, place: Place) -> str:
    """The codec that a declared name stands for. Raises UnreadableSource when there is none."""
    # CPython's tokenizer looks at twelve characters: `utf-8-unix`, as Emacs writes it, is UTF-8.
    common = name[:12].lower().replace("_", "-")
    if common == "utf-8" or common.startswith("utf-8-"):
        return "utf-8"
    if common.startswith(("latin-1-", "iso-8859-1-", "iso-latin-1-")):
        return "iso-8859-1"
    import codecs

    try:
        codec = codecs.lookup(name)
        b"#".decode(name)  # refuses what is no encoding of text: rot13, base64 …
    except LookupError:
        raise UnreadableSource(f"cannot be decoded: unknown encoding {name}", place) from None
    except ValueError:
        pass  # one byte is too little for it; the whole file may do
    if marked and codec.name != "utf-8":
        message = f"cannot be decoded: it declares {name} but begins with the byte order mark of UTF-8"
        raise UnreadableSource(message, place)
    return codec.name


def _refuse_surrogates(text: str, shown: str) -> None:
    """Some codecs make halves of characters, which no parser takes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnreadableSource("holds half a character (a surrogate)", _end_of(text[: error.start], shown)) from None


def _end_of(before: str, shown: str) -> Place:
    """The place right after some text."""
    return Place(shown, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _people_say(encoding: str) -> str:
    return "UTF-8" if encoding == "utf-8" else encoding
