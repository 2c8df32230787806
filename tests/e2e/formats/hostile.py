"""Files whose names and contents try to be more than text, in whatever they are written into."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.command import MISUSE, put

#: Names in a file system that takes any byte; `/` makes a folder of what stands before it.
NAMES = (
    "new\nline ::error file=x::y.py",
    "esc\x1b[31m\x07.py",
    "a::b,c=d%0A.py",
    "cdata]]>&amp;.py",
    "x</script><img src=x onerror=alert(1)>.py",
    "pipe|`tick` @someone #1 [l](mailto:me@e.org) <b>.py",
    "bidi\u202e\ufeff.py",
    "quote\"'.py",
    "astral \U0001f600 größe.py",
    "not utf-8 \udcff.py",
)

#: The rows of code around the misuse are hostile, too.
TEXT = MISUSE.replace(
    "(p, y)", "(p, y)  # </script></code><script>alert(1)</script> ]]> ::error:: \x1b[2J\u202e `| @someone \U0001f600"
)

posix = pytest.mark.skipif(sys.platform != "linux", reason="names that only Linux takes")


def hostile(folder: Path) -> None:
    """Write them."""
    for name in NAMES:
        put(folder / name, TEXT)
