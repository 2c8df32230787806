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


def read_settings(given: object) -> Settings | None:
    """The settings that a client sends, None when it says nothing of ours; what it sends beside them is somebody
    else's. Raises SettingsError."""
    table = given if isinstance(given, Mapping) else {}
    own = False
    for section in ("settings", SECTION):
        inner = table.get(section)
        if isinstance(inner, Mapping):
            table, own = inner, section == SECTION
    if not own and not any(key in table for key in Settings.__dataclass_fields__):
        return None
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


def _rules(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key) or ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise SettingsError(f"the setting losslint.{key} is no list of codes")
    return tuple(value)
