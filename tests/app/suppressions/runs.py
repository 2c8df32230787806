"""Runs over files in memory, as a person would see what comes of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from losslint.app.fixing import Fixing, Result
from losslint.app.lint import Job, Outcome, lint
from losslint.app.telling import Rules, Telling
from losslint.sources.tree import MemoryTree

HEAD = """\
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(4, 10)

def f(x, y):
    p = torch.softmax(head(x), dim=1)
"""
#: The row in which `body` begins.
FIRST = 9


def body(text: str) -> str:
    """A program in which `p` holds probabilities and `head(x)` scores."""
    return HEAD + "".join(f"    {row}\n" if row else "\n" for row in text.strip("\n").split("\n"))


def telling(
    files: Mapping[str, str | bytes],
    *asked: str,
    select: Collection[str] = (),
    advice: bool = False,
    comments: bool = True,
) -> Telling:
    tree = MemoryTree({name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()})
    job = Job(tree, asked or tuple(tree.names()))
    return Telling([job], [Rules(None, list(select), [], advice)], comments)


def run(files: Mapping[str, str | bytes] | str, *asked: str, **options: object) -> Outcome:
    """What is told of some files, or of one called a.py."""
    files = {"a.py": files} if isinstance(files, str) else files
    told = telling(files, *asked, **options)  # type: ignore[arg-type]
    return told(lint(told.jobs, told.codes, told.explicit, 1, None, False))


def found(outcome: Outcome) -> list[str]:
    """Findings as `row code`."""
    return [f"{each.place.row} {each.code}" for each in outcome.report.findings]


def suppressed(outcome: Outcome) -> list[str]:
    """What is kept back, as `row code` with the reason behind it."""
    return [
        f"{each.finding.place.row} {each.finding.code} {each.reason}".rstrip() for each in outcome.report.suppressed
    ]


def fixed(files: Mapping[str, str | bytes], *, unsafe: bool = False) -> Result:
    told = telling(files)
    return Fixing(told.jobs, told.codes, told.explicit, 1, unsafe=unsafe, located=False, told=told).run()
