"""The fixes on real code: all that are offered, applied to a copy of each tree, and the copy linted again.

    python benchmarks/fixes.py [--diffs FILE] TREE...

Of each tree it is told how many findings there were, how many had a fix, and how many are left. What must not happen is
listed: a file that could be parsed and cannot any more, a finding that had a fix and is still there, a finding that
was not there before. `--diffs` writes what was changed, to be read by people. That nothing else of a notebook or a page
changes is what `roundtrip.py` looks at.

Exit status 1 where any of that happened.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[1]
PROGRAM = "import sys; sys.argv[0] = 'losslint'; from losslint.app.cli import main; main()"
#: What losslint reads of a tree.
READ = frozenset({".py", ".pyi", ".ipynb", ".md", ".qmd", ".toml", ".cfg", ".ini"})

#: What makes a finding the same one when lines have moved.
Sort = tuple[str, str]


def lint(tree: Path, *arguments: str) -> list[dict[str, Any]]:
    """The findings of a tree. Raises RuntimeError with what was said where losslint could not be run."""
    given = ["check", "--advice", "--no-cache", "--isolated", "--output-format", "json", "--exit-zero", *arguments]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *given, str(tree)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(CHECKOUT), "PYTHONIOENCODING": "utf-8"},
        cwd=CHECKOUT,
    )
    if run.returncode:
        raise RuntimeError(f"losslint on {tree} ended with {run.returncode}:\n{run.stderr[-2000:]}")
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def copied(tree: Path, into: Path) -> Iterator[Path]:
    """Copy what losslint reads of a tree; the copies, by their places in it."""
    for folder, _, names in os.walk(tree):
        for name in names:
            source = Path(folder, name)
            if source.suffix in READ and source.is_file():
                place = source.relative_to(tree)
                (into / place).parent.mkdir(parents=True, exist_ok=True)
                (into / place).write_bytes(source.read_bytes())
                yield place


def sorts(findings: list[dict[str, Any]], tree: Path) -> Counter[Sort]:
    """How often each rule speaks in each file."""
    return Counter((os.path.relpath(each["filename"], tree), each["code"]) for each in findings)


def cells(content: bytes) -> list[str] | None:
    """The programs in the cells of a notebook; None of what is none."""
    try:
        notebook = json.loads(content)
        return ["".join(each["source"]) for each in notebook["cells"] if each["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        return None


def is_program(text: str | bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def broken(place: Path, before: bytes, after: bytes) -> str:
    """What a change of a file destroyed; empty where it did not."""
    if place.suffix in (".py", ".pyi"):
        return "cannot be parsed any more" if is_program(before) and not is_program(after) else ""
    if place.suffix == ".ipynb":
        old, new = cells(before), cells(after)
        if old is None or new is None or len(old) != len(new):
            return "has other cells"
        if any(is_program(one) and not is_program(other) for one, other in zip(old, new, strict=True)):
            return "has a cell that cannot be parsed any more"
    return ""


@dataclass(frozen=True)
class Outcome:
    """What the fixes did to one tree."""

    before: int
    fixable: int
    after: int
    changed: int
    wrong: tuple[str, ...]
    diff: str


def mended(tree: Path, folder: Path) -> Outcome:
    """Apply all fixes to a copy of a tree and say what came of it."""
    places = list(copied(tree, folder))
    before = lint(folder)
    lint(folder, "--fix", "--unsafe-fixes")
    after = lint(folder)
    wrong: list[str] = []
    diff: list[str] = []
    changed = 0
    for place in places:
        old, new = (tree / place).read_bytes(), (folder / place).read_bytes()
        if old == new:
            continue
        changed += 1
        trouble = broken(place, old, new)
        if trouble:
            wrong.append(f"{place}: {trouble}")
        was_there, is_there = (content.decode("utf-8", "replace").splitlines(True) for content in (old, new))
        diff += difflib.unified_diff(was_there, is_there, f"{tree.name}/{place}", f"{tree.name}/{place}", n=2)
    was, left = sorts(before, folder), sorts(after, folder)
    with_fix = [each for each in before if each["fix"] is not None]
    offered = sorts(with_fix, folder)
    for sort, count in (left - was).items():
        wrong.append(f"{sort[0]}: {count} {sort[1]} that was not there")
    for sort, count in offered.items():
        still = left[sort] - (was[sort] - count)
        if still > 0:
            wrong.append(f"{sort[0]}: {still} of {count} {sort[1]} that had a fix are left")
    return Outcome(len(before), len(with_fix), len(after), changed, tuple(wrong), "".join(diff))


def main() -> int:
    parser = argparse.ArgumentParser(description="Apply all fixes to copies of trees, and lint the copies.")
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--diffs", type=Path, help="write what was changed")
    given = parser.parse_args()
    outcomes = []
    for tree in given.trees:
        with tempfile.TemporaryDirectory() as folder:
            outcome = mended(tree.resolve(), Path(folder).resolve() / tree.resolve().name)
        outcomes.append(outcome)
        if outcome.fixable or outcome.wrong:
            left = f"{outcome.before} findings, {outcome.fixable} with a fix, {outcome.after} left"
            print(f"{tree.name}: {left}; {outcome.changed} files changed", flush=True)
        for trouble in outcome.wrong:
            print(f"  WRONG {trouble}", flush=True)
    told = [sum(getattr(each, name) for each in outcomes) for name in ("before", "fixable", "after", "changed")]
    wrong = sum(len(each.wrong) for each in outcomes)
    print("{} findings, {} with a fix, {} left; {} files changed".format(*told), f"{wrong} wrong", sep="; ")
    if given.diffs is not None:
        given.diffs.write_text("".join(each.diff for each in outcomes), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
