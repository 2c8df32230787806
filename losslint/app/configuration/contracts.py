"""The part of a configuration that says what losses take and models return."""

from __future__ import annotations

from typing import Any

from losslint.app.configuration import ConfigurationError
from losslint.app.configuration.checks import known_keys, nearest, table_of
from losslint.contracts.declared import WORDS, DeclaredContracts, DeclaredLoss, DeclaredModel

#: What may be said of a loss, and of a model.
LOSS_KEYS, MODEL_KEYS = ("input", "target"), ("returns",)
#: How losses and models are named: by module and name.
QUALIFIED = r"^[^\d\W]\w*(\.[^\d\W]\w*)+$"


def contracts(path: str, prefix: str, value: object) -> DeclaredContracts:
    """The contracts of a file. Raises ConfigurationError."""
    place = f"{prefix}contracts"
    listed = table_of(path, value, place)
    known_keys(path, listed, ("losses", "models"), place)
    losses, models = [], []
    for name, entry in _entries(path, listed, "losses", place):
        where = f'{place}.losses."{name}"'
        known_keys(path, entry, LOSS_KEYS, where)
        if not entry:
            raise ConfigurationError(path, f"{where} says neither what the input nor what the target is")
        words = {key: _word(path, word, f"{where}.{key}") for key, word in entry.items()}
        losses.append(DeclaredLoss(name, **words))
    for name, entry in _entries(path, listed, "models", place):
        where = f'{place}.models."{name}"'
        known_keys(path, entry, MODEL_KEYS, where)
        if "returns" not in entry:
            raise ConfigurationError(path, f"{where} does not say what the model returns: give it `returns`")
        returns = entry["returns"]
        if isinstance(returns, list):
            if not returns:
                raise ConfigurationError(path, f"{where}.returns is empty")
            models.append(DeclaredModel(name, tuple(_word(path, word, f"{where}.returns") for word in returns)))
        else:
            models.append(DeclaredModel(name, _word(path, returns, f"{where}.returns", " or a list of them")))
    return DeclaredContracts(tuple(losses), tuple(models))


def schema() -> dict[str, Any]:
    """The same as a JSON schema."""
    word = {"enum": list(WORDS)}
    returns = {"anyOf": [word, {"type": "array", "items": word, "minItems": 1}]}
    loss = _record(dict.fromkeys(LOSS_KEYS, word)) | {"minProperties": 1}
    model = _record(dict.fromkeys(MODEL_KEYS, returns)) | {"required": list(MODEL_KEYS)}
    return _record(
        {
            sort: {"type": "object", "propertyNames": {"pattern": QUALIFIED}, "additionalProperties": entry}
            for sort, entry in (("losses", loss), ("models", model))
        }
    )


def _record(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _entries(path: str, listed: dict[str, Any], sort: str, place: str) -> list[tuple[str, dict[str, Any]]]:
    """The contracts of one sort by the qualified names that they speak of."""
    found = []
    for name, entry in table_of(path, listed.get(sort, {}), f"{place}.{sort}").items():
        parts = name.split(".")
        if len(parts) < 2 and isinstance(entry, dict) and any(isinstance(each, dict) for each in entry.values()):
            raise ConfigurationError(
                path, f'{place}.{sort}.{name}: a name with dots takes quotes, {place}.{sort}."{name}.…"'
            )
        if len(parts) < 2 or not all(part.isidentifier() for part in parts):
            raise ConfigurationError(
                path, f'{place}.{sort}."{name}" is not named by module and name, as in "mylib.losses.FocalLoss"'
            )
        found.append((name, table_of(path, entry, f'{place}.{sort}."{name}"')))
    return found


def _word(path: str, value: object, where: str, more: str = "") -> str:
    """One of the words for kinds, or an error."""
    if not isinstance(value, str):
        raise ConfigurationError(path, f"{where} is no kind{more}, but {value!r}: one of {', '.join(WORDS)}")
    if value not in WORDS:
        hint = nearest(value, WORDS) or f": one of {', '.join(WORDS)}"
        raise ConfigurationError(path, f"{where} is {value!r}, which is no kind{hint}")
    return value
