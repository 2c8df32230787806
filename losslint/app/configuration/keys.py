"""The keys of a configuration: one table that says what each means, checks it, and makes the JSON schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from losslint.app.configuration import contracts as declared
from losslint.app.configuration.checks import nearest
from losslint.report.formats import names as formats
from losslint.rules.registry import UnknownSelector, names, resolve
from losslint.vocabulary.findings import Severity

#: Says what is wrong with a value, as the end of a sentence that begins with its key; empty when nothing is.
Check = Callable[[object], str]


@dataclass(frozen=True, slots=True)
class Key:
    """What a key takes: the check, the same as a JSON schema, and a word on what it means."""

    check: Check
    schema: Callable[[], dict[str, Any]]
    means: str


# ---------------------------------------------------------------- what a value can be


def _flag(means: str) -> Key:
    return Key(lambda value: "" if isinstance(value, bool) else "is neither true nor false", _boolean, means)


def _boolean() -> dict[str, Any]:
    return {"type": "boolean"}


def _text(means: str) -> Key:
    return Key(_no_text, _string, means)


def _no_text(value: object) -> str:
    return "" if isinstance(value, str) and value and "\0" not in value else "is no text"


def _string() -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "pattern": "^[^\\u0000]*$"}


def _texts(means: str, one: bool = False) -> Key:
    """A list of texts; with `one`, a text alone will do."""

    def check(value: object) -> str:
        if one and isinstance(value, str):
            return "is no name of a file, nor a list of them" if _no_text(value) else ""
        if isinstance(value, list) and not any(_no_text(each) for each in value):
            return ""
        return "is no name of a file, nor a list of them" if one else "is no list of texts"

    listed = {"type": "array", "items": _string()}
    return Key(check, lambda: {"anyOf": [_string(), listed]} if one else listed, means)


def _choice(words: Callable[[], tuple[str, ...]], means: str) -> Key:
    return Key(lambda value: _not_among(value, words()), lambda: {"enum": list(words())}, means)


def _not_among(value: object, words: tuple[str, ...]) -> str:
    if value in words:
        return ""
    return f"is none of {', '.join(words)}{nearest(value, words) if isinstance(value, str) else ''}"


def selectors() -> tuple[str, ...]:
    """All that can stand for rules: codes, beginnings of codes, names."""
    codes = {code[:length] for code in names() for length in range(2, len(code) + 1)}
    return (*sorted(codes), *names().values())


def _not_rules(value: object) -> str:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return "is no list of rules (codes, beginnings of codes, or names)"
    return next((problem for problem in map(_not_rule, value) if problem), "")


def _not_rule(value: str) -> str:
    if value in selectors():
        return ""
    try:
        resolve(value)
    except UnknownSelector as error:
        return f"has no such rule: {error}"
    return f"has {value!r}, which is written otherwise: codes in capitals, names in small letters"


def _rule() -> dict[str, Any]:
    return {"enum": list(selectors())}


def _list_of_rules() -> dict[str, Any]:
    return {"type": "array", "items": _rule()}


def _rules(means: str) -> Key:
    return Key(_not_rules, _list_of_rules, means)


def _table(check: Callable[[str, object], str], schema: Callable[[], dict[str, Any]], means: str) -> Key:
    """A table of which each entry is checked with its key."""

    def check_all(value: object) -> str:
        if not isinstance(value, dict):
            return "is no table"
        return next((problem for key, each in value.items() if (problem := check(key, each))), "")

    return Key(check_all, lambda: {"type": "object", **schema()}, means)


def _severity(rule: str, level: object) -> str:
    problem = _not_rule(rule) or _not_among(level, LEVELS)
    return f"{problem} (for {rule})" if problem else ""


def _ignores(pattern: str, rules: object) -> str:
    problem = _no_text(pattern) or _not_rules(rules)
    return f"{problem} (for {pattern!r})" if problem else ""


LEVELS = tuple(level.value for level in Severity)


# ---------------------------------------------------------------- the table

KEYS: Mapping[str, Key] = {
    "extend": _text("another configuration, of which this one takes over what it does not say itself"),
    "select": _rules("the rules to run; all but advice when nothing is said"),
    "extend-select": _rules("more rules to run"),
    "ignore": _rules("rules to leave out"),
    "extend-ignore": _rules("more rules to leave out"),
    "advice": _flag("also tell what works but could be better"),
    "severity": _table(
        _severity,
        lambda: {"propertyNames": _rule(), "additionalProperties": {"enum": list(LEVELS)}},
        "how bad what a rule finds is: error, warning or advice",
    ),
    "per-file-ignores": _table(
        _ignores,
        lambda: {"propertyNames": _string(), "additionalProperties": _list_of_rules()},
        "patterns of files, and the rules that do not count there",
    ),
    "exclude": _texts("what is not looked for, instead of the usual folders of other people's code"),
    "extend-exclude": _texts("what is not looked for, beside what `exclude` says"),
    "force-exclude": _flag("also leave out what is excluded when it is given by its name"),
    "doctests": _flag("also look at the examples of docstrings"),
    "output-format": _choice(formats, "how to report"),
    "cache-dir": _text("where to keep what earlier runs found; inside the folder of the configuration"),
    "baseline": _text("a file of findings that are known, and not reported"),
    "observations": _texts("what `losslint run --write-observations` wrote", one=True),
    "contracts": Key(lambda value: "", declared.schema, "what your own losses take and your own models return"),
}


def schema() -> dict[str, Any]:
    """The JSON schema of a losslint.toml, and of `[tool.losslint]`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "losslint",
        "description": "The configuration of losslint: a losslint.toml, or [tool.losslint] in a pyproject.toml.",
        "type": "object",
        "properties": {name: {"description": key.means, **key.schema()} for name, key in KEYS.items()},
        "additionalProperties": False,
    }
