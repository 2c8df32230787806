"""Lints real files after changing bytes in them: `python benchmarks/fuzz.py SECONDS TREE… [--seed N] [--keep FOLDER]`.

Each fourth file is mended, too; the examples of docstrings count. What is looked for is an exception of losslint's own,
a file that takes longer than `PATIENCE` seconds, and a notebook of which more than sources changed. It is told with the
seed, and the file that did it is kept. Nothing is executed, and nothing is written beside what is kept.
The same seed over the same trees makes the same files, as far as the time allows.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from losslint.app.docstrings import with_docstrings
from losslint.app.fixing import Fixing
from losslint.app.lint import Job, lint
from losslint.rules.registry import names
from losslint.sources.tree import MemoryTree

#: Seconds that one file may take.
PATIENCE = 30
SUFFIXES = (".py", ".ipynb", ".md")
#: Larger files say nothing more, and take the time of many others.
LARGEST = 60_000
#: What stands in code that losslint looks at, and what readers of texts trip over.
WORDS = tuple(
    word.encode("utf-8", "surrogatepass")
    for word in (
        *("F.cross_entropy(", "nn.CrossEntropyLoss()", ".softmax(1)", "torch.log(", "self.", "super().__init__()"),
        *(
            "def f(x):\n",
            "class A(A):\n",
            "lambda x: ",
            "return ",
            "yield ",
            "await ",
            "async ",
            "import ",
            "from . import *\n",
        ),
        *(
            "for x in x:\n",
            "while 1:\n",
            "try:\n",
            "except:\n",
            "finally:\n",
            "with x as x:\n",
            "match x:\n",
            "case _:\n",
        ),
        *("global x\n", "nonlocal x\n", "del x\n", ":=", "*", "**", "->", "@", "...", "[", "]", "(", ")", "{", "}"),
        *(
            "'",
            '"',
            '"""',
            "'''",
            "f'{",
            "f'{x!r:{y}}'",
            "rb'",
            "\\",
            "\\\n",
            "#",
            "# noqa: LL101",
            "# losslint: ignore[",
        ),
        *(
            "%%time\n",
            "%time ",
            "!ls\n",
            "?",
            ">>> ",
            "... ",
            "```python\n",
            "```\n",
            "~~~",
            "> ",
            "- ",
            "1. ",
            "<!--",
            "-->",
        ),
        *(
            "print 'x'\n",
            "exec 'x'\n",
            "except E, e:\n",
            "0777",
            "10L",
            "1e999",
            "9" * 30,
            "1_0",
            "0x",
            "1j",
            "None",
            "-1",
        ),
        *("\t", " ", "\n", "\r", "\r\n", "\f", "\v", "\0", "\ufeff", "\u2028", "\x85", "\ud800", "é", "ﬁ", "𝒙", "\x1b"),
        *('"source": ', '"cells": ', '"cell_type": "code"', "null", "NaN", '"\\ud800"', "{}", "[]", "\\u0000", "\\n"),
    )
)


class TooLong(Exception):
    """A file took longer than it may."""


def files(trees: Sequence[Path]) -> list[Path]:
    """The files of some trees that can be read and changed, in a fixed order."""
    found = (path for tree in trees for path in sorted(tree.rglob("*")) if path.suffix in SUFFIXES)
    return [path for path in found if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST]


def mutated(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Some bytes after a few changes; `other` is what pieces are taken from."""
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 1, 4, 30, 300)))
        how = chance.randrange(8)
        if how == 0:
            data = data[:at] + data[end:]
        elif how == 1:
            data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        elif how == 2:
            data = data[:at] + data[at:end] * chance.choice((2, 3, 50)) + data[end:]
        elif how == 3:
            start = chance.randrange(len(other) + 1)
            data = data[:at] + other[start : start + chance.choice((10, 100, 1000))] + data[end:]
        elif how == 4:
            data = data[:at]
        elif how == 5:  # a row somewhere else
            rows = data.split(b"\n")
            rows.insert(chance.randrange(len(rows)), rows[chance.randrange(len(rows))])
            data = b"\n".join(rows)
        else:
            data = data[:at] + chance.choice(WORDS) * chance.choice((1, 1, 1, 2, 200)) + data[at:]
    return data


def linted(listed: dict[str, bytes]) -> None:
    """Lint files in memory. Raises what losslint raises, or TooLong."""
    outcome = lint([_job(listed)], names(), names(), processes=1)
    if outcome.failures:
        raise AssertionError("; ".join(outcome.failures))


def mended(listed: dict[str, bytes]) -> None:
    """Lint files in memory and make all fixes. Raises what losslint raises, TooLong, or AssertionError for a notebook
    that is none any more."""
    result = Fixing([_job(listed)], names(), names(), 1, unsafe=True).run()
    for name, data in result.files[0].items():
        if name.endswith(".ipynb"):
            before, after = json.loads(listed[name].decode("utf-8-sig")), json.loads(data.decode("utf-8-sig"))
            for cell in (*before["cells"], *after["cells"]):
                cell.pop("source", None)
            if before != after:
                raise AssertionError(f"more than the sources of {name} changed")


def _job(listed: dict[str, bytes]) -> Job:
    """Files in memory, with the examples of their docstrings."""
    names_of = tuple(sorted(listed))
    return with_docstrings(Job(MemoryTree(listed), names_of, frozenset(names_of)))


def _alarm(_: int, __: FrameType | None) -> None:
    raise TooLong


def fuzz(paths: Sequence[Path], seconds: float, seed: int, keep: Path) -> Iterator[str]:
    """Lint changed files for a while; what went wrong, for people."""
    chance = random.Random(seed)
    keep.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGALRM, _alarm)
    os.environ["LOSSLINT_DEBUG"] = "1"
    end = time.monotonic() + seconds
    count = 0
    last = keep / "last.json"  # what was being linted, should the process be gone
    while time.monotonic() < end:
        count += 1
        first, second = chance.choice(paths), chance.choice(paths)
        data = mutated(first.read_bytes(), second.read_bytes(), chance)
        listed = {f"a{first.suffix}": data, f"b{second.suffix}": second.read_bytes()}
        last.write_text(json.dumps({name: text.decode("latin-1") for name, text in listed.items()}))
        signal.alarm(PATIENCE)
        try:
            (mended if count % 4 == 0 else linted)(listed)
        except Exception:
            signal.alarm(0)
            kept = keep / f"{seed}-{count}.json"
            kept.write_text(last.read_text())
            yield f"{kept} (of {first})\n{traceback.format_exc(limit=-6)}"
        finally:
            signal.alarm(0)
    print(f"{count} files in {seconds:.0f} s, seed {seed}", file=sys.stderr)


def main() -> int:
    """Exit status: 0 when nothing went wrong, 1 otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("seconds", type=float)
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzzed"))
    given = parser.parse_args()
    wrong = 0
    for problem in fuzz(files(given.trees), given.seconds, given.seed, given.keep):
        wrong += 1
        print(problem, flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
