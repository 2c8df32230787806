"""`--output-format markdown`."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.e2e.command import FINE, MISUSE, losslint, write
from tests.e2e.formats.hostile import NAMES, hostile, posix

markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py reads what was written")


class Seen(HTMLParser):
    """The tags of a page and its pieces of text outside code, as what makes links of names sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.rows: list[int] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        self.open.append(tag)
        if tag == "tr":
            self.rows.append(0)
        if tag in ("td", "th"):
            self.rows[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.texts.append(data)


def seen(markdown: str) -> Seen:
    page = Seen()
    page.feed(markdown_it.MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown))
    return page


def test_a_table_and_the_way_to_each_loss(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE)
    run = losslint(tmp_path, "--output-format", "markdown")
    assert run.status == 1
    assert "**1 problem found.** 1 loss call: 1 misused, 0 clean, 0 undecided." in run.output
    assert "| 🔴 error | LL101 softmax-into-cross-entropy | `a.py:6:12` | CrossEntropyLoss is given " in run.output
    assert (
        "1. `a.py:5:9`: `torch.softmax` makes softmax probabilities here<br>`p = torch.softmax(x, dim=1)`" in run.output
    )


def test_nothing_found_is_said(tmp_path: Path) -> None:
    write(tmp_path, a=FINE)
    run = losslint(tmp_path, "--output-format", "markdown")
    assert run.output == ("## losslint\n\n**No problems found.** 1 loss call: 0 misused, 1 clean, 0 undecided.\n")


@posix
def test_hostile_names_are_neither_html_nor_links_nor_mentions(tmp_path: Path) -> None:
    hostile(tmp_path)
    page = seen(losslint(tmp_path, "--output-format", "markdown").output)
    ours = {
        "h2",
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "details",
        "summary",
        "ol",
        "li",
        "br",
    }
    assert page.tags == ours
    assert set(page.rows) == {4} and len(page.rows) == len(NAMES) + 1
    text = "\n".join(page.texts)
    assert not re.search(r"@\w|#\d|://\w|\x1b|\u202e", text)
    # It was there, and is shown.
    assert "someone" in text and "e.org" in text
