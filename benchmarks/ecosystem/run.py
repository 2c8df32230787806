"""Shows what a change to losslint does to its findings in real repositories.

    python benchmarks/ecosystem/run.py [--base REF] [DIRECTORY…]

Lints each directory with two versions of losslint, the one of a git ref (default: HEAD) and the working tree, and
prints the findings that came (+) and went (-). Without directories: those of targets.toml that exist. Findings are
matched by file, code, cell and the text of their line, so lines that moved are no change. What people decided about
findings is in judged.jsonl and printed beside them: one JSON object a line with repo, version, file, code, line_text,
verdict ("right", "wrong" or "debatable") and why.

Exit status: 0 no finding judged wrong came, 1 one did, 2 a version could not be run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
PROGRAM = "import sys; sys.argv[0] = 'losslint'; from losslint.app.cli import main; main()"


@dataclass(frozen=True, order=True)
class Found:
    """What makes a finding the same one in two versions."""

    file: str
    code: str
    cell: int
    line_text: str


def lint(version: Path, directory: Path) -> tuple[Counter[Found], dict[Found, dict[str, Any]]]:
    """The findings of one version of losslint in a directory, and one entry of its JSON for each."""
    # Safe path (-P) does not exist in Python 3.10: what is linted must not be importable, so we run elsewhere.
    environment = os.environ | {"PYTHONPATH": str(version), "PYTHONDONTWRITEBYTECODE": "1"}
    arguments = ["check", "--output-format", "json", "--exit-zero", str(directory)]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        cwd=version,
    )
    if run.returncode:
        raise SystemExit2(f"losslint of {version} on {directory} ended with {run.returncode}:\n{run.stderr[-3000:]}")
    findings: Counter[Found] = Counter()
    entries: dict[Found, dict[str, Any]] = {}
    for entry in json.loads(run.stdout):
        path = version / entry["filename"]
        name = Path(os.path.relpath(path, directory)).as_posix()
        found = Found(name, entry["code"], entry["cell"] or 0, line_text(path, entry))
        findings[found] += 1
        entries.setdefault(found, entry)
    return findings, entries


class SystemExit2(SystemExit):
    """Ends the program with a message and status 2."""

    def __init__(self, message: str) -> None:
        print(message, file=sys.stderr)
        super().__init__(2)


def line_text(path: Path, entry: dict[str, Any]) -> str:
    """The line of a finding without its indentation."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".ipynb":
            text = "".join(json.loads(text)["cells"][entry["cell"] - 1]["source"])
        return str(text.splitlines()[entry["location"]["row"] - 1]).strip()
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def judgements(path: Path) -> dict[tuple[str, str, str, str], dict[str, str]]:
    """What people decided, by repository, file, code and line."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    judged = [json.loads(line) for line in lines if line.strip()]
    return {(entry["repo"], entry["file"], entry["code"], entry["line_text"]): entry for entry in judged}


def targets() -> dict[str, Path]:
    """The directories of targets.toml that exist here, by repository and version."""
    listed = tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))["target"]
    roots = os.environ.get("LOSSLINT_ECOSYSTEM", "").split(os.pathsep)
    return {
        f"{target['repo']}@{target['version']}": Path(root, target["folder"])
        for target in listed
        for root in roots
        if root and Path(root, target["folder"]).is_dir()
    }


def compare(base: Path, change: Path, directories: dict[str, Path], judged_at: Path) -> int:
    """Prints what came and went in each directory; how many that came are judged wrong."""
    judged = judgements(judged_at)
    came, went, wrong = 0, 0, 0
    for name, directory in directories.items():
        before, old = lint(base, directory)
        after, new = lint(change, directory)
        lines = [("-", found, old[found]) for found in before - after] + [
            ("+", found, new[found]) for found in after - before
        ]
        print(f"{name}: {before.total()} findings before, {after.total()} after")
        for sign, found, entry in sorted(lines, key=lambda line: (line[1], line[0])):
            cell = f"cell {found.cell}:" if found.cell else ""
            print(f"  {sign} {found.file}:{cell}{entry['location']['row']} {found.code} {entry['message']}")
            verdict = judged.get((name.partition("@")[0], found.file, found.code, found.line_text))
            if verdict is not None:
                print(f"      judged {verdict['verdict']}: {verdict['why']}")
                wrong += sign == "+" and verdict["verdict"] == "wrong"
            came, went = came + (sign == "+"), went + (sign == "-")
    print(f"{came} came, {went} went, {wrong} of those that came are judged wrong")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="*", type=Path, help="unpacked repositories or wheels")
    parser.add_argument("--base", default="HEAD", help="the git ref to compare the working tree with (default: HEAD)")
    parser.add_argument("--checkout", type=Path, default=CHECKOUT, help="the working tree of losslint")
    parser.add_argument("--judged", type=Path, default=HERE / "judged.jsonl", help="what people decided")
    options = parser.parse_args()
    directories = {path.name: path.resolve() for path in options.directories} or targets()
    if not directories:
        parser.error("no directory given, and none of targets.toml found under LOSSLINT_ECOSYSTEM")
    for name, directory in directories.items():
        if not directory.is_dir():
            parser.error(f"{name}: no such directory")
    checkout = options.checkout.resolve()
    git = ["git", "-C", str(checkout), "worktree"]
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary).resolve() / "base"
        added = subprocess.run([*git, "add", "--detach", "--quiet", str(base), options.base], check=False)
        if added.returncode:
            raise SystemExit2(f"git has no {options.base!r} to compare with")
        try:
            wrong = compare(base, checkout, directories, options.judged)
        finally:
            subprocess.run([*git, "remove", "--force", str(base)], check=False)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
