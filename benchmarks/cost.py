"""What a run of losslint costs, beside programs that everybody knows.

    python benchmarks/cost.py TREE [--one FILE] [--rounds 7]

Comparisons between two programs that take turns (A B A B …), so that a slow spell of the machine hits both:

    tree    a cold `losslint check --no-cache TREE` beside `ruff check --no-cache TREE`
    warm    the same with what an earlier run found, beside the same ruff
    one     a cold `losslint check --no-cache FILE`, a file of that tree, beside `python -c "import libcst, click"`
    again   the same with what an earlier run found
    file    `losslint check` of one small file with a loss beside `python -c "import libcst, click"`
    start   `losslint --version` beside `python -c "import click"`
    quiet   `losslint check` of 300 files without any loss beside `import click` and reading the files

Printed are medians and the ratio of the medians, once of the wall clock and once of the processor time. The targets
hold for the wall clock. Exit status 1: a target is missed, or libcst was imported where no loss is.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from statistics import median

SCRIPTS = Path(sysconfig.get_path("scripts"))
SMALL = """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(dim=1))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def step(batch, target):
    loss = criterion(model(batch), target)
    loss.backward()
    optimizer.step()
"""
READING = "import click, pathlib, sys; [path.read_bytes() for path in pathlib.Path(sys.argv[1]).rglob('*.py')]"
#: What losslint looks for in bytes: a file of the standard library that has one of these words would not be quiet.
LOSS_WORDS = (b"loss", b"Loss", b"entropy", b"torch", b"softmax", b"sigmoid", b"log(")


def once(command: list[str], statuses: tuple[int, ...]) -> tuple[float, float]:
    """The wall clock and the processor time of one run, in seconds."""
    before, started = os.times(), time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    wall, after = time.perf_counter() - started, os.times()
    if run.returncode not in statuses:
        raise SystemExit(f"{' '.join(command)} ended with {run.returncode}:\n{run.stderr[-2000:]}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, used


def compared(name: str, ours: list[str], theirs: list[str], rounds: int, target: float) -> bool:
    """Runs two programs in turns and prints their medians; whether the target is met."""
    measured: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for number in range(rounds + 1):
        pair = (once(ours, (0, 1)), once(theirs, (0, 1)))
        if number:  # the first round fills the file cache and the byte code
            measured[0].append(pair[0])
            measured[1].append(pair[1])
    ratios = []
    for index, clock in enumerate(("wall", "cpu")):
        own, other = (median(run[index] for run in runs) for runs in measured)
        ratios.append(own / other)
        print(f"{name:6} {clock:5} {own * 1000:9.1f} ms  beside {other * 1000:9.1f} ms  ratio {own / other:5.2f}")
    met = ratios[0] <= target
    print(f"{name:6} target {target}: {'met' if met else 'MISSED'}")
    return met


def quiet_tree(folder: Path, count: int = 300) -> Path:
    """A tree of files from the standard library that no loss is in."""
    found = 0
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        parts = path.parts
        if found == count:
            break
        if "site-packages" in parts or "test" in parts or "tests" in parts or "lib2to3" in parts:
            continue
        if not any(word in path.read_bytes() for word in LOSS_WORDS):
            shutil.copyfile(path, folder / f"{found:03}_{path.name}")
            found += 1
    if found < count:
        raise SystemExit(f"the standard library has only {found} files without any word of a loss")
    return folder


def imports_libcst(arguments: list[str]) -> bool:
    """Whether a run of losslint imports libcst."""
    program = "import sys; sys.argv[0] = 'losslint'; from losslint.app.cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    return any(line.rpartition("|")[2].strip() == "libcst" for line in run.stderr.splitlines())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path, help="a large project, such as an unpacked timm wheel")
    parser.add_argument("--one", type=Path, help="a file of that tree, as a hook lints it")
    parser.add_argument("--rounds", type=int, default=7, help="measured rounds of each comparison (default: 7)")
    options = parser.parse_args()
    # An installed program has its byte code; without it a run is measured that compiles losslint each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    losslint = [str(SCRIPTS / "losslint"), "check", "--no-cache"]
    python = [sys.executable, "-c"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "one").mkdir()
        small = folder / "one" / "small.py"
        small.write_text(SMALL, encoding="utf-8")
        (folder / "quiet").mkdir()
        quiet = str(quiet_tree(folder / "quiet"))
        ruff = [str(SCRIPTS / "ruff"), "check", "--no-cache", "--isolated", "--quiet", str(options.tree)]
        warm = [*losslint[:-1], "--cache-dir", str(folder / "cache")]
        imports = [*python, "import libcst, click"]
        met = [
            compared("tree", [*losslint, str(options.tree)], ruff, options.rounds, 3.0),
            compared("warm", [*warm, str(options.tree)], ruff, options.rounds, 1.0),
        ]
        if options.one is not None:
            met += [
                compared("one", [*losslint, str(options.one)], imports, options.rounds, 1.6),
                compared("again", [*warm, str(options.one)], imports, options.rounds, 1.6),
            ]
        met += [
            compared("file", [*losslint, str(small)], imports, options.rounds, 2.0),
            compared("start", [losslint[0], "--version"], [*python, "import click"], 3 * options.rounds, 1.3),
            compared("quiet", [*losslint, quiet], [*python, READING, quiet], options.rounds, 1.5),
        ]
        # The second shows that the first would notice.
        if imports_libcst(["check", "--no-cache", quiet]):
            print("quiet: libcst was imported where no loss is")
            met.append(False)
        if not imports_libcst(["check", "--no-cache", str(small)]):
            print("file: libcst was not imported though a loss is there: this check of imports sees nothing")
            met.append(False)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
