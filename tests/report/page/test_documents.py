"""The Markdown of the rules as HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from losslint.report.page.documents import document
from losslint.rules.registry import all_rules


def test_headings_paragraphs_lists_code_and_links() -> None:
    text = "## What\nOne `a < b`\ntwo.\n\n- an item\n  goes on\n- [torch](https://pytorch.org/?a=1&b)\n\n"
    text += "```python\nx < 1\n# no heading\n```"
    assert document(text) == (
        "<h4>What</h4><p>One <code>a &lt; b</code> two.</p><ul><li>an item goes on</li>"
        '<li><a href="https://pytorch.org/?a=1&amp;b" rel="noreferrer">torch</a></li></ul>'
        '<pre tabindex="0" role="group" aria-label="code"><code>x &lt; 1\n# no heading</code></pre>'
    )


@pytest.mark.parametrize("text", ["<b>x</b>", "[x](javascript:alert(1))", '[x](https://a"onclick=b)', "```\n</pre><b>"])
def test_everything_else_is_text(text: str) -> None:
    tags: list[tuple[str, list[str]]] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append((tag, [name for name, _ in attrs]))

    Tags().feed(document(text))
    assert {tag for tag, _ in tags} <= {"p", "a", "pre", "code"}
    assert all(set(names) <= {"href", "rel", "tabindex", "role", "aria-label"} for _, names in tags)


def test_every_rule_is_shown_whole() -> None:
    for rule in all_rules():
        shown = document(rule.documentation)
        assert shown.count("<h4>") == rule.documentation.count("\n## ")
        assert "```" not in shown and "](" not in shown.replace("<code>", "").partition("<pre")[0]
