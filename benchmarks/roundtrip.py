"""Notebooks and Markdown pages of real trees, written by the code that writes fixes: what is not changed stays.

    python benchmarks/roundtrip.py TREE…

Three questions of each notebook and page. Written with no edit at all, is it the file that was read? With a comment
put behind every row that can be edited, is it the same file once the comments are taken out again? And each tree is
copied and mended with `--fix --unsafe-fixes`: of a notebook, do only strings of a cell's source change, of a page only
rows in fences, and is every file alike that is no Python, notebook or page? Nothing is written in the trees, and
nothing of them is run.

Exit status 1 where an answer is no; the file is named.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from pathlib import Path

from losslint.fixes.edits import Edit, changed
from losslint.sources.read import DOCUMENTS, source_of
from losslint.sources.source import UnreadableSource

SUFFIXES = (".ipynb", *DOCUMENTS)
#: What is put behind rows: a comment, for a fence that does not parse any more is not edited. No file holds it.
WORD = "  # losslint was here"


def files(trees: Sequence[Path]) -> Iterator[Path]:
    """The notebooks and pages of some trees."""
    for tree in trees:
        yield from (
            path for path in sorted(tree.rglob("*")) if path.name.lower().endswith(SUFFIXES) and _is_plain(path)
        )


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def untouched(path: Path, data: bytes) -> bool:
    """Whether a file that is written with no edit is what was read."""
    return changed(data, [], str(path)) == data


def touched(path: Path, data: bytes) -> tuple[int, int, bool]:
    """How many rows hold Python, how many of them can be edited, and whether nothing else changes then."""
    source = source_of(data, str(path), str(path))
    rows = [
        Edit(str(path), row, len(text) + 1, row, len(text) + 1, WORD)
        for row, text in enumerate(source.text.split("\n"), 1)
        if text.strip()
    ]
    editable = list(_editable(data, rows, str(path)))
    if not editable:
        return len(rows), 0, True
    after = changed(data, editable, str(path))
    word = WORD.encode()
    return len(rows), len(editable), after.count(word) == len(editable) and after.replace(word, b"") == data


def _editable(data: bytes, edits: list[Edit], shown: str) -> Iterator[Edit]:
    """Those edits that can be made: what cannot is found by halves."""
    if not edits:
        return
    try:
        changed(data, edits, shown)
    except UnreadableSource:
        if len(edits) > 1:
            half = len(edits) // 2
            yield from _editable(data, edits[:half], shown)
            yield from _editable(data, edits[half:], shown)
    else:
        yield from edits


def mended(tree: Path) -> tuple[Counter[str], list[str]]:
    """Mend a copy of a tree; how many notebooks and pages changed, and what changed that should not have."""
    told: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / tree.name
        shutil.copytree(tree, copy, symlinks=True)
        command = [
            sys.executable,
            "-m",
            "losslint",
            "--fix",
            "--unsafe-fixes",
            "--isolated",
            "--no-cache",
            "--doctests",
        ]
        run = subprocess.run([*command, "--show-fixes", "."], cwd=copy, capture_output=True, text=True, check=False)
        if run.returncode not in (0, 1) or "Traceback" in run.stderr:
            wrong.append(f"{tree}: status {run.returncode}: {run.stderr.strip()[-400:]}")
        for path in sorted(tree.rglob("*")):
            if not _is_plain(path):
                continue
            before, after = path.read_bytes(), (copy / path.relative_to(tree)).read_bytes()
            if before == after:
                continue
            told[path.suffix.lower()] += 1
            if path.suffix.lower() == ".ipynb":
                wrong += [f"{path}: {each}" for each in _beside_sources(before, after)]
            elif path.name.lower().endswith(DOCUMENTS):
                wrong += [f"{path}: {each}" for each in _beside_fences(before, after)]
            elif path.suffix.lower() != ".py":
                wrong.append(f"{path}: it is none of the files that are mended")
    return told, wrong


def _beside_sources(before: bytes, after: bytes) -> Iterator[str]:
    """What changed in a notebook beside the text of code cells. Not by the code that wrote it: by the JSON itself, and
    by the rows of the file, of which only those may change that hold a string of a source."""
    old, new = json.loads(before.decode("utf-8-sig")), json.loads(after.decode("utf-8-sig"))
    sources: set[bytes] = set()
    for first, second in zip(old["cells"], new["cells"], strict=True):
        if first != second:
            sources.update(_written(first["source"]), _written(second["source"]))
            if first["cell_type"] != "code":
                yield "a cell changed that holds no code"
        first["source"] = second["source"] = ""
    if old != new:
        yield "something changed that is no source"
    for row in (row for low, high in _changes(before, after) for row in (*low, *high)):
        if not any(each in row for each in sources):
            yield f"a row changed that is no source: {row[:80]!r}"


def _written(source: str | list[str]) -> Iterator[bytes]:
    """How each string of a source may stand in the file."""
    for each in [source] if isinstance(source, str) else source:
        yield from (json.dumps(each, ensure_ascii=plain).encode() for plain in (True, False))


def _changes(before: bytes, after: bytes) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """The rows that went, and those that came in their place. What is alike in front and behind is not searched."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    front = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    back = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old[:front:-1], new[:front:-1], strict=False)))
    old, new = old[front : len(old) - back], new[front : len(new) - back]
    for tag, low, high, new_low, new_high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield old[low:high], new[new_low:new_high]


def _beside_fences(before: bytes, after: bytes) -> Iterator[str]:
    """What changed in a page outside of its fences, as anybody would see them who looks for the rows of backticks."""
    one, two = before.splitlines(keepends=True), after.splitlines(keepends=True)
    inside = [_fenced(one), _fenced(two)]
    for tag, low, high, new_low, new_high in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if tag != "equal" and not (all(inside[0][low:high]) and all(inside[1][new_low:new_high])):
            yield f"a row changed outside of fences: {one[low:high]!r}"


def _fenced(rows: list[bytes]) -> list[bool]:
    inside, told = False, []
    for row in rows:
        mark = row.lstrip(b" \t>-*+0123456789.)").startswith((b"```", b"~~~"))
        told.append(inside and not mark)
        inside ^= mark
    return told


def main() -> int:
    """Exit status: 0 when all files stayed as they should, 1 otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--only-written", action="store_true", help="do not mend copies of the trees")
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for path in files(given.trees):
        data = path.read_bytes()
        kind = "notebooks" if path.suffix.lower() == ".ipynb" else "pages"
        try:
            same = untouched(path, data)
            held, edited, also = touched(path, data)
        except UnreadableSource as problem:
            counts[f"{kind}, unreadable"] += 1
            print(f"not read: {path}: {problem}")
            continue
        counts.update({kind: 1, f"{kind}, rows": held, f"{kind}, rows that can be edited": edited})
        wrong += [f"{path}: written with no edit, it is another file"] * (not same)
        wrong += [f"{path}: more changed than the rows that were edited"] * (not also)
    for tree in given.trees if not given.only_written else ():
        told, more = mended(tree)
        counts.update({f"mended, {suffix}": count for suffix, count in told.items()})
        wrong += more
    for name, count in sorted(counts.items()):
        print(f"{count:8} {name}")
    print("\n".join(wrong) or "all as it should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
