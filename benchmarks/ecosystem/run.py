"""Lints real code and compares the findings with those that people have judged.

    python benchmarks/ecosystem/run.py [FOLDER…]            compare with judged.jsonl
    python benchmarks/ecosystem/run.py --update [FOLDER…]   write what changed into judged.jsonl
    python benchmarks/ecosystem/run.py --base REF [FOLDER…] compare with another version of losslint

Without folders: those of targets.toml that are found under the directories that the environment variable
LOSSLINT_ECOSYSTEM names (separated like PATH); fetch.py brings them there. See README.md beside this file.

Exit status: 0 as judged (with --base: no finding judged wrong came), 1 something came or went or is not judged,
2 losslint could not be run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
PROGRAM = "import sys; sys.argv[0] = 'losslint'; from losslint.app.cli import main; main()"
VERDICTS = ("right", "wrong", "debatable", "unjudged")
#: `file:row:column: LL101 message`, and the same with the cell of a notebook.
FINDING = re.compile(r"(?P<file>.+?):(?:cell (?P<cell>\d+):)?(?P<row>\d+):\d+: (?P<code>LL\d{3}) (?P<message>.*)")
UNDECIDED = re.compile(r".+?:\d+:\d+: undecided: (?P<loss>[^:]+): (?P<reason>.*)")
SUMMARY = re.compile(r".* (?P<misused>\d+) misused, (?P<clean>\d+) clean, (?P<undecided>\d+) undecided\.")


@dataclass(frozen=True, order=True)
class Found:
    """What makes a finding the same one: the commits are pinned, so its line is; its message may be put better."""

    target: str
    path: str
    cell: int
    row: int
    code: str

    def __str__(self) -> str:
        cell = f"cell {self.cell}:" if self.cell else ""
        return f"{self.target}/{self.path}:{cell}{self.row} {self.code}"


@dataclass(frozen=True)
class Judged:
    """What people decided about a finding; one that is `gone` is not reported any more, and not forgotten either."""

    verdict: str
    why: str
    gone: bool = False


@dataclass
class Linted:
    """What losslint said about a folder."""

    findings: dict[Found, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


class CannotRun(Exception):
    """Something that ends the run with status 2."""


# ---------------------------------------------------------------- linting


def lint(version: Path, target: str, folder: Path) -> Linted:
    """What one version of losslint says about a folder."""
    # Safe path (-P) does not exist in Python 3.10: what is linted must not be importable, so we run elsewhere.
    environment = os.environ | {"PYTHONPATH": str(version), "PYTHONDONTWRITEBYTECODE": "1"}
    arguments = ["check", "--output-format", "concise", "--show-undecided", "--color", "never", "--exit-zero"]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments, str(folder)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment | {"PYTHONIOENCODING": "utf-8"},
        cwd=version,
    )
    if run.returncode:
        raise CannotRun(f"losslint of {version} on {folder} ended with {run.returncode}:\n{run.stderr[-3000:]}")
    return read(run.stdout, target, version, folder)


def read(output: str, target: str, version: Path, folder: Path) -> Linted:
    """The findings and the undecided of the concise format."""
    linted = Linted()
    for line in output.splitlines():
        if said := UNDECIDED.fullmatch(line):
            linted.reasons[re.sub(r"`[^`]*`", "`…`", said["reason"])] += 1
        elif said := FINDING.fullmatch(line):
            path = Path(os.path.relpath(version / said["file"], folder)).as_posix()
            found = Found(target, path, int(said["cell"] or 0), int(said["row"]), said["code"])
            linted.findings.setdefault(found, said["message"])
        elif said := SUMMARY.fullmatch(line):
            linted.calls.update({verdict: int(count) for verdict, count in said.groupdict().items()})
    return linted


def targets() -> dict[str, tuple[str, Path]]:
    """Kind and place of the targets that exist here, by their folder's name."""
    listed = tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))["target"]
    roots = [root for root in os.environ.get("LOSSLINT_ECOSYSTEM", "").split(os.pathsep) if root]
    return {
        target["folder"]: (target["kind"], Path(root, target["folder"]).resolve())
        for target in listed
        for root in roots
        if Path(root, target["folder"]).is_dir()
    }


# ---------------------------------------------------------------- what people decided


def judgements(path: Path) -> dict[Found, Judged]:
    """What people decided, by finding."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    judged = {}
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            found = Found(entry["target"], entry["path"], entry.get("cell", 0), entry["row"], entry["code"])
            decided = Judged(entry["verdict"], entry["why"], entry.get("gone", False))
        except (ValueError, LookupError, TypeError) as error:
            raise CannotRun(f"{path}:{number}: not a judgement: {error!r}") from None
        if decided.verdict not in VERDICTS:
            raise CannotRun(f"{path}:{number}: the verdict is none of {', '.join(VERDICTS)}")
        if decided.verdict != "unjudged" and not decided.why:
            raise CannotRun(f"{path}:{number}: a verdict needs a sentence that says why")
        if found in judged:
            raise CannotRun(f"{path}:{number}: judged twice")
        judged[found] = decided
    return judged


def write(path: Path, judged: Mapping[Found, Judged]) -> None:
    """One finding a line, in the order of the code, so that a change of findings is a change of lines."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for found, decided in sorted(judged.items(), key=lambda item: item[0]):
            cell = {"cell": found.cell} if found.cell else {}
            entry = {"target": found.target, "path": found.path, **cell, "row": found.row, "code": found.code}
            gone = {"gone": True} if decided.gone else {}
            entry |= {"verdict": decided.verdict, "why": decided.why, **gone}
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def updated(judged: Mapping[Found, Judged], findings: Iterable[Found], linted: Iterable[str]) -> dict[Found, Judged]:
    """The judgements after a run over some targets: new findings are unjudged, those not found any more are gone."""
    here, seen = set(linted), set(findings)
    result = {
        found: Judged(decided.verdict, decided.why, found not in seen) if found.target in here else decided
        for found, decided in judged.items()
        # What nobody judged needs no memory.
        if decided.verdict != "unjudged" or found in seen or found.target not in here
    }
    return result | {found: Judged("unjudged", "") for found in seen if found not in result}


