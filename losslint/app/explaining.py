"""`losslint rule`: all that is written about a rule, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable

from losslint.rules.rule import Rule, files_of

_OBSERVERS = {"S": "static", "R": "runtime"}


def as_text(rules: Iterable[Rule]) -> str:
    """The documentation of some rules, each under its name."""
    return "\n\n".join(
        f"# {each.name} ({each.code}, {each.severity.value})\n\n{each.documentation.strip()}\n" for each in rules
    )


def as_json(rules: Iterable[Rule]) -> str:
    """A list of objects. `fix` is "safe", "unsafe" or ""; an example maps the names of its files to their texts, in
    which a comment with the code ends each line that is reported."""
    return json.dumps([_described(each) for each in rules], indent=2) + "\n"


def _described(each: Rule) -> dict[str, object]:
    return {
        "code": each.code,
        "name": each.name,
        "severity": each.severity.value,
        "observers": [_OBSERVERS[letter] for letter in each.observers],
        "fix": each.fix,
        "summary": each.summary,
        "explanation": each.documentation,
        "sections": each.sections,
        "examples": {"bad": [files_of(text) for text in each.bad], "good": [files_of(text) for text in each.good]},
        "url": each.url,
    }
