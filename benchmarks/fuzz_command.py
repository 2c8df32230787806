"""The command in folders of damaged files: `python -m benchmarks.fuzz_command SECONDS [--seed N] [--keep FOLDER]`.

A folder holds a project under hostile names: code, a notebook, a page, examples in docstrings, a configuration, an
ignore file, a baseline, observations and a cache, all of them written by losslint itself or as its documentation has
them. Each round changes bytes in one or two of these, and runs `losslint check` with options drawn by chance, in this
process: a report in each format, fixes on and off, standard input. What is looked for is an exception, an internal
error, a run without an end, a status that says nothing, a report that its readers cannot read, a character that
commands a terminal, a file written outside of the folder, and a notebook that is none any more after `--fix`.

Nothing of what is linted is run. The same seed makes the same rounds, as far as the time allows; what went wrong is
kept with the folder that did it.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from benchmarks.fuzz import PATIENCE, TooLong, mutated
from losslint.app.cache.recorded import digest
from losslint.app.cli import cli
from losslint.app.observations import FORMAT, VERSION

MODEL = """\
import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    \"\"\"
    >>> loss = F.cross_entropy(Net()(torch.randn(2, 4)), torch.tensor([0, 1]))
    >>> F.nll_loss(
    ...     torch.softmax(torch.randn(2, 4), 1), torch.tensor([0, 1]))
    \"\"\"
    def __init__(self):
        super().__init__()
        self.head = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))

    def forward(self, x):
        return self.head(x)

def train(batches, target):
    net, loss_fn = Net(), nn.CrossEntropyLoss()
    for x, y in batches:
        loss = loss_fn(net(x), y)  # noqa: LL102
        loss.backward()
        F.binary_cross_entropy(net(x), target)  # losslint: ignore[LL201] not so
        torch.log(F.softmax(net.head[0](x), dim=1))
"""
CELLS = [
    {"cell_type": "markdown", "metadata": {}, "source": ["# A head\n"]},
    {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": [],
        "source": ["%time import torch\n", "!ls"],
    },
    {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": ["x"]},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["0.5\n"]}],
        "source": ["import torch.nn.functional as F\n", "p = torch.rand(2, 3).softmax(1)\n", "F.cross_entropy(p, y)"],
    },
]
NOTEBOOK = json.dumps({"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)
PAGE = f"# Page\n\n> ```python\n> import torch\n> ```\n\n- ~~~{{.py}}\n  x = 1\n  ~~~\n\n```python\n{MODEL}```\n"
CONFIGURATION = """\
extend-select = ["LL2"]
ignore = ["LL709"]
exclude = ["out", "*.tmp"]
doctests = true
baseline = "baseline.json"
observations = ["seen.json"]

[severity]
LL101 = "warning"

[per-file-ignores]
"a*.py" = ["LL3"]

[contracts.losses."mylib.FocalLoss"]
input = "logits"
"""
#: The name of each file in the folder: what stands in reports has to be text in all of them.
NAMES = (
    "a.py",
    "new\nline ::error::x.py",
    "x<script>alert(1)</script>]]>.py",
    "e\x1b[31m\u202e.py",
    "-dash.py",
    "n\udcff.py",
)
FORMATS = (
    *("full", "concise", "grouped", "json", "json-lines", "sarif", "github", "gitlab", "junit", "rdjson", "markdown"),
    "html",
)
#: What stands in the place of a part of a JSON document, and of a value of the configuration.
STRANGE = (
    *(
        "null",
        "true",
        "-1",
        "0",
        "1e999",
        "99999999999999999999",
        '""',
        '"../../x"',
        '"\\u0000"',
        '"\\ud800"',
        "[]",
        "{}",
    ),
    *('[[["x"]]]', '{"": {"": null}}', '["a", 1, null, {"b": []}]', '"LL101"', '"a.py"', '"/etc/passwd"', "NaN", "7"),
)
VALUES = (
    *("true", "1", "-0.0", "nan", "''", "[]", "{}", "['LL']", "['']", "['LL9', 'LL101']", "'../../x'", "'/dev/zero'"),
    *(
        "'\\u0000'",
        '"\\u0000"',
        "['**/**/**/a*b*c*']",
        "['[', '!', '{a,{b', '\\']",
        "{ a = 1 }",
        "'error'",
        "1979-05-27",
    ),
    *("['seen.json', 'seen.json']", "'a.py'", "'.'", "'losslint.toml'", "'probabilities'", "{ LL101 = 'advice' }"),
)
OPTIONS = (
    *("--doctests", "--show-undecided", "--show-suppressed", "--no-suppressions", "--advice", "--isolated", "--quiet"),
    *(
        "--no-cache",
        "--update-baseline",
        "--exit-zero",
        "--diff",
        "--fix",
        "--add-noqa",
        "--color=always",
        "--fix-only",
    ),
    *("--observations=seen.json", "--baseline=baseline.json", "--select=LL", "--ignore=LL101", "--force-exclude"),
    *("--statistics", "--show-fixes", "--unsafe-fixes", "--write-baseline=baseline.json", "--verbose"),
)


class Wrong(Exception):
    """What a round came to that it must not."""


def main() -> int:
    """Exit status: 0 when nothing went wrong, 1 otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("seconds", type=float)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzzed"))
    given = parser.parse_args()
    wrong = 0
    for problem in fuzz(given.seconds, given.seed, given.keep):
        wrong += 1
        print(problem, flush=True)
    return 1 if wrong else 0


