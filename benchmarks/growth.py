"""How the time of a cold run grows with the size of a project.

    python benchmarks/growth.py TREE

Lints an eighth, a quarter, a half and the whole of a tree, each copied to a folder of its own: every eighth folder of
the tree's largest package first, then every fourth … so that each part is mixed like the whole. Printed are the lines,
the seconds of processor time, and the seconds for 100,000 lines, which stay the same if time grows linearly.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

LOSSLINT = Path(sysconfig.get_path("scripts")) / "losslint"


def folders(tree: Path) -> dict[Path, list[Path]]:
    """The Python files of a tree by their folder, relative to the tree."""
    found: dict[Path, list[Path]] = {}
    for path in sorted(tree.rglob("*.py")):
        found.setdefault(path.parent.relative_to(tree), []).append(path)
    return found


def part(tree: Path, every: int, place: Path) -> int:
    """Copy every so many folders of a tree; how many lines that are."""
    lines = 0
    for number, (folder, files) in enumerate(folders(tree).items()):
        if number % every:
            continue
        (place / folder).mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, place / folder / file.name)
            lines += file.read_bytes().count(b"\n")
    return lines


def seconds(folder: Path) -> float:
    """The processor time of a cold run, its forks included."""
    before = os.times()
    run = subprocess.run([str(LOSSLINT), "check", "--no-cache", "--quiet", "--exit-zero", str(folder)],
                         capture_output=True, check=False)  # fmt: skip
    if run.returncode:
        raise SystemExit(run.stderr.decode(errors="replace")[-2000:])
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path, help="a large project, such as an unpacked transformers wheel")
    tree: Path = parser.parse_args().tree
    # As in cost.py: an installed program has its byte code.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for every in (8, 4, 2, 1):
        with tempfile.TemporaryDirectory() as temporary:
            lines = part(tree, every, Path(temporary))
            used = seconds(Path(temporary))
        print(
            f"1/{every}: {lines:9,} lines  {used:7.1f} s  {used / lines * 100_000:6.2f} s for 100,000 lines", flush=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
