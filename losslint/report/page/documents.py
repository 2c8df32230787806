"""The documentation of rules as HTML: the little Markdown that it is written in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from losslint.report.page.text import plain

_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^\s)]+)\)")


def document(markdown: str, level: int = 4) -> str:
    """Headings (from a level on), paragraphs, lists, code and links. Everything else is text."""
    return "".join(_blocks(markdown.strip().split("\n"), level))


def _blocks(rows: list[str], level: int) -> Iterator[str]:
    at = 0
    while at < len(rows):
        row = rows[at]
        if row.startswith("```"):
            end = next((number for number in range(at + 1, len(rows)) if rows[number].startswith("```")), len(rows))
            text = plain("\n".join(rows[at + 1 : end]), keep="\n")
            yield f'<pre tabindex="0" role="group" aria-label="code"><code>{text}</code></pre>'
            at = end + 1
        elif row.startswith("#"):
            yield f"<h{level}>{_inline(row.lstrip('#').strip())}</h{level}>"
            at += 1
        elif row.startswith("- "):
            items = []
            while at < len(rows) and rows[at].strip() and not rows[at].startswith(("```", "#")):
                if rows[at].startswith("- "):
                    items.append(rows[at][2:])
                else:
                    items[-1] += " " + rows[at].strip()
                at += 1
            yield f"<ul>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</ul>"
        elif row.strip():
            end = at
            while end < len(rows) and rows[end].strip() and not rows[end].startswith(("```", "#", "- ")):
                end += 1
            yield f"<p>{_inline(' '.join(part.strip() for part in rows[at:end]))}</p>"
            at = end
        else:
            at += 1


def _inline(text: str) -> str:
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return _links(text)
    return "".join(f"<code>{plain(part)}</code>" if number % 2 else _links(part) for number, part in enumerate(parts))


def _links(text: str) -> str:
    written, at = [], 0
    for found in _LINK.finditer(text):
        written.append(plain(text[at : found.start()]))
        written.append(f'<a href="{plain(found[2])}" rel="noreferrer">{plain(found[1])}</a>')
        at = found.end()
    return "".join([*written, plain(text[at:])])