def fuzz(seconds: float, seed: int, keep: Path, most: int | None = None) -> Iterator[str]:
    """Run rounds for a while, or `most` of them; what went wrong, for people."""
    chance = random.Random(seed)
    end = time.monotonic() + seconds
    count = 0
    with tempfile.TemporaryDirectory() as made, _set_up():
        whole, folder = Path(made) / "whole", Path(made) / "round" / "project"
        _project(folder)
        shutil.move(folder, whole)  # the cache knows files by where they are
        while time.monotonic() < end and count != most:
            count += 1
            shutil.copytree(whole, folder)
            arguments, given = _damaged(folder, chance)
            signal.alarm(PATIENCE)
            try:
                _round(folder, arguments, given)
            except Exception:
                signal.alarm(0)
                kept = (keep / f"command-{seed}-{count}").absolute()
                shutil.copytree(folder, kept, dirs_exist_ok=True)
                (kept / "arguments.json").write_text(json.dumps([arguments, given.decode("latin-1")]))
                yield f"{kept}: {arguments}\n{traceback.format_exc(limit=-6)}"
            finally:
                signal.alarm(0)
                os.chdir(made)
                shutil.rmtree(folder)
    print(f"{count} rounds of the command, seed {seed}", file=sys.stderr)


@contextmanager
def _set_up() -> Iterator[None]:
    def alarm(_: int, __: object) -> None:
        raise TooLong

    here, before = os.getcwd(), dict(os.environ)
    handler = signal.signal(signal.SIGALRM, alarm)
    os.environ["LOSSLINT_DEBUG"] = "1"
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, handler)
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)


def _project(folder: Path) -> None:
    """The files, before anything is wrong with them."""
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(MODEL)
    (folder / "n.ipynb").write_text(NOTEBOOK)
    (folder / "p.md").write_text(PAGE)
    (folder / ".gitignore").write_text("*.log\n!a.log\nout/**/x[a-z]?.py\n")
    os.chdir(folder)
    _said(["--write-baseline", "baseline.json", "--select=LL101,LL805", "."], b"")
    given = {"kinds": ["logits"], "dtypes": ["float32"], "shapes": ["[2, 3]"], "devices": ["cpu"]}
    call = {
        "file": "a.py",
        "row": 20,
        "column": 16,
        "end_row": 20,
        "end_column": 34,
        "rows": "0" * 16,
        "cell": None,
        "loss": "CrossEntropyLoss",
        "spelling": "loss_fn",
        "verdict": "misused",
        "reason": "",
        "arguments": {"input": given},
        "misuses": [{"code": "LL101", "message": "so it is", "mend": ""}],
    }
    seen = {"format": FORMAT, "version": VERSION, "sources": {"a.py": "0" * 32}, "calls": [call]}
    (folder / "seen.json").write_text(json.dumps(seen))
    (folder / "losslint.toml").write_text(CONFIGURATION)
    _said(["--cache-dir", "cache", "."], b"")


