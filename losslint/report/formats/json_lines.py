"""The JSON Lines format: what the JSON format lists, an object a line."""

from __future__ import annotations

import json

from losslint.report.formats.json import objects
from losslint.report.material import Material
from losslint.rules.rule import pages


def render(material: Material) -> str:
    """A line for each finding; nothing where nothing was found."""
    listed = objects(material.findings, material.texts, pages(), material.planned())
    return "".join(json.dumps(each, ensure_ascii=True, separators=(",", ":")) + "\n" for each in listed)
