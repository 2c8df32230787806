"""What is wrong with an entry of a configuration, and what was probably meant."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from losslint.app.configuration import ConfigurationError


def known_keys(path: str, table: dict[str, Any], known: Collection[str], where: str) -> None:
    """Raises ConfigurationError for a key that means nothing."""
    for key in table:
        if key not in known:
            shown = f"{where}.{key}" if where else key
            raise ConfigurationError(path, f"unknown key {shown}{nearest(key, known)}")


def table_of(path: str, value: object, where: str) -> dict[str, Any]:
    """A table. Raises ConfigurationError for anything else."""
    if not isinstance(value, dict):
        raise ConfigurationError(path, f"{where} is no table")
    return value


def nearest(wanted: str, known: Collection[str]) -> str:
    """What was probably meant, as the end of a sentence; empty when nothing is near."""
    from difflib import get_close_matches

    found = get_close_matches(wanted, list(known), n=1, cutoff=0.5)
    if not found and len(known) == 1:
        found = list(known)
    return f" (did you mean {found[0]}?)" if found else ""
