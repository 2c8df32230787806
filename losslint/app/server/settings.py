"""What the client says of the rules: `initializationOptions`, and `workspace/didChangeConfiguration`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Where clients that have one table for all servers keep ours.
SECTION = "losslint"


class SettingsError(Exception):
    """Settings that cannot be followed: a sentence for people."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of the command line that make sense in an editor."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    advice: bool = False


def read_settings(given: object) -> Settings:
    """The settings that a client sends; what it sends beside them is somebody else's. Raises SettingsError."""
    table = _table(given)
    for section in (SECTION, "settings"):
        table = _table(table[section]) if isinstance(table.get(section), Mapping) else table
    advice = table.get("advice", False)
    if not isinstance(advice, bool):
        raise SettingsError("the setting losslint.advice is neither true nor false")
    settings = Settings(_rules(table, "select"), _rules(table, "ignore"), advice)
    from losslint.rules.registry import UnknownSelector
    from losslint.rules.selection import selected

    try:
        selected(settings.select, settings.ignore, settings.advice)
    except UnknownSelector as error:
        raise SettingsError(str(error)) from None
    return settings


def _table(value: object) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    # pygls makes objects of JSON whose type the protocol leaves open.
    fields = getattr(value, "_asdict", None)
    return fields() if callable(fields) else {}


def _rules(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key) or ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise SettingsError(f"the setting losslint.{key} is no list of codes")
    return tuple(value)