# ---------------------------------------------------------------- the three commands


def check(folders: Mapping[str, tuple[str, Path]], checkout: Path, judged_at: Path, update: bool, jobs: int) -> int:
    """Compares with what was judged; the exit status."""
    judged = judgements(judged_at)
    findings: dict[Found, str] = {}
    calls: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    with ThreadPoolExecutor(jobs) as pool:
        every = pool.map(lambda name: lint(checkout, name, folders[name][1]), folders)
        results = list(zip(folders.values(), every, strict=True))
    for (kind, _), linted in results:
        findings |= linted.findings
        calls.setdefault(kind, Counter()).update(linted.calls)
        reasons.update(linted.reasons)
    expected = {found for found, decided in judged.items() if not decided.gone and found.target in folders}
    differences = sorted(findings.keys() ^ expected)
    for found in differences:
        print(f"{'+' if found in findings else '-'} {found} {findings.get(found, '')}".rstrip())
        if found in judged:
            print(f"    judged {judged[found].verdict}: {judged[found].why}")
    if differences:
        print()
    counts = Counter(judged[found].verdict if found in judged else "unjudged" for found in findings)
    print(f"{len(findings)} findings in {len(folders)} targets: " + ", ".join(f"{counts[v]} {v}" for v in VERDICTS))
    losses = Counter(
        judged[found].verdict for found in findings if found in judged and not found.code.startswith("LL9")
    )
    if decided := losses.total() - losses["unjudged"]:
        shares = f"{losses['right'] / decided:.1%} right, {losses['wrong'] / decided:.1%} wrong"
        print(f"precision: {shares}, of {decided} judged without files that are no Python (LL9)")
    for found in sorted(findings):
        if found in judged and judged[found].verdict == "wrong":
            print(f"  wrong: {found}: {judged[found].why}")
    table(calls, reasons)
    if update:
        write(judged_at, updated(judged, findings, folders))
        print(f"{judged_at.name} is up to date: read what changed in it (git diff), and judge what is unjudged")
        return 0
    return 1 if differences or counts["unjudged"] else 0


def table(calls: Mapping[str, Counter[str]], reasons: Counter[str]) -> None:
    """How many loss calls were decided in each kind of target, and what kept the others from it."""
    for kind, counts in calls.items():
        if total := counts.total():
            share = 1 - counts["undecided"] / total
            told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("misused", "clean", "undecided"))
            print(f"{kind}: {share:.1%} of {total} loss calls decided: {told}")
    for reason, count in reasons.most_common(25):
        print(f"{count:6}  {reason}")
    if len(reasons) > 25:
        print(f"{sum(count for _, count in reasons.most_common()[25:]):6}  {len(reasons) - 25} other reasons")


def compare(folders: Mapping[str, tuple[str, Path]], base: Path, change: Path, judged_at: Path) -> int:
    """Prints what came and went between two versions; the exit status."""
    judged = judgements(judged_at)
    came, went, wrong = 0, 0, 0
    for name, (_, folder) in folders.items():
        before, after = lint(base, name, folder).findings, lint(change, name, folder).findings
        print(f"{name}: {len(before)} findings before, {len(after)} after")
        for found in sorted(before.keys() ^ after.keys()):
            new = found in after
            print(f"  {'+' if new else '-'} {found} {after[found] if new else before[found]}")
            came, went = came + new, went + (not new)
            if found in judged:
                print(f"      judged {judged[found].verdict}: {judged[found].why}")
                wrong += new and judged[found].verdict == "wrong"
    print(f"{came} came, {went} went, {wrong} of those that came are judged wrong")
    return 1 if wrong else 0


def compare_with(ref: str, folders: Mapping[str, tuple[str, Path]], checkout: Path, judged_at: Path) -> int:
    """Compares the working tree with a git ref, in a git worktree that lives as long as this."""
    git = ["git", "-C", str(checkout), "worktree"]
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary).resolve() / "base"
        if subprocess.run([*git, "add", "--detach", "--quiet", str(base), ref], check=False).returncode:
            raise CannotRun(f"git has no {ref!r} to compare with")
        try:
            return compare(folders, base, checkout, judged_at)
        finally:
            subprocess.run([*git, "remove", "--force", str(base)], check=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, help="unpacked repositories or wheels, under their own names")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--update", action="store_true", help="write what came and went into the judged findings")
    what.add_argument("--base", metavar="REF", help="compare the working tree with losslint of this git ref")
    parser.add_argument("--checkout", type=Path, default=CHECKOUT, help="the working tree of losslint")
    parser.add_argument("--judged", type=Path, default=HERE / "judged.jsonl", help="what people decided")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="so many targets at once")
    options = parser.parse_args()
    known = targets()
    given = {os.path.basename(os.path.abspath(path)): path for path in options.folders}
    for name, path in given.items():
        if not path.is_dir():
            parser.error(f"{name}: no such folder")
    folders = {name: (known.get(name, ("other", path))[0], path.resolve()) for name, path in given.items()} or known
    if not folders:
        parser.error("no folder given, and none of targets.toml found under LOSSLINT_ECOSYSTEM")
    checkout = options.checkout.resolve()
    try:
        if options.base:
            return compare_with(options.base, folders, checkout, options.judged)
        return check(folders, checkout, options.judged, options.update, max(options.jobs, 1))
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