def _damaged(folder: Path, chance: random.Random) -> tuple[list[str], bytes]:
    """Change some of the files; the arguments of a run over them, and its standard input."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in chance.sample(files, chance.choice((1, 1, 2, 4))):
        data = path.read_bytes()
        if path.parent.name == "cache":
            if path.suffix == ".json":
                text = json.dumps(_exchanged(json.loads(data.partition(b"\n")[2]), chance))
                path.write_text(f"{digest(text.encode())}\n{text}")
            else:
                path.write_bytes(mutated(data, data, chance))
        elif path.suffix in (".json", ".ipynb") and chance.random() < 0.8:
            path.write_text(json.dumps(_exchanged(json.loads(data), chance)))
        elif path.suffix == ".toml" and chance.random() < 0.8:
            rows = data.decode().split("\n")
            row = chance.choice([number for number, row in enumerate(rows) if " = " in row])
            rows[row] = rows[row].partition(" = ")[0] + " = " + chance.choice(VALUES)
            path.write_text("\n".join(rows))
        else:
            path.write_bytes(mutated(data, chance.choice(files).read_bytes(), chance))
    arguments = [f"--output-format={chance.choice(FORMATS)}", "--jobs=1"]
    arguments += ["--cache-dir=cache"] * chance.choice((0, 1))
    arguments += chance.sample(OPTIONS, chance.choice((0, 0, 1, 2, 3)))
    if chance.random() < 0.2:
        name = chance.choice((*NAMES, "n.ipynb", "p.md", "../out/of/it.py", "", "x" * 5000))
        data = chance.choice((MODEL, NOTEBOOK, PAGE)).encode()
        return [*arguments, f"--stdin-filename={name}", "-"], mutated(data, MODEL.encode(), chance)
    if chance.random() < 0.2:
        return [*arguments, "--", *chance.sample([*NAMES, "n.ipynb", "p.md", "nowhere", ""], 3)], b""
    return [*arguments, "."], b""


def _exchanged(value: Any, chance: random.Random) -> Any:
    """A JSON value in which one part, near the top or deep inside, is something else or is gone."""
    if isinstance(value, (dict, list)) and value and chance.random() < 0.85:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = chance.choice(keys)
        if chance.random() < 0.1:
            del value[key]
        else:
            value[key] = _exchanged(value[key], chance)
        return value
    if isinstance(value, str) and chance.random() < 0.5:
        data = mutated(value.encode("utf-8", "surrogatepass"), MODEL.encode(), chance)
        return data.decode("utf-8", "replace")
    return json.loads(chance.choice(STRANGE))


def _round(folder: Path, arguments: list[str], given: bytes) -> None:
    """One run. Raises Wrong, and what losslint raises."""
    os.chdir(folder)
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    before = (folder / "n.ipynb").read_bytes()
    status, said, told = _said(arguments, given)
    if status not in (0, 1, 2):
        raise Wrong(f"status {status}")
    if "internal error" in told:
        raise Wrong(told)
    if any(not row.isprintable() for row in told.split("\n")):
        raise Wrong(f"something commands the terminal: {told!r}")
    if sorted(os.listdir(folder.parent)) != [folder.name]:
        raise Wrong("something was written outside of the folder")
    (name,) = (each.partition("=")[2] for each in arguments if each.startswith("--output-format="))
    plain = not {"--diff", "--add-noqa", "--fix-only", "--write-baseline=baseline.json"} & set(arguments)
    if status != 2 and said and plain and "--statistics" not in arguments:
        _readers().get(name, _on_a_terminal)(said.replace("\x1b[", "") if "--color=always" in arguments else said)
    with suppress(ValueError, RecursionError):
        json.loads(before)
        try:
            json.loads((folder / "n.ipynb").read_bytes())
        except ValueError as error:
            raise Wrong(f"a notebook is none any more: {error}") from None


def _said(arguments: list[str], given: bytes) -> tuple[object, str, str]:
    """The status of a run, and what it wrote to standard output and standard error."""
    import click

    stdin = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(given))
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            try:
                status: object = cli.main(arguments, prog_name="losslint", standalone_mode=False)
            except click.ClickException as error:
                status = 2
                error.format_message()
    finally:
        sys.stdin = stdin
    return status, out.getvalue(), err.getvalue()


# ---------------------------------------------------------------- who reads the reports


def _readers() -> dict[str, Callable[[str], object]]:
    readers: dict[str, Callable[[str], object]] = dict.fromkeys(("json", "sarif", "gitlab", "rdjson"), json.loads)
    readers["json-lines"] = lambda text: [json.loads(row) for row in text.splitlines()]
    readers["junit"] = ElementTree.fromstring
    readers["html"] = _page
    readers["github"] = _commands
    return readers


def _on_a_terminal(text: str) -> None:
    if any(not row.isprintable() for row in text.split("\n")):
        raise Wrong(f"something commands the terminal: {[row for row in text.split(chr(10)) if not row.isprintable()]}")


def _commands(text: str) -> None:
    _on_a_terminal(text)
    for row in text.splitlines():
        if not row.startswith(("::error ", "::warning ", "::notice ")):
            raise Wrong(f"no command: {row!r}")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        if any(name.startswith("on") or name in ("src", "style") for name, _ in attrs):
            raise Wrong(f"an attribute that does something: {attrs}")


def _page(text: str) -> None:
    page = _Page()
    page.feed(text)
    if page.elements.count("script") > 1 or {"img", "iframe", "link", "object"} & set(page.elements):
        raise Wrong("an element that is not the page's")


if __name__ == "__main__":
    sys.exit(main())
