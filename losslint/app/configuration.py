"""The configuration: `[tool.losslint]` in the nearest pyproject.toml above what is linted, or a losslint.toml there."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from typing import Any

# Type checkers take it for true; a run without a configuration needs none of it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from losslint.contracts.declared import DeclaredContracts

#: A file of one's own goes before a table in a file of everybody's.
OWN_FILE, SHARED_FILE = "losslint.toml", "pyproject.toml"


class ConfigurationError(Exception):
    """A configuration that cannot be followed: where it stands, and what is wrong with it."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


class Configuration:
    """What a configuration says: contracts of losses and models, and the files of observations, with their folder. A
    plain class: making a dataclass costs every start more than it saves here."""

    def __init__(self, contracts: DeclaredContracts | None = None, observations: tuple[str, ...] = ()) -> None:
        self.contracts = contracts
        self.observations = observations


def configured(folder: str) -> DeclaredContracts | None:
    """The contracts of the nearest configuration at or above a folder; None when there is none. Raises
    ConfigurationError."""
    return configuration(folder).contracts


def configuration(folder: str) -> Configuration:
    """What the nearest configuration at or above a folder says. Raises ConfigurationError."""
    here = os.path.abspath(folder)
    while True:
        for name in (OWN_FILE, SHARED_FILE):
            path = os.path.join(here, name)
            if not os.path.isfile(path):
                continue
            try:
                with open(path, "rb") as stream:
                    data = stream.read()
            except OSError as error:
                raise ConfigurationError(path, f"cannot be read: {error.strerror or error}") from None
            found = configuration_in(path, data)
            if found is not None:
                return found
        above = os.path.dirname(here)
        if above == here:
            return Configuration()
        here = above


def contracts_in(path: str, data: bytes) -> DeclaredContracts | None:
    """The contracts of a file, None when it has nothing of losslint's. Raises ConfigurationError."""
    found = configuration_in(path, data)
    return found.contracts if found is not None else None


def configuration_in(path: str, data: bytes) -> Configuration | None:
    """What a file says, None when it has nothing of losslint's. Raises ConfigurationError."""
    if os.path.basename(path) == OWN_FILE:
        return _configuration(path, "", _parsed(path, data))
    if b"losslint" not in data:
        return None  # whatever else may be wrong with it is not losslint's to say
    tool = _parsed(path, data).get("tool")
    table = tool.get("losslint") if isinstance(tool, dict) else None
    if table is None:
        return None
    return _configuration(path, "tool.losslint.", _Check(path).table(table, "tool.losslint"))


def _parsed(path: str, data: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ModuleNotFoundError:
            raise ConfigurationError(
                path, "reading a configuration takes Python 3.11, or the package tomli (pip install tomli)"
            ) from None
    try:
        document: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ConfigurationError(path, "is not encoded in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(path, f"is not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigurationError(path, "is nested too deeply") from None
    return document


def _configuration(path: str, prefix: str, table: dict[str, Any]) -> Configuration:
    check = _Check(path)
    check.keys(table, ("contracts", "observations"), prefix.rstrip("."))
    return Configuration(_contracts(path, prefix, table), _observations(path, prefix, table))


def _observations(path: str, prefix: str, table: dict[str, Any]) -> tuple[str, ...]:
    """The files of observations: names relative to the folder of the configuration."""
    names = table.get("observations", [])
    listed = names if isinstance(names, list) else [names]
    if not all(isinstance(name, str) and name and "\0" not in name for name in listed):
        raise ConfigurationError(path, f"{prefix}observations is no name of a file, nor a list of them")
    return tuple(os.path.join(os.path.dirname(path), name) for name in listed)


def _contracts(path: str, prefix: str, table: dict[str, Any]) -> DeclaredContracts:
    from losslint.contracts.declared import DeclaredContracts, DeclaredLoss, DeclaredModel

    check = _Check(path)
    place = f"{prefix}contracts"
    contracts = check.table(table.get("contracts", {}), place)
    check.keys(contracts, ("losses", "models"), place)
    losses, models = [], []
    for name, entry in check.entries(contracts, "losses", place):
        where = f'{place}.losses."{name}"'
        check.keys(entry, ("input", "target"), where)
        if not entry:
            raise ConfigurationError(path, f"{where} says neither what the input nor what the target is")
        words = {key: check.word(word, f"{where}.{key}") for key, word in entry.items()}
        losses.append(DeclaredLoss(name, **words))
    for name, entry in check.entries(contracts, "models", place):
        where = f'{place}.models."{name}"'
        check.keys(entry, ("returns",), where)
        if "returns" not in entry:
            raise ConfigurationError(path, f"{where} does not say what the model returns: give it `returns`")
        returns = entry["returns"]
        if isinstance(returns, list):
            if not returns:
                raise ConfigurationError(path, f"{where}.returns is empty")
            models.append(DeclaredModel(name, tuple(check.word(word, f"{where}.returns") for word in returns)))
        else:
            models.append(DeclaredModel(name, check.word(returns, f"{where}.returns", " or a list of them")))
    return DeclaredContracts(tuple(losses), tuple(models))


class _Check:
    """Says what is wrong with an entry, and what was probably meant."""

    def __init__(self, path: str) -> None:
        self.path = path

    def keys(self, table: dict[str, Any], known: Collection[str], where: str) -> None:
        """Raise for a key that means nothing."""
        for key in table:
            if key not in known:
                shown = f"{where}.{key}" if where else key
                raise ConfigurationError(self.path, f"unknown key {shown}{_nearest(key, known)}")

    def table(self, value: object, where: str) -> dict[str, Any]:
        """A table, or an error."""
        if not isinstance(value, dict):
            raise ConfigurationError(self.path, f"{where} is no table")
        return value

    def entries(self, contracts: dict[str, Any], sort: str, place: str) -> list[tuple[str, dict[str, Any]]]:
        """The contracts of one sort by the qualified names that they speak of."""
        found = []
        for name, entry in self.table(contracts.get(sort, {}), f"{place}.{sort}").items():
            parts = name.split(".")
            if len(parts) < 2 and isinstance(entry, dict) and any(isinstance(each, dict) for each in entry.values()):
                raise ConfigurationError(
                    self.path, f'{place}.{sort}.{name}: a name with dots takes quotes, {place}.{sort}."{name}.…"'
                )
            if len(parts) < 2 or not all(part.isidentifier() for part in parts):
                raise ConfigurationError(
                    self.path,
                    f'{place}.{sort}."{name}" is not named by module and name, as in "mylib.losses.FocalLoss"',
                )
            found.append((name, self.table(entry, f'{place}.{sort}."{name}"')))
        return found

    def word(self, value: object, where: str, more: str = "") -> str:
        """One of the words for kinds, or an error."""
        from losslint.contracts.declared import WORDS

        if not isinstance(value, str):
            raise ConfigurationError(self.path, f"{where} is no kind{more}, but {value!r}: one of {', '.join(WORDS)}")
        if value not in WORDS:
            hint = _nearest(value, WORDS) or f": one of {', '.join(WORDS)}"
            raise ConfigurationError(self.path, f"{where} is {value!r}, which is no kind{hint}")
        return value


def _nearest(wanted: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(wanted, list(known), n=1, cutoff=0.5)
    if not found and len(known) == 1:
        found = list(known)
    return f" (did you mean {found[0]}?)" if found else ""
