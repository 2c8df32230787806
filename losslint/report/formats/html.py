"""The HTML format: one page that needs nothing beside itself, to be read and passed on."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from itertools import groupby

from losslint import __version__
from losslint.report.fingerprints import fingerprints
from losslint.report.material import Material
from losslint.report.page import sections
from losslint.report.page.findings import card
from losslint.report.page.script import JAVASCRIPT
from losslint.report.page.style import CSS
from losslint.report.page.text import plain

#: It lists the undecided calls with their places.
SHOWS_UNDECIDED = True


def render(material: Material) -> str:
    """The page. Nothing in it depends on the time or the machine, and a browser that opens it asks nobody for anything:
    its own script and its own style are all that the page allows."""
    findings = material.findings
    policy = (
        f"default-src 'none'; style-src 'sha256-{_digest(CSS)}'; script-src 'sha256-{_digest(JAVASCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    count = len(findings)
    title = f"losslint: {count} problem{'' if count == 1 else 's'}" if count else "losslint: no problems"
    return "".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            '<meta name="referrer" content="no-referrer">\n',
            f"<title>{title}</title>\n<style>{CSS}</style>\n</head>\n<body>\n",
            '<a class="skip" href="#findings">To the findings</a>\n<div class="page">\n',
            f'<div class="top"><h1>{title}</h1><span class="faint">losslint {plain(__version__)}</span></div>\n',
            sections.numbers(material),
            sections.not_checked(material),
            sections.by_rule(findings),
            sections.filters(findings),
            f'\n<main id="findings" tabindex="-1">\n{_groups(material)}</main>\n',
            sections.undecided(material),
            sections.suppressed(material),
            sections.rules(findings),
            "\n</div>\n",
            f"<script>{JAVASCRIPT}</script>\n</body>\n</html>\n",
        ]
    )


def _groups(material: Material) -> str:
    marked = zip(material.findings, fingerprints(material.findings, material.texts), strict=True)
    parts = []
    for filename, group in groupby(marked, key=lambda each: each[0].place.filename):
        cards = "".join(card(finding, mark, material) for finding, mark in group)
        parts.append(f'<section class="group"><h2>{plain(filename)}</h2>\n{cards}</section>\n')
    return "".join(parts) or "<p>No problems found.</p>\n"


def _digest(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
